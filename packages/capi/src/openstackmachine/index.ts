/** OpenStackMachine: one Machine's place in the cloud — its server, and its seat behind the load balancer. */
import {
  apiVersionOf,
  Cluster,
  infrastructureFinalizers,
  labels,
  Machine,
  OpenStackCluster,
  OpenStackMachine,
  OpenStackServer,
  type Stored,
} from "@slipway/api";
import type { Cloud, ConnectCloud } from "@slipway/openstack";
import {
  type Caches,
  type Controller,
  controller,
  type Index,
  type KubeEffect,
  mapped,
  owned,
  owner,
  ownerOf,
  type PassStart,
  type Phase,
  toRef,
} from "@slipway/runtime";
import { performer } from "../openstackcloud/effects.ts";
import { createCloudFinder, type FindCloud } from "../openstackcloud/identity.ts";
import { clusterResourceName } from "../openstackcloud/names.ts";
import { withResync } from "../openstackcloud/resync.ts";
import { settle } from "../openstackcloud/settle.ts";
import { holdFloatingIp, releaseFloatingIp } from "./floatingip.ts";
import { joinLoadBalancer, leaveLoadBalancer } from "./member.ts";
import type { MachineFacts, MachineScope } from "./scope.ts";
import { bootstrapData, clusterInfrastructure, instance, serverObject } from "./server.ts";
import { desired, status } from "./status.ts";
import { deleteServerObject } from "./teardown.ts";

export interface OpenStackMachineOptions {
  readonly connectCloud: ConnectCloud;
  readonly concurrency?: number;
}

export const openStackMachineController = ({ connectCloud, concurrency = 10 }: OpenStackMachineOptions): Controller => {
  const findCloud = createCloudFinder(connectCloud);
  const phases = controller<OpenStackMachine, MachineScope, KubeEffect, MachineFacts>(OpenStackMachine, {
    concurrency,
    eventComponent: "openstack-controller",
    finalizer: infrastructureFinalizers.openStackMachine,
    pausedCondition: false,
    indexes: [byCluster],
    clusterName: (osm) => osm.metadata.labels?.[labels.clusterName],
    watches: [
      owner(Machine, OpenStackMachine),
      owned(OpenStackServer, OpenStackMachine),
      // One that is going may free the API's floating IP for another.
      mapped(OpenStackMachine, ({ metadata }, caches) =>
        metadata.deletionTimestamp === undefined
          ? []
          : machinesOf(caches, metadata.namespace, metadata.labels?.[labels.clusterName]),
      ),
      mapped(
        Cluster,
        ({ metadata }, caches) => machinesOf(caches, metadata.namespace, metadata.name),
        (now, old) =>
          now.spec.paused !== old?.spec.paused || now.status?.infrastructureReady !== old?.status?.infrastructureReady,
      ),
      mapped(
        OpenStackCluster,
        ({ metadata }, caches) => machinesOf(caches, metadata.namespace, metadata.labels?.[labels.clusterName]),
        (now, old) => now.status?.ready !== old?.status?.ready,
      ),
    ],
    scope: (start) => scopeOf(start, findCloud),
    phases: [
      clusterInfrastructure,
      bootstrapData,
      serverObject,
      settle(instance),
      settle(joinLoadBalancer),
      settle(holdFloatingIp),
    ] as readonly Phase<MachineScope, unknown, KubeEffect, MachineFacts>[],
    teardown: [settle(leaveLoadBalancer), settle(releaseFloatingIp), deleteServerObject] as readonly Phase<
      MachineScope,
      unknown,
      KubeEffect,
      MachineFacts
    >[],
    desired: (osm, report) => (report.deleting ? osm : desired(osm, report)),
    status: (osm, report) => (report.deleting ? osm.status : status(osm, report)),
    ownedConditions: { v1beta1: ["Ready", "InstanceReady", "APIServerIngressReadyCondition"] },
  });
  return {
    ...phases,
    reconcile: async (ref, context) => {
      const osm = context.caches.find(OpenStackMachine, ref);
      if (osm === undefined || ownerOf(osm, Machine) === undefined) return {};
      const deleting = osm.metadata.deletionTimestamp !== undefined;
      // Failed for good: only its deletion is still ours to do.
      if (!deleting && (osm.status?.failureReason !== undefined || osm.status?.failureMessage !== undefined)) return {};
      const result = await phases.reconcile(ref, context);
      return context.caches.find(OpenStackMachine, ref) === undefined ? result : withResync(result, ref);
    },
  } as Controller;
};

/** Found without looking at all machines of all clusters. */
const byCluster: Index<OpenStackMachine> = {
  resource: OpenStackMachine,
  name: "openstackmachines by cluster",
  keys: ({ metadata }) => [clusterKey(metadata.namespace, metadata.labels?.[labels.clusterName])],
};

const clusterKey = (namespace: string | undefined, clusterName: string | undefined): string =>
  `${namespace ?? ""}/${clusterName ?? ""}`;

const machinesOf = (caches: Caches, namespace: string | undefined, clusterName: string | undefined) =>
  caches.byIndex(OpenStackMachine, byCluster.name, clusterKey(namespace, clusterName)).map(toRef);

const scopeOf = async (
  { object: osm, cluster, context }: PassStart<OpenStackMachine>,
  findCloud: FindCloud,
): Promise<MachineScope | undefined> => {
  const { client, caches, clock, events } = context;
  const namespace = osm.metadata.namespace ?? "";
  const machine = caches.find(Machine, { namespace, name: ownerOf(osm, Machine)?.name ?? "" });
  if (machine === undefined || cluster === undefined) return undefined;
  const outlived = osm.metadata.deletionTimestamp === undefined ? undefined : goneWith(osm);
  const osc = clusterInfrastructureOf(caches, cluster) ?? outlived;
  if (osc === undefined)
    throw new Error(`OpenStackCluster ${namespace}/${cluster.spec.infrastructureRef?.name ?? ""} does not exist`);
  let connected: Promise<Cloud> | undefined;
  const cloud = () => {
    connected ??= findCloud(client, namespace, osm.spec.identityRef ?? osc.spec.identityRef);
    return connected;
  };
  return {
    osm,
    machine,
    cluster,
    osc,
    server: caches.find(OpenStackServer, { namespace, name: osm.metadata.name }),
    crn: clusterResourceName(cluster),
    cloud,
    now: clock.now(),
    perform: async (effect) => performer(await cloud(), events, osm)(effect),
  };
};

const clusterInfrastructureOf = (caches: Caches, cluster: Stored<Cluster>): Stored<OpenStackCluster> | undefined => {
  const ref = cluster.spec.infrastructureRef;
  return ref?.name === undefined
    ? undefined
    : caches.find(OpenStackCluster, { namespace: cluster.metadata.namespace ?? "", name: ref.name });
};

/** A machine that outlived its cluster's infrastructure: only its server's object is left to delete, and that knows its own cloud. */
const goneWith = ({ metadata, spec }: Stored<OpenStackMachine>): Stored<OpenStackCluster> => ({
  apiVersion: apiVersionOf(OpenStackCluster),
  kind: OpenStackCluster.kind,
  metadata,
  spec: { identityRef: spec.identityRef ?? { name: "", cloudName: "" } },
});

/** OpenStackCluster: what a cluster's machines stand on — network, router, security groups, the API's load balancer, a bastion. */
import {
  annotations,
  Cluster,
  infrastructureFinalizers,
  labels,
  Machine,
  OpenStackCluster,
  OpenStackServer,
  type Stored,
} from "@slipway/api";
import { type ConnectCloud, isCloudError } from "@slipway/openstack";
import {
  type Caches,
  type Controller,
  controller,
  type KubeEffect,
  mapped,
  ownerOf,
  type PassStart,
  type Phase,
} from "@slipway/runtime";
import { performer } from "../openstackcloud/effects.ts";
import { createCloudFinder, type FindCloud } from "../openstackcloud/identity.ts";
import { bastionName } from "../openstackcloud/names.ts";
import { withResync } from "../openstackcloud/resync.ts";
import { settle } from "../openstackcloud/settle.ts";
import { alarming } from "./alarming.ts";
import { bastionFloatingIp, bastionServer, formerBastionFloatingIp } from "./bastion.ts";
import { endpoint } from "./endpoint.ts";
import { externalNetwork } from "./externalnetwork.ts";
import { failureDomains } from "./failuredomains.ts";
import { loadBalancerFloatingIp } from "./floatingip.ts";
import { listeners } from "./listeners.ts";
import { loadBalancer } from "./loadbalancer.ts";
import { loadBalancerNetwork } from "./loadbalancernetwork.ts";
import { monitors } from "./monitors.ts";
import { network } from "./network.ts";
import { router } from "./router.ts";
import { type ClusterFacts, type ClusterScope, namesOf } from "./scope.ts";
import { formerBastionGroup, securityGroups } from "./securitygroups.ts";
import { desired, desiredWhileDeleting, status } from "./status.ts";
import {
  deleteBastion,
  deleteBastionFloatingIp,
  deleteLoadBalancer,
  deleteLooseFloatingIps,
  deleteNetwork,
  deleteRouter,
  deleteSecurityGroups,
  machinesGone,
} from "./teardown.ts";

export interface OpenStackClusterOptions {
  readonly connectCloud: ConnectCloud;
  readonly concurrency?: number;
  /** An endpoint's host as an address; by default only what is an address already. */
  readonly resolveHost?: (host: string) => Promise<string | undefined>;
}

type ClusterPhase = Phase<ClusterScope, unknown, KubeEffect, ClusterFacts>;

export const openStackClusterController = (options: OpenStackClusterOptions): Controller => {
  const findCloud = createCloudFinder(options.connectCloud);
  const phases = controller<OpenStackCluster, ClusterScope, KubeEffect, ClusterFacts>(OpenStackCluster, {
    concurrency: options.concurrency ?? 10,
    eventComponent: "openstack-controller",
    finalizer: infrastructureFinalizers.openStackCluster,
    pausedCondition: false,
    clusterName: (osc) => ownerOf(osc, Cluster)?.name,
    watches: [
      mapped(
        Cluster,
        ({ metadata, spec }) => {
          const ref = spec.infrastructureRef;
          return ref?.kind === OpenStackCluster.kind && ref.name !== undefined
            ? [{ namespace: metadata.namespace ?? "", name: ref.name }]
            : [];
        },
        (now, old) =>
          now.spec.paused !== old?.spec.paused || now.spec.infrastructureRef?.name !== old?.spec.infrastructureRef?.name,
      ),
      mapped(
        OpenStackServer,
        (server) => {
          const reference = ownerOf(server, OpenStackCluster);
          return reference === undefined ? [] : [{ namespace: server.metadata.namespace ?? "", name: reference.name }];
        },
        (now, old) => isFinished(now) !== (old !== undefined && isFinished(old)) || now.metadata.deletionTimestamp !== undefined,
      ),
      // The last machine to go lets the cluster go.
      mapped(
        Machine,
        (machine, caches) => infrastructureOf(machine, caches),
        (now) => now.metadata.deletionTimestamp !== undefined,
      ),
    ],
    scope: (start) => scopeOf(start, findCloud, options.resolveHost),
    phases: [
      settle(externalNetwork),
      network,
      settle(router),
      settle(loadBalancerNetwork),
      settle(securityGroups),
      settle(loadBalancer),
      settle(loadBalancerFloatingIp),
      settle(listeners),
      settle(monitors),
      settle(endpoint),
      settle(failureDomains),
      settle(formerBastionFloatingIp),
      bastionServer,
      settle(bastionFloatingIp),
      settle(formerBastionGroup),
    ] as readonly ClusterPhase[],
    teardown: [
      machinesGone,
      settle(deleteBastionFloatingIp),
      deleteBastion,
      settle(deleteLoadBalancer),
      settle(deleteLooseFloatingIps),
      settle(deleteRouter),
      settle(deleteNetwork),
      settle(deleteSecurityGroups),
    ] as readonly ClusterPhase[],
    desired: (osc, report) => (report.deleting ? desiredWhileDeleting(osc, report) : desired(osc, report)),
    status: (osc, report) => (report.deleting ? osc.status : status(osc, report)),
    ownedConditions: { v1beta1: ["Ready"] },
    changed: (_before, after, report, { log, events }) => {
      for (const verdict of report.verdicts) {
        if (verdict.outcome !== "fail" && (verdict.outcome !== "wait" || verdict.message === undefined)) continue;
        log.info("waiting", { phase: verdict.phase, reason: verdict.reason, message: verdict.message });
        if (alarming.has(verdict.reason)) events.warning(after, verdict.reason, verdict.message ?? "");
      }
    },
  });
  return {
    ...phases,
    reconcile: async (ref, context) => {
      const osc = context.caches.find(OpenStackCluster, ref);
      if (osc === undefined || ownerOf(osc, Cluster) === undefined) return {};
      // Somebody else makes and keeps this cluster's infrastructure.
      if (Object.hasOwn(osc.metadata.annotations ?? {}, annotations.managedBy)) return {};
      const result = await phases.reconcile(ref, context);
      const after = context.caches.find(OpenStackCluster, ref);
      // What failed for want of something in the cloud may find it there later.
      return after === undefined ? result : withResync(result, ref, after.status?.failureReason === undefined ? 600 : 60);
    },
  } as Controller;
};

const isFinished = ({ status }: OpenStackServer): boolean => status?.ready === true || status?.instanceState === "ERROR";

const infrastructureOf = ({ metadata }: Stored<Machine>, caches: Caches) => {
  const name = metadata.labels?.[labels.clusterName];
  const cluster = name === undefined ? undefined : caches.find(Cluster, { namespace: metadata.namespace ?? "", name });
  const ref = cluster?.spec.infrastructureRef?.name;
  return ref === undefined ? [] : [{ namespace: metadata.namespace ?? "", name: ref }];
};

const scopeOf = async (
  { object: osc, cluster, context }: PassStart<OpenStackCluster>,
  findCloud: FindCloud,
  resolveHost: (host: string) => Promise<string | undefined> = onlyAddresses,
): Promise<ClusterScope | undefined> => {
  if (cluster === undefined) return undefined;
  const { client, caches, clock, events } = context;
  const namespace = osc.metadata.namespace ?? "";
  const cloud = await findCloud(client, namespace, osc.spec.identityRef).catch((error: unknown) => {
    if (isCloudError(error)) events.warning(osc, "CredentialsRefused", error.message);
    throw error;
  });
  return {
    ...namesOf(cluster),
    osc,
    cluster,
    cloud,
    events,
    now: clock.now(),
    perform: performer(cloud, events, osc),
    tags: osc.spec.tags ?? [],
    bastion: caches.find(OpenStackServer, { namespace, name: bastionName(cluster) }),
    machinesLeft: () => caches.list(Machine, { namespace, labels: { [labels.clusterName]: cluster.metadata.name } }).length,
    resolveHost,
  };
};

const onlyAddresses = async (host: string): Promise<string | undefined> => (/^[\d.]+$|:/.test(host) ? host : undefined);

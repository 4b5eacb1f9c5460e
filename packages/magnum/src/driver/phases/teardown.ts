import {
  Cluster,
  KubeadmConfigTemplate,
  KubeadmControlPlane,
  type KubeObject,
  MachineDeployment,
  MachineHealthCheck,
  OpenStackCluster,
  OpenStackMachineTemplate,
  type Resource,
  Secret,
} from "@slipway/api";
import { isCloudError } from "@slipway/openstack";
import { act, phase, ready, wait } from "@slipway/runtime";
import { serverGroupName } from "../names.ts";
import { reasonsOf } from "../reasons.ts";
import type { Credential, DriverEffect, Facts, Scope } from "../scope.ts";

/** First the Cluster: Cluster API takes machines, load balancer and networks down, and needs the credential for it. */
export const deleteCluster = phase<Scope, "there" | "going" | "gone", DriverEffect, Facts>({
  name: "deleteCluster",
  observe: ({ observed: { cluster } }) => {
    if (cluster === undefined) return "gone";
    return cluster.metadata.deletionTimestamp === undefined ? "there" : "going";
  },
  decide: (state, { record, namespace, observed }) => {
    if (state === "gone") return ready();
    if (state === "going") return wait("ClusterDeleting", { message: reasonsOf(observed) });
    return act("DeletingCluster", { call: "delete", resource: Cluster, ref: { namespace, name: record.metadata.name } });
  },
});

/** Then what is left of our objects, should any have lost its owner; a control plane without a Cluster would never end. */
export const deleteObjects = phase<Scope, { unmarked: readonly DriverEffect[]; left: number }, DriverEffect, Facts>({
  name: "deleteObjects",
  observe: ({ observed, namespace }) => {
    const all: readonly (readonly [Resource, readonly (KubeObject | undefined)[]])[] = [
      [MachineHealthCheck, observed.healthChecks],
      [MachineDeployment, observed.machineDeployments],
      [KubeadmControlPlane, [observed.controlPlane]],
      [OpenStackCluster, [observed.infrastructure]],
      [OpenStackMachineTemplate, observed.machineTemplates],
      [KubeadmConfigTemplate, observed.bootstrapTemplates],
    ];
    const there = all.flatMap(([resource, found]) =>
      found.flatMap((object) => (object === undefined ? [] : [{ resource, object }])),
    );
    return {
      left: there.length + observed.machines.length,
      unmarked: there
        .filter(({ object }) => object.metadata.deletionTimestamp === undefined)
        .map(({ resource, object }) => ({ call: "delete", resource, ref: { namespace, name: object.metadata.name ?? "" } })),
    };
  },
  decide: ({ unmarked, left }) => {
    if (unmarked.length > 0) return act("DeletingObjects", unmarked);
    return left === 0 ? ready() : wait("ObjectsDeleting", { message: `${left} objects are being deleted.` });
  },
});

/** With the tenant's credential, while there still is one. Found by name too, should their ids never have been written down. */
export const deleteServerGroups = phase<Scope, readonly string[], DriverEffect, Facts>({
  name: "deleteServerGroups",
  observe: async ({ record, cloud }) => {
    if (cloud === undefined) return [];
    const names = new Set(record.spec.nodeGroups.map((group) => serverGroupName(record.metadata.name, group)));
    try {
      return (await cloud.compute.listServerGroups()).filter(({ name }) => names.has(name)).map(({ id }) => id);
    } catch (error) {
      // The credential, or its user, is gone already: nothing more can be done in the project, and nobody is helped by waiting.
      if (isCloudError(error, "unauthorized")) return [];
      throw error;
    }
  },
  decide: (ids) =>
    ids.length === 0
      ? ready({ serverGroups: {} })
      : act(
          "DeletingServerGroups",
          ids.map((id) => ({ call: "deleteServerGroup" as const, id })),
        ),
});

/** Last in the cloud: the credential, which everything before needed. Its Secret goes after it, so that a killed pass finds it again. */
export const revokeCredential = phase<Scope, Credential | undefined, DriverEffect, Facts>({
  name: "revokeCredential",
  observe: ({ credential }) => credential,
  decide: (credential, { namespace }) => {
    if (credential === undefined) return ready();
    const { applicationCredential, secretName } = credential;
    return act("RevokingCredential", [
      ...(applicationCredential === undefined ? [] : [{ call: "revokeCredential" as const, ...applicationCredential }]),
      { call: "delete" as const, resource: Secret, ref: { namespace, name: secretName } },
    ]);
  },
});

/** Certificates and kubeconfig of the cluster, if nobody owned them. */
export const deleteSecrets = phase<Scope, readonly string[], DriverEffect, Facts>({
  name: "deleteSecrets",
  observe: ({ clusterSecrets }) => clusterSecrets,
  decide: (names, { namespace }) =>
    names.length === 0
      ? ready()
      : act(
          "DeletingSecrets",
          names.map((name) => ({ call: "delete" as const, resource: Secret, ref: { namespace, name } })),
        ),
});

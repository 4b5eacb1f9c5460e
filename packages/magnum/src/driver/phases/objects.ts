import { Machine, NODE_GROUP_LABEL, type Stored } from "@slipway/api";
import { annotations } from "@slipway/api/cluster/names.ts";
import { act, phase, ready, wait } from "@slipway/runtime";
import { isApplied } from "../applied.ts";
import type { DesiredObject } from "../desired.ts";
import { machineDeploymentName } from "../names.ts";
import type { Observed } from "../observed.ts";
import type { DriverEffect, Facts, Scope } from "../scope.ts";

export const FIELD_MANAGER = "magnum";

interface Found {
  readonly toApply: readonly DesiredObject[];
  readonly toMark: readonly Stored<Machine>[];
}

/** The Cluster API objects are what the record asks for; what differs is applied, whole and in order. */
export const objects = phase<Scope, Found, DriverEffect, Facts>({
  name: "objects",
  observe: ({ record, observed, wanted }, { serverGroups = {} }) => {
    return {
      toApply: wanted(serverGroups).filter((one) => !isApplied(one, existing(observed, one))),
      toMark: machinesToMark({ record, observed }),
    };
  },
  decide: ({ toApply, toMark }, { observed: { cluster } }) => {
    if (toApply.length === 0 && toMark.length === 0) return ready({ applied: true });
    // Whoever pauses a Cluster may be about to move it: what he takes away here is needed elsewhere, and must not come back.
    if (cluster !== undefined && (cluster.spec.paused === true || annotations.paused in (cluster.metadata.annotations ?? {})))
      return wait("ClusterPaused", {
        message: `Cluster ${cluster.metadata.name} is paused: its objects are changed when it goes on.`,
      });
    return act(
      "ApplyingObjects",
      [
        ...toMark.map(markForRemoval),
        ...toApply.map(({ resource, object }) => ({ call: "apply" as const, resource, object, fieldManager: FIELD_MANAGER })),
      ],
      { message: `Applying ${toApply.map(({ object }) => `${object.kind} ${object.metadata.name}`).join(", ")}` },
    );
  },
});

const existing = (observed: Observed, { resource, object: { metadata } }: DesiredObject) => {
  const all = {
    Cluster: [observed.cluster],
    OpenStackCluster: [observed.infrastructure],
    KubeadmControlPlane: [observed.controlPlane],
    MachineDeployment: observed.machineDeployments,
    OpenStackMachineTemplate: observed.machineTemplates,
    KubeadmConfigTemplate: observed.bootstrapTemplates,
    MachineHealthCheck: observed.healthChecks,
  }[resource.kind];
  return all?.find((one) => one?.metadata.name === metadata.name);
};

/** The servers that the tenant named go first when a group shrinks: they are marked before the size changes. */
const machinesToMark = ({ record, observed }: Pick<Scope, "record" | "observed">): readonly Stored<Machine>[] =>
  record.spec.nodeGroups.flatMap((group) => {
    const { machinesToRemove = [] } = group;
    const name = machineDeploymentName(record.metadata.name, group);
    const size = observed.machineDeployments.find(({ metadata }) => metadata.name === name)?.spec.replicas ?? 0;
    if (machinesToRemove.length === 0 || group.nodeCount >= size) return [];
    return observed.machines.filter(
      ({ metadata, spec }) =>
        metadata.labels?.[NODE_GROUP_LABEL] === group.name &&
        metadata.annotations?.[annotations.deleteMachine] === undefined &&
        machinesToRemove.some((id) => spec.providerID?.endsWith(`/${id}`)),
    );
  });

const markForRemoval = ({ metadata }: Stored<Machine>): DriverEffect => ({
  call: "patch",
  resource: Machine,
  ref: { namespace: metadata.namespace ?? "", name: metadata.name },
  patch: { type: "merge", body: { metadata: { annotations: { [annotations.deleteMachine]: "yes" } } } },
});

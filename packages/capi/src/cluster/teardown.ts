import {
  Cluster,
  type KubeObject,
  Machine,
  MachineDeployment,
  MachinePool,
  MachineSet,
  type Resource,
  refOf,
  type Stored,
} from "@slipway/api";
import { act, type Decision, type KubeEffect, ownerOf, phase, ready, shorten, wait } from "@slipway/runtime";
import type { External } from "../external/index.ts";
import type { ClusterFacts, ClusterScope, Descendants } from "./scope.ts";

/**
 * Workers first: as long as they exist the control plane must answer, so that they can be drained and their infrastructure given
 * back. What the cluster owns is deleted; what merely bears its name is waited for. CORE-168, CORE-169
 */
export const workersGone = phase<ClusterScope, Descendants, KubeEffect, ClusterFacts>({
  name: "workersGone",
  observe: ({ descendants }) => descendants,
  decide: (descendants, { cluster }) => {
    const pending = pendingDescendants(descendants, cluster);
    if (pending.every(({ objects }) => objects.length === 0)) return ready();
    const message = pendingMessage(pending);
    const effects = pending.flatMap(({ resource, objects }) =>
      objects
        .filter((object) => object.metadata.deletionTimestamp === undefined && ownerIs(object, cluster))
        .map((object): KubeEffect => ({ call: "delete", resource, ref: refOf(object) })),
    );
    if (effects.length > 0) return act("WaitingForWorkersDeletion", effects, { message });
    return wait("WaitingForWorkersDeletion", { message });
  },
});

/** CORE-170 */
export const controlPlaneGone = phase<ClusterScope, External | undefined, KubeEffect, ClusterFacts>({
  name: "controlPlaneGone",
  observe: (_scope, facts) => facts.controlPlane,
  decide: (external, { cluster }) => gone(external, cluster.spec.controlPlaneRef, "WaitingForControlPlaneDeletion"),
});

/** CORE-171 */
export const infrastructureGone = phase<ClusterScope, External | undefined, KubeEffect, ClusterFacts>({
  name: "infrastructureGone",
  observe: (_scope, facts) => facts.infrastructure,
  decide: (external, { cluster }) => gone(external, cluster.spec.infrastructureRef, "WaitingForInfrastructureDeletion"),
});

const gone = (
  external: External | undefined,
  reference: object | undefined,
  reason: string,
): Decision<KubeEffect, ClusterFacts> => {
  if (reference === undefined) return ready();
  // The lookup failed: whether it is gone is not known, and its error is reported where it happened.
  if (!external) return wait("InternalError", { message: "Please check controller logs for errors" });
  const { object, resource } = external;
  if (!object) return ready();
  const message = `Waiting for ${resource.kind} to be deleted`;
  if (object.metadata.deletionTimestamp !== undefined) return wait(reason, { message });
  return act(reason, { call: "delete", resource, ref: refOf(object) }, { message });
};

interface Pending {
  readonly title: string;
  readonly resource: Resource;
  readonly objects: readonly Stored<KubeObject>[];
}

/** In the order in which they are deleted. Control plane Machines are their provider's business if there is one. */
const pendingDescendants = (of: Descendants, cluster: Cluster): readonly Pending[] => [
  { title: "MachinePools", resource: MachinePool, objects: of.machinePools },
  { title: "MachineDeployments", resource: MachineDeployment, objects: of.machineDeployments },
  { title: "MachineSets", resource: MachineSet, objects: of.machineSets },
  { title: "Worker Machines", resource: Machine, objects: of.workerMachines },
  {
    title: "Control plane Machines",
    resource: Machine,
    objects: cluster.spec.controlPlaneRef === undefined ? of.controlPlaneMachines : [],
  },
];

const messageOrder = ["Control plane Machines", "MachineDeployments", "MachineSets", "MachinePools", "Worker Machines"];

const pendingMessage = (pending: readonly Pending[]): string =>
  messageOrder
    .flatMap((title) => pending.filter((entry) => entry.title === title && entry.objects.length > 0))
    .map(({ title, objects }) => `* ${title}: ${shorten(objects.map(({ metadata }) => metadata.name).sort(), 5)}`)
    .join("\n");

/** Any reference to the Cluster counts, whatever its version and flags. */
const ownerIs = (object: KubeObject, cluster: Stored<Cluster>): boolean =>
  ownerOf(object, Cluster)?.name === cluster.metadata.name;

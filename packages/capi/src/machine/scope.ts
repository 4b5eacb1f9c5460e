import type { Cluster, Machine, Node, ObjectRef, Stored } from "@slipway/api";
import { hasStatus, type KubeEffect, type NewCondition, type ReconcileContext } from "@slipway/runtime";
import { type External, isReady, providerId } from "../external/index.ts";
import type { WorkloadCluster } from "../workload/index.ts";
import type { EvictionOutcome, EvictPods } from "./drain/evict.ts";
import type { NodePatch } from "./nodesync.ts";

export const machineControllerName = "machine";

/** What every phase of a Machine's pass may know. */
export interface MachineScope {
  readonly machine: Stored<Machine>;
  readonly cluster: Stored<Cluster>;
  /** Undefined while there is no working connection. */
  readonly workload: WorkloadCluster | undefined;
  readonly lastProbeSuccess: Date | undefined;
  /** Until then silence may be ours: we have only just begun to listen. */
  readonly startedAt: Date;
  readonly now: Date;
  readonly context: ReconcileContext;
  /** Of the whole cluster; only a deletion asks. */
  readonly clusterMachines: () => readonly Stored<Machine>[];
  /** Further keys to copy to the Node than those of the well-known domains. */
  readonly syncLabels: readonly RegExp[];
  readonly syncAnnotations: readonly RegExp[];
}

/** What phases find out for the status. */
export interface MachineFacts {
  readonly bootstrap: External;
  readonly infrastructure: External;
  readonly node: NodeLookup;
  /** The Node found for a Machine that never knew it, when it is deleted. */
  readonly nodeRef: NonNullable<Machine["status"]>["nodeRef"];
  readonly certificatesExpiryDate: string | undefined;
  /** Steps of the deletion: when they began and how they stand. */
  readonly nodeDeletionAllowed: boolean;
  readonly drainStarted: string;
  readonly volumeWaitStarted: string;
  readonly preDrainHooks: NewCondition;
  readonly draining: NewCondition;
  readonly volumeDetach: NewCondition;
  readonly preTerminateHooks: NewCondition;
  readonly nodeDeletion: NewCondition;
}

export type NodeLookup =
  /** The infrastructure has not said yet which server it is. */
  | { readonly state: "no provider id" }
  | { readonly state: "disconnected" }
  | { readonly state: "missing" }
  | { readonly state: "found"; readonly node: Stored<Node> }
  | { readonly state: "ambiguous"; readonly message: string };

export type MachineEffect =
  | KubeEffect
  /** On the workload cluster. */
  | { readonly call: "patchNode"; readonly name: string; readonly body: NodePatch }
  | { readonly call: "deleteNode"; readonly name: string }
  | EvictPods;
export type { EvictionOutcome };

export const clusterRefOf = (machine: Machine): ObjectRef => ({
  ...(machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace }),
  name: machine.spec.clusterName,
});

export const isDeleting = ({ metadata }: Pick<Machine, "metadata">): boolean => metadata.deletionTimestamp !== undefined;

export const isControlPlaneInitialized = ({ status }: Cluster): boolean =>
  hasStatus(status?.conditions, "ControlPlaneInitialized", "True");

/** Values are taken from an infrastructure that is or was ready and is not going away. CORE-215 */
export const usableInfrastructure = (machine: Machine, facts: Partial<MachineFacts>): External["object"] => {
  const object = facts.infrastructure?.object;
  if (!object || object.metadata.deletionTimestamp !== undefined) return undefined;
  return machine.status?.infrastructureReady === true || isReady(object) ? object : undefined;
};

export const providerIdOf = (machine: Machine, facts: Partial<MachineFacts>): string | undefined => {
  const usable = usableInfrastructure(machine, facts);
  return (usable && providerId(usable)) || machine.spec.providerID || undefined;
};

import {
  type Cluster,
  type ClusterClass,
  labels,
  Machine,
  MachineDeployment,
  MachinePool,
  MachineSet,
  type Stored,
} from "@slipway/api";
import type { Caches, ReconcileContext } from "@slipway/runtime";
import type { External } from "../external/index.ts";

/** What every phase of a Cluster's pass may know. */
export interface ClusterScope {
  readonly cluster: Stored<Cluster>;
  readonly clusterClass: Stored<ClusterClass> | undefined;
  readonly descendants: Descendants;
  readonly lastProbeSuccess: Date | undefined;
  /** Until then silence may be ours: we have only just begun to listen. */
  readonly startedAt: Date;
  readonly context: ReconcileContext;
}

/** What phases find out for the status. */
export interface ClusterFacts {
  /** Looked up; `object` is undefined when it does not exist. Absent: there is no reference, or the lookup failed. */
  readonly infrastructure: External;
  readonly controlPlane: External;
}

/** Everything with the cluster's name on it, whoever owns it. */
export interface Descendants {
  readonly machinePools: readonly Stored<MachinePool>[];
  readonly machineDeployments: readonly Stored<MachineDeployment>[];
  readonly machineSets: readonly Stored<MachineSet>[];
  readonly controlPlaneMachines: readonly Stored<Machine>[];
  readonly workerMachines: readonly Stored<Machine>[];
}

export const descendantsOf = (cluster: Stored<Cluster>, caches: Caches): Descendants => {
  const { namespace, name } = cluster.metadata;
  const filter = { ...(namespace === undefined ? {} : { namespace }), labels: { [labels.clusterName]: name } };
  const machines = caches.list(Machine, filter);
  return {
    machinePools: caches.list(MachinePool, filter),
    machineDeployments: caches.list(MachineDeployment, filter),
    machineSets: caches.list(MachineSet, filter),
    controlPlaneMachines: machines.filter(isControlPlaneMachine),
    workerMachines: machines.filter((machine) => !isControlPlaneMachine(machine)),
  };
};

/** The label's presence counts, not its value. CORE-023 */
export const isControlPlaneMachine = (machine: Machine): boolean => machine.metadata.labels?.[labels.controlPlane] !== undefined;

/** A topology that has not been turned into objects yet: there is nothing to look at. CORE-145 */
export const awaitsTopology = ({ spec }: Cluster): boolean =>
  spec.topology !== undefined && (spec.controlPlaneRef === undefined || spec.infrastructureRef === undefined);

import type { MachineDeployment, MachineSet, Stored } from "@slipway/api";
import { templateOf } from "../machineset/scope.ts";
import { rolloutDifferences } from "../machineset/uptodate.ts";

export interface Sorted {
  /** The one that is what the deployment wants; undefined: it must be made. */
  readonly newSet: Stored<MachineSet> | undefined;
  readonly oldSets: readonly Stored<MachineSet>[];
  /** Why a new one must be made. */
  readonly reason: string;
}

/**
 * Which MachineSet is the deployment's own: by what its template says, never by its name or hash. Of several the largest, then the
 * oldest. After `rolloutAfter` only one that was made after that time will do. CORE-318…320, TRAP-10, TRAP-12
 */
export const sortSets = (deployment: Stored<MachineDeployment>, sets: readonly Stored<MachineSet>[], now: Date): Sorted => {
  const { newSet, reason } = findNewSet(deployment, sets, now);
  return { newSet, reason, oldSets: sets.filter((set) => set !== newSet) };
};

const findNewSet = (
  deployment: Stored<MachineDeployment>,
  sets: readonly Stored<MachineSet>[],
  now: Date,
): { newSet: Stored<MachineSet> | undefined; reason: string } => {
  const none = (reason: string) => ({ newSet: undefined, reason });
  if (sets.length === 0) return none("no MachineSets exist for the MachineDeployment");
  const wanted = templateOf(deployment).spec;
  const compared = sets
    .toSorted(byReplicas)
    .map((set) => ({ set, differences: rolloutDifferences(templateOf(set).spec, wanted) }));
  const matching = compared.filter(({ differences }) => differences.length === 0).map(({ set }) => set);
  if (matching.length === 0) {
    const all = compared.map(({ set, differences }) => `MachineSet ${set.metadata.name}: ${differences.join(", ")}`);
    return none(`no MachineSet has the template of the MachineDeployment: ${all.join("; ")}`);
  }
  const { rolloutAfter } = deployment.spec;
  if (rolloutAfter === undefined || now.getTime() < Date.parse(rolloutAfter)) return { newSet: matching[0], reason: "" };
  const after = matching.find(({ metadata }) => Date.parse(metadata.creationTimestamp) > Date.parse(rolloutAfter));
  return after
    ? { newSet: after, reason: "" }
    : none(`spec.rolloutAfter is ${rolloutAfter}, and no MachineSet has been made since`);
};

/** CORE-319 */
const byReplicas = (a: Stored<MachineSet>, b: Stored<MachineSet>): number =>
  (b.spec.replicas ?? 0) - (a.spec.replicas ?? 0) ||
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
  (a.metadata.name < b.metadata.name ? -1 : 1);

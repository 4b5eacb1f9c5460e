import { annotations, type Cluster, type Machine, type Stored } from "@slipway/api";
import { byAge, type ControlPlane, compare, healthConditions, isDeleting, isEtcdManaged, machineIs } from "./controlplane.ts";

/** Which failure domain gets the next machine, and which machine goes. */

export const controlPlaneDomains = (cluster: Pick<Cluster, "status">): readonly string[] =>
  Object.entries(cluster.status?.failureDomains ?? {})
    .filter(([, domain]) => domain.controlPlane === true)
    .map(([name]) => name)
    .sort();

const countIn = (machines: readonly Stored<Machine>[], domain: string | undefined): number =>
  machines.filter(({ spec }) => spec.failureDomain === domain).length;

/** Where fewest of the machines that will stay are, then where fewest are at all. Undefined: the cluster has no domains. */
export const domainForNewMachine = (
  { cluster, members }: Pick<ControlPlane, "cluster" | "members">,
  outdated: readonly Stored<Machine>[],
): string | undefined => {
  const all = members.map(({ machine }) => machine);
  const staying = all.filter((machine) => !isDeleting(machine) && !outdated.includes(machine));
  return controlPlaneDomains(cluster).toSorted(
    (left, right) =>
      countIn(staying, left) - countIn(staying, right) || countIn(all, left) - countIn(all, right) || compare(left, right),
  )[0];
};

/** The machine to delete next: a marked one before an outdated one, a sick one before a well one, in the fullest domain the oldest. */
export const machineToDelete = (
  controlPlane: Pick<ControlPlane, "kcp" | "cluster" | "members">,
  outdated: readonly Stored<Machine>[],
): Stored<Machine> | undefined => {
  const all = controlPlane.members.map(({ machine }) => machine);
  const marked = (machine: Stored<Machine>) => Object.hasOwn(machine.metadata.annotations ?? {}, annotations.deleteMachine);
  const conditions = healthConditions(isEtcdManaged(controlPlane.kcp));
  const sick = (machine: Stored<Machine>) => conditions.some((type) => machineIs(machine, type, "False"));
  const candidates =
    [outdated.filter(marked), all.filter(marked), outdated.filter(sick), outdated, all].find((set) => set.length > 0) ?? [];
  const domain = domainToLeave(controlPlane.cluster, candidates, all);
  return candidates.filter(({ spec }) => spec.failureDomain === domain).toSorted(byAge)[0];
};

const domainToLeave = (
  cluster: Pick<Cluster, "status">,
  candidates: readonly Stored<Machine>[],
  all: readonly Stored<Machine>[],
): string | undefined => {
  const domains = controlPlaneDomains(cluster);
  const stray = candidates.filter(({ spec }) => !domains.includes(spec.failureDomain ?? "")).toSorted(byAge)[0];
  if (stray !== undefined) return stray.spec.failureDomain;
  return domains
    .filter((domain) => countIn(candidates, domain) > 0)
    .toSorted(
      (left, right) =>
        countIn(candidates, right) - countIn(candidates, left) ||
        countIn(all, right) - countIn(all, left) ||
        compare(left, right),
    )[0];
};

import { type KubeadmControlPlane, type KubeadmControlPlaneStatus, labels, type Machine, type Stored } from "@slipway/api";
import { type Report, setCondition, setV1Beta2, summary } from "@slipway/runtime";
import semver from "semver";
import { countWith, newerConditions } from "./conditions/newer.ts";
import { olderConditions, type Seen, summedUp } from "./conditions/older.ts";
import { isDeleting } from "./controlplane.ts";
import { lastRemediation } from "./remediation.ts";
import type { Facts, Scope } from "./scope.ts";
import { outdatedBecause } from "./uptodate.ts";

/** A projection of the Machines and of what this pass saw of the tenant's cluster. */
export const status = (kcp: Stored<KubeadmControlPlane>, report: Report<Scope, Facts>): KubeadmControlPlaneStatus => {
  const { scope, facts, now, errors, deleting } = report;
  const before = kcp.status ?? {};
  const members = facts.members ?? scope.members;
  const machines = members.map(({ machine }) => machine);
  const reasons = (machine: Stored<Machine>, at: number) => {
    const member = members[at];
    return facts.outdated?.get(machine.metadata.name) ?? (member ? outdatedBecause(member, scope) : []);
  };
  const outdatedAll = machines.filter((machine, at) => reasons(machine, at).length > 0);
  const initialized = before.initialized === true || facts.initialized === true;
  const seen: Seen = { machines, outdated: outdatedAll.filter((machine) => !isDeleting(machine)), initialized };

  // Not looked at in this pass: what was seen last still stands.
  const looked = facts.inspection !== undefined && facts.inspection.stillKnown !== true;
  const readyReplicas = deleting ? 0 : looked ? (facts.readyNodes ?? 0) : Math.min(before.readyReplicas ?? 0, machines.length);
  const version = lowestVersion(machines) ?? before.version;
  const observed = errors.length === 0 ? kcp.metadata.generation : before.observedGeneration;
  const remediation = lastRemediation(kcp, machines) ?? before.lastRemediation;
  const generation = { now, generation: kcp.metadata.generation };
  const older = olderConditions(report, seen).reduce((list, wanted) => setCondition(list, wanted, now), before.conditions ?? []);
  const newer = newerConditions(report, seen).reduce(
    (list, wanted) => setV1Beta2(list, wanted, generation),
    before.v1beta2?.conditions ?? [],
  );
  return {
    ...before,
    selector: `${labels.clusterName}=${scope.cluster.metadata.name},${labels.controlPlane}`,
    replicas: machines.length,
    updatedReplicas: machines.length - outdatedAll.length,
    readyReplicas,
    unavailableReplicas: machines.length - readyReplicas,
    ...(version === undefined ? {} : { version }),
    initialized,
    ready: before.ready === true || readyReplicas > 0,
    ...(observed === undefined ? {} : { observedGeneration: observed }),
    ...(remediation === undefined ? {} : { lastRemediation: remediation }),
    conditions: setCondition(older, summary(older, { types: summedUp }), now),
    v1beta2: {
      ...before.v1beta2,
      readyReplicas: countWith(machines, "Ready"),
      availableReplicas: countWith(machines, "Available"),
      upToDateReplicas: countWith(machines, "UpToDate"),
      conditions: newer,
    },
  };
};

const lowestVersion = (machines: readonly Stored<Machine>[]): string | undefined =>
  machines
    .flatMap(({ spec }) => (spec.version !== undefined && semver.valid(spec.version) ? [spec.version] : []))
    .toSorted(semver.compareBuild)[0];

import type { Machine, Stored } from "@slipway/api";
import { findCondition, hasStatus, type NewV1Beta2Condition, type Report, v1beta2 } from "@slipway/runtime";
import { healthConditions, isDeleting, isEtcdManaged, nodeNameOf } from "../controlplane.ts";
import type { Facts, Scope } from "../scope.ts";
import type { Seen } from "./older.ts";

const type = "Available";
const etcdStartMilliseconds = 2 * 60_000;
/** Short failures are noise while one machine suffices. */
const partialFailureMilliseconds = 10_000;

/** Can the tenant use the API: certificates, one machine whole, a majority of etcd. Nothing when this pass did not look. */
export const available = (
  report: Report<Scope, Facts>,
  seen: Seen,
  certificatesAvailable: boolean,
): readonly NewV1Beta2Condition[] => {
  const { scope, facts, now } = report;
  const { machines, initialized } = seen;
  const no = (message: string) => [v1beta2(type, "False", "NotAvailable", message)];
  if (!initialized) return no("Control plane not yet initialized");
  if (isDeleting(scope.kcp)) return no("Control plane metadata.deletionTimestamp is set");
  const { inspection } = facts;
  const known = findCondition(scope.kcp.status?.v1beta2?.conditions, type) !== undefined;
  if (inspection === undefined || (inspection.stillKnown && known)) return [];
  const managed = isEtcdManaged(scope.kcp);
  if (managed && inspection.members === undefined) {
    const since = findCondition(scope.kcp.status?.v1beta2?.conditions, "Initialized");
    const started = since?.status === "True" ? Date.parse(since.lastTransitionTime) : now.getTime();
    return now.getTime() - started < etcdStartMilliseconds
      ? no("Waiting for etcd to report the list of members")
      : [v1beta2(type, "Unknown", "InspectionFailed", "Failed to get etcd members")];
  }
  if (managed && !inspection.matching) return no("The list of etcd members does not match the list of Machines and Nodes");
  const made = machines.filter(({ spec }) => (spec.providerID ?? "") !== "");
  const parts = healthConditions(managed);
  const whole = made.filter((machine) => parts.every((part) => isWell(machine, part)));
  const voters = (inspection.members ?? []).filter(({ isLearner, name }) => !isLearner && name !== "");
  const healthyVoters = voters.filter(({ name }) => {
    const machine = machineOf(name, machines);
    return machine !== undefined && isWell(machine, "EtcdMemberHealthy");
  });
  const quorum = Math.floor(voters.length / 2) + 1;
  const problems = [
    ...(certificatesAvailable ? [] : ["* Control plane certificates are not available"]),
    ...(managed && healthyVoters.length < quorum
      ? [
          `* ${healthyVoters.length} of ${voters.length} etcd members are healthy, at least ${quorum} healthy members required for etcd quorum`,
        ]
      : []),
    ...(whole.length === 0 ? ["* There are no Machines with healthy control plane components, at least 1 required"] : []),
  ];
  if (problems.length > 0) return no(problems.join("\n"));
  const failing = made.filter((machine) => !whole.includes(machine) && parts.some((part) => failsLong(machine, part, now)));
  const message =
    failing.length === 0
      ? ""
      : `* Control plane components are not healthy on ${failing.map(({ metadata }) => metadata.name).join(", ")}`;
  return [v1beta2(type, "True", "Available", message)];
};

/** A member whose machine is not a node yet is the one machine that is being made, if there is just one. */
const machineOf = (member: string, machines: readonly Stored<Machine>[]): Stored<Machine> | undefined => {
  const named = machines.find((machine) => nodeNameOf(machine) === member);
  const provisioning = machines.filter((machine) => nodeNameOf(machine) === undefined);
  return named ?? (provisioning.length === 1 ? provisioning[0] : undefined);
};

const isWell = (machine: Stored<Machine>, part: string): boolean => hasStatus(machine.status?.v1beta2?.conditions, part, "True");

const failsLong = (machine: Stored<Machine>, part: string, now: Date): boolean => {
  const condition = findCondition(machine.status?.v1beta2?.conditions, part);
  return (
    condition?.status !== "True" && now.getTime() - Date.parse(condition?.lastTransitionTime ?? "") > partialFailureMilliseconds
  );
};

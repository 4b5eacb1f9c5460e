import type { Machine, Stored } from "@slipway/api";
import { aggregateV1Beta2, findCondition, hasStatus, type NewV1Beta2Condition, type Report, v1beta2 } from "@slipway/runtime";
import { compare, desiredReplicas, isDeleting, isEtcdManaged } from "../controlplane.ts";
import type { Blocked } from "../preflight.ts";
import { awaitsRemediation, isUnhealthy } from "../remediation.ts";
import type { Facts, Scope } from "../scope.ts";
import { available } from "./available.ts";
import type { Seen } from "./older.ts";
import { isBroken, messageOf, verdictOf } from "./verdicts.ts";

export const ownedV1Beta2 = [
  "Available",
  "CertificatesAvailable",
  "Initialized",
  "EtcdClusterHealthy",
  "ControlPlaneComponentsHealthy",
  "RollingOut",
  "Remediating",
  "ScalingDown",
  "ScalingUp",
  "MachinesReady",
  "MachinesUpToDate",
  "Deleting",
];

/** The newer family. What is not in the list stays as it is. */
export const newerConditions = (report: Report<Scope, Facts>, seen: Seen): readonly NewV1Beta2Condition[] => {
  const { scope, facts } = report;
  const { machines, initialized } = seen;
  const withoutAvailable = [
    ...certificates(report),
    v1beta2("Initialized", initialized ? "True" : "False", initialized ? "Initialized" : "NotInitialized"),
    ...(facts.inspection?.controlPlane.flatMap(({ newer }) => newer ?? []) ?? waiting(report)),
    rollingOut(machines),
    remediating(machines),
    scalingDown(report, machines),
    scalingUp(report, machines),
    aggregated("MachinesReady", "Ready", machines, { issue: "NotReady", unknown: "ReadyUnknown", info: "Ready" }),
    aggregated("MachinesUpToDate", "UpToDate", settled(machines, report.now), {
      issue: "NotUpToDate",
      unknown: "UpToDateUnknown",
      info: "UpToDate",
    }),
    deletion(report),
  ];
  const certificatesNow =
    findCondition(withoutAvailable, "CertificatesAvailable") ??
    findCondition(scope.kcp.status?.v1beta2?.conditions, "CertificatesAvailable");
  return [...withoutAvailable, ...available(report, seen, certificatesNow?.status === "True")];
};

const certificates = (report: Report<Scope, Facts>): readonly NewV1Beta2Condition[] => {
  const verdict = verdictOf(report, "certificates");
  if (verdict?.outcome === "ready") return [v1beta2("CertificatesAvailable", "True", "Available")];
  return isBroken(verdict)
    ? [v1beta2("CertificatesAvailable", "Unknown", "InternalError", "Please check controller logs for errors")]
    : [];
};

/** Before there is a network and an address nobody can look. */
const waiting = (report: Report<Scope, Facts>): readonly NewV1Beta2Condition[] => {
  const gate = ["clusterInfrastructure", "controlPlaneEndpoint"]
    .map((name) => verdictOf(report, name))
    .find((verdict) => verdict?.outcome === "wait");
  return gate === undefined
    ? []
    : [
        ...(isEtcdManaged(report.scope.kcp)
          ? [v1beta2("EtcdClusterHealthy", "Unknown", "InspectionFailed", messageOf(gate))]
          : []),
        v1beta2("ControlPlaneComponentsHealthy", "Unknown", "InspectionFailed", messageOf(gate)),
      ];
};

const rollingOut = (machines: readonly Stored<Machine>[]): NewV1Beta2Condition => {
  const outdated = machines.flatMap(({ status }) => {
    const condition = findCondition(status?.v1beta2?.conditions, "UpToDate");
    return condition?.status === "False" ? [condition.message] : [];
  });
  if (outdated.length === 0) return v1beta2("RollingOut", "False", "NotRollingOut");
  const lines = [...new Set(outdated.flatMap((message) => message.split("\n")))];
  const isVersion = (line: string) => line.startsWith("* Version");
  lines.sort((left, right) => Number(isVersion(right)) - Number(isVersion(left)) || compare(left, right));
  const count = `Rolling out ${outdated.length} not up-to-date replica${outdated.length === 1 ? "" : "s"}`;
  return v1beta2("RollingOut", "True", "RollingOut", [count, ...lines].join("\n"));
};

const scalingUp = ({ scope, facts, now }: Report<Scope, Facts>, machines: readonly Stored<Machine>[]): NewV1Beta2Condition => {
  const type = "ScalingUp";
  if (scope.kcp.spec.replicas === undefined)
    return v1beta2(type, "Unknown", "WaitingForReplicasSet", "Waiting for spec.replicas set");
  const desired = desiredReplicas(scope);
  const { kind, name } = scope.kcp.spec.machineTemplate.infrastructureRef;
  const missing = facts.templateMissing === true ? `${kind} does not exist` : undefined;
  if (machines.length >= desired) {
    const later = missing !== undefined && !isDeleting(scope.kcp) ? `Scaling up would be blocked because ${missing}` : "";
    return v1beta2(type, "False", "NotScalingUp", later);
  }
  const text = `Scaling up from ${machines.length} to ${desired} replicas`;
  const blocked = [
    ...(missing === undefined ? [] : [`* ${kind} ${name} does not exist`]),
    ...blockedLines(facts.blockedUp, machines, now, false),
  ];
  return v1beta2(type, "True", "ScalingUp", blocked.length === 0 ? text : `${text} is blocked because:\n${blocked.join("\n")}`);
};

const scalingDown = ({ scope, facts, now }: Report<Scope, Facts>, machines: readonly Stored<Machine>[]): NewV1Beta2Condition => {
  const type = "ScalingDown";
  if (scope.kcp.spec.replicas === undefined)
    return v1beta2(type, "Unknown", "WaitingForReplicasSet", "Waiting for spec.replicas set");
  const desired = desiredReplicas(scope);
  if (machines.length <= desired) return v1beta2(type, "False", "NotScalingDown");
  const text = `Scaling down from ${machines.length} to ${desired} replicas`;
  const blocked = blockedLines(facts.blockedDown, machines, now, true);
  return v1beta2(type, "True", "ScalingDown", blocked.length === 0 ? text : `${text} is blocked because:\n${blocked.join("\n")}`);
};

const staleDeletionMilliseconds = 15 * 60_000;

const blockedLines = (
  blocked: Blocked = {},
  machines: readonly Stored<Machine>[],
  now: Date,
  tellStale: boolean,
): readonly string[] => {
  const stale = machines.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp !== undefined &&
      now.getTime() - Date.parse(metadata.deletionTimestamp) > staleDeletionMilliseconds,
  );
  return [
    ...(blocked.topologyVersion === undefined
      ? []
      : [`* waiting for a version upgrade to ${blocked.topologyVersion} to be propagated`]),
    ...(blocked.deleting ? ["* waiting for a control plane Machine to complete deletion"] : []),
    ...(blocked.components ? ["* waiting for control plane components to become healthy"] : []),
    ...(blocked.etcd ? ["* waiting for etcd cluster to become healthy"] : []),
    ...(tellStale && stale.length > 0
      ? [
          `* Machine${stale.length === 1 ? "" : "s"} ${stale.map(({ metadata }) => metadata.name).join(", ")} in deletion since more than 15m`,
        ]
      : []),
  ];
};

const remediating = (machines: readonly Stored<Machine>[]): NewV1Beta2Condition => {
  const waitingOnes = machines.filter(awaitsRemediation);
  if (waitingOnes.length > 0) {
    const sources = waitingOnes.map(source);
    const { message } = aggregateV1Beta2("OwnerRemediated", sources, { target: "Remediating" });
    return v1beta2("Remediating", "True", "Remediating", message);
  }
  const names = machines.filter(isUnhealthy).map(({ metadata }) => metadata.name);
  const message =
    names.length === 0
      ? ""
      : `Machine${names.length === 1 ? "" : "s"} ${names.join(", ")} not healthy (not to be remediated by KubeadmControlPlane)`;
  return v1beta2("Remediating", "False", "NotRemediating", message);
};

const source = ({ kind, metadata, status }: Stored<Machine>) => ({
  kind,
  name: metadata.name,
  isControlPlaneMachine: true,
  conditions: status?.v1beta2?.conditions,
});

const aggregated = (
  target: string,
  type: string,
  machines: readonly Stored<Machine>[],
  reasons: { readonly issue: string; readonly unknown: string; readonly info: string },
): NewV1Beta2Condition =>
  machines.length === 0
    ? v1beta2(target, "True", "NoReplicas")
    : aggregateV1Beta2(type, machines.map(source), { target, reasons });

/** A machine of this moment has not been told yet. */
const settled = (machines: readonly Stored<Machine>[], now: Date): readonly Stored<Machine>[] =>
  machines.filter(
    ({ metadata, status }) =>
      findCondition(status?.v1beta2?.conditions, "UpToDate") !== undefined ||
      now.getTime() - Date.parse(metadata.creationTimestamp) > 10_000,
  );

const deletion = ({ scope, facts, errors }: Report<Scope, Facts>): NewV1Beta2Condition => {
  if (!isDeleting(scope.kcp)) return v1beta2("Deleting", "False", "NotDeleting");
  if (errors.length > 0) return v1beta2("Deleting", "True", "InternalError", "Please check controller logs for errors");
  const { reason, message } = facts.deleting ?? { reason: "DeletionCompleted", message: "" };
  return v1beta2("Deleting", "True", reason, message);
};

export const countWith = (machines: readonly Stored<Machine>[], type: string): number =>
  machines.filter(({ status }) => hasStatus(status?.v1beta2?.conditions, type, "True")).length;

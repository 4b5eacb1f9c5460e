import type { Machine, Stored } from "@slipway/api";
import { aggregate, findCondition, hasStatus, isFalse, isTrue, type NewCondition, type Report } from "@slipway/runtime";
import { desiredReplicas, isDeleting } from "../controlplane.ts";
import { type Facts, MachineCreationError, type Scope } from "../scope.ts";
import { isBroken, messageOf, verdictOf } from "./verdicts.ts";

export interface Seen {
  readonly machines: readonly Stored<Machine>[];
  /** Machines to be replaced, deleting ones left out. */
  readonly outdated: readonly Stored<Machine>[];
  readonly initialized: boolean;
}

/** What `Ready` sums up; health of etcd and components is told, but does not make a control plane less ready. */
export const summedUp = [
  "MachinesCreated",
  "MachinesSpecUpToDate",
  "Resized",
  "MachinesReady",
  "Available",
  "CertificatesAvailable",
];
export const ownedV1Beta1 = [...summedUp, "Ready", "EtcdClusterHealthy", "ControlPlaneComponentsHealthy"];

/** The older family, except `Ready`. What is not in the list stays as it is. */
export const olderConditions = (report: Report<Scope, Facts>, seen: Seen): readonly NewCondition[] => {
  const { scope, facts, deleting } = report;
  const { machines, outdated, initialized } = seen;
  const before = scope.kcp.status?.conditions;
  const desired = desiredReplicas(scope);
  return [
    ...certificates(report),
    ...(initialized
      ? [isTrue("Available")]
      : machines.length === 0 && !deleting && verdictOf(report, "changeMachines")?.outcome === "act"
        ? [isFalse("Available", "WaitingForKubeadmInit", "Info")]
        : []),
    ...created(report, machines.length, desired),
    ...(outdated.length > 0
      ? [
          isFalse(
            "MachinesSpecUpToDate",
            "RollingUpdateInProgress",
            "Warning",
            `Rolling ${outdated.length} replicas with outdated spec (${machines.length - outdated.length} replicas up to date)`,
          ),
        ]
      : findCondition(before, "MachinesSpecUpToDate") && facts.outdated !== undefined
        ? [isTrue("MachinesSpecUpToDate")]
        : []),
    ...(deleting ? (machines.length > 0 ? [isFalse("Resized", "Deleting", "Info")] : []) : resized(machines, desired)),
    ...machinesReady(machines),
    ...(facts.inspection?.controlPlane.flatMap(({ older }) => older ?? []) ?? []),
  ];
};

const certificates = (report: Report<Scope, Facts>): readonly NewCondition[] => {
  const verdict = verdictOf(report, "certificates");
  if (verdict?.outcome === "ready") return [isTrue("CertificatesAvailable")];
  return isBroken(verdict)
    ? [isFalse("CertificatesAvailable", "CertificatesGenerationFailed", "Warning", messageOf(verdict))]
    : [];
};

const created = (report: Report<Scope, Facts>, machines: number, desired: number): readonly NewCondition[] => {
  const verdict = verdictOf(report, "changeMachines");
  if (verdict?.outcome === "error" && verdict.error instanceof MachineCreationError) {
    return [isFalse("MachinesCreated", verdict.error.reason, "Error", verdict.message)];
  }
  return machines >= desired && machines > 0 ? [isTrue("MachinesCreated")] : [];
};

const resized = (machines: readonly Stored<Machine>[], desired: number): readonly NewCondition[] => {
  if (machines.length < desired) {
    return [
      isFalse("Resized", "ScalingUp", "Warning", `Scaling up control plane to ${desired} replicas (actual ${machines.length})`),
    ];
  }
  if (machines.length > desired) {
    return [
      isFalse(
        "Resized",
        "ScalingDown",
        "Warning",
        `Scaling down control plane to ${desired} replicas (actual ${machines.length})`,
      ),
    ];
  }
  return machines.every(({ status }) => hasStatus(status?.conditions, "Ready", "True")) ? [isTrue("Resized")] : [];
};

const machinesReady = (machines: readonly Stored<Machine>[]): readonly NewCondition[] => {
  const sources = machines
    .filter((machine) => !isDeleting(machine) || machine.status?.conditions !== undefined)
    .map(({ kind, metadata, status }) => ({ kind, name: metadata.name, conditions: status?.conditions }));
  const found = aggregate("MachinesReady", sources);
  return found ? [found] : [];
};

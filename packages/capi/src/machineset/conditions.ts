import { Machine, type MachineSet, type Stored } from "@slipway/api";
import { aggregateV1Beta2, findCondition, type NewV1Beta2Condition, v1beta2 } from "@slipway/runtime";
import { checkLogs } from "../external/index.ts";
import { awaitsRemediation, staleMessage, unhealthyMessage } from "./health.ts";

/** Conditions that a MachineSet and its MachineDeployment derive alike from their Machines, in the newer family. */
export interface MachinesReport {
  readonly kind: "MachineSet" | "MachineDeployment";
  /** Undefined when they could not be listed. */
  readonly machines: readonly Stored<Machine>[] | undefined;
  readonly now: Date;
}

const internalError = (type: string): NewV1Beta2Condition => v1beta2(type, "Unknown", "InternalError", checkLogs);

const aggregated = (source: string, machines: readonly Stored<Machine>[], options: Parameters<typeof aggregateV1Beta2>[2]) =>
  aggregateV1Beta2(
    source,
    machines.map(({ metadata, status }) => ({
      kind: Machine.kind,
      name: metadata.name,
      conditions: status?.v1beta2?.conditions,
    })),
    options,
  );

export const machinesReady = ({ machines }: MachinesReport): NewV1Beta2Condition => {
  const target = "MachinesReady";
  if (!machines) return internalError(target);
  if (machines.length === 0) return v1beta2(target, "True", "NoReplicas");
  return aggregated("Ready", machines, { target, reasons: { issue: "NotReady", unknown: "ReadyUnknown", info: "Ready" } });
};

const settlingSeconds = 10;

/** A Machine that was made just now may not have been told yet whether it is up to date. CORE-295 */
export const machinesUpToDate = ({ machines, now }: MachinesReport): NewV1Beta2Condition => {
  const target = "MachinesUpToDate";
  if (!machines) return internalError(target);
  const told = machines.filter(
    ({ metadata, status }) =>
      findCondition(status?.v1beta2?.conditions, "UpToDate") !== undefined ||
      now.getTime() - Date.parse(metadata.creationTimestamp) > settlingSeconds * 1000,
  );
  if (told.length === 0) return v1beta2(target, "True", "NoReplicas");
  return aggregated("UpToDate", told, {
    target,
    reasons: { issue: "NotUpToDate", unknown: "UpToDateUnknown", info: "UpToDate" },
  });
};

export const remediating = ({ kind, machines }: MachinesReport): NewV1Beta2Condition => {
  const target = "Remediating";
  if (!machines) return internalError(target);
  const asked = machines.filter(awaitsRemediation);
  if (asked.length === 0) return v1beta2(target, "False", "NotRemediating", unhealthyMessage(machines, kind));
  return v1beta2(target, "True", "Remediating", aggregated("OwnerRemediated", asked, { target }).message);
};

export interface ScalingReport {
  readonly object: Stored<MachineSet> | { readonly metadata: { readonly deletionTimestamp?: string } };
  /** Undefined when it could not be told. */
  readonly current: number | undefined;
  /** `spec.replicas`. */
  readonly wanted: number | undefined;
}

const wantedNow = ({ object, wanted }: ScalingReport): number | undefined =>
  object.metadata.deletionTimestamp === undefined || wanted === undefined ? wanted : 0;

const waitingForReplicas = (type: string): NewV1Beta2Condition =>
  v1beta2(type, "Unknown", "WaitingForReplicasSet", "Waiting for spec.replicas set");

/** `blockers` is what follows `is blocked` and `would be blocked`. CORE-296 */
export const scalingUp = (
  report: ScalingReport,
  blocked: { readonly now: string; readonly otherwise: string },
): NewV1Beta2Condition => {
  const target = "ScalingUp";
  if (report.current === undefined) return internalError(target);
  const wanted = wantedNow(report);
  if (wanted === undefined) return waitingForReplicas(target);
  if (report.current >= wanted) {
    const deleting = report.object.metadata.deletionTimestamp !== undefined;
    const message = deleting || blocked.otherwise === "" ? "" : `Scaling up would be blocked ${blocked.otherwise}`;
    return v1beta2(target, "False", "NotScalingUp", message);
  }
  const suffix = blocked.now === "" ? "" : ` is blocked ${blocked.now}`;
  return v1beta2(target, "True", "ScalingUp", `Scaling up from ${report.current} to ${wanted} replicas${suffix}`);
};

export const scalingDown = (report: ScalingReport, { machines, now }: MachinesReport): NewV1Beta2Condition => {
  const target = "ScalingDown";
  if (report.current === undefined) return internalError(target);
  const wanted = wantedNow(report);
  if (wanted === undefined) return waitingForReplicas(target);
  if (report.current <= wanted) return v1beta2(target, "False", "NotScalingDown");
  return v1beta2(
    target,
    "True",
    "ScalingDown",
    `Scaling down from ${report.current} to ${wanted} replicas${staleBullet(machines, now)}`,
  );
};

const staleBullet = (machines: readonly Stored<Machine>[] | undefined, now: Date): string => {
  const stale = staleMessage(machines ?? [], now);
  return stale === "" ? "" : `\n* ${stale}`;
};

/** CORE-297 */
export const deleting = (
  object: { readonly metadata: { readonly deletionTimestamp?: string } },
  { machines, now }: MachinesReport,
  remainingSets = 0,
): NewV1Beta2Condition => {
  const target = "Deleting";
  if (!machines) return internalError(target);
  if (object.metadata.deletionTimestamp === undefined) return v1beta2(target, "False", "NotDeleting");
  const count = machines.length;
  if (count > 0) {
    return v1beta2(target, "True", "Deleting", `Deleting ${count} Machine${count === 1 ? "" : "s"}${staleBullet(machines, now)}`);
  }
  return v1beta2(target, "True", "Deleting", remainingSets > 0 ? `Deleting ${remainingSets} MachineSets` : "Deletion completed");
};

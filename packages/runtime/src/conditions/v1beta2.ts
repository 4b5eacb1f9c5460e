import type { V1Beta2Condition } from "@slipway/api";
import { type ConditionStatus, wholeSeconds } from "./v1beta1.ts";

/**
 * The newer family, `status.v1beta2.conditions`: Kubernetes' own shape, a reason always, a time that moves only with the status.
 * This is a condition before it is set.
 */
export type NewV1Beta2Condition = Omit<V1Beta2Condition, "lastTransitionTime"> & { readonly lastTransitionTime?: string };

export interface SetV1Beta2 {
  readonly now: Date;
  /** `metadata.generation` of the object it is set on. */
  readonly generation?: number | undefined;
}

export const v1beta2 = (type: string, status: ConditionStatus, reason: string, message = ""): NewV1Beta2Condition => ({
  type,
  status,
  reason,
  message,
});

/** Sets one, in the fixed order; the same list when nothing changes. CORE-068, CORE-069 */
export const setV1Beta2 = (
  conditions: readonly V1Beta2Condition[] = [],
  wanted: NewV1Beta2Condition | undefined,
  { now, generation }: SetV1Beta2,
): readonly V1Beta2Condition[] => {
  if (!wanted) return conditions;
  const at = conditions.findIndex(({ type }) => type === wanted.type);
  const known = conditions[at];
  const observed = generation === undefined || generation === 0 ? wanted.observedGeneration : generation;
  const lastTransitionTime =
    known?.status === wanted.status && known.lastTransitionTime !== undefined
      ? known.lastTransitionTime
      : (wanted.lastTransitionTime ?? wholeSeconds(now));
  const stamped: V1Beta2Condition = {
    type: wanted.type,
    status: wanted.status,
    ...(observed === undefined ? {} : { observedGeneration: observed }),
    lastTransitionTime,
    reason: wanted.reason,
    message: wanted.message,
  };
  const same =
    known !== undefined &&
    known.status === stamped.status &&
    known.reason === stamped.reason &&
    known.message === stamped.message &&
    known.observedGeneration === stamped.observedGeneration;
  if (same) return conditions;
  return (known ? conditions.with(at, stamped) : [...conditions, stamped]).toSorted(byOrder);
};

const order = [
  "Available",
  "Ready",
  "UpToDate",
  "RemoteConnectionProbe",
  "BootstrapConfigReady",
  "InfrastructureReady",
  "ControlPlaneInitialized",
  "ControlPlaneAvailable",
  "WorkersAvailable",
  "CertificatesAvailable",
  "Initialized",
  "EtcdClusterHealthy",
  "ControlPlaneComponentsHealthy",
  "NodeHealthy",
  "NodeReady",
  "EtcdPodHealthy",
  "EtcdMemberHealthy",
  "APIServerPodHealthy",
  "ControllerManagerPodHealthy",
  "SchedulerPodHealthy",
  "HealthCheckSucceeded",
  "OwnerRemediated",
  "TopologyReconciled",
  "RollingOut",
  "Remediating",
  "ScalingDown",
  "ScalingUp",
  "MachinesReady",
  "ControlPlaneMachinesReady",
  "WorkerMachinesReady",
  "MachinesUpToDate",
  "ControlPlaneMachinesUpToDate",
  "WorkerMachinesUpToDate",
];
const rank = new Map(order.map((type, at) => [type, at]));
const rankOf = (type: string): number => rank.get(type) ?? (type === "Paused" ? 101 : type === "Deleting" ? 102 : 100);

const byOrder = (left: V1Beta2Condition, right: V1Beta2Condition): number =>
  rankOf(left.type) - rankOf(right.type) || (left.type < right.type ? -1 : left.type > right.type ? 1 : 0);

/** What a provider's object says of itself: its `status.v1beta2.conditions` if it has that list, else `status.conditions`. */
export const readConditions = (object: object): readonly unknown[] => {
  const status = ((object as { status?: unknown }).status ?? {}) as { v1beta2?: { conditions?: unknown }; conditions?: unknown };
  const newer = status.v1beta2?.conditions;
  if (Array.isArray(newer)) return newer;
  return Array.isArray(status.conditions) ? status.conditions : [];
};

/** A condition of a provider's object was not of the right shape. */
export class InvalidConditionError extends Error {
  override readonly name = "InvalidConditionError";
}

/** Undefined when it is not reported. @throws InvalidConditionError CORE-070 */
export const readCondition = (object: object, wanted: string): NewV1Beta2Condition | undefined => {
  for (const entry of readConditions(object)) {
    const { type, status, reason, message, lastTransitionTime, observedGeneration } = (entry ?? {}) as {
      [field: string]: unknown;
    };
    if (typeof type !== "string" || type === "") throw new InvalidConditionError("a condition has no type");
    if (type !== wanted) continue;
    if (status !== "True" && status !== "False" && status !== "Unknown") {
      throw new InvalidConditionError(`condition ${type} must have status True, False or Unknown, not ${JSON.stringify(status)}`);
    }
    return {
      type,
      status,
      ...(typeof observedGeneration === "number" ? { observedGeneration } : {}),
      ...(typeof lastTransitionTime === "string" ? { lastTransitionTime } : {}),
      reason: typeof reason === "string" && reason !== "" ? reason : "NoReasonReported",
      message: typeof message === "string" ? message : "",
    };
  }
  return undefined;
};

/** The source's condition under another name and with its time. CORE-080 */
export const mirrorV1Beta2 = (
  target: string,
  source: NewV1Beta2Condition | undefined,
  sourceType: string,
  fallback?: NewV1Beta2Condition,
): NewV1Beta2Condition => {
  if (source) {
    const { observedGeneration: _theirs, ...rest } = source;
    return { ...rest, type: target };
  }
  return fallback
    ? { ...fallback, type: target }
    : v1beta2(target, "Unknown", "NotYetReported", `Condition ${sourceType} not yet reported`);
};

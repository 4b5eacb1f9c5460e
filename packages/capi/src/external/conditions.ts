import type { Stored, UnstructuredObject } from "@slipway/api";
import { InvalidConditionError, mirrorV1Beta2, type NewV1Beta2Condition, readCondition, v1beta2 } from "@slipway/runtime";
import type { External } from "./external.ts";

export const checkLogs = "Please check controller logs for errors";

export interface MirrorExternal {
  /** Our condition, and the provider's that it mirrors. */
  readonly type: string;
  readonly source: string;
  readonly external: External | undefined;
  readonly kind: string;
  /** It is or was ready: what to say when the provider has no such condition. */
  readonly ready: boolean;
  /** It was there once: when it is missing, it is not "not yet" but "not any more". */
  readonly existed: boolean;
  readonly deleting: boolean;
  /** What ours is called: `cluster`, `Machine`. */
  readonly owner: string;
  /** Of the fallback and of a True that gave no reason. */
  readonly reasons: { readonly positive: string; readonly negative: string };
}

/** A provider's condition on our object, or why there is none. CORE-177…179, CORE-256, CORE-257 */
export const mirrorExternal = (options: MirrorExternal): NewV1Beta2Condition => {
  const { type, external, kind, existed, deleting, owner } = options;
  if (!external) return v1beta2(type, "Unknown", "InternalError", checkLogs);
  if (external.object) return mirrorObject(options, external.object);
  if (!existed) return v1beta2(type, "False", "ObjectDoesNotExist", `${kind} does not exist`);
  return v1beta2(type, "False", "ObjectDeleted", `${kind} has been deleted${deleting ? "" : ` while the ${owner} still exists`}`);
};

const mirrorObject = (options: MirrorExternal, object: Stored<UnstructuredObject>): NewV1Beta2Condition => {
  const { type, source, kind, ready, reasons } = options;
  try {
    const fallback = ready
      ? v1beta2(type, "True", reasons.positive)
      : v1beta2(type, "False", reasons.negative, `${kind} status.ready is false`);
    const mirrored = mirrorV1Beta2(type, readCondition(object, source), source, fallback);
    // A provider that only knows the older family gives no reason when all is well.
    return mirrored.reason === "NoReasonReported" && mirrored.status === "True"
      ? { ...mirrored, reason: reasons.positive }
      : mirrored;
  } catch (error) {
    if (!(error instanceof InvalidConditionError)) throw error;
    return v1beta2(type, "Unknown", "InvalidConditionReported", error.message);
  }
};

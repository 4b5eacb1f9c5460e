import type { UnstructuredObject } from "@slipway/api";
import { fields } from "../object/fields.ts";

/** One line of a status: `severity` is empty in the v1beta2 family. Times are RFC 3339. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly severity: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** Which of the two families of conditions a view reads (TRAP-02). */
export type ConditionFamily = "v1beta1" | "v1beta2";

/** Kinds of the core: their v1beta2 conditions are nowhere but in `status.v1beta2`. */
const coreKinds = new Set(["Cluster", "Machine", "MachineSet", "MachineDeployment", "MachinePool"]);

/**
 * The conditions of an object, in the order they are stored. In the v1beta2 family, an object of a provider that has none yet shows its
 * old ones instead, as far as they can be read as such.
 */
export const conditionsOf = (object: UnstructuredObject, family: ConditionFamily): readonly Condition[] => {
  const status = fields(object.status);
  if (family === "v1beta1") return conditionList(status["conditions"]);
  const conditions = fields(status["v1beta2"])["conditions"];
  if (Array.isArray(conditions)) return conditionList(conditions);
  if (coreKinds.has(object.kind)) return [];
  return conditionList(status["conditions"]).map((condition) => ({
    ...condition,
    severity: "",
    reason: condition.reason === "" ? "NoReasonReported" : condition.reason,
  }));
};

export const findCondition = (
  object: UnstructuredObject | undefined,
  type: string,
  family: ConditionFamily,
): Condition | undefined =>
  object === undefined ? undefined : conditionsOf(object, family).find((condition) => condition.type === type);

/** Only the core's kinds say whether they are up to date. */
export const upToDateOf = (object: UnstructuredObject): Condition | undefined =>
  coreKinds.has(object.kind) ? findCondition(object, "UpToDate", "v1beta2") : undefined;

const conditionList = (list: unknown): readonly Condition[] =>
  (Array.isArray(list) ? list : []).map(fields).map((condition) => ({
    type: text(condition["type"]),
    status: text(condition["status"]),
    severity: text(condition["severity"]),
    reason: text(condition["reason"]),
    message: text(condition["message"]),
    lastTransitionTime: text(condition["lastTransitionTime"]),
  }));

const text = (value: unknown): string => (typeof value === "string" ? value : "");

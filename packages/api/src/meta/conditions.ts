import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditionReason, qualifiedName } from "./patterns.ts";

export const condition = s.object({
  lastTransitionTime: required(s.time()),
  status: required(s.string()),
  type: required(s.string({ minLength: 1, maxLength: 256 })),
  message: s.string({ minLength: 1, maxLength: 10240 }),
  reason: s.string({ minLength: 1, maxLength: 256 }),
  severity: s.string({ maxLength: 32 }),
});
export type Condition = TypeOf<typeof condition>;

export const conditions = s.list(condition);

export const v1Beta2Condition = s.object({
  lastTransitionTime: required(s.time()),
  message: required(s.string({ maxLength: 32768 })),
  reason: required(s.string({ minLength: 1, maxLength: 1024, pattern: conditionReason })),
  status: required(s.enum(["True", "False", "Unknown"])),
  type: required(s.string({ maxLength: 316, pattern: qualifiedName })),
  observedGeneration: s.int64({ minimum: 0 }),
});
export type V1Beta2Condition = TypeOf<typeof v1Beta2Condition>;

export const v1Beta2Conditions = s.list(v1Beta2Condition, { maxItems: 32, merge: ["type"] });

export const v1Beta2Status = s.object({
  conditions: v1Beta2Conditions,
});
export type V1Beta2Status = TypeOf<typeof v1Beta2Status>;

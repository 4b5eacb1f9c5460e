import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditionReason, qualifiedName } from "./patterns.ts";

export const condition = s.object("A statement about the object, with a severity when it is not true", {
  lastTransitionTime: required(s.time("When it last changed")),
  status: required(s.string("True, False or Unknown")),
  type: required(s.string("What is stated", { minLength: 1, maxLength: 256 })),
  message: s.string("For people", { minLength: 1, maxLength: 10240 }),
  reason: s.string("For machines: one CamelCase word", { minLength: 1, maxLength: 256 }),
  severity: s.string("Error, Warning or Info; empty when the status is True", { maxLength: 32 }),
});
export type Condition = TypeOf<typeof condition>;

export const conditions = s.list("What the object says of itself, in the older form", condition);

export const v1Beta2Condition = s.object("A statement about the object, in Kubernetes' own form", {
  lastTransitionTime: required(s.time("When the status last changed")),
  message: required(s.string("For people; may be empty", { maxLength: 32768 })),
  reason: required(s.string("For machines: one CamelCase word", { minLength: 1, maxLength: 1024, pattern: conditionReason })),
  status: required(s.enum("True, False or Unknown", ["True", "False", "Unknown"])),
  type: required(s.string("What is stated", { maxLength: 316, pattern: qualifiedName })),
  observedGeneration: s.int64("The generation it was stated about", { minimum: 0 }),
});
export type V1Beta2Condition = TypeOf<typeof v1Beta2Condition>;

export const v1Beta2Conditions = s.list("What the object says of itself, in Kubernetes' own form", v1Beta2Condition, {
  maxItems: 32,
  merge: ["type"],
});

export const v1Beta2Status = s.object("Status fields as a later version of the API will have them", {
  conditions: v1Beta2Conditions,
});
export type V1Beta2Status = TypeOf<typeof v1Beta2Status>;

import { required, s, type TypeOf } from "../kind/fields.ts";

export const objectReference = s.object(
  {
    apiVersion: s.string(),
    fieldPath: s.string(),
    kind: s.string(),
    name: s.string(),
    namespace: s.string(),
    resourceVersion: s.string(),
    uid: s.string(),
  },
  { atomic: true },
);
export type ObjectReference = TypeOf<typeof objectReference>;

export const localObjectReference = s.object(
  {
    name: s.string({ default: "" }),
  },
  { atomic: true },
);
export type LocalObjectReference = TypeOf<typeof localObjectReference>;

export const typedLocalObjectReference = s.object(
  {
    kind: required(s.string()),
    name: required(s.string()),
    apiGroup: s.string(),
  },
  { atomic: true },
);
export type TypedLocalObjectReference = TypeOf<typeof typedLocalObjectReference>;

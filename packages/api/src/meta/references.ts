import { required, s, type TypeOf } from "../kind/fields.ts";

export const objectReference = s.object(
  "Another object, by its coordinates",
  {
    apiVersion: s.string("Group and version of the object"),
    fieldPath: s.string("A part of the object"),
    kind: s.string("Kind of the object"),
    name: s.string("Name of the object"),
    namespace: s.string("Namespace of the object"),
    resourceVersion: s.string("A revision of the object"),
    uid: s.string("The object's uid"),
  },
  { atomic: true },
);
export type ObjectReference = TypeOf<typeof objectReference>;

export const localObjectReference = s.object(
  "An object in the same namespace",
  {
    name: s.string("Name of the object", { default: "" }),
  },
  { atomic: true },
);
export type LocalObjectReference = TypeOf<typeof localObjectReference>;

export const typedLocalObjectReference = s.object(
  "An object in the same namespace, of any kind",
  {
    kind: required(s.string("Kind of the object")),
    name: required(s.string("Name of the object")),
    apiGroup: s.string("Group of the object; empty for the core group"),
  },
  { atomic: true },
);
export type TypedLocalObjectReference = TypeOf<typeof typedLocalObjectReference>;

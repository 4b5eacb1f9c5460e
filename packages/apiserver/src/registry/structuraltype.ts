import type { StructuralSchema } from "@slipway/api";
import { type FieldType, type ListType, type StructType, scalar, untyped } from "./fieldtype.ts";

/** A structural schema, and what the tables of built-in kinds add for strategic merge patch. */
type Schema = StructuralSchema & {
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
};

/** The field types of a whole object: `apiVersion`, `kind` and `metadata` are the same for all. */
export const objectFieldType = (schema: StructuralSchema): FieldType => {
  const fields = structuralFieldType({ type: "object", ...schema });
  if (fields.type !== "struct") return fields;
  return {
    ...fields,
    field: (name) => {
      if (name === "apiVersion" || name === "kind") return scalar;
      return name === "metadata" ? objectMetaType : fields.field(name);
    },
  };
};

const known = new WeakMap<StructuralSchema, FieldType>();

/** Shared per schema, and made as deep as someone looks: a schema may contain itself. */
export const structuralFieldType = (schema: StructuralSchema): FieldType => {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const made = make(schema);
  known.set(schema, made);
  return made;
};

const make = (schema: Schema): FieldType => {
  const strategy = schema["x-kubernetes-patch-strategy"];
  const patch = strategy === undefined ? {} : { patchStrategy: strategy };
  if (schema["x-kubernetes-int-or-string"] === true) return scalar;
  if (schema.type === "array") return listType(schema);
  if (schema.type === "object" || schema.properties !== undefined) {
    const atomic = schema["x-kubernetes-map-type"] === "atomic" ? { atomic: true } : {};
    const { additionalProperties: values } = schema;
    if (typeof values === "object") return { type: "map", values: () => structuralFieldType(values), ...atomic, ...patch };
    if (values === true) return { type: "map", values: () => untyped, ...atomic, ...patch };
    if (schema.properties === undefined && schema["x-kubernetes-embedded-resource"] !== true) {
      return schema["x-kubernetes-preserve-unknown-fields"] === true
        ? untyped
        : { type: "struct", field: () => undefined, ...atomic, ...patch };
    }
    return structType(schema, { ...atomic, ...patch });
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === true || schema.type === undefined) return untyped;
  return scalar;
};

const structType = (schema: Schema, more: { atomic?: boolean; patchStrategy?: string }): StructType => ({
  type: "struct",
  field: (name) => {
    if (schema["x-kubernetes-embedded-resource"] === true) {
      if (name === "apiVersion" || name === "kind") return scalar;
      if (name === "metadata") return objectMetaType;
    }
    const field = schema.properties !== undefined && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (field !== undefined) return structuralFieldType(field);
    return schema["x-kubernetes-preserve-unknown-fields"] === true ? untyped : undefined;
  },
  ...more,
});

const listType = (schema: Schema): ListType => {
  const items = (schema.items ?? {}) as Schema;
  const keys = schema["x-kubernetes-list-map-keys"];
  const strategy = schema["x-kubernetes-patch-strategy"];
  const mergeKey = schema["x-kubernetes-patch-merge-key"];
  const defaults = keys?.flatMap((key) => {
    const value = items.properties?.[key]?.default;
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    type: "list",
    items: () => structuralFieldType(items),
    listType: schema["x-kubernetes-list-type"] ?? "atomic",
    ...(keys === undefined ? {} : { keys }),
    ...(defaults === undefined || defaults.length === 0 ? {} : { keyDefaults: Object.fromEntries(defaults) }),
    ...(strategy === undefined ? {} : { patchStrategy: strategy }),
    ...(mergeKey === undefined ? {} : { patchMergeKey: mergeKey }),
  };
};

const strings: FieldType = { type: "map", values: () => scalar };
const ownerReference: FieldType = { type: "struct", field: () => scalar, atomic: true };
const metaFields: { readonly [name: string]: FieldType } = {
  name: scalar,
  generateName: scalar,
  namespace: scalar,
  uid: scalar,
  resourceVersion: scalar,
  generation: scalar,
  creationTimestamp: scalar,
  deletionTimestamp: scalar,
  deletionGracePeriodSeconds: scalar,
  selfLink: scalar,
  labels: strings,
  annotations: strings,
  finalizers: { type: "list", items: () => scalar, listType: "set", patchStrategy: "merge" },
  ownerReferences: {
    type: "list",
    items: () => ownerReference,
    listType: "map",
    keys: ["uid"],
    patchStrategy: "merge",
    patchMergeKey: "uid",
  },
  managedFields: { type: "list", items: () => untyped, listType: "atomic" },
};

export const objectMetaType: StructType = {
  type: "struct",
  field: (name) => (Object.hasOwn(metaFields, name) ? metaFields[name] : undefined),
};

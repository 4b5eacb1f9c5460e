import type { StructuralSchema } from "../kind/structural.ts";
import { childPath, isObject, itemPath, type JsonObject, mapItems, valuesOf } from "./walk.ts";

type Prune = (value: unknown, path: string, unknown: string[]) => unknown;

/** Drops what the schema does not know. What `x-kubernetes-preserve-unknown-fields` keeps is kept whole. */
export const compilePruning = (schema: StructuralSchema): ((object: unknown, unknown: string[]) => unknown) => {
  const prune = pruneObject(schema, typeMetaFields);
  return (object, unknown) => prune(object, "", unknown);
};

const typeMetaFields: readonly (readonly [string, Prune | undefined])[] = [
  ["apiVersion", undefined],
  ["kind", undefined],
  [
    "metadata",
    pruneFields(
      new Set([
        "annotations",
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "labels",
        "managedFields",
        "name",
        "namespace",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
      ]),
    ),
  ],
];

/** Undefined when there is nothing to prune below. */
const compile = (schema: StructuralSchema): Prune | undefined => {
  if (schema["x-kubernetes-embedded-resource"]) return pruneObject(schema, typeMetaFields);
  if (schema.items) return pruneItems(schema.items);
  const values = valuesOf(schema);
  if (values) return pruneValues(values);
  if (schema.type === "object" || schema.properties) {
    if (schema.additionalProperties === true) return undefined;
    return pruneObject(schema, []);
  }
  return undefined;
};

const pruneItems = (items: StructuralSchema): Prune | undefined => {
  const prune = compile(items);
  if (!prune) return undefined;
  return (value, path, unknown) =>
    Array.isArray(value) ? mapItems(value, (item, index) => prune(item, itemPath(path, index), unknown)) : value;
};

const pruneValues = (values: StructuralSchema): Prune | undefined => {
  const prune = compile(values);
  if (!prune) return undefined;
  return (value, path, unknown) => {
    if (!isObject(value)) return value;
    return rebuilt(value, (key, item) => prune(item, childPath(path, key), unknown));
  };
};

function pruneFields(known: ReadonlySet<string>): Prune {
  return (value, path, unknown) =>
    isObject(value) ? rebuilt(value, (key, item) => (known.has(key) ? item : dropped(childPath(path, key), unknown))) : value;
}

function pruneObject(schema: StructuralSchema, fixed: readonly (readonly [string, Prune | undefined])[]): Prune {
  const keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const fields = new Map<string, Prune | undefined>([
    ...Object.entries(schema.properties ?? {}).map(([name, field]) => [name, compile(field)] as const),
    ...fixed,
  ]);
  return (value, path, unknown) => {
    if (!isObject(value)) return value;
    return rebuilt(value, (key, item) => {
      if (!fields.has(key)) return keepsUnknown ? item : dropped(childPath(path, key), unknown);
      const prune = fields.get(key);
      return prune ? prune(item, childPath(path, key), unknown) : item;
    });
  };
}

const gone = Symbol("gone");

const dropped = (path: string, unknown: string[]): typeof gone => {
  unknown.push(path);
  return gone;
};

/** The same object when `change` changes and drops nothing. */
const rebuilt = (value: JsonObject, change: (key: string, item: unknown) => unknown): JsonObject => {
  let copy: { [key: string]: unknown } | undefined;
  for (const key of Object.keys(value)) {
    const after = change(key, value[key]);
    if (after === value[key]) continue;
    copy ??= { ...value };
    if (after === gone) delete copy[key];
    else copy[key] = after;
  }
  return copy ?? value;
};

import type { ObjectMeta, Stored, UnstructuredObject } from "@slipway/api";

export type StoredObject = Stored<UnstructuredObject>;

/** The object with some metadata changed; undefined removes. The same object when nothing differs. */
export const withMetadata = (
  object: UnstructuredObject,
  changes: { readonly [K in keyof ObjectMeta]?: ObjectMeta[K] | undefined },
) => {
  const before = (object.metadata ?? {}) as Record<string, unknown>;
  const wanted = changes as Record<string, unknown>;
  // Several times for every write: no lists of entries, and nothing is deleted that is not there.
  let same = object.metadata !== undefined;
  for (const key in wanted) same &&= before[key] === wanted[key];
  if (same) return object;
  const metadata: Record<string, unknown> = { ...before };
  for (const key in wanted) {
    if (wanted[key] !== undefined) metadata[key] = wanted[key];
    else if (Object.hasOwn(metadata, key)) delete metadata[key];
  }
  return { ...object, metadata } as UnstructuredObject;
};

export const withField = (object: UnstructuredObject, field: string, value: unknown): UnstructuredObject => {
  if (object[field] === value) return object;
  if (value !== undefined) return { ...object, [field]: value };
  const { [field]: _gone, ...rest } = object;
  return rest as UnstructuredObject;
};

/** Equal as JSON: the order of keys does not matter, and what is shared is equal at once. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left).filter((key) => left[key] !== undefined);
  const others = Object.keys(right).filter((key) => right[key] !== undefined);
  return keys.length === others.length && keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]));
};

/** RFC 3339, whole seconds. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** The value at a simple path like `.spec.replicas` or `spec.replicas`. */
export const atPath = (object: unknown, path: string): unknown => {
  let value = object;
  for (const part of path.split(".")) {
    if (part === "") continue;
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
};

/** The object with the value at such a path replaced; parents are made. */
export const setPath = (object: UnstructuredObject, path: string, value: unknown): UnstructuredObject => {
  const parts = path.split(".").filter((part) => part !== "");
  const set = (node: unknown, index: number): unknown => {
    const part = parts[index];
    if (part === undefined) return value;
    const fields = typeof node === "object" && node !== null ? (node as Record<string, unknown>) : {};
    return { ...fields, [part]: set(fields[part], index + 1) };
  };
  return set(object, 0) as UnstructuredObject;
};

import type { StructuralSchema } from "../kind/structural.ts";
import { writingOf } from "../kind/writing.ts";
import { ApiError } from "../meta/status.ts";
import { childPath, isObject, itemPath, type JsonObject, mapItems, valuesOf } from "./walk.ts";

/** `undefined` in: the field is absent; out: it is not written. */
type Rewrite = (value: unknown, path: string) => unknown;

/**
 * What programs that decode an object into Go's types make of it when they write it again: zeros that say nothing are left out, and
 * blocks that are no pointers stand there as `{}`. A value of another type than the schema's is left for the schema to refuse. The same
 * object when it was written so already.
 */
export const compileRewriting = (schema: StructuralSchema, path: string): (<T>(value: T) => T) => {
  const rewrite = slot(schema, true);
  return <T>(value: T) => rewrite(value, path) as T;
};

const slot = (schema: StructuralSchema, required: boolean): Rewrite => {
  const { zero, canonical } = writingOf(schema);
  const inside = content(schema);
  const whenAbsent = required || zero === "always" ? zeroOf(schema, inside) : undefined;
  const keepsZero = required || zero !== undefined;
  return (value, path) => {
    if (value === undefined || value === null) return whenAbsent;
    const inner = inside === undefined ? value : inside(value, path);
    const spelled = canonical === undefined || typeof inner !== "string" ? inner : spelling(canonical, inner, path);
    return keepsZero || !isZero(spelled, schema) ? spelled : undefined;
  };
};

const spelling = (canonical: (text: string) => string, text: string, path: string): string => {
  try {
    return canonical(text);
  } catch (error) {
    if (error instanceof ApiError) throw new ApiError("BadRequest", `${path}: ${error.message}`);
    throw error;
  }
};

const isStruct = (schema: StructuralSchema): boolean => schema.properties !== undefined;

const isZero = (value: unknown, schema: StructuralSchema): boolean =>
  value === "" ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && !isStruct(schema) && valuesOf(schema) !== undefined && Object.keys(value).length === 0);

/** Lists, maps and what has an encoding of its own come out as `null`, for the schema to refuse. */
const zeroOf = (schema: StructuralSchema, inside: Rewrite | undefined): unknown => {
  const { canonical } = writingOf(schema);
  if (isStruct(schema)) return inside === undefined ? {} : inside({}, "");
  if (schema.format === "date-time") return null;
  switch (schema.type) {
    case "string":
      return canonical === undefined ? "" : zeroText(canonical);
    case "boolean":
      return false;
    case "integer":
    case "number":
      return 0;
    default:
      return schema["x-kubernetes-int-or-string"] ? (canonical === undefined ? 0 : zeroText(canonical)) : null;
  }
};

const zeroText = (canonical: (text: string) => string): string | null => {
  try {
    return canonical("0");
  } catch {
    return null;
  }
};

/** Undefined: nothing to rewrite within. */
const content = (schema: StructuralSchema): Rewrite | undefined => {
  if (schema["x-kubernetes-preserve-unknown-fields"]) return undefined;
  if (schema.items) return items(schema.items);
  if (isStruct(schema)) return fields(schema);
  const values = valuesOf(schema);
  return values && mapValues(values);
};

const items = (schema: StructuralSchema): Rewrite => {
  const item = slot(schema, true);
  return (value, path) => (Array.isArray(value) ? mapItems(value, (each, index) => item(each, itemPath(path, index))) : value);
};

const mapValues = (schema: StructuralSchema): Rewrite => {
  const each = slot(schema, true);
  return (value, path) =>
    isObject(value) ? rebuilt(value, Object.keys(value), (key) => each(value[key], childPath(path, key))) : value;
};

const fields = ({ properties = {}, required = [] }: StructuralSchema): Rewrite => {
  const slots = Object.entries(properties).map(([name, field]) => [name, slot(field, required.includes(name))] as const);
  const known = new Map(slots);
  const names = slots.map(([name]) => name);
  return (value, path) =>
    isObject(value)
      ? rebuilt(value, names, (name) =>
          known.get(name)?.(Object.hasOwn(value, name) ? value[name] : undefined, childPath(path, name)),
        )
      : value;
};

const rebuilt = (value: JsonObject, names: readonly string[], write: (name: string) => unknown): JsonObject => {
  let copy: { [key: string]: unknown } | undefined;
  for (const name of names) {
    const before = Object.hasOwn(value, name) ? value[name] : undefined;
    const after = write(name);
    if (after === before && !(after === undefined && Object.hasOwn(value, name))) continue;
    copy ??= { ...value };
    if (after === undefined) delete copy[name];
    else copy[name] = after;
  }
  return copy ?? value;
};

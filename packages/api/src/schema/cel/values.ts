import type { StructuralSchema } from "../../kind/structural.ts";
import { listIdentity } from "../lists.ts";
import { isObject, valuesOf } from "../walk.ts";
import { parseDuration } from "./environment.ts";

type Convert = (value: unknown) => unknown;

/**
 * JSON values as CEL sees them: integers are 64 bits wide, times are times, and only declared fields are there, under names that
 * CEL can spell.
 */
export const compileValue = (schema: StructuralSchema): Convert => {
  const convert = compileNode(schema);
  return (value) => (value === null || value === undefined ? null : convert(value));
};

const same: Convert = (value) => value;

const compileNode = (schema: StructuralSchema): Convert => {
  if (schema["x-kubernetes-int-or-string"]) return (value) => (typeof value === "number" ? BigInt(value) : value);
  switch (schema.type) {
    case "integer":
      return (value) => (typeof value === "number" ? BigInt(value) : value);
    case "number":
      return (value) => (typeof value === "bigint" ? Number(value) : value);
    case "string":
      return stringOf(schema.format);
    case "array":
      return listOf(schema);
    case "object":
      return objectOf(schema);
    default:
      return same;
  }
};

const stringOf = (format: string | undefined): Convert => {
  switch (format) {
    case "date":
    case "date-time":
      return (value) => (typeof value === "string" ? new Date(value) : value);
    case "duration":
      return (value) => (typeof value === "string" ? parseDuration(value) : value);
    case "byte":
      return (value) => (typeof value === "string" ? Uint8Array.from(atob(value), (char) => char.charCodeAt(0)) : value);
    default:
      return same;
  }
};

/** Sets and keyed lists are equal whatever their order, so they are shown to rules in one order. */
const listOf = (schema: StructuralSchema): Convert => {
  const item = schema.items ? compileValue(schema.items) : same;
  const identity = listIdentity(schema);
  return (value) => {
    if (!Array.isArray(value)) return value;
    const items = identity ? value.toSorted((a, b) => order(identity.key(a), identity.key(b))) : value;
    return items.map(item);
  };
};

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const objectOf = (schema: StructuralSchema): Convert => {
  const values = valuesOf(schema);
  if (values) {
    const convert = compileValue(values);
    return (value) =>
      isObject(value) ? new Map(Object.entries(value).map(([key, item]) => [key, convert(item)] as const)) : value;
  }
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [name, escapeName(name), compileValue(field)] as const,
  );
  return (value) => {
    if (!isObject(value)) return value;
    const result: { [name: string]: unknown } = {};
    for (const [name, escaped, convert] of fields) if (value[name] !== undefined) result[escaped] = convert(value[name]);
    return result;
  };
};

const keywords = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** A field's name as rules spell it. */
export const escapeName = (name: string): string =>
  keywords.has(name)
    ? `__${name}__`
    : name
        .replaceAll("__", "__underscores__")
        .replaceAll(".", "__dot__")
        .replaceAll("-", "__dash__")
        .replaceAll("/", "__slash__");

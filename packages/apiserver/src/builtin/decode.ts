import {
  ApiError,
  createDefinitions,
  type Definition,
  type DefinitionType,
  hasDefinition,
  type UnstructuredObject,
} from "@slipway/api";

/**
 * An object of a built-in kind as Kubernetes' own decoder would have read it: unknown fields, nulls and empty lists and maps are gone,
 * a value of the wrong type is refused. The same object when nothing changes.
 */
export interface BuiltinDecoder {
  decode(object: UnstructuredObject): { readonly object: UnstructuredObject; readonly unknown: readonly string[] };
}

const definitions = createDefinitions();

export const builtinDecoder = (definition: string, kind: string, version: string): BuiltinDecoder => {
  if (!hasDefinition(definition)) return { decode: (object) => ({ object, unknown: [] }) };
  return {
    decode: (object) => {
      const unknown: string[] = [];
      const wrong = (path: string, expected: string, value: unknown): never => {
        throw new ApiError(
          "BadRequest",
          `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal ${shown(value, expected)} into Go struct field ${kind}.${path} of type ${expected}`,
        );
      };
      return { object: struct(object, definitions(definition), "", unknown, wrong) as UnstructuredObject, unknown };
    },
  };
};

type Wrong = (path: string, expected: string, value: unknown) => never;

const struct = (value: unknown, definition: Definition, path: string, unknown: string[], wrong: Wrong): unknown => {
  if (!isRecord(value)) return wrong(path, definition.name, value);
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const before = value[key];
    const here = path === "" ? key : `${path}.${key}`;
    const field = definition.fields.get(key);
    const after = field === undefined ? undefined : of(before, field.type, here, unknown, wrong);
    if (field === undefined) unknown.push(here);
    const drop = after === undefined || (!field?.required && isEmpty(after, field?.type));
    if (drop) {
      copy ??= { ...value };
      delete copy[key];
    } else if (after !== before) {
      copy ??= { ...value };
      copy[key] = after;
    }
  }
  return copy ?? value;
};

/** Undefined: as good as absent. */
const of = (value: unknown, type: DefinitionType, path: string, unknown: string[], wrong: Wrong): unknown => {
  if (value === null || value === undefined) return undefined;
  switch (type.type) {
    case "ref":
      return struct(value, definitions(type.definition), path, unknown, wrong);
    case "list": {
      if (!Array.isArray(value)) return wrong(path, "slice", value);
      let copy: unknown[] | undefined;
      for (const [at, item] of value.entries()) {
        const after = of(item, type.of, `${path}[${at}]`, unknown, wrong);
        if (after === item) continue;
        copy ??= [...value];
        copy[at] = after ?? null;
      }
      return copy ?? value;
    }
    case "map": {
      if (!isRecord(value)) return wrong(path, "map", value);
      let copy: Record<string, unknown> | undefined;
      for (const key of Object.keys(value)) {
        const after = of(value[key], type.of, `${path}.${key}`, unknown, wrong);
        if (after === value[key]) continue;
        copy ??= { ...value };
        // A null value of a map is the type's zero: for strings the empty one.
        copy[key] = after ?? (type.of.type === "string" || type.of.type === "bytes" ? "" : null);
      }
      return copy ?? value;
    }
    case "any":
      return value;
    case "string":
    case "time":
    case "microTime":
      return typeof value === "string" ? value : wrong(path, type.type === "string" ? "string" : "Time", value);
    case "bytes":
      return typeof value === "string" && isBase64(value) ? value : wrong(path, "[]byte", value);
    case "bool":
      return typeof value === "boolean" ? value : wrong(path, "bool", value);
    case "int32":
      return isInt32(value) ? value : wrong(path, "int32", value);
    case "int64":
      return typeof value === "bigint" || Number.isSafeInteger(value) ? value : wrong(path, "int64", value);
    case "double":
      return typeof value === "number" || typeof value === "bigint" ? Number(value) : wrong(path, "float64", value);
    case "intOrString":
      return typeof value === "string" || isInt32(value) ? value : wrong(path, "int32", value);
    case "quantity":
      return typeof value === "number" || typeof value === "bigint"
        ? String(value)
        : typeof value === "string"
          ? value
          : wrong(path, "Quantity", value);
  }
};

const isEmpty = (value: unknown, type: DefinitionType | undefined): boolean =>
  type?.type === "list"
    ? Array.isArray(value) && value.length === 0
    : type?.type === "map" && Object.keys(value as object).length === 0;

const isBase64 = (text: string): boolean =>
  text.replace(/[\r\n]/g, "").length % 4 === 0 && /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(text);

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? "array" : (namesOfTypes[typeof value] ?? (value === null ? "null" : typeof value));
const namesOfTypes: { readonly [type: string]: string } = { boolean: "bool", bigint: "number" };

/** Of a number that does not fit, its digits are shown. */
const shown = (value: unknown, expected: string): string =>
  isNumber(value) && (expected === "int32" || expected === "int64") ? `number ${value}` : jsonType(value);

const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint";
const isInt32 = (value: unknown): boolean => Number.isInteger(value) && value === (value as number) >> 0;

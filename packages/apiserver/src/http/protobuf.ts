import {
  ApiError,
  apiVersionOf,
  builtinKinds,
  createDefinitions,
  type DefinitionType,
  hasDefinition,
  type ProtobufField,
  parseJson,
  parseLayout,
  protobufLayouts,
} from "@slipway/api";
import { findDuplicates } from "./duplicates.ts";

/**
 * Reads the protobuf form of Kubernetes' own kinds into what their JSON would have been. kubectl sends it (`create namespace`,
 * `auth can-i`, `create token`), and so does every Go client for built-in kinds; nothing is ever answered in it.
 */
export const isProtobuf = (bytes: Uint8Array): boolean => magic.every((byte, at) => bytes[at] === byte);

/** `k8s` and a zero byte. */
const magic = [0x6b, 0x38, 0x73, 0x00];

/** @throws ApiError UnsupportedMediaType for a kind without tables, BadRequest for broken bytes */
export const decodeProtobuf = (bytes: Uint8Array): { readonly [field: string]: unknown } => {
  const envelope = readFields(bytes.subarray(magic.length));
  const type = readFields(lastBytes(envelope, 1));
  const apiVersion = text(lastBytes(type, 1));
  const kind = text(lastBytes(type, 2));
  const definition = kind === "DeleteOptions" ? "meta.v1.DeleteOptions" : definitionOf(apiVersion, kind);
  if (definition === undefined)
    throw new ApiError("UnsupportedMediaType", `no protobuf form of ${kind} in ${apiVersion} is known here: send JSON`);
  return { apiVersion, kind, ...message(lastBytes(envelope, 2), definition, 0) };
};

/** Shapes that are sent but never stored. */
const sentOnly: { readonly [kind: string]: string } = {
  "policy/v1/Eviction": "policy.v1.Eviction",
  "authentication.k8s.io/v1/TokenRequest": "authentication.v1.TokenRequest",
};

const definitionsByKind: ReadonlyMap<string, string> = new Map([
  ...builtinKinds.map((kind) => [`${apiVersionOf(kind)}/${kind.kind}`, kind.builtin.definition] as const),
  ...Object.entries(sentOnly),
]);

const definitionOf = (apiVersion: string, kind: string): string | undefined => {
  const name = definitionsByKind.get(`${apiVersion}/${kind}`);
  return name !== undefined && Object.hasOwn(protobufLayouts, name) ? name : undefined;
};

const definitions = createDefinitions();
const layouts = new Map<string, ReadonlyMap<number, ProtobufField>>();

const layoutOf = (name: string): ReadonlyMap<number, ProtobufField> => {
  const known = layouts.get(name);
  if (known !== undefined) return known;
  const layout = new Map(parseLayout(protobufLayouts[name] ?? "").map((field) => [field.number, field]));
  layouts.set(name, layout);
  return layout;
};

/** Schemas nest, nothing else does as deep. */
const deepest = 100;

const message = (bytes: Uint8Array, layout: string, depth: number, owner = layout): { [field: string]: unknown } => {
  if (depth > deepest) throw broken("messages are nested too deep");
  const fields = layoutOf(layout);
  const result: { [field: string]: unknown } = {};
  for (const { number, values } of readFields(bytes)) {
    const field = fields.get(number);
    if (field === undefined) continue;
    if (field.inline) {
      Object.assign(result, message(lastOf(values), field.name, depth + 1, hasField(owner, field.name) ? owner : field.name));
      continue;
    }
    const type = fieldType(layout, owner, field.name);
    if (type === undefined) continue;
    const union = layout === "apiextensions.v1.JSONSchemaProps" ? unions[field.name] : undefined;
    const value =
      union === undefined ? decode(type, values, field.pointer, depth) : decodeUnion(union, type.type === "map", values, depth);
    if (value === undefined || (!field.pointer && !field.always && isZero(value, type))) continue;
    result[field.name] = value;
  }
  return result;
};

/** An inlined message either has a definition of its own (LocalObjectReference) or only its owner's fields (VolumeSource). */
const hasField = (owner: string, inlined: string): boolean => !hasDefinition(inlined) && hasDefinition(owner);

const fieldType = (layout: string, owner: string, name: string): DefinitionType | undefined =>
  [layout, owner].map((each) => (hasDefinition(each) ? definitions(each).fields.get(name)?.type : undefined)).find(Boolean);

/** Parts of a JSON schema that may be one thing or another: a message says which. */
const unions: { readonly [field: string]: "orBool" | "orArray" | "orStringArray" } = {
  additionalItems: "orBool",
  additionalProperties: "orBool",
  items: "orArray",
  dependencies: "orStringArray",
};

const decodeUnion = (
  union: "orBool" | "orArray" | "orStringArray",
  isMap: boolean,
  values: readonly Raw[],
  depth: number,
): unknown => {
  const schema = (bytes: Uint8Array) => message(bytes, "apiextensions.v1.JSONSchemaProps", depth + 1);
  const one = (raw: Raw): unknown => {
    const fields = readFields(asBytes(raw));
    if (union === "orBool") return valuesOf(fields, 2).length > 0 ? schema(lastBytes(fields, 2)) : lastNumber(fields, 1) === 1n;
    if (valuesOf(fields, 1).length > 0) return schema(lastBytes(fields, 1));
    return valuesOf(fields, 2).map((value) => (union === "orArray" ? schema(asBytes(value)) : text(asBytes(value))));
  };
  if (!isMap) return one(values.at(-1) ?? new Uint8Array());
  return Object.fromEntries(
    values.map((entry) => {
      const fields = readFields(asBytes(entry));
      return [text(lastBytes(fields, 1)), one(lastBytes(fields, 2))];
    }),
  );
};

const decode = (type: DefinitionType, values: readonly Raw[], pointer: boolean, depth: number): unknown => {
  switch (type.type) {
    case "list":
      return type.of.type === "int32" || type.of.type === "int64"
        ? values.flatMap((value) => (typeof value === "bigint" ? [whole(value)] : packed(value)))
        : values.map((value) => decode(type.of, [value], true, depth));
    case "map":
      return Object.fromEntries(values.map((value) => mapEntry(type.of, value, depth)));
    default:
      return single(type, values.at(-1), pointer, depth);
  }
};

const mapEntry = (type: DefinitionType, entry: Raw, depth: number): [string, unknown] => {
  const fields = readFields(asBytes(entry));
  const values = fields.find(({ number }) => number === 2)?.values ?? [new Uint8Array()];
  const key = text(lastBytes(fields, 1));
  // A map of lists is a map of messages that hold the list in their first field.
  if (type.type === "list")
    return [key, readFields(lastOf(values)).flatMap((field) => field.values.map((value) => text(asBytes(value))))];
  return [key, decode(type, values, true, depth)];
};

const single = (type: DefinitionType, raw: Raw | undefined, pointer: boolean, depth: number): unknown => {
  if (raw === undefined) return undefined;
  switch (type.type) {
    case "string":
      return text(asBytes(raw));
    case "bytes":
      return base64(asBytes(raw));
    case "bool":
      return raw !== 0n;
    case "int32":
    case "int64":
      return typeof raw === "bigint" ? whole(raw) : 0;
    case "double":
      return asBytes(raw).length === 8 ? new DataView(asBytes(raw).slice().buffer).getFloat64(0, true) : 0;
    case "time":
    case "microTime":
      return timestamp(asBytes(raw), type.type === "microTime");
    case "quantity": {
      const amount = text(lastBytes(readFields(asBytes(raw)), 1));
      return amount === "" && !pointer ? undefined : amount;
    }
    case "intOrString":
      return intOrString(asBytes(raw));
    case "any": {
      const json = text(lastBytes(readFields(asBytes(raw)), 1));
      return json === "" ? undefined : rawJson(json);
    }
    case "ref":
      return message(asBytes(raw), type.definition, depth + 1);
    default:
      return undefined;
  }
};

const rawJson = (json: string): unknown => {
  try {
    const value: unknown = parseJson(json);
    findDuplicates(json); // for its bound on nesting: the last of two keys counts
    return value;
  } catch {
    throw broken("raw JSON cannot be read");
  }
};

const isZero = (value: unknown, type: DefinitionType): boolean =>
  value === "" ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (type.type === "ref" && typeof value === "object" && value !== null && Object.keys(value).length === 0);

const timestamp = (bytes: Uint8Array, micro: boolean): string | undefined => {
  const fields = readFields(bytes);
  const seconds = BigInt.asIntN(64, lastNumber(fields, 1));
  const nanos = Number(BigInt.asIntN(64, lastNumber(fields, 2)));
  // Go's zero time: year 1, or nothing on the wire at all.
  if (fields.length === 0 || (seconds === 0n && nanos === 0) || seconds <= -62135596800n) return undefined;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return micro ? `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z` : `${whole}Z`;
};

const intOrString = (bytes: Uint8Array): number | string => {
  const fields = readFields(bytes);
  return lastNumber(fields, 1) === 1n ? text(lastBytes(fields, 3)) : Number(BigInt.asIntN(64, lastNumber(fields, 2)));
};

type Raw = bigint | Uint8Array;
interface RawField {
  readonly number: number;
  readonly values: Raw[];
}

const readFields = (bytes: Uint8Array): readonly RawField[] => {
  const fields = new Map<number, RawField>();
  const reader = createReader(bytes);
  while (!reader.done()) {
    const tag = Number(reader.varint());
    const number = tag >>> 3;
    const wire = tag & 7;
    const value =
      wire === 0
        ? reader.varint()
        : wire === 2
          ? reader.bytes(Number(reader.varint()))
          : reader.bytes(wire === 1 ? 8 : wireFour(wire));
    const field = fields.get(number);
    if (field === undefined) fields.set(number, { number, values: [value] });
    else field.values.push(value);
  }
  return [...fields.values()];
};

const wireFour = (wire: number): number => {
  if (wire === 5) return 4;
  throw broken(`wire type ${wire}`);
};

const createReader = (source: Uint8Array) => {
  let at = 0;
  return {
    done: () => at >= source.length,
    varint: (): bigint => {
      let value = 0n;
      for (let shift = 0n; shift < 70n; shift += 7n) {
        const byte = source[at];
        if (byte === undefined) throw broken("unexpected end");
        at += 1;
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
      throw broken("a number is too long");
    },
    bytes: (length: number): Uint8Array => {
      if (length < 0 || at + length > source.length) throw broken("unexpected end");
      at += length;
      return source.subarray(at - length, at);
    },
  };
};

/** As JSON would have said it. */
const whole = (varint: bigint): number | bigint => {
  const value = BigInt.asIntN(64, varint);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
};

const packed = (bytes: Uint8Array): (number | bigint)[] => {
  const reader = createReader(bytes);
  const numbers: (number | bigint)[] = [];
  while (!reader.done()) numbers.push(whole(reader.varint()));
  return numbers;
};

const broken = (cause: string): ApiError => new ApiError("BadRequest", `the object provided is unrecognized: protobuf: ${cause}`);

const valuesOf = (fields: readonly RawField[], number: number): readonly Raw[] =>
  fields.find((field) => field.number === number)?.values ?? [];
const lastBytes = (fields: readonly RawField[], number: number): Uint8Array => lastOf(valuesOf(fields, number));
const lastOf = (values: readonly Raw[]): Uint8Array => asBytes(values.at(-1) ?? new Uint8Array());
const lastNumber = (fields: readonly RawField[], number: number): bigint => {
  const value = valuesOf(fields, number).at(-1);
  return typeof value === "bigint" ? value : 0n;
};
const asBytes = (raw: Raw): Uint8Array => {
  if (typeof raw === "bigint") throw broken("a number where a message belongs");
  return raw;
};

const utf8 = new TextDecoder();
const text = (bytes: Uint8Array): string => utf8.decode(bytes);
const base64 = (bytes: Uint8Array): string => {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
};

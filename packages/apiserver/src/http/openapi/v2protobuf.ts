import { jsonText } from "@slipway/api/json/index.ts";
import type { OpenApiSchema } from "./schemas.ts";
import type { PatchOperation, VersionTwo } from "./v2.ts";

/** The v2 document in the protobuf form that Go clients ask for. Numbers are those of the published OpenAPIv2 messages. */
export const encodeVersionTwo = (document: VersionTwo): Uint8Array =>
  message([
    text(1, document.swagger),
    nested(2, message([text(1, document.info.title), text(2, document.info.version)])),
    nested(8, message(Object.entries(document.paths).map(([path, { patch }]) => named(2, path, nested(8, operation(patch)))))),
    nested(9, message(Object.entries(document.definitions).map(([name, value]) => entry(name, value)))),
  ]);

/** Of a whole document few definitions change at a time. Only a memo: definitions are never changed. */
const entries = new WeakMap<OpenApiSchema, Uint8Array>();

const entry = (name: string, value: OpenApiSchema): Uint8Array => {
  const known = entries.get(value);
  if (known !== undefined) return known;
  const made = named(1, name, schema(value));
  entries.set(value, made);
  return made;
};

const operation = (patch: PatchOperation): Uint8Array =>
  message([
    ...patch.consumes.map((type) => text(7, type)),
    ...patch.parameters.map(({ name, type }) => {
      const query = message([text(2, "query"), text(4, name), text(6, type)]);
      // ParametersItem > Parameter > NonBodyParameter > QueryParameterSubSchema
      return nested(8, nested(1, nested(2, nested(3, query))));
    }),
    nested(9, named(1, "200", nested(1, text(1, "OK")))),
    extension(13, "x-kubernetes-action", patch["x-kubernetes-action"]),
    extension(13, "x-kubernetes-group-version-kind", patch["x-kubernetes-group-version-kind"]),
  ]);

const schema = (value: OpenApiSchema): Uint8Array => {
  const string = (key: string) => (typeof value[key] === "string" ? value[key] : "");
  const { items, properties, additionalProperties: additional } = value;
  return message([
    text(1, string("$ref")),
    text(2, string("format")),
    text(3, string("title")),
    text(4, string("description")),
    value["default"] === undefined ? empty : nested(5, anything(value["default"])),
    double(7, value["maximum"]),
    double(9, value["minimum"]),
    integer(11, value["maxLength"]),
    integer(12, value["minLength"]),
    text(13, string("pattern")),
    integer(14, value["maxItems"]),
    integer(15, value["minItems"]),
    ...strings(value["required"]).map((field) => text(19, field)),
    ...(Array.isArray(value["enum"]) ? value["enum"].map((each) => nested(20, anything(each))) : []),
    isSchema(additional) ? nested(21, nested(1, schema(additional))) : additional === true ? nested(21, flag(2)) : empty,
    string("type") === "" ? empty : nested(22, text(1, string("type"))),
    isSchema(items) ? nested(23, nested(1, schema(items))) : empty,
    isSchema(properties)
      ? nested(
          25,
          message(Object.entries(properties).map(([name, property]) => named(1, name, schema(property as OpenApiSchema)))),
        )
      : empty,
    ...Object.entries(value)
      .filter(([key]) => key.startsWith("x-"))
      .map(([key, each]) => extension(31, key, each)),
  ]);
};

const isSchema = (value: unknown): value is OpenApiSchema => typeof value === "object" && value !== null && !Array.isArray(value);
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** A value of any type travels as YAML, of which JSON is a part. */
const anything = (value: unknown): Uint8Array => text(2, `${jsonText(value)}\n`);
const extension = (number: number, name: string, value: unknown): Uint8Array => named(number, name, anything(value));
/** One entry of a map: name and message. */
const named = (number: number, name: string, value: Uint8Array): Uint8Array =>
  nested(number, message([text(1, name), nested(2, value)]));

const empty = new Uint8Array();
const utf8 = new TextEncoder();

const message = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
};

const nested = (number: number, body: Uint8Array): Uint8Array => message([varint(number * 8 + 2), varint(body.length), body]);
const text = (number: number, value: string): Uint8Array => (value === "" ? empty : nested(number, utf8.encode(value)));
const flag = (number: number): Uint8Array => Uint8Array.from([number * 8, 1]);
const integer = (number: number, value: unknown): Uint8Array =>
  typeof value === "number" && value > 0 ? message([varint(number * 8), varint(value)]) : empty;
const double = (number: number, value: unknown): Uint8Array => {
  if ((typeof value !== "number" && typeof value !== "bigint") || Number(value) === 0) return empty;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, Number(value), true);
  return message([varint(number * 8 + 1), bytes]);
};

import { ApiError, parseJson, type UnstructuredObject } from "@slipway/api";
import { checkUnfolded, findDuplicates } from "./duplicates.ts";
import { decodeProtobuf, isProtobuf } from "./protobuf.ts";
import { parseYaml } from "./yaml.ts";

/** A decoded body, and what its text alone already shows to be wrong (`duplicate field "spec.a"`). */
export interface Decoded {
  readonly value: unknown;
  readonly errors: readonly string[];
}

const bodyTypes = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

export const mediaType = (contentType: string | undefined): string =>
  (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** An object for create or update. `kind` is what the URL expects, for messages only. */
export const decodeObject = (
  bytes: Uint8Array,
  contentType: string | undefined,
  kind: string,
): { object: UnstructuredObject; errors: readonly string[] } => {
  const { value, errors } = decodeBody(bytes, contentType, kind);
  if (!isObject(value)) throw unrecognized(bytes, kind, "json: cannot unmarshal into Go value: not an object");
  return { object: value as UnstructuredObject, errors };
};

export const decodeBody = (bytes: Uint8Array, contentType: string | undefined, kind: string): Decoded => {
  switch (mediaType(contentType)) {
    case "":
    case "application/json":
      return decodeJson(bytes, kind);
    case "application/yaml":
      return decodeYaml(bytes, kind);
    case "application/vnd.kubernetes.protobuf":
      if (!isProtobuf(bytes))
        throw unrecognized(bytes, kind, "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
      return { value: decodeProtobuf(bytes), errors: [] };
    default:
      throw new ApiError(
        "UnsupportedMediaType",
        `the body of the request was in an unknown format - accepted media types include: ${bodyTypes}`,
      );
  }
};

export const decodeJson = (bytes: Uint8Array, kind: string): Decoded => {
  const text = utf8.decode(bytes);
  try {
    const value: unknown = parseJson(text);
    return { value, errors: findDuplicates(text).map((path) => `duplicate field "${path}"`) };
  } catch (error) {
    throw unrecognized(bytes, kind, error instanceof Error ? error.message : String(error));
  }
};

export const decodeYaml = (bytes: Uint8Array, kind: string): Decoded => {
  const text = utf8.decode(bytes);
  if (text.trimStart().startsWith("{")) {
    try {
      return decodeJson(bytes, kind);
    } catch {
      // Flow-style YAML also starts with a brace.
    }
  }
  // Written out, no part takes less than a byte; what is meant twice may make it somewhat more.
  const most = bytes.length + 100_000;
  try {
    const value: unknown = parseYaml(text);
    checkUnfolded(value, most);
    return { value, errors: [] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!message.includes("duplicated mapping key")) throw unrecognized(bytes, kind, message);
    const value: unknown = parseYaml(text, "last");
    try {
      checkUnfolded(value, most);
    } catch (excess) {
      throw unrecognized(bytes, kind, excess instanceof Error ? excess.message : String(excess));
    }
    return { value, errors: [message.split("\n")[0] ?? message] };
  }
};

const utf8 = new TextDecoder();

export const isObject = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const unrecognized = (bytes: Uint8Array, kind: string, cause: string): ApiError =>
  new ApiError("BadRequest", `the object provided is unrecognized (must be of type ${kind}): ${cause} (${summary(bytes)})`);

/** The start of the body: as text when it looks like JSON, in hex otherwise. */
const summary = (bytes: Uint8Array): string => {
  if (bytes.length === 0) return "<empty>";
  const start = bytes.subarray(0, 30);
  const text = bytes[0] === 0x7b ? utf8.decode(start) : Array.from(start, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return bytes.length > 30 ? `${text} ...` : text;
};

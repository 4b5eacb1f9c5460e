import type { JsonPatchOperation } from "@slipway/api";
import jsonPatch from "fast-json-patch";

interface Fields {
  readonly [field: string]: unknown;
}

/**
 * One operation of RFC 6902, as far as a ClusterClass may use it: add, replace and remove. The document given stays as it is.
 * @throws Error naming the place that is not there
 */
export const withOperation = (document: Fields, { op, path, value }: JsonPatchOperation): Fields => {
  if (!path.startsWith("/")) throw new Error(`${op} ${path}: not a place in the document`);
  const operation = (op === "remove" ? { op, path } : { op, path, value }) as jsonPatch.Operation;
  try {
    // The library changes what it is given, so it gets a copy of its own.
    return jsonPatch.applyOperation(structuredClone(document), structuredClone(operation), true).newDocument;
  } catch (error) {
    throw new Error(`${op} ${path}: ${reasonOf(error)}`, { cause: error });
  }
};

/** What the library says of a place that is not in the document. */
const noPlace = [
  "OPERATION_PATH_UNRESOLVABLE",
  "OPERATION_PATH_CANNOT_ADD",
  "OPERATION_PATH_ILLEGAL_ARRAY_INDEX",
  "OPERATION_VALUE_OUT_OF_BOUNDS",
];

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return noPlace.includes(error.name) ? "there is nothing at this place" : (error.message.split("\n", 1)[0] ?? "");
};

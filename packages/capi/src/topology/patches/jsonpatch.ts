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
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new Error(`${op} ${path}: ${reason}`, { cause: error });
  }
};

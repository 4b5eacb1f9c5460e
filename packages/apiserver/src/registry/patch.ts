import { ApiError, type JsonPatchOperation, type UnstructuredObject } from "@slipway/api";
import jsonPatch from "fast-json-patch";
import { badRequest } from "./errors.ts";

type Operation = Parameters<typeof jsonPatch.applyPatch>[1][number];

const largestJsonPatch = 10_000;

/** RFC 6902. @throws ApiError Invalid when any operation fails: then nothing changes */
export const applyJsonPatch = (object: UnstructuredObject, operations: readonly JsonPatchOperation[]): UnstructuredObject => {
  if (!Array.isArray(operations)) throw badRequest("error decoding patch: a JSON patch is a list of operations");
  if (operations.length > largestJsonPatch) {
    throw new ApiError(
      "RequestEntityTooLarge",
      `Request entity too large: The allowed maximum operations in a JSON patch is ${largestJsonPatch}, got ${operations.length}`,
    );
  }
  try {
    // The library changes what it is given, so it gets a copy of its own.
    const copy: UnstructuredObject = structuredClone(object);
    const safe = operations.map((operation) => structuredClone(operation)) as unknown as readonly Operation[];
    return safe.reduce<UnstructuredObject>((document, operation, index) => applyOne(document, operation, index), copy);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError("Invalid", "the server rejected our request due to an error in our request", { cause: error });
  }
};

const applyOne = (document: UnstructuredObject, operation: Operation, index: number): UnstructuredObject => {
  if (typeof operation.op !== "string" || typeof operation.path !== "string") throw new Error("an operation needs op and path");
  const apply = (one: Operation) => jsonPatch.applyOperation(document, one, true, true, true, index).newDocument;
  if (operation.op !== "copy" && operation.op !== "move") return apply(operation);
  // The library would copy by way of JSON text, where long numbers are rounded.
  const value: unknown = jsonPatch.getValueByPointer(document, operation.from);
  if (value === undefined) throw new Error(`there is nothing at ${operation.from}`);
  if (operation.op === "copy") return apply({ op: "add", path: operation.path, value: structuredClone(value) });
  if (operation.path.startsWith(`${operation.from}/`)) throw new Error("nothing can be moved into itself");
  apply({ op: "remove", path: operation.from });
  return apply({ op: "add", path: operation.path, value });
};

/** RFC 7396. */
export const applyMergePatch = (object: UnstructuredObject, patch: object): UnstructuredObject => {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) {
    throw badRequest("error decoding patch: a merge patch is an object");
  }
  return mergeInto(object, patch) as UnstructuredObject;
};

const mergeInto = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const fields =
    typeof target === "object" && target !== null && !Array.isArray(target) ? (target as Record<string, unknown>) : {};
  const result: Record<string, unknown> = { ...fields };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergeInto(fields[key], value);
  }
  return result;
};

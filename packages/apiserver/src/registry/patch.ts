import { ApiError, type JsonPatchOperation, type UnstructuredObject } from "@slipway/api";
import jsonPatch from "fast-json-patch";
import { badRequest } from "./errors.ts";

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
    const safe = operations.map((operation) => structuredClone(operation)) as Parameters<typeof jsonPatch.applyPatch>[1];
    for (const operation of safe) checkRemoval(copy, operation);
    const { newDocument } = jsonPatch.applyPatch(copy, safe, true, true, true);
    return newDocument;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError("Invalid", "the server rejected our request due to an error in our request", { cause: error });
  }
};

const checkRemoval = (_object: UnstructuredObject, operation: { op: string; path?: unknown }): void => {
  if (typeof operation.op !== "string" || typeof operation.path !== "string") throw new Error("an operation needs op and path");
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

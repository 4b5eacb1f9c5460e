import { ApiError, jsonText } from "@slipway/api";
import type { StoredObject } from "./object.ts";

/** As etcd takes them by default: 1.5 MiB. */
const mostBytes = 1_572_864;

/** Refuses what a store shared by all should not have to hold. @throws ApiError RequestEntityTooLarge */
export const checkSize = (object: StoredObject): void => {
  if (isTooLarge(object))
    throw new ApiError("RequestEntityTooLarge", `etcdserver: request is too large: an object may have ${mostBytes} bytes`);
};

export const isTooLarge = (object: object): boolean => {
  const characters = atLeast(object, mostBytes);
  if (characters > mostBytes) return true;
  // A character is three bytes at most, and a quote may be two characters: only what comes near is measured exactly.
  return characters * 6 > mostBytes && new TextEncoder().encode(jsonText(object)).length > mostBytes;
};

/** So many characters its JSON has at least; stops counting beyond the limit. */
const atLeast = (value: unknown, limit: number): number => {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 4;
  let total = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      total += atLeast(item, limit - total) + 1;
      if (total > limit) return total;
    }
    return total;
  }
  const fields = value as { readonly [key: string]: unknown };
  for (const key in fields) {
    total += key.length + 4 + atLeast(fields[key], limit - total);
    if (total > limit) return total;
  }
  return total;
};

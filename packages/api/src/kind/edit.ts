import { jsonText } from "../json/text.ts";
import { ApiError } from "../meta/status.ts";
import { deepEqual } from "../schema/equality.ts";

/** Changing objects that are shared: what stays the same stays the very same, so nobody writes what nobody changed. */

/** `object` with these fields, undefined ones left as they are. */
export const withFields = <T extends object>(object: T, fields: Partial<T>): T => {
  const changed = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && !deepEqual((object as { [name: string]: unknown })[name], value),
  );
  return changed.length === 0 ? object : { ...object, ...Object.fromEntries(changed) };
};

/**
 * Defaulting runs before validation, so a part may still be of any shape. Absent is an empty part; another type than an object
 * is refused here, as decoding would.
 * @throws ApiError BadRequest
 */
export const partOf = <T extends object>(part: T | undefined | null, path: string): T => {
  if (part === undefined || part === null) return {} as T;
  if (typeof part !== "object" || Array.isArray(part)) {
    throw new ApiError("BadRequest", `${path} must be an object, found ${jsonText(part)}`);
  }
  return part;
};

export const withLabel = <T extends { readonly metadata: { readonly labels?: { readonly [key: string]: string } } }>(
  object: T,
  key: string,
  value: string | undefined,
): T => {
  if (value === undefined || object.metadata.labels?.[key] === value) return object;
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [key]: value } } };
};

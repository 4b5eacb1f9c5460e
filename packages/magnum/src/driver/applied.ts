import type { KubeObject } from "@slipway/api";
import type { DesiredObject } from "./desired.ts";
import { shortHash } from "./hash.ts";

/** On every object we apply: what of it we wanted. Tells a field that we no longer want from one that was never ours. */
const APPLIED_ANNOTATION = "magnum.slipway.dev/applied";

export const marked = ({ resource, object }: DesiredObject): DesiredObject => ({
  resource,
  object: { ...object, metadata: { ...object.metadata, annotations: { [APPLIED_ANNOTATION]: shortHash(object) } } },
});

/** Nothing to do: this is what we applied last, and nobody changed it since. */
export const isApplied = ({ object }: DesiredObject, existing: KubeObject | undefined): boolean =>
  existing !== undefined && existing.metadata.deletionTimestamp === undefined && isWithin(object, existing);

/** Everything in `wanted` is in `actual`; what others added does not matter. */
const isWithin = (wanted: unknown, actual: unknown): boolean => {
  if (Array.isArray(wanted))
    return Array.isArray(actual) && wanted.length === actual.length && wanted.every((item, at) => isWithin(item, actual[at]));
  if (typeof wanted !== "object" || wanted === null) return wanted === actual;
  if (typeof actual !== "object" || actual === null) return false;
  return Object.entries(wanted).every(
    ([key, value]) => value === undefined || isWithin(value, (actual as { readonly [key: string]: unknown })[key]),
  );
};

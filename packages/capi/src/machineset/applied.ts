import type { KubeObject } from "@slipway/api";
import { sameJson } from "@slipway/runtime";

interface Fields {
  readonly [key: string]: unknown;
}

/** Would server-side apply of `wanted` by `manager` change nothing? Then it need not be asked for. */
export const isApplied = (live: KubeObject, wanted: KubeObject, manager: string): boolean => {
  const applied = appliedFields(live, manager);
  return applied !== undefined && holds(live, wanted) && staysWithin(applied, wanted);
};

/** What `manager` owns by applying. */
export const appliedFields = (live: KubeObject, manager: string): Fields | undefined =>
  live.metadata.managedFields?.find((entry) => entry.manager === manager && entry.operation === "Apply" && !entry.subresource)
    ?.fieldsV1;

/** Lists to which others add items of their own. */
const shared = new Set(["ownerReferences", "finalizers"]);

const holds = (live: unknown, wanted: unknown, name = ""): boolean => {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live)) return wanted.length === 0 && live === undefined;
    return shared.has(name) ? wanted.every((item) => live.some((other) => sameJson(item, other))) : sameJson(live, wanted);
  }
  if (!isObject(wanted)) return live === wanted;
  return isObject(live) && Object.entries(wanted).every(([key, value]) => value === undefined || holds(live[key], value, key));
};

/** Nothing is owned that is not wanted any more: applying would remove it. */
const staysWithin = (owned: Fields, wanted: unknown): boolean =>
  Object.entries(owned).every(([key, below]) => {
    if (key === ".") return true;
    const part = partOf(wanted, key);
    return part !== undefined && (!isObject(below) || staysWithin(below, part));
  });

/** `f:name` is a field, `k:{…}` the item of a list with these keys, `v:…` an item of a set. */
const partOf = (wanted: unknown, key: string): unknown => {
  const name = key.slice(2);
  if (key.startsWith("f:")) return isObject(wanted) ? wanted[name] : undefined;
  if (!Array.isArray(wanted)) return undefined;
  const sought: unknown = JSON.parse(name);
  if (key.startsWith("v:")) return wanted.find((item) => sameJson(item, sought));
  return isObject(sought)
    ? wanted.find((item) => isObject(item) && Object.entries(sought).every(([field, value]) => sameJson(item[field], value)))
    : undefined;
};

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

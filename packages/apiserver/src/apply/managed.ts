import type { ManagedFieldsEntry } from "@slipway/api";
import { jsonText } from "@slipway/api/json/index.ts";
import { sameJson } from "../registry/object.ts";
import { decodedSet, emptySet, encodedSet, type FieldSet, isEmptySet, sameSet, union } from "./fieldset.ts";

/** One writer's fields. Written down it is an entry of `managedFields`. */
export interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
  /** As it was read: written back untouched while `set` is the same. */
  readonly entry?: ManagedFieldsEntry;
}

/** What tells managers apart; an applier is the same in every version. */
export const managerId = (manager: Pick<Manager, "manager" | "operation" | "apiVersion" | "subresource">): string =>
  jsonText([manager.manager, manager.operation, manager.subresource, manager.operation === "Apply" ? "" : manager.apiVersion]);

/** @throws Error for what is no list of entries */
export const decodeManaged = (entries: readonly ManagedFieldsEntry[] | undefined): readonly Manager[] =>
  (entries ?? []).map((entry) => {
    if (entry.operation !== "Apply" && entry.operation !== "Update") throw new Error("operation must be `Apply` or `Update`");
    if (!entry.apiVersion) throw new Error("apiVersion must not be empty");
    if (entry.fieldsType !== "FieldsV1") throw new Error("fieldsType must be FieldsV1");
    return {
      manager: entry.manager ?? "",
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? "",
      time: entry.time,
      set: entry.fieldsV1 === undefined ? emptySet : decodedSet(entry.fieldsV1),
      entry,
    };
  });

export const decodeOrNone = (entries: readonly ManagedFieldsEntry[] | undefined): readonly Manager[] => {
  try {
    return decodeManaged(entries);
  } catch {
    return [];
  }
};

/** Entries of versions that are served no more say nothing that could still be compared. */
export const stillServed = (
  managers: readonly Manager[],
  isServed: ((apiVersion: string) => boolean) | undefined,
): readonly Manager[] =>
  isServed === undefined || managers.every(({ apiVersion }) => isServed(apiVersion))
    ? managers
    : managers.filter(({ apiVersion }) => isServed(apiVersion));

export const encodeManaged = (managers: readonly Manager[]): readonly ManagedFieldsEntry[] | undefined => {
  const kept = managers.filter((manager) => !isEmptySet(manager.set) || manager.entry !== undefined);
  if (kept.length === 0) return undefined;
  return kept.map(encodeEntry).sort(order);
};

const encodeEntry = (manager: Manager): ManagedFieldsEntry => {
  if (manager.entry !== undefined && manager.entry.time === manager.time) return manager.entry;
  return {
    manager: manager.manager,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time === undefined ? {} : { time: manager.time }),
    fieldsType: "FieldsV1",
    fieldsV1: manager.entry?.fieldsV1 ?? encodedSet(manager.set),
    ...(manager.subresource === "" ? {} : { subresource: manager.subresource }),
  };
};

const order = (a: ManagedFieldsEntry, b: ManagedFieldsEntry): number =>
  compareText(a.operation, b.operation) ||
  compareText(a.time, b.time) ||
  compareText(a.manager, b.manager) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.subresource, b.subresource);

const compareText = (a = "", b = ""): number => (a < b ? -1 : a > b ? 1 : 0);

/** With other fields; the entry as it was read is no longer true then. */
export const withSet = (manager: Manager, set: FieldSet): Manager => {
  if (sameSet(set, manager.set)) return manager;
  const { entry: _stale, ...rest } = manager;
  return { ...rest, set };
};

const mostUpdaters = 10;

/** The oldest updates beyond ten become one entry. */
export const capped = (managers: readonly Manager[]): readonly Manager[] => {
  const updaters = managers.filter((manager) => manager.operation === "Update");
  if (updaters.length <= mostUpdaters) return managers;
  const oldestFirst = [...updaters].sort((a, b) => compareText(a.time, b.time) || compareText(managerId(a), managerId(b)));
  const buckets = new Map<string, Manager>();
  const gone = new Set<Manager>();
  let count = updaters.length;
  const first = new Map<string, Manager>();
  for (const manager of oldestFirst) {
    if (count <= mostUpdaters) break;
    const before = first.get(manager.apiVersion);
    if (before === undefined) {
      first.set(manager.apiVersion, manager);
      continue;
    }
    const bucket = buckets.get(manager.apiVersion) ?? { ...before, manager: "ancient-changes", subresource: "" };
    gone.add(before).add(manager);
    buckets.set(manager.apiVersion, {
      ...withSet(bucket, union(bucket.set, manager.set)),
      time: manager.time,
      entry: undefined,
    } as Manager);
    count -= 1;
  }
  return [...managers.filter((manager) => !gone.has(manager)), ...buckets.values()];
};

/** Equal but for the times: then the older times stay, and a repeated write of the same is no write. */
export const sameButTimes = (
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean => {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  if (a.every((entry, index) => entry === b[index])) return true;
  const timeless = (entries: readonly ManagedFieldsEntry[]) =>
    entries.map(({ time: _time, ...entry }) => entry).sort((left, right) => compareText(idOf(left), idOf(right)));
  return sameJson(timeless(a), timeless(b));
};

const idOf = (entry: ManagedFieldsEntry): string =>
  jsonText([entry.operation, entry.manager, entry.apiVersion, entry.subresource]);

import type { ManagedFieldsEntry, UnstructuredObject } from "@slipway/api";
import { apiVersionOf } from "@slipway/api";
import { invalidOptions, invalidValue } from "../registry/errors.ts";
import { withMetadata } from "../registry/object.ts";
import type { OtherVersion, RegistryWriteOptions } from "../registry/registry.ts";
import type { ServedResource } from "../registry/served.ts";
import { adapted } from "./adapt.ts";
import { type Comparison, compare } from "./compare.ts";
import { difference, emptySet, type FieldSet, isEmptySet, setOf, union, without } from "./fieldset.ts";
import {
  capped,
  decodeManaged,
  decodeOrNone,
  encodeManaged,
  type Manager,
  managerId,
  sameButTimes,
  stillServed,
  withSet,
} from "./managed.ts";

/** POST: all fields of the body belong to who sent it. */
export const recordCreate = (
  served: ServedResource,
  object: UnstructuredObject,
  options: RegistryWriteOptions,
  now: string,
): UnstructuredObject => {
  const sent = object.metadata.managedFields;
  const base = isReset(sent) ? [] : decodeOrNone(sent);
  const plain = withMetadata(object, { managedFields: undefined });
  const comparison = compare(served.schema.fields, {}, plain);
  const managers = taken(served, base, comparison, ownOf(served, options, "Update", now), options.subresource);
  return withMetadata(plain, { managedFields: encodeManaged(capped(managers)) });
};

/** PUT and PATCH: who writes gains what was added or changed; others lose what was changed, and all lose what went. */
export const recordUpdate = (
  served: ServedResource,
  object: UnstructuredObject,
  live: UnstructuredObject,
  options: RegistryWriteOptions,
  now: string,
): UnstructuredObject => {
  const before = live.metadata.managedFields;
  const sent = object.metadata.managedFields;
  const base = options.subresource === undefined ? sentOrLive(sent, before) : decodeOrNone(before);
  const plain = withMetadata(object, { managedFields: undefined });
  // Nothing is tracked: then there is nobody to lose anything, and the writer need not be told apart.
  if (base.length === 0) return plain;
  const comparison = compare(served.schema.fields, withMetadata(live, { managedFields: undefined }), plain);
  const own = ownOf(served, options, "Update", now);
  const known = adapted(served, stillServed(base, options.isServed));
  const seenBy = changesSeenBy(served, options, live, plain, comparison);
  const entries = encodeManaged(capped(taken(served, known, comparison, own, options.subresource, seenBy)));
  return withMetadata(plain, { managedFields: sameButTimes(entries, before) ? before : entries });
};

/** Managers are input too: so do clients hand ownership over. `[]` and `[{}]` drop all of it. */
const sentOrLive = (
  sent: readonly ManagedFieldsEntry[] | undefined,
  before: readonly ManagedFieldsEntry[] | undefined,
): readonly Manager[] => {
  if (isReset(sent)) return [];
  if (sent === undefined || sent === before) return decodeOrNone(before);
  try {
    return decodeManaged(sent);
  } catch {
    return decodeOrNone(before);
  }
};

const isReset = (sent: readonly ManagedFieldsEntry[] | undefined): boolean =>
  sent !== undefined && sent !== null && (sent.length === 0 || (sent.length === 1 && Object.keys(sent[0] ?? {}).length === 0));

/** What a write by `own` makes of the managers. */
const taken = (
  served: ServedResource,
  managers: readonly Manager[],
  comparison: Comparison,
  own: Manager,
  subresource: string | undefined,
  seenBy?: SeenBy,
): readonly Manager[] => {
  const counted = ignoring(served, comparison, subresource);
  const gained = difference(union(comparison.added, comparison.modified), neverOwned);
  const set = without(gained, ignoredFields(served, subresource));
  const id = managerId(own);
  const before = managers.find((manager) => managerId(manager) === id);
  const others = withoutChanges(
    managers.filter((manager) => manager !== before),
    seenBy ?? (() => counted),
  );
  if (before === undefined) return isEmptySet(set) ? others : [...others, { ...own, set }];
  const kept = union(difference(before.set, counted.removed), set);
  if (isEmptySet(kept)) return others;
  // The same fields again: only the time is new, and the set stays the one that is shared.
  return [...others, { ...withSet(before, kept), time: isEmptySet(set) ? before.time : own.time }];
};

/** What changed, as a manager's version of the object shows it. */
export type SeenBy = (manager: Manager) => Comparison;

export const withoutChanges = (managers: readonly Manager[], seenBy: SeenBy): readonly Manager[] =>
  managers
    .map((manager) => {
      const { added, modified, removed } = seenBy(manager);
      return withSet(manager, difference(difference(difference(manager.set, added), modified), removed));
    })
    .filter((manager) => !isEmptySet(manager.set));

export const changesSeenBy = (
  served: ServedResource,
  options: RegistryWriteOptions,
  before: UnstructuredObject,
  after: UnstructuredObject,
  comparison: Comparison,
): SeenBy => {
  const own = ignoring(served, comparison, options.subresource);
  const known = new Map<string, Comparison>();
  return ({ apiVersion }) => {
    const other = options.inVersion?.(apiVersion);
    if (other === undefined) return own;
    const made = known.get(apiVersion) ?? comparedIn(other, before, after);
    known.set(apiVersion, made);
    return made === comparison ? own : ignoring(served, made, options.subresource);
  };

  /** What is not valid may not be convertible either; it is judged after this. */
  function comparedIn({ fields, show }: OtherVersion, from: UnstructuredObject, to: UnstructuredObject): Comparison {
    try {
      return compare(fields, show(withMetadata(from, { managedFields: undefined })), show(to));
    } catch {
      return comparison;
    }
  }
};

export const ownOf = (
  served: ServedResource,
  options: RegistryWriteOptions,
  operation: "Apply" | "Update",
  now: string,
): Manager => ({
  manager: checkedManager(options.fieldManager, operation),
  operation,
  apiVersion: apiVersionOf(served),
  subresource: options.subresource ?? "",
  time: now,
  set: emptySet,
});

const checkedManager = (manager: string | undefined, operation: "Apply" | "Update"): string => {
  const name = manager ?? "";
  const kind = operation === "Apply" ? "PatchOptions" : "UpdateOptions";
  if (name.length > 128) {
    const error = {
      type: "FieldValueTooLong",
      field: "fieldManager",
      message: "Too long: may not be more than 128 bytes",
    } as const;
    throw invalidOptions(kind, [error]);
  }
  for (const sign of name) {
    if (sign < " " || sign === "\u007f") {
      throw invalidOptions(kind, [invalidValue("fieldManager", name, "should only contain printable characters")]);
    }
  }
  return name === "" ? "unknown" : name;
};

export const ignoring = (served: ServedResource, comparison: Comparison, subresource: string | undefined): Comparison => {
  const ignored = ignoredFields(served, subresource);
  if (isEmptySet(ignored)) return comparison;
  return {
    added: without(comparison.added, ignored),
    modified: without(comparison.modified, ignored),
    removed: without(comparison.removed, ignored),
  };
};

/** What an endpoint does not write, nobody owns through it. */
export const ignoredFields = (served: ServedResource, subresource: string | undefined): FieldSet => {
  if (subresource === "status") return served.rules.statusTakesMetadata === true ? specOnly : allButStatus;
  return subresource === undefined && served.hasStatus ? statusOnly : emptySet;
};

const statusOnly = setOf(["f:status"]);
const specOnly = setOf(["f:spec"]);
const allButStatus = setOf(["f:spec"], ["f:metadata"], ["f:data"]);

export const neverOwned = setOf(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((field) => ["f:metadata", `f:${field}`]),
);

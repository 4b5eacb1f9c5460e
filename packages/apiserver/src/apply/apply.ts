import { ApiError, apiVersionOf, jsonText, parseJson, type UnstructuredObject } from "@slipway/api";
import { badRequest } from "../registry/errors.ts";
import type { FieldType } from "../registry/fieldtype.ts";
import { sameJson, withField, withMetadata } from "../registry/object.ts";
import type { RegistryWriteOptions } from "../registry/registry.ts";
import type { ServedResource } from "../registry/served.ts";
import { adapted } from "./adapt.ts";
import { compare } from "./compare.ts";
import { conflictError } from "./conflicts.ts";
import { FieldsError, fieldsOf, removed, withNamedFields } from "./fields.ts";
import { difference, type FieldSet, intersection, isEmptySet, union, without } from "./fieldset.ts";
import { decodeOrNone, encodeManaged, type Manager, managerId, sameButTimes, stillServed } from "./managed.ts";
import { merged } from "./merge.ts";
import { changesSeenBy, ignoredFields, neverOwned, ownOf, withoutChanges } from "./record.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Who had fields before anybody applied: so that the first apply meets conflicts. */
const beforeFirstApply = "before-first-apply";

/**
 * Server-side apply: the live object (an empty one when it is to be created) with the configuration merged in, and without what
 * this manager applied before, applies no more, and nobody else has.
 *
 * @throws ApiError Conflict when another manager has another value and `force` is not given
 */
export const applied = (
  served: ServedResource,
  live: UnstructuredObject | undefined,
  configuration: UnstructuredObject,
  options: RegistryWriteOptions,
  now: string,
): UnstructuredObject => {
  checkConfiguration(served, configuration);
  const config = withoutIgnored(served, configuration, options.subresource);
  const empty = { apiVersion: config.apiVersion, kind: config.kind, metadata: {} };
  const base = withMetadata(live ?? empty, { managedFields: undefined });
  const type = served.schema.fields;
  const own = ownOf(served, options, "Apply", now);
  const managers = adapted(served, stillServed(knownManagers(served, live, base), options.isServed));

  let result: Result;
  try {
    result = merge(served, base, config, managers, own, options);
  } catch (error) {
    if (error instanceof FieldsError) throw cannotType(served, configuration, error);
    if (!(error instanceof ApplyConflicts)) throw error;
    // What client-side apply left is not another's: kubectl takes it over.
    const rest = own.manager === "kubectl" ? error.without(clientSide(type, base)) : error;
    if (rest.conflicts.length > 0) throw conflictError(rest.conflicts);
    result = merge(served, base, config, managers, own, { ...options, force: true });
  }
  const object = withLastApplied(result.object, configuration, own);
  const before = live?.metadata.managedFields;
  const unchanged = live !== undefined && sameJson(object, base);
  const others = result.managers.filter((manager) => managerId(manager) !== managerId(own));
  const mine = isEmptySet(result.set) ? [] : [{ ...own, set: result.set, time: unchanged ? timeOf(managers, own) : now }];
  const entries = encodeManaged([...others, ...mine]);
  return withMetadata(object, { managedFields: sameButTimes(entries, before) ? before : entries });
};

const timeOf = (managers: readonly Manager[], own: Manager): string | undefined =>
  managers.find((manager) => managerId(manager) === managerId(own))?.time;

const knownManagers = (
  served: ServedResource,
  live: UnstructuredObject | undefined,
  base: UnstructuredObject,
): readonly Manager[] => {
  const known = decodeOrNone(live?.metadata.managedFields);
  if (known.length > 0 || live === undefined) return known;
  const { added } = compare(served.schema.fields, {}, base);
  const set = without(difference(added, neverOwned), ignoredFields(served, undefined));
  if (isEmptySet(set)) return known;
  const { time: _never, ...rest } = ownOf(served, { fieldManager: beforeFirstApply }, "Update", "");
  return [{ ...rest, time: undefined, set }];
};

interface Result {
  readonly object: UnstructuredObject;
  readonly managers: readonly Manager[];
  readonly set: FieldSet;
}

export interface Conflict {
  readonly manager: Manager;
  readonly path: readonly string[];
}

class ApplyConflicts extends Error {
  readonly conflicts: readonly { readonly manager: Manager; readonly set: FieldSet }[];
  constructor(conflicts: readonly { readonly manager: Manager; readonly set: FieldSet }[]) {
    super("conflicts");
    this.conflicts = conflicts;
  }
  without(allowed: FieldSet): ApplyConflicts {
    return new ApplyConflicts(
      this.conflicts
        .map(({ manager, set }) => ({ manager, set: difference(set, allowed) }))
        .filter(({ set }) => !isEmptySet(set)),
    );
  }
}

const merge = (
  served: ServedResource,
  live: UnstructuredObject,
  config: UnstructuredObject,
  managers: readonly Manager[],
  own: Manager,
  options: RegistryWriteOptions,
): Result => {
  const type = served.schema.fields;
  const all = fieldsOf(type, config, true);
  const set = without(difference(all, neverOwned), ignoredFields(served, options.subresource));
  const id = managerId(own);
  const last = managers.find((manager) => managerId(manager) === id);
  const others = managers.filter((manager) => managerId(manager) !== id);
  const whole = merged(type, live, config);
  const left = last === undefined ? whole : pruned(type, whole, last.set, [...others, { ...own, set }]);
  // A part that lost all its fields goes with them, unless it is applied as an empty one.
  const object = (left === whole ? whole : merged(type, left, config)) as UnstructuredObject;
  const seenBy = changesSeenBy(served, options, live, object, compare(type, live, object));
  const conflicts = others
    .map((manager) => {
      const { added, modified } = seenBy(manager);
      return { manager, set: intersection(manager.set, union(added, modified)) };
    })
    .filter((conflict) => !isEmptySet(conflict.set));
  if (conflicts.length > 0 && options.force !== true) throw new ApplyConflicts(conflicts);
  return { object, managers: withoutChanges(others, seenBy), set };
};

/** Goes: what this manager applied last time and does not now, unless anybody else claims it. */
const pruned = (type: FieldType, whole: unknown, lastSet: FieldSet, managers: readonly Manager[]): unknown => {
  if (isEmptySet(lastSet)) return whole;
  const last = withNamedFields(lastSet, type);
  const all = withNamedFields(fieldsOf(type, whole), type);
  const left = (value: unknown): FieldSet => withNamedFields(fieldsOf(type, value), type);
  const managed = withNamedFields(
    managers.reduce((sum, manager) => union(sum, manager.set), managers[0]?.set ?? lastSet),
    type,
  );
  const owned = removed(type, whole, difference(all, union(left(removed(type, whole, last)), managed)));
  return removed(type, whole, intersection(difference(all, left(owned)), last));
};

const checkConfiguration = (served: ServedResource, { apiVersion, metadata }: UnstructuredObject): void => {
  const expected = apiVersionOf(served);
  if (apiVersion !== expected) {
    throw badRequest(`Incorrect version specified in apply patch. Specified patch version: ${apiVersion}, expected: ${expected}`);
  }
  if (metadata.managedFields !== undefined && metadata.managedFields !== null) {
    throw badRequest("metadata.managedFields must be nil");
  }
};

/** What this endpoint does not write, and what only the server says of an object. */
const withoutIgnored = (
  served: ServedResource,
  config: UnstructuredObject,
  subresource: string | undefined,
): UnstructuredObject => {
  const own = withMetadata(config, {
    uid: undefined,
    resourceVersion: undefined,
    creationTimestamp: undefined,
    generation: undefined,
    selfLink: undefined,
    managedFields: undefined,
  });
  if (subresource === "status") {
    const { apiVersion, kind, metadata, status } = own;
    const { name, namespace, labels, annotations } = metadata;
    const taken = served.rules.statusTakesMetadata === true ? { name, namespace, labels, annotations } : { name, namespace };
    const written = Object.fromEntries(Object.entries(taken).filter(([, value]) => value !== undefined));
    return { apiVersion, kind, metadata: written, ...(status === undefined ? {} : { status }) };
  }
  return served.hasStatus ? withField(own, "status", undefined) : own;
};

const cannotType = (served: ServedResource, { metadata }: UnstructuredObject, error: FieldsError): ApiError => {
  const place = `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
  const gvk = `${apiVersionOf(served)}, Kind=${served.kind}`;
  return new ApiError("", `failed to create typed patch object (${place}; ${gvk}): ${error.message}`, { code: 500 });
};

/** The fields that client-side apply set and nobody changed since. */
const clientSide = (type: FieldType, live: UnstructuredObject): FieldSet => {
  const text = live.metadata.annotations?.[lastApplied];
  const none: FieldSet = { members: new Set(), children: new Map() };
  if (text === undefined || text === "") return none;
  try {
    const config = parseJson(text) as UnstructuredObject;
    if (config.apiVersion !== live.apiVersion) return none;
    const { added, modified, removed: gone } = compare(type, config, live);
    return difference(difference(difference(fieldsOf(type, config), modified), added), gone);
  } catch {
    return none;
  }
};

/** kubectl reads its own annotation again when it goes back to client-side apply. */
const withLastApplied = (object: UnstructuredObject, configuration: UnstructuredObject, own: Manager): UnstructuredObject => {
  const annotations = object.metadata.annotations;
  if (own.manager !== "kubectl" || !annotations?.[lastApplied]) return object;
  const { [lastApplied]: _old, ...others } = configuration.metadata.annotations ?? {};
  const text = `${jsonText(withMetadata(configuration, { annotations: configuration.metadata.annotations === undefined ? undefined : others }))}\n`;
  return withMetadata(object, { annotations: { ...annotations, [lastApplied]: text } });
};

import type { KubeObject, ObjectRef, Stored } from "@slipway/api";
import { refKey } from "@slipway/api";

export interface Change<T extends KubeObject = KubeObject> {
  readonly object: Stored<T>;
  /** Absent when the object is new to us. */
  readonly old: Stored<T> | undefined;
  readonly deleted: boolean;
}
export type Keys<T extends KubeObject> = (object: Stored<T>) => readonly string[];

/** The current objects of one kind and lookups into them. Knows nothing of where they come from. */
export interface KindCache<T extends KubeObject = KubeObject> {
  find(ref: ObjectRef): Stored<T> | undefined;
  list(filter?: { namespace?: string; labels?: { readonly [key: string]: string } }): readonly Stored<T>[];
  byIndex(name: string, key: string): readonly Stored<T>[];
  ownedBy(uid: string): readonly Stored<T>[];
  addIndex(name: string, keys: Keys<T>): void;
  /** An event or the answer to a write of ours; older news than we have is dropped. */
  put(object: Stored<T>): void;
  remove(object: Stored<T>): void;
  /** The answer to a delete of ours: events that were under way must not bring it back. */
  bury(ref: ObjectRef): void;
  /** A fresh list: what it lacks is gone, unless we wrote it after the list was taken. */
  replace(items: readonly Stored<T>[], revision: string | undefined): void;
  readonly size: number;
}

type Lookup<T extends KubeObject> = { readonly keys: Keys<T>; readonly entries: Map<string, Map<string, Stored<T>>> };

/** Revisions are decimal counters; Kubernetes lets clients compare those of one kind. */
export const isNewer = (revision: string, than: string): boolean =>
  revision.length === than.length ? revision > than : revision.length > than.length;

const ownerIndex = "metadata.ownerReferences.uid";
const labelIndex = (label: string): string => `metadata.labels.${label}`;

export const createKindCache = <T extends KubeObject>(changed: (change: Change<T>) => void): KindCache<T> => {
  const objects = new Map<string, Stored<T>>();
  const lookups = new Map<string, Lookup<T>>();
  const buried = new Set<string>();

  const indexUnder = (lookup: Lookup<T>, key: string, object: Stored<T>): void => {
    for (const value of lookup.keys(object)) {
      const entry = lookup.entries.get(value);
      if (entry) entry.set(key, object);
      else lookup.entries.set(value, new Map([[key, object]]));
    }
  };
  const dropFrom = (lookup: Lookup<T>, key: string, object: Stored<T>, kept: readonly string[]): void => {
    for (const value of lookup.keys(object)) {
      if (kept.includes(value)) continue;
      const entry = lookup.entries.get(value);
      entry?.delete(key);
      if (entry?.size === 0) lookup.entries.delete(value);
    }
  };
  const lookupOf = (name: string, keys: Keys<T>): Lookup<T> => {
    const known = lookups.get(name);
    if (known) return known;
    const made: Lookup<T> = { keys, entries: new Map() };
    for (const [key, object] of objects) indexUnder(made, key, object);
    lookups.set(name, made);
    return made;
  };
  const under = (lookup: Lookup<T>, key: string): readonly Stored<T>[] => {
    const entry = lookup.entries.get(key);
    return entry ? [...entry.values()] : [];
  };

  const store = (key: string, object: Stored<T>): void => {
    const old = objects.get(key);
    objects.set(key, object);
    for (const lookup of lookups.values()) {
      if (old) dropFrom(lookup, key, old, lookup.keys(object));
      indexUnder(lookup, key, object);
    }
    // The same name can be a new object: whoever waited for the old one must hear of its end.
    if (old && old.metadata.uid !== object.metadata.uid) {
      changed({ object: old, old, deleted: true });
      changed({ object, old: undefined, deleted: false });
    } else changed({ object, old, deleted: false });
  };
  const drop = (key: string, last: Stored<T>): void => {
    const old = objects.get(key);
    if (!old) return;
    objects.delete(key);
    for (const lookup of lookups.values()) dropFrom(lookup, key, old, []);
    changed({ object: last, old, deleted: true });
  };
  const put = (object: Stored<T>): void => {
    const key = refKey(object.metadata);
    const old = objects.get(key);
    if (buried.has(object.metadata.uid)) return;
    if (old && !isNewer(object.metadata.resourceVersion, old.metadata.resourceVersion)) return;
    store(key, object);
  };

  return {
    find: (ref) => objects.get(refKey(ref)),
    list: ({ namespace, labels = {} } = {}) => {
      const wanted = Object.entries(labels);
      const [first] = wanted;
      const candidates = first
        ? under(
            lookupOf(labelIndex(first[0]), ({ metadata }) => {
              const value = metadata.labels?.[first[0]];
              return value === undefined ? [] : [value];
            }),
            first[1],
          )
        : [...objects.values()];
      if (namespace === undefined && wanted.length < 2) return candidates;
      return candidates.filter(
        ({ metadata }) =>
          (namespace === undefined || metadata.namespace === namespace) &&
          wanted.every(([label, value]) => metadata.labels?.[label] === value),
      );
    },
    byIndex: (name, key) => {
      const lookup = lookups.get(name);
      if (!lookup) throw new Error(`no index "${name}" is declared for this kind: add it to the controller's indexes`);
      return under(lookup, key);
    },
    ownedBy: (uid) =>
      under(
        lookupOf(ownerIndex, ({ metadata }) => metadata.ownerReferences?.map((owner) => owner.uid) ?? []),
        uid,
      ),
    addIndex: (name, keys) => void lookupOf(name, keys),
    put,
    remove: (object) => {
      buried.delete(object.metadata.uid);
      const key = refKey(object.metadata);
      if (objects.get(key)?.metadata.uid === object.metadata.uid) drop(key, object);
    },
    bury: (ref) => {
      const key = refKey(ref);
      const object = objects.get(key);
      if (!object) return;
      buried.add(object.metadata.uid);
      drop(key, object);
    },
    replace: (items, revision) => {
      const listed = new Set<string>();
      const uids = new Set<string>();
      for (const item of items) {
        listed.add(refKey(item.metadata));
        uids.add(item.metadata.uid);
        put(item);
      }
      for (const uid of buried) if (!uids.has(uid)) buried.delete(uid);
      for (const [key, object] of [...objects]) {
        if (listed.has(key)) continue;
        if (revision !== undefined && isNewer(object.metadata.resourceVersion, revision)) continue;
        drop(key, object);
      }
    },
    get size() {
      return objects.size;
    },
  };
};

import type { OwnerReference } from "@slipway/api";
import type { StoredObject } from "../registry/object.ts";

/** Who owns whom, by uid: what collection asks without looking through the store. */
export interface OwnerGraph {
  observe(key: string, before: StoredObject | undefined, after: StoredObject | undefined): void;
  has(uid: string): boolean;
  keyOf(uid: string): string | undefined;
  dependents(uid: string): Iterable<string>;
  clear(): void;
}

export const createOwnerGraph = (): OwnerGraph => {
  const keys = new Map<string, string>();
  const owned = new Map<string, Set<string>>();
  return {
    observe: (key, before, after) => {
      if (before !== undefined && before.metadata.uid !== after?.metadata.uid) keys.delete(before.metadata.uid);
      if (after !== undefined) keys.set(after.metadata.uid, key);
      const old = ownersOf(before);
      const now = ownersOf(after);
      if (old === now) return;
      for (const { uid } of old) {
        const set = owned.get(uid);
        set?.delete(key);
        if (set?.size === 0) owned.delete(uid);
      }
      for (const { uid } of now) owned.set(uid, (owned.get(uid) ?? new Set()).add(key));
    },
    has: (uid) => keys.has(uid),
    keyOf: (uid) => keys.get(uid),
    dependents: (uid) => owned.get(uid) ?? [],
    clear: () => {
      keys.clear();
      owned.clear();
    },
  };
};

const none: readonly OwnerReference[] = [];
export const ownersOf = (object: StoredObject | undefined): readonly OwnerReference[] => object?.metadata.ownerReferences ?? none;

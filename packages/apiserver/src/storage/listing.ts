import type { Item, Listing, ListingOptions, StorageEvent } from "./storage.ts";

export interface Scannable<V> {
  scan(from: string, exclusive: boolean, visit: (item: Item<V>) => boolean): void;
}

/** One page of items, as `list` answers it. */
export const page = <V>(source: Scannable<V>, prefix: string, options: ListingOptions, revision: number): Listing<V> => {
  const found: Item<V>[] = [];
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  let more = false;
  const after = options.startAfter !== undefined && options.startAfter >= prefix ? options.startAfter : undefined;
  source.scan(after ?? prefix, after !== undefined, (item) => {
    if (!item.key.startsWith(prefix)) return false;
    if (found.length >= limit) {
      more = true;
      return false;
    }
    found.push(item);
    return true;
  });
  return { items: found, revision, more };
};

/** Today's items with everything undone that happened since, newest first. */
export const past = <V extends object>(now: Scannable<V>, undo: Iterable<StorageEvent<V>>, prefix: string): Scannable<V> => {
  const before = new Map<string, V | undefined>();
  for (const event of undo) if (event.key.startsWith(prefix)) before.set(event.key, event.previous);
  const restored = [...before].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    scan: (from, exclusive, visit) => {
      let index = restored.findIndex(([key]) => (exclusive ? key > from : key >= from));
      if (index < 0) index = restored.length;
      let going = true;
      const restoreUpTo = (key: string | undefined): void => {
        for (; going && index < restored.length; index += 1) {
          const [old, value] = restored[index] as (typeof restored)[number];
          if (key !== undefined && old >= key) return;
          if (value !== undefined) going = visit({ key: old, value, createRevision: 0, modRevision: 0 });
        }
      };
      now.scan(from, exclusive, (item) => {
        restoreUpTo(item.key);
        if (!going) return false;
        if (restored[index]?.[0] !== item.key) return visit(item);
        const value = restored[index]?.[1];
        index += 1;
        if (value !== undefined) going = visit({ key: item.key, value, createRevision: 0, modRevision: 0 });
        return going;
      });
      if (going) restoreUpTo(undefined);
    },
  };
};

import type { Clock } from "../clock.ts";
import { createExpiry } from "../expiry.ts";
import { freezeFresh } from "../frozen.ts";
import { createHistory, type History } from "../history.ts";
import type { Scannable } from "../listing.ts";
import { createSortedMap } from "../sortedmap.ts";
import { defaultHistory, type Item, type StorageEvent, type StoreOptions, type Watcher } from "../storage.ts";

/** An item as etcd has it. */
export interface MirroredItem {
  readonly key: string;
  readonly value: object;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly expiresAt: number | undefined;
}

export type MirroredChange = { readonly put: MirroredItem; readonly bytes: number } | { readonly deleted: string };

/** What one store holds in etcd, here: read without asking, and watched by any number of watchers over one watch of etcd's. */
export interface Mirror<V extends object> extends Scannable<V> {
  get(key: string): Item<V> | undefined;
  /** All changes of one revision. */
  apply(revision: number, changes: readonly MirroredChange[]): void;
  /** All that there is, after revisions were missed: watchers end, because they cannot be told what happened. */
  replace(items: readonly MirroredItem[], revision: number): void;
  history(): Pick<History<V>, "compactedRevision" | "newestFirst">;
  watch(prefix: string, afterRevision: number): Watcher<V>;
  close(): void;
}

export const createMirror = <V extends object>(input: {
  readonly clock: Clock;
  readonly options: StoreOptions<V>;
  readonly items: readonly MirroredItem[];
  readonly revision: () => number;
  readonly expire: (key: string, revision: number) => void;
}): Mirror<V> => {
  const { clock, options, revision } = input;
  const stamp = options.stamp ?? ((value: V) => value);
  const expiry = createExpiry(clock, input.expire);
  const begin = (startRevision: number) =>
    createHistory<V>({ limits: options.history ?? defaultHistory, clock, startRevision, revision });
  let items = createSortedMap<Item<V>>();
  let history = begin(revision());

  const add = ({ key, value, createRevision, modRevision, expiresAt }: MirroredItem): Item<V> => {
    const item: Item<V> = {
      key,
      value: freezeFresh(stamp(value as V, modRevision)),
      createRevision,
      modRevision,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    items.set(item);
    if (expiresAt !== undefined) expiry.add(key, modRevision, expiresAt);
    return item;
  };
  for (const item of input.items) add(item);

  return {
    get: (key) => items.get(key),
    scan: (from, exclusive, visit) => items.scan(from, exclusive, visit),
    apply: (at, changes) => {
      const events: StorageEvent<V>[] = [];
      let bytes = 0;
      for (const change of changes) {
        if ("put" in change) {
          const before = items.get(change.put.key);
          const item = add(change.put);
          bytes += change.bytes;
          const type = before === undefined ? "created" : "updated";
          events.push({ type, key: item.key, value: item.value, previous: before?.value, revision: at });
          continue;
        }
        const before = items.get(change.deleted);
        if (before === undefined) continue;
        items.delete(before.key);
        const value = freezeFresh(stamp(before.value, at));
        events.push({ type: "deleted", key: before.key, value, previous: before.value, revision: at });
      }
      if (events.length > 0) history.append(events, bytes);
    },
    replace: (all, at) => {
      items = createSortedMap<Item<V>>();
      for (const item of all) add(item);
      const old = history;
      history = begin(at);
      old.close();
    },
    history: () => history,
    watch: (prefix, afterRevision) => history.watch(prefix, afterRevision),
    close: () => {
      expiry.close();
      history.close();
    },
  };
};

import type { Clock } from "./clock.ts";
import type { Committer, JournalRecord } from "./committer.ts";
import { createExpiry } from "./expiry.ts";
import { freezeFresh, frozenJson } from "./frozen.ts";
import { createHistory } from "./history.ts";
import { page, past } from "./listing.ts";
import { createSortedMap } from "./sortedmap.ts";
import {
  type Change,
  defaultHistory,
  type Item,
  type Storage,
  StorageError,
  type StorageEvent,
  type StoreOptions,
} from "./storage.ts";
import { createWaiting } from "./waiting.ts";

export interface EngineInput<V extends object> {
  readonly name: string;
  readonly number: number;
  readonly committer: Committer;
  readonly clock: Clock;
  /** How an item is written down; absent for a journal that keeps nothing. `plain` is the value without its revision. */
  readonly encode?: (item: Item<V>, plain: V) => string;
  readonly options: StoreOptions<V>;
  /** What was there at the start, in key order, already stamped and frozen. */
  readonly items: Iterable<Item<V>>;
  readonly revision: number;
}

/** The rules of storage, over whatever makes writes durable: one implementation for memory and disk. */
export const createEngine = <V extends object>(input: EngineInput<V>): Storage<V> => {
  const { committer, clock, encode } = input;
  const stamp = input.options.stamp ?? ((value: V) => value);
  const items = createSortedMap<Item<V>>();
  /** Writes on their way to the disk, newest of each key: later writers are checked against these, readers never see them. */
  const pending = new Map<string, { readonly item: Item<V> | undefined }>();
  const expiry = createExpiry(clock, (key, revision) => {
    remove(key, revision).catch(() => undefined); // somebody else wrote or deleted it: then it is not ours to expire
  });
  let revision = input.revision;
  let assigned = input.revision;
  let closed = false;
  const waiting = createWaiting(() => revision);

  const history = createHistory<V>({
    limits: input.options.history ?? defaultHistory,
    clock,
    startRevision: revision,
    revision: () => revision,
  });
  for (const item of input.items) {
    items.set(item);
    if (item.expiresAt !== undefined) expiry.add(item.key, item.modRevision, item.expiresAt);
  }

  const newest = (key: string): Item<V> | undefined => {
    const underway = pending.get(key);
    return underway === undefined ? items.get(key) : underway.item;
  };

  const refuse = (change: Change<V>, current: Item<V> | undefined): StorageError<V> | undefined => {
    const { key } = change;
    if (change.op === "put") return undefined;
    if (change.op === "create") {
      return current === undefined ? undefined : new StorageError("exists", `${key} exists already`, { key, current });
    }
    if (current === undefined) return new StorageError("missing", `${key} is not there`, { key });
    if (change.expectedRevision === undefined || change.expectedRevision === current.modRevision) return undefined;
    const text = `${key} is at revision ${current.modRevision}, not at ${change.expectedRevision}`;
    return new StorageError("conflict", text, { key, current });
  };

  const write = async (changes: readonly Change<V>[]): Promise<readonly Item<V>[]> => {
    if (closed) throw new StorageError("closed", `the store ${input.name} is closed`);
    if (changes.length === 0) return [];
    if (changes.length > 1 && new Set(changes.map((change) => change.key)).size < changes.length) {
      throw new TypeError("a write names each key once");
    }
    for (const change of changes) {
      const refusal = refuse(change, newest(change.key));
      if (refusal === undefined) continue;
      // The refusal tells of a write that is not durable yet: it may only be told when that is.
      if (pending.has(change.key)) await committer.settled();
      throw refusal;
    }

    const mine = ++assigned;
    const events: StorageEvent<V>[] = [];
    const results: Item<V>[] = [];
    const puts: JournalRecord["puts"][number][] = [];
    for (const change of changes) {
      const { key } = change;
      const before = newest(key);
      if (change.op === "delete") {
        if (before === undefined) continue;
        const last = { ...before, value: freezeFresh(stamp(before.value, mine)), modRevision: mine };
        events.push({ type: "deleted", key, value: last.value, previous: before.value, revision: mine });
        results.push(last);
        puts.push({ key, text: undefined });
        pending.set(key, { item: undefined });
        continue;
      }
      const plain = frozenJson(change.value, before?.value);
      const item: Item<V> = {
        key,
        value: freezeFresh(stamp(plain, mine)),
        createRevision: before?.createRevision ?? mine,
        modRevision: mine,
        ...(change.ttlSeconds === undefined ? {} : { expiresAt: clock.now().getTime() + change.ttlSeconds * 1000 }),
      };
      const type = before === undefined ? "created" : "updated";
      events.push({ type, key, value: item.value, previous: before?.value, revision: mine });
      results.push(item);
      puts.push({ key, text: encode?.(item, plain) });
      pending.set(key, { item });
    }

    // What no text is made of is guessed.
    const bytes = puts.reduce((sum, { text }) => sum + (text?.length ?? guessedBytes), 0);
    const marks = changes.map((change) => pending.get(change.key));
    const forget = (): void => {
      changes.forEach((change, index) => {
        if (pending.get(change.key) === marks[index]) pending.delete(change.key);
      });
    };
    return new Promise((resolve, reject) => {
      committer.submit({
        record: { store: input.number, revision: mine, puts },
        apply: () => {
          forget();
          changes.forEach((change, index) => {
            const item = results[index] as Item<V>;
            if (change.op === "delete") items.delete(item.key);
            else items.set(item);
            if (change.op !== "delete" && item.expiresAt !== undefined) expiry.add(item.key, mine, item.expiresAt);
          });
          revision = mine;
          history.append(events, bytes);
        },
        done: () => {
          waiting.tell();
          resolve(results);
        },
        failed: (error) => {
          forget();
          reject(error);
        },
      });
    });
  };

  const one = async (change: Change<V>): Promise<Item<V>> => (await write([change]))[0] as Item<V>;
  const remove = (key: string, expectedRevision?: number): Promise<Item<V>> =>
    one(expectedRevision === undefined ? { op: "delete", key } : { op: "delete", key, expectedRevision });

  return {
    name: input.name,
    revision: () => revision,
    compactedRevision: () => history.compactedRevision(),
    get: (key) => items.get(key),
    count: (prefix) => {
      let count = 0;
      items.scan(prefix, false, (item) => {
        if (!item.key.startsWith(prefix)) return false;
        count += 1;
        return true;
      });
      return count;
    },
    list: (prefix, options = {}) => {
      if (options.at === undefined || options.at === revision) return page(items, prefix, options, revision);
      if (options.at > revision)
        throw new StorageError("future", `revision ${options.at} is in the future, the newest is ${revision}`);
      const oldest = history.compactedRevision();
      if (options.at < oldest)
        throw new StorageError("compacted", `revision ${options.at} is compacted, the oldest is ${oldest}`);
      return page(past(items, history.newestFirst(options.at), prefix), prefix, options, options.at);
    },
    create: (key, value, options) => one({ op: "create", key, value, ...options }),
    update: (key, value, expectedRevision, options) => one({ op: "update", key, value, expectedRevision, ...options }),
    put: (key, value, options) => one({ op: "put", key, value, ...options }),
    delete: remove,
    write,
    watch: (prefix, afterRevision) => {
      if (closed) throw new StorageError("closed", `the store ${input.name} is closed`);
      return history.watch(prefix, afterRevision);
    },
    reached: waiting.reached,
    close: () => {
      closed = true;
      expiry.close();
      history.close();
    },
  };
};

const guessedBytes = 2048;

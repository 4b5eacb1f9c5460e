import { type EtcdClient, EtcdError, endOfPrefix, type KeyValue, type WatchEvent } from "@slipway/etcd";
import { type Clock, systemClock, type Timer } from "../clock.ts";
import type { Sealer } from "../sealing.ts";
import { isStorageError, type Storage, StorageError, type StoreOptions, type Stores } from "../storage.ts";
import { createWaiting } from "../waiting.ts";
import { createEtcdCodec } from "./etcdrecord.ts";
import { asStorageError, createEtcdStorage, type EtcdRoot } from "./etcdstorage.ts";
import { createLayout } from "./layout.ts";
import { createMirror, type Mirror, type MirroredChange, type MirroredItem } from "./mirror.ts";

export interface EtcdStoresOptions {
  readonly client: EtcdClient;
  /** Before all keys; ends with a slash. Default `/slipway/`. */
  readonly prefix?: string;
  readonly clock?: Clock;
  readonly sealer?: Sealer;
  /** Revisions older than this are forgotten in etcd. Default 5 minutes, as kube-apiserver has it; 0 leaves it to somebody else. */
  readonly compactAfterSeconds?: number;
  /** Told when etcd cannot be followed, before it is tried again. */
  readonly onTrouble?: (error: unknown) => void;
}

export interface EtcdStores extends Stores {
  /** Writes everything that the sealer covers again, with its present key. Resolves with the number of records. */
  reseal(): Promise<number>;
}

const pageSize = 1000;

/**
 * Stores in an etcd that others may write at the same time. All of it is read once, then followed by one watch; several of these over
 * one etcd make one system.
 *
 * @throws StorageError unavailable
 */
export const openEtcdStores = async (options: EtcdStoresOptions): Promise<EtcdStores> => {
  const { client, sealer } = options;
  const clock = options.clock ?? systemClock;
  const layout = createLayout(options.prefix ?? "/slipway/");
  const codec = createEtcdCodec(sealer);
  const end = endOfPrefix(layout.prefix);
  const stop = new AbortController();
  let revision = 0;
  const waiting = createWaiting(() => revision);
  const mirrors = new Map<string, Mirror<object>>();
  const openStores = new Map<string, Storage>();
  /** Of stores that nobody has opened yet. */
  const unopened = new Map<string, Map<string, KeyValue>>();

  const mirrored = (store: string, key: string, kv: KeyValue): MirroredItem => ({
    key,
    ...codec.decode(store, key, kv.value),
    createRevision: kv.createRevision,
    modRevision: kv.modRevision,
  });

  /** Everything at one revision. */
  const readAll = async (): Promise<{ readonly kvs: readonly KeyValue[]; readonly at: number }> => {
    const kvs: KeyValue[] = [];
    let at: number | undefined;
    for (let key = layout.prefix; ; ) {
      const found = await client.range({ key, end, limit: pageSize, ...(at === undefined ? {} : { revision: at }) });
      at ??= found.revision;
      kvs.push(...found.kvs);
      const last = found.kvs.at(-1);
      if (!found.more || last === undefined) return { kvs, at };
      key = `${last.key}\0`;
    }
  };

  const load = async (): Promise<void> => {
    const { kvs, at } = await readAll();
    const byStore = new Map<string, Map<string, KeyValue>>();
    for (const kv of kvs) {
      const place = layout.itemOf(kv.key);
      if (place === undefined) continue;
      const items = byStore.get(place.store) ?? new Map<string, KeyValue>();
      byStore.set(place.store, items.set(place.key, kv));
    }
    revision = at;
    unopened.clear();
    for (const [store, items] of byStore) if (!mirrors.has(store)) unopened.set(store, items);
    for (const [store, mirror] of mirrors) {
      const items = [...(byStore.get(store) ?? [])].map(([key, kv]) => mirrored(store, key, kv));
      mirror.replace(items, at);
    }
    waiting.tell();
  };

  const apply = (events: readonly WatchEvent[]): void => {
    for (let from = 0; from < events.length; ) {
      const at = events[from]?.kv.modRevision ?? 0;
      const changes = new Map<string, MirroredChange[]>();
      for (; from < events.length && events[from]?.kv.modRevision === at; from += 1) {
        const event = events[from];
        const place = event === undefined ? undefined : layout.itemOf(event.kv.key);
        if (event === undefined || place === undefined) continue;
        const { store, key } = place;
        if (!mirrors.has(store)) {
          const items = unopened.get(store) ?? new Map<string, KeyValue>();
          unopened.set(store, items);
          if (event.type === "delete") items.delete(key);
          else items.set(key, event.kv);
          continue;
        }
        const list = changes.get(store) ?? [];
        changes.set(store, list);
        list.push(
          event.type === "delete" ? { deleted: key } : { put: mirrored(store, key, event.kv), bytes: event.kv.value.length },
        );
      }
      // Watchers wake after this turn: by then the revision has moved.
      for (const [store, list] of changes) mirrors.get(store)?.apply(at, list);
      revision = at;
    }
    waiting.tell();
  };

  const follow = async (): Promise<void> => {
    for (let wait = firstWait; !stop.signal.aborted; ) {
      const watch = client.watch({ key: layout.prefix, end, startRevision: revision + 1 });
      stop.signal.addEventListener("abort", watch.close, { once: true });
      try {
        for await (const batch of watch.batches) {
          apply(batch);
          wait = firstWait;
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        options.onTrouble?.(error);
        if (error instanceof EtcdError && error.kind === "compacted") await load().catch(() => undefined);
      } finally {
        stop.signal.removeEventListener("abort", watch.close);
        watch.close();
      }
      await clock.sleep(wait, stop.signal).catch(() => undefined);
      wait = Math.min(wait * 2, longestWait);
    }
  };

  /** Asked by many at once it is read once for all who asked before it began. */
  const latest = shared(async () => {
    try {
      const { kvs } = await client.range({ key: layout.newest });
      await waiting.reached(kvs[0]?.modRevision ?? 0);
    } catch (error) {
      if (stop.signal.aborted) throw new StorageError("closed", "the store is closed");
      throw asStorageError(error);
    }
  });

  /** From one turn to the next: what was newest then is old now. Others compact, too; then it was done already. */
  const compactInTurns = (seconds: number): { cancel(): void } => {
    let timer: Timer | undefined;
    const begin = (): void => {
      const old = revision;
      timer = clock.setTimeout(() => {
        client.compact(old).catch(() => undefined);
        begin();
      }, seconds * 1000);
    };
    if (seconds > 0) begin();
    return { cancel: () => timer?.cancel() };
  };

  const root: EtcdRoot = { client, layout, codec, clock, revision: () => revision, reached: waiting.reached, latest };
  try {
    await load();
  } catch (error) {
    throw asStorageError(error);
  }
  const following = follow();
  const compacting = compactInTurns(options.compactAfterSeconds ?? 300);

  return {
    store: <V extends object>(name: string, storeOptions: StoreOptions<V> = {}): Storage<V> => {
      if (stop.signal.aborted) throw new StorageError("closed", "the stores are closed");
      if (name.includes(":") || name.includes("/")) throw new TypeError(`a store in etcd cannot be named ${name}`);
      const known = openStores.get(name);
      if (known !== undefined) return known as unknown as Storage<V>;
      const items = [...(unopened.get(name) ?? [])].map(([key, kv]) => mirrored(name, key, kv));
      unopened.delete(name);
      const mirror = createMirror<V>({
        clock,
        options: storeOptions,
        items,
        revision: () => revision,
        expire: (key, expected) => {
          // Another one of us may have been first.
          made.delete(key, expected).catch((error: unknown) => {
            if (!isStorageError(error)) options.onTrouble?.(error);
          });
        },
      });
      const made = createEtcdStorage(root, name, mirror, storeOptions);
      mirrors.set(name, mirror as unknown as Mirror<object>);
      openStores.set(name, made as unknown as Storage);
      return made;
    },
    names: () => [
      ...new Set([...openStores.keys(), ...[...unopened].filter(([, items]) => items.size > 0).map(([name]) => name)]),
    ],
    drop: async (name) => {
      openStores.get(name)?.close();
      openStores.delete(name);
      mirrors.delete(name);
      const key = layout.storePrefix(name);
      try {
        const { revision: at } = await client.txn({
          compare: [],
          success: [
            { op: "delete", key, end: endOfPrefix(key) },
            { op: "put", key: layout.newest, value: new TextEncoder().encode("{}") },
          ],
          failure: [],
        });
        await waiting.reached(at);
      } catch (error) {
        throw asStorageError(error);
      }
    },
    reseal: async () => {
      let done = 0;
      const { kvs } = await readAll();
      for (const kv of kvs) {
        const place = layout.itemOf(kv.key);
        if (place === undefined || sealer?.covers(place.store, place.key) !== true) continue;
        const { value, expiresAt } = codec.decode(place.store, place.key, kv.value);
        const { succeeded } = await client.txn({
          compare: [{ key: kv.key, target: "mod", is: "equal", revision: kv.modRevision }],
          success: [
            { op: "put", key: kv.key, value: codec.encode(place.store, place.key, value, expiresAt) },
            { op: "put", key: layout.newest, value: new TextEncoder().encode("{}") },
          ],
          failure: [],
        });
        // Written by somebody else meanwhile: with the present key.
        if (succeeded) done += 1;
      }
      return done;
    },
    close: async () => {
      if (stop.signal.aborted) return;
      stop.abort();
      waiting.end(new StorageError("closed", "the store is closed"));
      compacting.cancel();
      for (const store of openStores.values()) store.close();
      await following;
      client.close();
    },
  };
};

const firstWait = 100;
const longestWait = 3000;

/** Whoever asks while it is under way waits for the next time, together with all others who do. */
const shared = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = (): Promise<void> => {
    const mine = work().finally(() => {
      if (running === mine) running = undefined;
    });
    running = mine;
    return mine;
  };
  return () => {
    if (running === undefined) return run();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return run();
      });
    return next;
  };
};

import { type Comparison, type EtcdClient, EtcdError, type KeyValue, type Operation, type TxnResult } from "@slipway/etcd";
import type { Clock } from "../clock.ts";
import { freezeFresh, frozenJson } from "../frozen.ts";
import { page, past } from "../listing.ts";
import { type Change, type Item, type Storage, StorageError, type StoreOptions } from "../storage.ts";
import type { EtcdCodec } from "./etcdrecord.ts";
import type { Layout } from "./layout.ts";
import type { Mirror } from "./mirror.ts";

/** What all stores of one etcd share. */
export interface EtcdRoot {
  readonly client: EtcdClient;
  readonly layout: Layout;
  readonly codec: EtcdCodec;
  readonly clock: Clock;
  revision(): number;
  reached(revision: number, signal?: AbortSignal): Promise<void>;
  latest(): Promise<void>;
}

/** Its own limit is 128 operations in a transaction; one is ours. */
const mostChanges = 127;

/** A store in etcd: writes are transactions there, reads and watches are served from the mirror of it that is here. */
export const createEtcdStorage = <V extends object>(
  root: EtcdRoot,
  name: string,
  mirror: Mirror<V>,
  options: StoreOptions<V>,
): Storage<V> => {
  const { client, layout, codec, clock } = root;
  const stamp = options.stamp ?? ((value: V) => value);
  let closed = false;

  const itemOf = (key: string, { value: bytes, createRevision, modRevision }: KeyValue): Item<V> => {
    const { value, expiresAt } = codec.decode(name, key, bytes);
    const stamped = freezeFresh(stamp(value as V, modRevision));
    return { key, value: stamped, createRevision, modRevision, ...(expiresAt === undefined ? {} : { expiresAt }) };
  };

  const refusal = (change: Change<V>, found: KeyValue | undefined): StorageError<V> | undefined => {
    const { key } = change;
    if (change.op === "put") return undefined;
    if (change.op === "create") {
      return found === undefined
        ? undefined
        : new StorageError("exists", `${key} exists already`, { key, current: itemOf(key, found) });
    }
    if (found === undefined) return new StorageError("missing", `${key} is not there`, { key });
    if (change.expectedRevision === undefined || change.expectedRevision === found.modRevision) return undefined;
    const text = `${key} is at revision ${found.modRevision}, not at ${change.expectedRevision}`;
    return new StorageError("conflict", text, { key, current: itemOf(key, found) });
  };

  const transact = async (changes: readonly Change<V>[], puts: readonly (Uint8Array | undefined)[]): Promise<TxnResult> => {
    const success = changes.map(({ key }, index): Operation => {
      const value = puts[index];
      const etcdKey = layout.keyOf(name, key);
      return value === undefined ? { op: "delete", key: etcdKey } : { op: "put", key: etcdKey, value };
    });
    const failure = changes.map(({ key }): Operation => ({ op: "range", key: layout.keyOf(name, key) }));
    const marker: Operation = { op: "put", key: layout.newest, value: emptyValue };
    try {
      return await client.txn({
        compare: changes.flatMap((change) => comparisonOf(change, layout.keyOf(name, change.key))),
        success: [...success, marker],
        failure: [...failure, { op: "range", key: layout.newest }],
      });
    } catch (error) {
      throw asStorageError(error);
    }
  };

  const write = async (changes: readonly Change<V>[]): Promise<readonly Item<V>[]> => {
    if (closed) throw new StorageError("closed", `the store ${name} is closed`);
    if (changes.length === 0) return [];
    if (changes.length > mostChanges) {
      throw new StorageError(
        "failed",
        `a write of ${changes.length} changes is too large for etcd: at most ${mostChanges} go together`,
      );
    }
    if (changes.length > 1 && new Set(changes.map((change) => change.key)).size < changes.length) {
      throw new TypeError("a write names each key once");
    }
    const prepared = changes.map((change) => {
      if (change.op === "delete") return undefined;
      const plain = frozenJson(change.value, mirror.get(change.key)?.value);
      const expiresAt = change.ttlSeconds === undefined ? undefined : clock.now().getTime() + change.ttlSeconds * 1000;
      return { plain, expiresAt, bytes: codec.encode(name, change.key, plain, expiresAt) };
    });
    for (;;) {
      const { succeeded, revision, results } = await transact(
        changes,
        prepared.map((one) => one?.bytes),
      );
      if (!succeeded) {
        // What it tells of must be here, too, before it is told; and all that was acknowledged before it.
        await root.reached(results[changes.length]?.[0]?.modRevision ?? 0);
        const refused = changes.map((change, index) => refusal(change, results[index]?.[0])).find((error) => error !== undefined);
        if (refused !== undefined) throw refused;
        continue; // cannot be: the comparison and the range are one moment
      }
      await root.reached(revision);
      return changes.map((change, index): Item<V> => {
        const before = results[index]?.[0];
        const made = prepared[index];
        if (made === undefined) {
          if (before === undefined) throw new StorageError("missing", `${change.key} is not there`, { key: change.key });
          return { ...itemOf(change.key, { ...before, modRevision: revision }) };
        }
        return {
          key: change.key,
          value: freezeFresh(stamp(made.plain, revision)),
          createRevision: before?.createRevision ?? revision,
          modRevision: revision,
          ...(made.expiresAt === undefined ? {} : { expiresAt: made.expiresAt }),
        };
      });
    }
  };

  const one = async (change: Change<V>): Promise<Item<V>> => (await write([change]))[0] as Item<V>;

  return {
    name,
    revision: root.revision,
    compactedRevision: () => mirror.history().compactedRevision(),
    latest: root.latest,
    get: mirror.get,
    count: (prefix) => {
      let count = 0;
      mirror.scan(prefix, false, (item) => {
        if (!item.key.startsWith(prefix)) return false;
        count += 1;
        return true;
      });
      return count;
    },
    list: (prefix, listing = {}) => {
      const now = root.revision();
      const { at } = listing;
      if (at === undefined || at === now) return page(mirror, prefix, listing, now);
      if (at > now) throw new StorageError("future", `revision ${at} is in the future, the newest is ${now}`);
      const oldest = mirror.history().compactedRevision();
      if (at < oldest) throw new StorageError("compacted", `revision ${at} is compacted, the oldest is ${oldest}`);
      return page(past(mirror, mirror.history().newestFirst(at), prefix), prefix, listing, at);
    },
    create: (key, value, more) => one({ op: "create", key, value, ...more }),
    update: (key, value, expectedRevision, more) => one({ op: "update", key, value, expectedRevision, ...more }),
    put: (key, value, more) => one({ op: "put", key, value, ...more }),
    delete: (key, expectedRevision) =>
      one(expectedRevision === undefined ? { op: "delete", key } : { op: "delete", key, expectedRevision }),
    write,
    watch: (prefix, afterRevision) => {
      if (closed) throw new StorageError("closed", `the store ${name} is closed`);
      return mirror.watch(prefix, afterRevision);
    },
    reached: root.reached,
    close: () => {
      closed = true;
      mirror.close();
    },
  };
};

const emptyValue = new TextEncoder().encode("{}");

const comparisonOf = <V>(change: Change<V>, key: string): readonly Comparison[] => {
  switch (change.op) {
    case "put":
      return [];
    case "create":
      return [{ key, target: "create", is: "equal", revision: 0 }];
    case "update":
      return [isThere(key), { key, target: "mod", is: "equal", revision: change.expectedRevision }];
    case "delete":
      return change.expectedRevision === undefined
        ? [isThere(key)]
        : [isThere(key), { key, target: "mod", is: "equal", revision: change.expectedRevision }];
  }
};

/** To etcd a key that is not there is at revision 0: that must not be taken for the one that was expected. */
const isThere = (key: string): Comparison => ({ key, target: "create", is: "not equal", revision: 0 });

export const asStorageError = (error: unknown): unknown => {
  if (!(error instanceof EtcdError)) return error;
  const cause = { cause: error };
  switch (error.kind) {
    case "full":
      return new StorageError("full", "etcdserver: mvcc: database space exceeded", cause);
    case "unavailable":
      return new StorageError("unavailable", `etcd does not answer: ${error.message}`, cause);
    case "unknown":
      return new StorageError("unknown", `etcd did not answer, and may have written or not: ${error.message}`, cause);
    case "compacted":
      return new StorageError("compacted", error.message, cause);
    case "refused":
      return new StorageError("failed", `etcd refused: ${error.message}`, cause);
  }
};

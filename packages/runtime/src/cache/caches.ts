import { type Client, groupResource, type KubeObject, type ObjectRef, type Resource, type Stored } from "@slipway/api";
import type { Caches, Clock, Index, Logger, Watch } from "../controller/controller.ts";
import { type Change, createKindCache, type KindCache } from "./kind-cache.ts";
import { type ReflectorOptions, reflect } from "./reflector.ts";

/** A kind was read before its first list arrived. The runner waits for it and makes the pass again; nobody else need catch it. */
export class NotSyncedError extends Error {
  override readonly name = "NotSyncedError";
  readonly resource: Resource;
  constructor(resource: Resource) {
    super(`the cache of ${groupResource(resource)} has not been filled yet`);
    this.resource = resource;
  }
}

export type Listener = (change: Change) => void;

/** The shared caches, and what their keeper may do with them beyond reading. */
export interface WatchCaches extends Caches {
  index<S extends KubeObject>(index: Index<S>): void;
  /** Hears of every change, and at once of everything that is there already. Starts the watch. */
  listen(resource: Resource, listener: Listener): () => void;
  /** A write of ours was answered: the cache knows before anybody decides anything. */
  learn(resource: Resource, stored: Stored<KubeObject>): void;
  forget(resource: Resource, ref: ObjectRef): void;
  /** Changes seen so far, of all kinds. */
  changes(): number;
  /** Kinds that are watched and how many objects each holds. */
  sizes(): readonly { readonly resource: Resource; readonly objects: number }[];
}

export interface CachesOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Narrows what is watched of a kind: by `groupResource`, `secrets` or `nodes`. */
  readonly scopes?: { readonly [groupResource: string]: ReflectorOptions<KubeObject>["scope"] };
  /** Only this namespace of namespaced kinds. */
  readonly namespace?: string;
  /** Where `ensure` sends what a late watch maps to. */
  readonly wake?: (controller: string, ref: ObjectRef, lazily: boolean) => void;
}

interface Kept {
  readonly resource: Resource;
  readonly cache: KindCache;
  readonly listeners: Set<Listener>;
  synced: boolean;
  waiting: { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void };
}

export const createCaches = (options: CachesOptions): WatchCaches => {
  const { client, clock, log, signal, scopes = {}, namespace, wake = () => {} } = options;
  const kept = new Map<string, Kept>();
  const ensured = new Set<string>();
  let changes = 0;

  const keep = (resource: Resource): Kept => {
    const key = `${resource.group}/${resource.version}/${resource.plural}`;
    const known = kept.get(key);
    if (known) return known;
    const listeners = new Set<Listener>();
    const cache = createKindCache<KubeObject>((change) => {
      changes += 1;
      for (const listener of listeners) listener(change);
    });
    const made: Kept = { resource, cache, listeners, synced: false, waiting: patiently() };
    kept.set(key, made);
    const within = namespace !== undefined && resource.scope === "Namespaced" ? { namespace } : undefined;
    const narrowed = scopes[groupResource(resource)];
    const scope = within || narrowed ? { ...within, ...narrowed } : undefined;
    void reflect({
      client,
      resource,
      ...(scope ? { scope } : {}),
      cache,
      clock,
      log,
      // One of its own for each kind: a shared one would gather every watch's listeners.
      signal: AbortSignal.any([signal]),
      filled: () => {
        made.synced = true;
        made.waiting.resolve();
      },
      failed: (error) => {
        if (made.synced) return;
        made.waiting.reject(error);
        made.waiting = patiently();
      },
    });
    return made;
  };
  const read = <T extends KubeObject>(resource: Resource<T>): KindCache<T> => {
    const { synced, cache } = keep(resource);
    if (!synced) throw new NotSyncedError(resource);
    return cache as unknown as KindCache<T>;
  };
  const synced = async (resource: Resource): Promise<void> => {
    const found = keep(resource);
    if (!found.synced) await found.waiting.promise;
  };
  const listen = (resource: Resource, listener: Listener): (() => void) => {
    const { listeners, cache } = keep(resource);
    listeners.add(listener);
    for (const object of cache.list()) listener({ object, old: undefined, deleted: false });
    return () => void listeners.delete(listener);
  };

  const caches: WatchCaches = {
    find: (resource, ref) => read(resource).find(ref),
    list: (resource, filter) => read(resource).list(filter),
    byIndex: (resource, index, key) => read(resource).byIndex(index, key),
    ownedBy: (resource, uid) => read(resource).ownedBy(uid),
    synced,
    listen,
    ensure: (watch: Watch, controller: string) => {
      const key = `${controller}/${groupResource(watch.resource)}`;
      if (!ensured.has(key)) {
        ensured.add(key);
        listen(
          watch.resource,
          wakeBy(watch, caches, log, (ref, lazily) => wake(controller, ref, lazily)),
        );
      }
      return synced(watch.resource);
    },
    index: ({ resource, name, keys }) =>
      keep(resource).cache.addIndex(name, keys as (object: Stored<KubeObject>) => readonly string[]),
    learn: (resource, stored) => {
      const found = kept.get(`${resource.group}/${resource.version}/${resource.plural}`);
      if (!found || stored.kind !== resource.kind) return;
      found.cache.put(stored);
      if (isOver(stored)) found.cache.bury(stored.metadata);
    },
    forget: (resource, ref) => kept.get(`${resource.group}/${resource.version}/${resource.plural}`)?.cache.bury(ref),
    changes: () => changes,
    sizes: () => [...kept.values()].map(({ resource, cache }) => ({ resource, objects: cache.size })),
  };
  return caches;
};

/** Turns changes of a watched kind into names to look at. An object that changes hands wakes its former owners as well. */
export const wakeBy = (watch: Watch, caches: Caches, log: Logger, wake: (ref: ObjectRef, lazily: boolean) => void): Listener => {
  const listener: Listener = (change) => {
    const { object, old, deleted } = change;
    try {
      if (watch.changed && !deleted && !watch.changed(object, old)) return;
      const refs = [...watch.map(object, caches)];
      const moved = old && old.metadata.ownerReferences !== object.metadata.ownerReferences;
      if (moved) refs.push(...watch.map(old, caches));
      for (const ref of refs) wake(ref, watch.lazy === true && !deleted);
    } catch (error) {
      if (error instanceof NotSyncedError) {
        const again = () => listener(change);
        caches.synced(error.resource).then(again, () => setTimeout(again, 1000));
      } else log.error("a watch could not tell whom to wake", { resource: groupResource(watch.resource), error });
    }
  };
  return listener;
};

/** The write that took the last finalizer from a deleted object was its last. */
const isOver = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined &&
  (metadata.finalizers ?? []).length === 0 &&
  (metadata.deletionGracePeriodSeconds ?? 0) === 0;

const patiently = (): Kept["waiting"] => {
  let resolve = () => {};
  let reject = (_error: unknown) => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {}); // nobody may be waiting
  return { promise, resolve, reject };
};

import { type Collection, createCollection, type Indexes, type LoadableCollection } from "./collection.ts";
import type { CloudStorage } from "./storage.ts";

/** All records in memory, every change on its way to storage; `commit` is the moment after which a call may be acknowledged. */
export interface Database {
  collection<T extends { readonly id: string }, I extends string>(name: string, indexes: Indexes<T, I>): Collection<T, I>;
  load(): Promise<void>;
  /** Undefined when there is nothing to wait for. */
  commit(): Promise<void> | undefined;
  onChange(listener: ChangeListener): () => void;
}

export type ChangeListener = (collection: string, record: unknown, previous: unknown) => void;

export const createDatabase = (storage: CloudStorage): Database => {
  const collections = new Map<string, LoadableCollection>();
  const listeners = new Set<ChangeListener>();
  let dirty = new Map<string, unknown>(); // what the next write will carry
  let queued: Promise<void> | undefined; // the write that will carry it: calls of one moment share it
  let running: Promise<void> | undefined; // one write at a time, so that an older value never lands on a newer one

  const flush = async (): Promise<void> => {
    await running?.catch(() => undefined);
    const batch = dirty;
    dirty = new Map();
    running = queued;
    queued = undefined;
    try {
      await storage.write(batch);
    } catch (error) {
      for (const [key, value] of batch) if (!dirty.has(key)) dirty.set(key, value); // the next commit carries it again
      throw error;
    } finally {
      if (!queued) running = undefined;
    }
  };

  return {
    collection: (name, indexes) => {
      const created = createCollection(name, indexes, (collection, id, record, previous) => {
        dirty.set(`${collection}/${id}`, record);
        for (const listener of listeners) listener(collection, record, previous);
      });
      collections.set(name, created);
      return created;
    },
    load: async () => {
      for (const [key, value] of await storage.load()) collections.get(key.slice(0, key.indexOf("/")))?.restore(value);
    },
    commit: () => {
      if (dirty.size === 0) return undefined;
      queued ??= flush();
      return queued;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

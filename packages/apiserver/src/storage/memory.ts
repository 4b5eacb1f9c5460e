import { type Clock, systemClock } from "./clock.ts";
import { createCommitter, type Journal } from "./committer.ts";
import { createEngine } from "./engine.ts";
import type { Storage, StoreOptions, Stores } from "./storage.ts";

/** Keeps nothing: for tests, demos and simulated guests. */
export const createMemoryStores = (options: { readonly clock?: Clock } = {}): Stores => {
  const clock = options.clock ?? systemClock;
  const committer = createCommitter(memoryJournal());
  const open = new Map<string, Storage>();
  return {
    store: <V extends object>(name: string, storeOptions: StoreOptions<V> = {}): Storage<V> => {
      const known = open.get(name);
      if (known !== undefined) return known as unknown as Storage<V>;
      const number = open.size;
      const made = createEngine<V>({
        name,
        number,
        committer,
        clock,
        options: storeOptions,
        items: [],
        revision: 0,
      });
      open.set(name, made as unknown as Storage);
      return made;
    },
    names: () => [...open.keys()],
    drop: async (name) => {
      open.get(name)?.close();
      open.delete(name);
    },
    close: async () => {
      for (const store of open.values()) store.close();
      await committer.settled();
    },
  };
};

export const createMemoryStorage = <V extends object>(options: StoreOptions<V> & { readonly clock?: Clock } = {}): Storage<V> =>
  createMemoryStores(options.clock === undefined ? {} : { clock: options.clock }).store("memory", options);

/** Lets the rest of the program breathe: without it a busy loop of reads and writes would never leave the microtask queue. */
const memoryJournal = (): Journal => {
  let batches = 0;
  return {
    append: async () => {
      batches += 1;
      if (batches % 64 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
};

import { registryPrefix } from "../registry/keys.ts";
import type { StoredObject } from "../registry/object.ts";
import type { Storage, Watcher } from "../storage/storage.ts";

/** One object's change, or (`before` and `after` equal) its presence at the start. */
export type Observe = (key: string, before: StoredObject | undefined, after: StoredObject | undefined) => void;

export interface Observer {
  /** Every change up to the store's present revision has been observed. */
  caughtUp(): Promise<void>;
  /** That is so already. */
  isCurrent(): boolean;
  close(): void;
}

/** Tells everything that is in the store, then everything that happens to it; starts over when it fell behind. */
export const observe = (
  storage: Storage<StoredObject>,
  parts: readonly {
    readonly onChange: Observe;
    /** All is told from the beginning now. */
    readonly onStart?: () => void;
    /** All that was there has been told. */
    readonly onStarted?: () => void;
  }[],
): Observer => {
  let watcher: Watcher<StoredObject> | undefined;
  let closed = false;
  let seen = 0;
  let waiting: { readonly revision: number; readonly resolve: () => void }[] = [];

  const advance = (revision: number): void => {
    seen = revision;
    for (const waiter of waiting) if (waiter.revision <= seen) waiter.resolve();
    waiting = waiting.filter((waiter) => waiter.revision > seen);
  };
  const restart = (): Watcher<StoredObject> => {
    for (const part of parts) part.onStart?.();
    const { items, revision } = storage.list(registryPrefix);
    for (const item of items) for (const part of parts) part.onChange(item.key, undefined, item.value);
    for (const part of parts) part.onStarted?.();
    advance(revision);
    return storage.watch(registryPrefix, revision);
  };
  const run = async (): Promise<void> => {
    while (!closed) {
      // The store's revision also moves by what is not observed.
      if (watcher !== undefined && waiting.length > 0) advance(Math.max(seen, watcher.progress()));
      const batch = await watcher?.next();
      if (closed) return;
      if (batch === undefined) {
        watcher = restart();
        continue;
      }
      for (const event of batch) {
        const after = event.type === "deleted" ? undefined : event.value;
        for (const part of parts) part.onChange(event.key, event.previous, after);
      }
      advance(watcher?.progress() ?? seen);
    }
  };
  watcher = restart();
  void run().catch(() => undefined); // only a closed store ends it

  return {
    isCurrent: () => storage.revision() <= seen,
    caughtUp: () => {
      const revision = storage.revision();
      if (revision <= seen) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push({ revision, resolve });
        watcher?.interrupt();
      });
    },
    close: () => {
      closed = true;
      watcher?.close();
      for (const waiter of waiting) waiter.resolve();
    },
  };
};

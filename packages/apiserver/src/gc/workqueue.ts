import type { Clock } from "../storage/clock.ts";

/** Keys to look at, each at most once at a time; what fails is looked at again, later each time. */
export interface KeyQueue {
  add(key: string): void;
  /** Resolves when nothing is waiting or under way (what waits for a retry does not count). */
  settled(): Promise<void>;
  close(): void;
}

const longestRetrySeconds = 30;

export const createKeyQueue = (options: {
  readonly clock: Clock;
  readonly concurrency: number;
  readonly work: (key: string) => Promise<void>;
  /** Told of what failed and will be tried again. */
  readonly onError?: (error: unknown, key: string) => void;
}): KeyQueue => {
  const waiting = new Set<string>();
  const active = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  let idle: (() => void)[] = [];
  let closed = false;

  const start = (): void => {
    for (const key of waiting) {
      if (closed || active.size >= options.concurrency) return;
      waiting.delete(key);
      active.add(key);
      void run(key);
    }
  };
  const run = async (key: string): Promise<void> => {
    try {
      await options.work(key);
      failures.delete(key);
    } catch (error) {
      options.onError?.(error, key);
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      const seconds = Math.min(2 ** (count - 1) * 0.1, longestRetrySeconds);
      if (!closed) options.clock.setTimeout(() => add(key), seconds * 1000);
    }
    active.delete(key);
    if (again.delete(key)) waiting.add(key);
    start();
    if (waiting.size + active.size === 0) {
      for (const resolve of idle) resolve();
      idle = [];
    }
  };
  const add = (key: string): void => {
    if (closed) return;
    if (active.has(key)) again.add(key);
    else waiting.add(key);
    start();
  };

  return {
    add,
    settled: () => (waiting.size + active.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
    close: () => {
      closed = true;
      waiting.clear();
    },
  };
};

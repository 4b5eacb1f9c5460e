import type { Clock, Timer } from "./clock.ts";

/** Items with a time to live, in buckets of ten seconds under one timer. */
export const createExpiry = (clock: Clock, expire: (key: string, revision: number) => void) => {
  const width = 10_000;
  const buckets = new Map<number, Map<string, number>>();
  let timer: Timer | undefined;
  let due = Number.POSITIVE_INFINITY;

  const sweep = (): void => {
    due = Number.POSITIVE_INFINITY;
    timer = undefined;
    const now = clock.now().getTime();
    for (const [end, keys] of buckets) {
      if (end > now) continue;
      buckets.delete(end);
      for (const [key, revision] of keys) expire(key, revision);
    }
    const next = Math.min(...buckets.keys());
    if (Number.isFinite(next)) arm(next);
  };
  const arm = (at: number): void => {
    if (at >= due) return;
    timer?.cancel();
    due = at;
    timer = clock.setTimeout(sweep, Math.max(0, at - clock.now().getTime()));
  };

  return {
    add: (key: string, revision: number, at: number): void => {
      const end = Math.ceil(at / width) * width;
      const bucket = buckets.get(end) ?? new Map<string, number>();
      buckets.set(end, bucket.set(key, revision));
      arm(end);
    },
    close: (): void => timer?.cancel(),
  };
};

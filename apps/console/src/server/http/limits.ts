/** Counts what somebody does, in buckets that fill again with time. Keeps a bounded number of them; the one not used for longest goes. */
export interface Limiter {
  /** Seconds to wait before it is allowed; 0: it was, and is counted. */
  take(key: string): number;
  /** Seconds to wait, without counting. */
  look(key: string): number;
}

export const createLimiter = (options: {
  /** As many at once. */
  readonly burst: number;
  readonly perSecond: number;
  readonly now: () => number;
  readonly most?: number;
}): Limiter => {
  const { burst, perSecond, now, most = 10_000 } = options;
  const buckets = new Map<string, { left: number; at: number }>();
  const leftNow = (key: string): number => {
    const bucket = buckets.get(key);
    return bucket === undefined ? burst : Math.min(burst, bucket.left + ((now() - bucket.at) / 1000) * perSecond);
  };
  const wait = (left: number): number => (left >= 1 ? 0 : Math.ceil((1 - left) / perSecond));
  return {
    look: (key) => wait(leftNow(key)),
    take: (key) => {
      const left = leftNow(key);
      const seconds = wait(left);
      buckets.delete(key);
      buckets.set(key, { left: seconds === 0 ? left - 1 : left, at: now() });
      const oldest = buckets.keys().next().value;
      if (buckets.size > most && oldest !== undefined) buckets.delete(oldest);
      return seconds;
    },
  };
};

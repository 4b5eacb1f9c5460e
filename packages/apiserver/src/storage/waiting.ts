/** Those who wait for a revision. */
export interface Waiting {
  /** Resolves once the revision is at least this; rejects when `signal` aborts. */
  reached(wanted: number, signal?: AbortSignal): Promise<void>;
  /** The revision has moved. */
  tell(): void;
}

export const createWaiting = (revision: () => number): Waiting => {
  let waiting: { readonly revision: number; readonly resolve: () => void }[] = [];
  return {
    reached: (wanted, signal) => {
      if (wanted <= revision()) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const waiter = { revision: wanted, resolve };
        waiting.push(waiter);
        signal?.addEventListener(
          "abort",
          () => {
            waiting = waiting.filter((other) => other !== waiter);
            reject(signal.reason);
          },
          { once: true },
        );
      });
    },
    tell: () => {
      if (waiting.length === 0) return;
      const now = revision();
      for (const waiter of waiting) if (waiter.revision <= now) waiter.resolve();
      waiting = waiting.filter((waiter) => waiter.revision > now);
    },
  };
};

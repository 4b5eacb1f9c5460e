/** Those who wait for a revision. */
export interface Waiting {
  /** Resolves once the revision is at least this; rejects when `signal` aborts. */
  reached(wanted: number, signal?: AbortSignal): Promise<void>;
  /** The revision has moved. */
  tell(): void;
  /** It will not move any more: all who wait are told why. */
  end(reason: Error): void;
}

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export const createWaiting = (revision: () => number): Waiting => {
  const waiting = new Set<Waiter>();
  let over: Error | undefined;
  return {
    reached: (wanted, signal) => {
      if (wanted <= revision()) return Promise.resolve();
      if (over !== undefined) return Promise.reject(over);
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(waiter);
          signal?.removeEventListener("abort", abort);
        };
        const waiter: Waiter = {
          revision: wanted,
          resolve: () => {
            leave();
            resolve();
          },
          reject: (reason) => {
            leave();
            reject(reason);
          },
        };
        const abort = (): void => waiter.reject(signal?.reason);
        waiting.add(waiter);
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
    tell: () => {
      if (waiting.size === 0) return;
      const now = revision();
      for (const waiter of [...waiting]) if (waiter.revision <= now) waiter.resolve();
    },
    end: (reason) => {
      over = reason;
      for (const waiter of [...waiting]) waiter.reject(reason);
    },
  };
};

import type { Clock, Timer } from "../storage/clock.ts";

/** One timer for all that wants to be reminded at the same pace; none while nobody does. */
export interface Ticker {
  /** Answers how to stop. */
  onTick(remind: () => void): () => void;
  close(): void;
}

export const createTicker = (clock: Clock, seconds: number): Ticker => {
  const listeners = new Set<() => void>();
  let timer: Timer | undefined;
  const arm = (): void => {
    timer = clock.setTimeout(() => {
      timer = undefined;
      for (const remind of [...listeners]) remind();
      if (listeners.size > 0) arm();
    }, seconds * 1000);
  };
  return {
    onTick: (remind) => {
      listeners.add(remind);
      if (timer === undefined) arm();
      return () => {
        listeners.delete(remind);
        if (listeners.size > 0) return;
        timer?.cancel();
        timer = undefined;
      };
    },
    close: () => {
      listeners.clear();
      timer?.cancel();
      timer = undefined;
    },
  };
};

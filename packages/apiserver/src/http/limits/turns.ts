/**
 * Large answers are made piece by piece. All of them share one queue, so that at most one piece is made between two looks at the
 * sockets: however many large lists are under way, everyone else waits for one piece and not for all.
 */
export interface Turns {
  /** Resolves when it is the caller's turn to do one piece of work. */
  next(): Promise<void>;
}

export const createTurns = (): Turns => {
  const waiting: (() => void)[] = [];
  let scheduled = false;
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    soon(() => {
      scheduled = false;
      waiting.shift()?.();
      if (waiting.length > 0) schedule();
    });
  };
  return {
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        schedule();
      }),
  };
};

/** After those who wait for sockets and timers have had their turn. `setTimeout` waits a millisecond longer than needed. */
const soon: (work: () => void) => void =
  typeof setImmediate === "function" ? (work) => void setImmediate(work) : (work) => void setTimeout(work, 0);

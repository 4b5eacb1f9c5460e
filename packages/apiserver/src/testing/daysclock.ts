import { type Clock, systemClock } from "../storage/clock.ts";

/** Real time, but for its minutes and days: they pass when a test says so. */
export interface DaysClock extends Clock {
  pass(milliseconds: number): void;
  /** Long timers that wait. */
  waiting(): number;
}

const long = 20_000;

export const createDaysClock = (): DaysClock => {
  let ahead = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const now = () => new Date(Date.now() + ahead);
  return {
    now,
    sleep: systemClock.sleep,
    setTimeout: (run, milliseconds) => {
      if (milliseconds < long) return systemClock.setTimeout(run, milliseconds);
      const timer = { at: now().getTime() + milliseconds, run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    waiting: () => timers.size,
    pass: (milliseconds) => {
      const end = now().getTime() + milliseconds;
      for (;;) {
        const next = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        ahead += Math.max(0, next.at - now().getTime());
        timers.delete(next);
        next.run();
      }
      ahead += Math.max(0, end - now().getTime());
    },
  };
};

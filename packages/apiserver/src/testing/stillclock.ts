import type { Clock } from "../storage/clock.ts";

/** A clock that only moves when told to. */
export const createStillClock = (start = Date.UTC(2026, 0, 1)) => {
  let now = start;
  let timers: { at: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => new Date(now),
    sleep: async () => undefined,
    setTimeout: (run, milliseconds) => {
      const timer = { at: now + milliseconds, run };
      timers.push(timer);
      return {
        cancel: () => {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
  };
  const advance = (seconds: number): void => {
    const end = now + seconds * 1000;
    for (;;) {
      const next = [...timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      now = next.at;
      timers = timers.filter((other) => other !== next);
      next.run();
    }
    now = end;
  };
  return { clock, advance };
};

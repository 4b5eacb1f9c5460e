import type { Clock, Timer } from "../controller/controller.ts";
import { nextTurn } from "./turn.ts";

const sleepOn =
  (setTimer: Clock["setTimeout"]): Clock["sleep"] =>
  (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const aborted = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = setTimer(() => {
        signal?.removeEventListener("abort", aborted);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", aborted, { once: true });
    });

/** setTimeout fires at once when asked for more than 2^31 - 1 ms. */
const longestTimeout = 2_147_483_647;

const systemTimeout: Clock["setTimeout"] = (callback, milliseconds) => {
  const timer = setTimeout(callback, Math.min(Math.max(0, milliseconds), longestTimeout));
  return { cancel: () => clearTimeout(timer) };
};

/** The wall clock; only `apps/` hands it in. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: sleepOn(systemTimeout),
  setTimeout: systemTimeout,
};

export interface VirtualClock extends Clock {
  /** Moves time forward; timers fire in order, and what they start gets to run before the next one fires. */
  advance(milliseconds: number): Promise<void>;
  /** When the next timer fires; undefined when none is set. */
  nextTimer(): Date | undefined;
}

export interface VirtualClockOptions {
  readonly start?: Date;
  /** Awaited before time moves: lets the system come to rest. Default: a few turns of the event loop. */
  readonly settle?: () => Promise<void>;
}

/** Time for tests and stories: it stands still until `advance`. */
export const createVirtualClock = (options: VirtualClockOptions = {}): VirtualClock => {
  const { start = new Date("2026-01-01T00:00:00Z"), settle = aFewTurns } = options;
  let now = start.getTime();
  let sequence = 0;
  const timers = new Map<number, { at: number; callback: () => void }>();
  const setTimer = (callback: () => void, milliseconds: number): Timer => {
    sequence += 1;
    const id = sequence;
    timers.set(id, { at: now + Math.max(0, milliseconds), callback });
    return { cancel: () => void timers.delete(id) };
  };
  const earliest = () => {
    let found: { id: number; at: number; callback: () => void } | undefined;
    for (const [id, timer] of timers) {
      if (!found || timer.at < found.at || (timer.at === found.at && id < found.id)) found = { id, ...timer };
    }
    return found;
  };
  return {
    now: () => new Date(now),
    setTimeout: setTimer,
    sleep: sleepOn(setTimer),
    nextTimer: () => {
      const next = earliest();
      return next && new Date(next.at);
    },
    async advance(milliseconds) {
      const target = now + milliseconds;
      await settle();
      for (let next = earliest(); next && next.at <= target; next = earliest()) {
        now = Math.max(now, next.at);
        timers.delete(next.id);
        next.callback();
        const following = earliest();
        if (!following || following.at > now) await settle();
      }
      now = target;
    },
  };
};

const aFewTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
};

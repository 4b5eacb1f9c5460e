import type { Clock, Logger, Timer } from "@slipway/runtime";

/**
 * What the cloud does later: a server that boots, a load balancer that is being built. Nothing here is durable: each service
 * finds its unfinished records after a restart and schedules them again.
 */
export interface Transitions {
  /** A later one of the same key takes the earlier one's place. */
  after(milliseconds: number, key: string, run: () => void | Promise<void>): void;
  cancel(key: string): void;
  /** Ends them all; what was under way stays as it is until the next start. */
  stop(): void;
}

export const createTransitions = (clock: Clock, log: Logger, commit: () => Promise<void> | undefined): Transitions => {
  const timers = new Map<string, Timer>();
  let stopped = false;
  const fire = async (key: string, run: () => void | Promise<void>): Promise<void> => {
    timers.delete(key);
    try {
      await run();
      await commit();
    } catch (error) {
      log.error("a transition of the simulated cloud failed", { transition: key, error: String(error) });
    }
  };
  const cancel = (key: string): void => {
    timers.get(key)?.cancel();
    timers.delete(key);
  };
  return {
    after: (milliseconds, key, run) => {
      if (stopped) return;
      cancel(key);
      timers.set(
        key,
        clock.setTimeout(() => void fire(key, run), milliseconds),
      );
    },
    cancel,
    stop: () => {
      stopped = true;
      for (const key of [...timers.keys()]) cancel(key);
    },
  };
};

import { ApiError } from "@slipway/api";
import type { Clock, Timer } from "../../storage/clock.ts";

/** Ends what takes too long. Requests of the usual length share one timer: most are over long before it rings. */
export interface Deadlines {
  /** The work's own outcome, or 504 after that long; the work itself is not undone. @throws ApiError Timeout */
  within<T>(milliseconds: number, work: Promise<T>): Promise<T>;
}

interface Running {
  readonly until: number;
  readonly expire: () => void;
}

const sweepSeconds = 1;

export const createDeadlines = (clock: Clock): Deadlines => {
  const running = new Set<Running>();
  let timer: Timer | undefined;
  const arm = (): void => {
    if (timer === undefined) timer = clock.setTimeout(sweep, sweepSeconds * 1000);
  };
  const sweep = (): void => {
    timer = undefined;
    const now = clock.now().getTime();
    for (const each of running) if (each.until <= now) each.expire();
    if (running.size > 0) arm();
  };

  return {
    within: (milliseconds, work) =>
      new Promise((resolve, reject) => {
        const expire = (): void => {
          done();
          reject(tooLate());
        };
        const each: Running = { until: clock.now().getTime() + milliseconds, expire };
        // A short one rings by itself.
        const own = milliseconds < 10_000 ? clock.setTimeout(expire, milliseconds) : undefined;
        const done = (): void => {
          running.delete(each);
          own?.cancel();
        };
        if (own === undefined) {
          running.add(each);
          arm();
        }
        work.then(
          (value) => {
            done();
            resolve(value);
          },
          (error: unknown) => {
            done();
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        );
      }),
  };
};

const tooLate = (): ApiError => new ApiError("Timeout", "Timeout: request did not complete within the allotted timeout");

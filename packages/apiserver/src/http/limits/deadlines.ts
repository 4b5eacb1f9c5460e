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
  before: Running | undefined;
  after: Running | undefined;
}

const sweepSeconds = 1;

export const createDeadlines = (clock: Clock): Deadlines => {
  const running = createChain();
  let timer: Timer | undefined;
  const arm = (): void => {
    if (timer === undefined) timer = clock.setTimeout(sweep, sweepSeconds * 1000);
  };
  const sweep = (): void => {
    timer = undefined;
    const now = clock.now().getTime();
    for (const each of running.all()) if (each.until <= now) each.expire();
    if (running.all().length > 0) arm();
  };

  return {
    within: (milliseconds, work) =>
      new Promise((resolve, reject) => {
        const expire = (): void => {
          done();
          reject(tooLate());
        };
        const each: Running = {
          until: clock.now().getTime() + milliseconds,
          expire,
          before: undefined,
          after: undefined,
        };
        // A short one rings by itself.
        const own = milliseconds < 10_000 ? clock.setTimeout(expire, milliseconds) : undefined;
        const done = (): void => {
          if (own === undefined) running.remove(each);
          else own.cancel();
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

/**
 * Those under way, each tied to its neighbours and free of them when it is over. A Set would leave its worn-out tables in old memory, where
 * each keeps the next alive and with it the requests of its time: collecting those cost more than answering them.
 */
const createChain = () => {
  let first: Running | undefined;
  return {
    add: (each: Running): void => {
      each.after = first;
      if (first !== undefined) first.before = each;
      first = each;
    },
    /** A second time it does nothing. */
    remove: (each: Running): void => {
      const { before, after } = each;
      if (before === undefined && first !== each) return;
      if (before === undefined) first = after;
      else before.after = after;
      if (after !== undefined) after.before = before;
      each.before = undefined;
      each.after = undefined;
    },
    all: (): readonly Running[] => {
      const found: Running[] = [];
      for (let each = first; each !== undefined; each = each.after) found.push(each);
      return found;
    },
  };
};

const tooLate = (): ApiError => new ApiError("Timeout", "Timeout: request did not complete within the allotted timeout");

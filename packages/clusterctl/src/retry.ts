import { ApiError, type StatusReason } from "@slipway/api";

/** How often and how long something is tried again: each wait is `factor` times the last, plus up to `jitter` of itself. */
export interface Backoff {
  readonly firstMilliseconds: number;
  readonly factor: number;
  readonly steps: number;
  readonly jitter: number;
}

/** CTL-012. */
export const readBackoff: Backoff = { firstMilliseconds: 250, factor: 1.5, steps: 9, jitter: 0.1 };
export const writeBackoff: Backoff = { firstMilliseconds: 500, factor: 1.5, steps: 10, jitter: 0.4 };
/** About two minutes. */
export const unblockBackoff: Backoff = { firstMilliseconds: 5000, factor: 1.5, steps: 10, jitter: 0.1 };

export type Sleep = (milliseconds: number) => Promise<void>;

const passing = new Set<StatusReason>([
  "Conflict",
  "ServerTimeout",
  "Timeout",
  "TooManyRequests",
  "InternalError",
  "ServiceUnavailable",
  "StoreReadError",
]);

/** An answer that may be another one a moment later; a refusal is not. */
export const isPassing = (error: unknown): boolean => error instanceof ApiError && passing.has(error.reason);

/** The last error of `work` when it did not succeed in `steps` attempts, or one that `again` says is for good. */
export const withRetries = async <T>(
  work: () => Promise<T>,
  {
    backoff,
    sleep,
    again = isPassing,
  }: { readonly backoff: Backoff; readonly sleep: Sleep; readonly again?: (error: unknown) => boolean },
): Promise<T> => {
  let wait = backoff.firstMilliseconds;
  for (let step = 1; ; step++) {
    try {
      return await work();
    } catch (error) {
      if (step >= backoff.steps || !again(error)) throw error;
    }
    await sleep(wait * (1 + Math.random() * backoff.jitter));
    wait *= backoff.factor;
  }
};

/** Time is an argument: tests hand in a virtual one. The same shape as the controllers' clock, so one value serves both. */
export interface Clock {
  now(): Date;
  /** Resolves after that long, rejects when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  setTimeout(callback: () => void, milliseconds: number): Timer;
}
export interface Timer {
  cancel(): void;
}

/** The real time. Its timers never keep a program alive. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = systemClock.setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", stop, { once: true });
    }),
  setTimeout: (callback, milliseconds) => {
    const handle: unknown = setTimeout(callback, milliseconds);
    if (typeof handle === "object" && handle !== null && "unref" in handle && typeof handle.unref === "function") handle.unref();
    return { cancel: () => clearTimeout(handle as Parameters<typeof clearTimeout>[0]) };
  },
};

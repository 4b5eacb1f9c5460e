import { nextTurn } from "../clock/turn.ts";
import type { Clock, Timer } from "../controller/controller.ts";
import { type Metrics, noMetrics } from "../metrics/metrics.ts";

/**
 * Names waiting for a pass. A name is in it once however often it is added, is never worked on twice at the same time, and one
 * that is added while it is worked on gets another pass afterwards. The queue owns time: rechecks and backoff live here.
 */
export interface WorkQueue {
  /** `because` names an event; a pass that has seen it already (`QueueResult.seen`) is not made again for it. */
  add(key: string, because?: string): void;
  addAfter(key: string, milliseconds: number): void;
  /** When the work that is at hand has had some turns: changes that come in a burst are then looked at once. */
  addLazily(key: string, because?: string): void;
  /** Begin to work; before that names only gather. */
  start(): void;
  /** No new passes until `release`; resolves when the running ones are over. Names go on gathering. */
  hold(): Promise<void>;
  /** Works again, with all backoff forgotten. */
  release(): void;
  /** No new passes; resolves when the running ones are over. */
  stop(): Promise<void>;
  /** Names ready or worked on now. Names that wait for their time do not count. */
  active(): number;
  /** Passes begun so far. */
  passes(): number;
}

export interface QueueResult {
  readonly recheckMilliseconds?: number;
  /** Events that this pass caused itself and that tell nothing new. */
  readonly seen?: readonly string[];
}

export interface QueueOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly concurrency: number;
  /** A pass. Throwing means: again, later each time. */
  readonly handle: (key: string) => Promise<QueueResult>;
  readonly metrics?: Metrics;
  readonly backoff?: Backoff;
}

export interface Backoff {
  readonly firstMilliseconds: number;
  readonly longestMilliseconds: number;
}

/** First as client-go; longest shorter than its 1000 s, so that an outage is noticed to be over within minutes. */
export const defaultBackoff: Backoff = { firstMilliseconds: 5, longestMilliseconds: 300_000 };

/** How many turns of the event loop a lazy name waits: hardly noticed by a program at rest, long enough for a burst to end in a busy one. */
const lazyTurns = 12;

/** After this many passes the event loop gets a turn. */
const passesBetweenTurns = 16;

export const createQueue = (options: QueueOptions): WorkQueue => {
  const { name, clock, concurrency, handle, metrics = noMetrics, backoff = defaultBackoff } = options;
  const labels = { name, controller: name };
  const ready = new Map<string, number>();
  const running = new Map<string, number>();
  /** Added while worked on, and why; undefined: for a reason without a name. */
  const again = new Map<string, Set<string | undefined>>();
  const delayed = new Map<string, { at: number; timer: Timer }>();
  const lazy = new Map<string, { turnsLeft: number; because: string | undefined }>();
  const failures = new Map<string, number>();
  let started = false;
  let stopped = false;
  let held = false;
  let pumping = false;
  let passes = 0;
  const drained: (() => void)[] = [];
  const now = () => clock.now().getTime();

  const add = (key: string, because?: string): void => {
    if (stopped || ready.has(key)) return;
    if (running.has(key)) {
      const reasons = again.get(key);
      if (reasons) reasons.add(because);
      else again.set(key, new Set([because]));
      return;
    }
    metrics.count("workqueue_adds_total", labels);
    ready.set(key, now());
    pump();
  };
  const addLazily = (key: string, because?: string): void => {
    if (stopped || ready.has(key)) return;
    const first = lazy.size === 0;
    // Those that wait keep their place, or a steady stream would hold them up for ever.
    const turnsLeft = lazy.get(key)?.turnsLeft ?? lazyTurns;
    lazy.set(key, { turnsLeft, because: lazy.has(key) ? undefined : because });
    if (first) void passTurns();
  };
  const passTurns = async (): Promise<void> => {
    while (lazy.size > 0) {
      await nextTurn();
      for (const [key, { turnsLeft, because }] of lazy) {
        if (turnsLeft > 0) lazy.set(key, { turnsLeft: turnsLeft - 1, because });
        else {
          lazy.delete(key);
          add(key, because);
        }
      }
    }
  };
  const addAfter = (key: string, milliseconds: number): void => {
    if (stopped) return;
    if (milliseconds <= 0) {
      add(key);
      return;
    }
    const at = now() + milliseconds;
    const known = delayed.get(key);
    if (known && known.at <= at) return;
    known?.timer.cancel();
    const due = () => {
      delayed.delete(key);
      add(key);
    };
    delayed.set(key, { at, timer: clock.setTimeout(due, milliseconds) });
  };
  const forgetDelayed = (key: string): void => {
    delayed.get(key)?.timer.cancel();
    delayed.delete(key);
  };

  const work = async (key: string, addedAt: number): Promise<void> => {
    const begun = now();
    running.set(key, begun);
    passes += 1;
    metrics.observe("workqueue_queue_duration_seconds", labels, (begun - addedAt) / 1000);
    // What this pass finds out decides when to look again, so an older appointment is void.
    forgetDelayed(key);
    lazy.delete(key);
    try {
      const { recheckMilliseconds, seen = [] } = await handle(key);
      for (const event of seen) again.get(key)?.delete(event);
      if (again.get(key)?.size === 0) again.delete(key);
      failures.delete(key);
      if (recheckMilliseconds !== undefined) addAfter(key, recheckMilliseconds);
    } catch {
      const failed = failures.get(key) ?? 0;
      failures.set(key, failed + 1);
      metrics.count("workqueue_retries_total", labels);
      addAfter(key, Math.min(backoff.firstMilliseconds * 2 ** Math.min(failed, 40), backoff.longestMilliseconds));
    } finally {
      running.delete(key);
      metrics.observe("workqueue_work_duration_seconds", labels, (now() - begun) / 1000);
      if (again.delete(key) && !stopped) {
        metrics.count("workqueue_adds_total", labels);
        ready.set(key, now());
      }
      if (running.size === 0) for (const tell of drained.splice(0)) tell();
      pump();
    }
  };
  const pump = (): void => {
    if (pumping || !started || stopped || held) return;
    pumping = true;
    queueMicrotask(() => void run());
  };
  const run = async (): Promise<void> => {
    while (!stopped && !held && running.size < concurrency) {
      const next = ready.entries().next();
      if (next.done) break;
      const [key, addedAt] = next.value;
      ready.delete(key);
      void work(key, addedAt);
      if (passes % passesBetweenTurns === 0) await nextTurn();
    }
    pumping = false;
    if (ready.size > 0 && running.size < concurrency) pump();
  };
  const quiet = (): Promise<void> =>
    running.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          drained.push(resolve);
        });

  metrics.onCollect(() => {
    metrics.gauge("workqueue_depth", labels, ready.size);
    const ages = [...running.values()].map((begun) => (now() - begun) / 1000);
    metrics.gauge(
      "workqueue_unfinished_work_seconds",
      labels,
      ages.reduce((sum, age) => sum + age, 0),
    );
    metrics.gauge("workqueue_longest_running_processor_seconds", labels, Math.max(0, ...ages));
    metrics.gauge("controller_runtime_active_workers", { controller: name }, running.size);
  });
  metrics.gauge("controller_runtime_max_concurrent_reconciles", { controller: name }, concurrency);

  return {
    add,
    addAfter,
    addLazily,
    start: () => {
      started = true;
      pump();
    },
    stop: () => {
      stopped = true;
      for (const { timer } of delayed.values()) timer.cancel();
      delayed.clear();
      lazy.clear();
      ready.clear();
      again.clear();
      return quiet();
    },
    hold: () => {
      held = true;
      return quiet();
    },
    release: () => {
      held = false;
      failures.clear();
      pump();
    },
    active: () => (held ? 0 : ready.size + lazy.size) + running.size,
    passes: () => passes,
  };
};

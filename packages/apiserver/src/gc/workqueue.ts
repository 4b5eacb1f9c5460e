import type { Clock } from "../storage/clock.ts";
import { noQueueMetrics, type QueueMetrics } from "./queuemetrics.ts";

/** Keys to look at, each at most once at a time; what fails is looked at again, later each time. */
export interface KeyQueue {
  add(key: string): void;
  /** Resolves when nothing is waiting or under way (what waits for a retry does not count). */
  settled(): Promise<void>;
  close(): void;
}

const longestRetrySeconds = 30;

export const createKeyQueue = (options: {
  /** As metrics name it. */
  readonly name: string;
  readonly metrics?: QueueMetrics | undefined;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly work: (key: string) => Promise<void>;
  /** Told of what failed and will be tried again. */
  readonly onError?: (error: unknown, key: string) => void;
}): KeyQueue => {
  const { metrics = noQueueMetrics } = options;
  const labels = { name: options.name, controller: options.name };
  const now = (): number => options.clock.now().getTime();
  /** Since when. */
  const waiting = new Map<string, number>();
  const active = new Map<string, number>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  let idle: (() => void)[] = [];
  let closed = false;

  const start = (): void => {
    for (const [key, since] of waiting) {
      if (closed || active.size >= options.concurrency) return;
      waiting.delete(key);
      const begun = now();
      metrics.observe("workqueue_queue_duration_seconds", labels, (begun - since) / 1000);
      active.set(key, begun);
      void run(key, begun);
    }
  };
  const run = async (key: string, begun: number): Promise<void> => {
    try {
      await options.work(key);
      failures.delete(key);
    } catch (error) {
      options.onError?.(error, key);
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      metrics.count("workqueue_retries_total", labels);
      const seconds = Math.min(2 ** (count - 1) * 0.1, longestRetrySeconds);
      if (!closed) options.clock.setTimeout(() => add(key), seconds * 1000);
    }
    metrics.observe("workqueue_work_duration_seconds", labels, (now() - begun) / 1000);
    active.delete(key);
    if (again.delete(key)) enqueue(key);
    start();
    if (waiting.size + active.size === 0) {
      for (const resolve of idle) resolve();
      idle = [];
    }
  };
  const add = (key: string): void => {
    if (closed) return;
    if (active.has(key)) again.add(key);
    else enqueue(key);
    start();
  };
  const enqueue = (key: string): void => {
    if (waiting.has(key)) return;
    metrics.count("workqueue_adds_total", labels);
    waiting.set(key, now());
  };
  metrics.onCollect(() => {
    const ages = [...active.values()].map((begun) => (now() - begun) / 1000);
    metrics.gauge("workqueue_depth", labels, waiting.size);
    metrics.gauge(
      "workqueue_unfinished_work_seconds",
      labels,
      ages.reduce((sum, age) => sum + age, 0),
    );
    metrics.gauge("workqueue_longest_running_processor_seconds", labels, Math.max(0, ...ages));
  });

  return {
    add,
    settled: () => (waiting.size + active.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
    close: () => {
      closed = true;
      waiting.clear();
    },
  };
};

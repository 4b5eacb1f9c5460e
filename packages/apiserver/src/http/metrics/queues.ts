import type { QueueLabels, QueueMetrics } from "../../gc/queuemetrics.ts";
import { createFamilies } from "./families.ts";

/** What the API server's own queues do, for an API that nobody else counts for. */
export const createQueueMetrics = (): QueueMetrics & { render(): string } => {
  const families = createFamilies();
  const refreshers: (() => void)[] = [];
  const labels = ["name"];
  const counters = {
    workqueue_adds_total: families.counter("workqueue_adds_total", "Total number of adds handled by workqueue", labels),
    workqueue_retries_total: families.counter("workqueue_retries_total", "Total number of retries handled by workqueue", labels),
  };
  const buckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10];
  const histograms = {
    workqueue_queue_duration_seconds: families.histogram(
      "workqueue_queue_duration_seconds",
      "How long in seconds an item stays in workqueue before being requested.",
      labels,
      buckets,
    ),
    workqueue_work_duration_seconds: families.histogram(
      "workqueue_work_duration_seconds",
      "How long in seconds processing an item from workqueue takes.",
      labels,
      buckets,
    ),
  };
  const gauges = new Map<string, Map<string, number>>();
  for (const [name, help] of [
    ["workqueue_depth", "Current depth of workqueue"],
    [
      "workqueue_unfinished_work_seconds",
      "How many seconds of work has been done that is in progress and hasn't been observed by work_duration.",
    ],
    [
      "workqueue_longest_running_processor_seconds",
      "How many seconds has the longest running processor for workqueue been running.",
    ],
  ] as const) {
    const values = new Map<string, number>();
    gauges.set(name, values);
    families.gauge(name, help, labels, () => [...values].map(([queue, value]) => [[queue], value] as const));
  }
  return {
    count: (name, { name: queue }) => own(counters, name)?.add([queue]),
    observe: (name, { name: queue }, seconds) => own(histograms, name)?.observe([queue], seconds),
    gauge: (name, { name: queue }: QueueLabels, value) => void gauges.get(name)?.set(queue, value),
    onCollect: (refresh) => void refreshers.push(refresh),
    render: () => {
      for (const refresh of refreshers) refresh();
      return families.render();
    },
  };
};

const own = <T>(all: { readonly [name: string]: T }, name: string): T | undefined => all[name];

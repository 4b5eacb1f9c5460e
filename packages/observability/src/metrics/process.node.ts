import { readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Metrics } from "@slipway/runtime";

const none = {};

/**
 * What this process uses, read when somebody looks: the `process_*` names that every Prometheus client has, and Node's own in place
 * of the Go runtime's. Returns how to end it.
 */
export const watchProcess = (metrics: Metrics): (() => void) => {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const startedSeconds = Math.round(performance.timeOrigin) / 1000;
  const counted = { cpuSeconds: 0 };
  metrics.onCollect(() => {
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    metrics.count("process_cpu_seconds_total", none, Math.max(0, cpuSeconds - counted.cpuSeconds));
    counted.cpuSeconds = cpuSeconds;
    const { rss, heapUsed, heapTotal } = process.memoryUsage();
    metrics.gauge("process_resident_memory_bytes", none, rss);
    metrics.gauge("nodejs_heap_size_used_bytes", none, heapUsed);
    metrics.gauge("nodejs_heap_size_total_bytes", none, heapTotal);
    metrics.gauge("process_start_time_seconds", none, startedSeconds);
    const files = openFiles();
    if (files !== undefined) {
      metrics.gauge("process_open_fds", none, files.open);
      metrics.gauge("process_max_fds", none, files.most);
    }
    // The monitor's own 20 ms are no lag; a first look may come before anything was measured.
    const lag = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - 0.02) : 0);
    metrics.gauge("nodejs_eventloop_lag_seconds", none, lag(delay.mean));
    metrics.gauge("nodejs_eventloop_lag_max_seconds", none, lag(delay.max));
    delay.reset();
  });
  return () => void delay.disable();
};

/** Linux tells; elsewhere nobody asks. */
const openFiles = (): { readonly open: number; readonly most: number } | undefined => {
  try {
    const most = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return { open: readdirSync("/proc/self/fd").length, most: most === undefined ? Number.POSITIVE_INFINITY : Number(most) };
  } catch {
    return undefined;
  }
};

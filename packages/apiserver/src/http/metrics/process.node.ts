import { readdirSync } from "node:fs";

/** What Prometheus' own libraries say of a process, under their names, in the text format. */
export const processMetrics = (): string => {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const files = openFiles();
  return [
    counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", (user + system) / 1e6),
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", rss),
    gauge(
      "process_start_time_seconds",
      "Start time of the process since unix epoch in seconds.",
      Math.round((Date.now() - process.uptime() * 1000) / 10) / 100,
    ),
    ...(files === undefined ? [] : [gauge("process_open_fds", "Number of open file descriptors.", files)]),
    gauge("nodejs_heap_size_used_bytes", "Process heap size used from Node.js in bytes.", heapUsed),
    gauge("nodejs_heap_size_total_bytes", "Process heap size from Node.js in bytes.", heapTotal),
    gauge("nodejs_external_memory_bytes", "Node.js external memory size in bytes.", external),
  ].join("");
};

const openFiles = (): number | undefined => {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined; // not Linux
  }
};

const family = (type: string) => (name: string, help: string, value: number) =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`;
const counter = family("counter");
const gauge = family("gauge");

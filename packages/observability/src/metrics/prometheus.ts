import type { Metrics } from "@slipway/runtime";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Format } from "../state/exposition.ts";
import { ownBuckets, ownHelp } from "./families.ts";

/** What the runtime counts, as Prometheus reads it. */
export interface PrometheusMetrics extends Metrics {
  /** Without the end mark of OpenMetrics: more may follow. */
  render(format?: Format): Promise<string>;
}

type Family = Counter | Gauge | Histogram;

/** Seconds; controller-runtime's own bounds, thinned. */
const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A registry of its own: nothing global. A family is made when its first series appears, with that series' label names. */
export const createPrometheusMetrics = (help: { readonly [name: string]: string } = ownHelp): PrometheusMetrics => {
  const registry = new Registry();
  const families = new Map<string, Family>();
  const refreshers: (() => void)[] = [];
  const family = <F extends Family>(name: string, labels: { readonly [name: string]: string }, make: (about: About) => F): F => {
    const found = families.get(name);
    if (found !== undefined) return found as F;
    const made = make({
      name,
      help: help[name] ?? name.replaceAll("_", " "),
      labelNames: Object.keys(labels),
      registers: [registry],
    });
    families.set(name, made);
    return made;
  };
  return {
    count: (name, labels, by = 1) => family(name, labels, (about) => new Counter(about)).inc({ ...labels }, by),
    gauge: (name, labels, value) => family(name, labels, (about) => new Gauge(about)).set({ ...labels }, value),
    observe: (name, labels, value) =>
      family(name, labels, (about) => new Histogram({ ...about, buckets: [...(ownBuckets.get(name) ?? seconds)] })).observe(
        { ...labels },
        value,
      ),
    remove: (name, labels) => void families.get(name)?.remove({ ...labels }),
    onCollect: (refresh) => void refreshers.push(refresh),
    render: async (format = "text") => {
      for (const refresh of refreshers) refresh();
      const text = await registry.metrics();
      return format === "text" ? text : asOpenMetrics(text);
    },
  };
};

/** The same with what others count, who write the older text only. */
export const joinedMetrics = (
  metrics: Pick<PrometheusMetrics, "render">,
  others: () => string,
): Pick<PrometheusMetrics, "render"> => ({
  render: async (format = "text") => {
    const text = `${await metrics.render()}${others()}`;
    return format === "text" ? text : asOpenMetrics(text);
  },
});

interface About {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}

/**
 * The older text as OpenMetrics: a counter's family is named without `_total` and its samples with it, and no line is empty.
 * (The library's own OpenMetrics renames the counters for good and cannot be asked for one answer only.)
 */
export const asOpenMetrics = (text: string): string => {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) counter$/gm)].map((match) => match[1] ?? ""));
  const family = (name: string) => (counters.has(name) ? name.replace(/_total$/, "") : name);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const head = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
      if (head !== null) return `# ${head[1]} ${family(head[2] ?? "")} ${head[3]}\n`;
      const name = /^[^{ ]+/.exec(line)?.[0] ?? "";
      return counters.has(name) ? `${family(name)}_total${line.slice(name.length)}\n` : `${line}\n`;
    })
    .join("");
};

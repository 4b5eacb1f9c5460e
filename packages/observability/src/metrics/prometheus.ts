import type { Metrics } from "@slipway/runtime";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What the runtime counts, as Prometheus reads it. */
export interface PrometheusMetrics extends Metrics {
  /** Text exposition format 0.0.4. */
  render(): Promise<string>;
  readonly contentType: string;
}

type Family = Counter | Gauge | Histogram;

/** Seconds; controller-runtime's own bounds, thinned. */
const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A registry of its own: nothing global. A family is made when its first series appears, with that series' label names. */
export const createPrometheusMetrics = (help: { readonly [name: string]: string } = {}): PrometheusMetrics => {
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
      family(name, labels, (about) => new Histogram({ ...about, buckets: seconds })).observe({ ...labels }, value),
    remove: (name, labels) => void families.get(name)?.remove({ ...labels }),
    onCollect: (refresh) => void refreshers.push(refresh),
    render: () => {
      for (const refresh of refreshers) refresh();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
};

interface About {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}

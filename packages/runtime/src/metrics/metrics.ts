/** Numbers for an operator, in Prometheus' model. Whoever counts is handed one; `apps/` serves `render()`. */
export interface Metrics {
  count(name: string, labels: Labels, by?: number): void;
  gauge(name: string, labels: Labels, value: number): void;
  /** Into a histogram; seconds unless the name says otherwise. */
  observe(name: string, labels: Labels, value: number): void;
  /** Forgets a series: the object it spoke of is gone. */
  remove(name: string, labels: Labels): void;
  /** Called before each `render`, for values that are cheaper to compute when asked. */
  onCollect(refresh: () => void): void;
}
export interface Labels {
  readonly [label: string]: string;
}
export interface MetricsRegistry extends Metrics {
  describe(name: string, help: string, buckets?: readonly number[]): void;
  /** Prometheus text exposition format 0.0.4. */
  render(): string;
  value(name: string, labels: Labels): number | undefined;
}

export const noMetrics: Metrics = { count: () => {}, gauge: () => {}, observe: () => {}, remove: () => {}, onCollect: () => {} };

const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}
interface Family {
  readonly type: "counter" | "gauge" | "histogram";
  readonly values: Map<string, number>;
  readonly histograms: Map<string, Histogram>;
}

export const createMetrics = (): MetricsRegistry => {
  const families = new Map<string, Family>();
  const help = new Map<string, string>();
  const buckets = new Map<string, readonly number[]>();
  const refreshers: (() => void)[] = [];
  const family = (name: string, type: Family["type"]): Family => {
    const found = families.get(name);
    if (found) return found;
    const made: Family = { type, values: new Map(), histograms: new Map() };
    families.set(name, made);
    return made;
  };
  return {
    describe: (name, text, bounds) => {
      help.set(name, text);
      if (bounds) buckets.set(name, bounds);
    },
    count: (name, labels, by = 1) => {
      const { values } = family(name, "counter");
      const key = seriesKey(labels);
      values.set(key, (values.get(key) ?? 0) + by);
    },
    gauge: (name, labels, value) => void family(name, "gauge").values.set(seriesKey(labels), value),
    observe: (name, labels, value) => {
      const { histograms } = family(name, "histogram");
      const key = seriesKey(labels);
      const bounds = buckets.get(name) ?? defaultBuckets;
      const histogram = histograms.get(key) ?? { counts: bounds.map(() => 0), sum: 0, count: 0 };
      histograms.set(key, histogram);
      const bucket = bounds.findIndex((bound) => value <= bound);
      if (bucket >= 0) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
      histogram.sum += value;
      histogram.count += 1;
    },
    remove: (name, labels) => {
      families.get(name)?.values.delete(seriesKey(labels));
      families.get(name)?.histograms.delete(seriesKey(labels));
    },
    onCollect: (refresh) => void refreshers.push(refresh),
    value: (name, labels) => families.get(name)?.values.get(seriesKey(labels)),
    render: () => {
      for (const refresh of refreshers) refresh();
      return [...families].map(([name, found]) => renderFamily(name, found, help.get(name), buckets.get(name))).join("");
    },
  };
};

const seriesKey = (labels: Labels): string => {
  const names = Object.keys(labels);
  if (names.length === 0) return "";
  return `{${names.map((name) => `${name}="${escapeLabel(labels[name] ?? "")}"`).join(",")}}`;
};
const escapeLabel = (value: string): string =>
  /[\\"\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value;

const withBound = (key: string, bound: string): string => (key === "" ? `{le="${bound}"}` : `${key.slice(0, -1)},le="${bound}"}`);

const renderFamily = (
  name: string,
  family: Family,
  help: string | undefined,
  bounds = defaultBuckets as readonly number[],
): string => {
  const lines: string[] = [];
  if (help !== undefined) lines.push(`# HELP ${name} ${help}`);
  lines.push(`# TYPE ${name} ${family.type}`);
  for (const [key, value] of family.values) lines.push(`${name}${key} ${value}`);
  for (const [key, { counts, sum, count }] of family.histograms) {
    let seen = 0;
    for (const [at, bound] of bounds.entries()) {
      seen += counts[at] ?? 0;
      lines.push(`${name}_bucket${withBound(key, `${bound}`)} ${seen}`);
    }
    lines.push(`${name}_bucket${withBound(key, "+Inf")} ${count}`, `${name}_sum${key} ${sum}`, `${name}_count${key} ${count}`);
  }
  return `${lines.join("\n")}\n`;
};

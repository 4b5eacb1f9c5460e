/** Counters and histograms as Prometheus reads them. Labels are a tuple of values in the order of the family's names. */
export interface Counter {
  add(labels: readonly string[], amount?: number): void;
  /** The same series again and again, without looking for it. */
  series(labels: readonly string[]): (amount: number) => void;
}
export interface Histogram {
  observe(labels: readonly string[], value: number): void;
  series(labels: readonly string[]): (value: number) => void;
}

export interface Families {
  counter(name: string, help: string, labels: readonly string[]): Counter;
  /** A value that is read when somebody looks. */
  gauge(name: string, help: string, labels: readonly string[], read: () => Iterable<readonly [readonly string[], number]>): void;
  /** `buckets` in ascending order, without +Inf. */
  histogram(name: string, help: string, labels: readonly string[], buckets: readonly number[]): Histogram;
  /** Text format 0.0.4. */
  render(): string;
}

/** No family grows beyond it: further label values are counted together as "other". */
const mostSeries = 5000;

export const createFamilies = (): Families => {
  const parts: (() => string)[] = [];

  const series = <T>(labels: readonly string[], make: () => T) => {
    const known = new Map<string, { readonly labels: readonly string[]; readonly value: T }>();
    const find = (values: readonly string[]): T => {
      const key = values.join("\u0000");
      const found = known.get(key);
      if (found !== undefined) return found.value;
      const kept = known.size >= mostSeries ? labels.map(() => "other") : values;
      const keptKey = kept === values ? key : kept.join("\u0000");
      const other = known.get(keptKey);
      if (other !== undefined) return other.value;
      const value = make();
      known.set(keptKey, { labels: kept, value });
      return value;
    };
    return { find, all: () => known.values() };
  };

  return {
    counter: (name, help, labels) => {
      const { find, all } = series(labels, () => ({ count: 0 }));
      parts.push(() => {
        const lines = [...all()].map((each) => line(name, labels, each.labels, each.value.count));
        return block(name, help, "counter", lines);
      });
      return {
        add: (values, amount = 1) => {
          find(values).count += amount;
        },
        series: (values) => {
          const found = find(values);
          return (amount) => {
            found.count += amount;
          };
        },
      };
    },
    gauge: (name, help, labels, read) => {
      parts.push(() => {
        const lines = [...read()].map(([values, value]) => line(name, labels, values, value));
        return block(name, help, "gauge", lines);
      });
    },
    histogram: (name, help, labels, buckets) => {
      const { find, all } = series(labels, () => ({ counts: new Array<number>(buckets.length).fill(0), sum: 0, count: 0 }));
      parts.push(() => {
        const lines: string[] = [];
        for (const { labels: values, value } of all()) {
          let below = 0;
          for (const [at, bound] of buckets.entries()) {
            below += value.counts[at] ?? 0;
            lines.push(line(`${name}_bucket`, [...labels, "le"], [...values, String(bound)], below));
          }
          lines.push(line(`${name}_bucket`, [...labels, "le"], [...values, "+Inf"], value.count));
          lines.push(line(`${name}_sum`, labels, values, value.sum), line(`${name}_count`, labels, values, value.count));
        }
        return block(name, help, "histogram", lines);
      });
      const count = (found: { counts: number[]; sum: number; count: number }, amount: number): void => {
        found.sum += amount;
        found.count += 1;
        for (let at = 0; at < buckets.length; at += 1) {
          if (amount > (buckets[at] ?? 0)) continue;
          found.counts[at] = (found.counts[at] ?? 0) + 1;
          return;
        }
      };
      return {
        observe: (values, amount) => count(find(values), amount),
        series: (values) => {
          const found = find(values);
          return (amount) => count(found, amount);
        },
      };
    },
    render: () => parts.map((part) => part()).join(""),
  };
};

const block = (name: string, help: string, type: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;

const line = (name: string, labels: readonly string[], values: readonly string[], value: number): string =>
  labels.length === 0
    ? `${name} ${value}`
    : `${name}{${labels.map((label, at) => `${label}="${escaped(values[at] ?? "")}"`).join(",")}} ${value}`;

const escaped = (text: string): string => text.replace(/[\\"\n]/g, (sign) => (sign === "\n" ? "\\n" : `\\${sign}`));

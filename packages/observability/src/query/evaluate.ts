import type { Query, Sign, Where } from "./query.ts";

export interface Labels {
  readonly [label: string]: string;
}
/** One series at one moment. A label that is not there is as good as an empty one. */
export interface Point {
  readonly labels: Labels;
  readonly value: number;
}
/** A family's series now; those that `where` leaves out need not be among them, nor, when only positive ones are asked for, others. */
export type ReadFamily = (family: string, where: Where, onlyPositive: boolean) => Promise<readonly Point[]>;

export interface EvaluateOptions {
  readonly read: ReadFamily;
  readonly nowSeconds: number;
  /** Only what is more than 0 is asked for: thousands of healthy objects need not be joined. */
  readonly onlyPositive?: boolean;
}

/** Answers a question as Prometheus does. Reads the right side of a join only when the left one has anything. */
export const evaluate = async (query: Query, options: EvaluateOptions): Promise<readonly Point[]> => {
  const { read, nowSeconds, onlyPositive = false } = options;
  const ask = (inner: Query, positive = false) => evaluate(inner, { read, nowSeconds, onlyPositive: positive && onlyPositive });
  switch (query.op) {
    case "series": {
      const all = (await read(query.family, query.where, onlyPositive)).filter(({ labels }) => matches(labels, query.where));
      return onlyPositive ? all.filter(({ value }) => value > 0) : all;
    }
    case "max":
      return maximum(query.by, await ask(query.of, true));
    case "is":
      // What is compared with a number that is not negative needs no series that are not positive, unless it is to be less, or 0.
      return (
        await evaluate(query.left, {
          read,
          nowSeconds,
          onlyPositive: onlyPositive || (query.value >= (query.sign === ">" ? 0 : 1) && query.sign !== "<"),
        })
      ).filter(({ value }) => compare[query.sign](value, query.value));
    case "rename":
      return (await ask(query.of, true)).map(({ labels, value }) => {
        const found = labels[query.from];
        return { labels: found === undefined || found === "" ? labels : { ...labels, [query.to]: found }, value };
      });
    case "within":
      return (await ask(query.of)).map(({ labels, value }) => ({ labels, value: query.seconds - (value - nowSeconds) }));
    case "or": {
      const mine = await ask(query.left);
      const known = new Set(mine.map(({ labels }) => keyOf(labels, Object.keys(labels))));
      return [...mine, ...(await ask(query.right)).filter(({ labels }) => !known.has(keyOf(labels, Object.keys(labels))))];
    }
  }
  // A difference may be positive where neither side is; what is taken from the right is 1.
  const left = await ask(query.left, query.op !== "minus");
  if (left.length === 0) return [];
  const right = await ask(query.right);
  if (query.op === "minus") {
    const others = new Map(right.map(({ labels, value }) => [keyOf(labels, Object.keys(labels)), value]));
    return left.flatMap(({ labels, value }) => {
      const other = others.get(keyOf(labels, Object.keys(labels)));
      return other === undefined ? [] : [{ labels, value: value - other }];
    });
  }
  const partners = new Map(right.map((point) => [keyOf(point.labels, query.on), point]));
  const partner = ({ labels }: Point) => partners.get(keyOf(labels, query.on));
  if (query.op === "unless") return left.filter((point) => partner(point) === undefined);
  if (query.op === "and") return left.filter((point) => partner(point) !== undefined);
  return left.flatMap((point) => {
    const other = partner(point);
    if (other === undefined) return [];
    const taken = Object.fromEntries(query.labels.map((label) => [label, other.labels[label] ?? ""] as const));
    return [{ labels: filled({ ...point.labels, ...taken }), value: point.value * other.value }];
  });
};

const compare: { readonly [sign in Sign]: (a: number, b: number) => boolean } = {
  "==": (a, b) => a === b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
};

const matches = (labels: Labels, where: Where): boolean =>
  Object.entries(where).every(([label, wanted]) =>
    typeof wanted === "string" ? (labels[label] ?? "") === wanted : wanted.includes(labels[label] ?? ""),
  );

const maximum = (by: readonly string[], points: readonly Point[]): readonly Point[] => {
  const groups = new Map<string, Point>();
  for (const { labels, value } of points) {
    const key = keyOf(labels, by);
    const known = groups.get(key);
    // Not a number loses against any number, as in Prometheus.
    if (known === undefined || value > known.value || Number.isNaN(known.value)) {
      groups.set(key, { labels: filled(Object.fromEntries(by.map((label) => [label, labels[label] ?? ""]))), value });
    }
  }
  return [...groups.values()];
};

const filled = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));

/** Which labels, and what they are, whatever their order. */
export const keyOf = (labels: Labels, names: readonly string[]): string =>
  JSON.stringify(
    names
      .toSorted()
      .map((name) => [name, labels[name] ?? ""])
      .filter(([, value]) => value !== ""),
  );

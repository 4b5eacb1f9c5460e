import { expect, test } from "vitest";
import { evaluate, type Point } from "./evaluate.ts";
import { promql } from "./promql.ts";
import { both, either, is, maxBy, minus, type Query, rename, series, take, unless, within } from "./query.ts";

const world: { readonly [family: string]: readonly Point[] } = {
  phase: [
    { labels: { ns: "a", name: "one", uid: "1", phase: "Failed" }, value: 1 },
    { labels: { ns: "a", name: "one", uid: "1", phase: "Running" }, value: 0 },
    { labels: { ns: "b", name: "two", uid: "2", phase: "Failed" }, value: 0 },
    { labels: { ns: "b", name: "two", uid: "2", phase: "Running" }, value: 1 },
  ],
  info: [
    { labels: { ns: "a", name: "one", role: "cp" }, value: 1 },
    { labels: { ns: "b", name: "two" }, value: 1 },
  ],
  wanted: [
    { labels: { ns: "a", cluster: "one", name: "md" }, value: 3 },
    { labels: { ns: "b", cluster: "two", name: "md" }, value: 2 },
    { labels: { ns: "c", cluster: "three", name: "new" }, value: 2 },
  ],
  ready: [
    { labels: { ns: "a", cluster: "one", name: "md" }, value: 1 },
    { labels: { ns: "b", cluster: "two", name: "md" }, value: 2 },
  ],
  expiry: [{ labels: { name: "m" }, value: 1500 }],
  lagging: [
    { labels: { name: "m" }, value: Number.NaN },
    { labels: { name: "m", uid: "2" }, value: 2 },
  ],
};
const answer = (query: Query, onlyPositive = false) =>
  evaluate(query, { read: async (family) => world[family] ?? [], nowSeconds: 1000, onlyPositive });

const failed = series("phase", { phase: "Failed" });
const missing = minus(series("wanted"), series("ready"));

test.each<readonly [string, Query, string, readonly Point[]]>([
  ["one label", failed, 'phase{phase="Failed"}', [world["phase"]?.[0] as Point, world["phase"]?.[2] as Point]],
  [
    "one of two values, the most of a group",
    maxBy(["ns", "name"], series("phase", { phase: ["Failed", "Running"] })),
    'max by (ns, name) (phase{phase=~"Failed|Running"})',
    [
      { labels: { ns: "a", name: "one" }, value: 1 },
      { labels: { ns: "b", name: "two" }, value: 1 },
    ],
  ],
  [
    "a number loses against none",
    maxBy(["name"], series("lagging")),
    "max by (name) (lagging)",
    [{ labels: { name: "m" }, value: 2 }],
  ],
  [
    "what has no partner has no difference",
    missing,
    "(\n  wanted\n  - ready\n)",
    [
      { labels: { ns: "a", cluster: "one", name: "md" }, value: 2 },
      { labels: { ns: "b", cluster: "two", name: "md" }, value: 0 },
    ],
  ],
  [
    "a label taken from elsewhere, or none where there is none",
    take(["role"], ["ns", "name"], failed, series("info")),
    'phase{phase="Failed"}\n* on (ns, name) group_left (role)\ninfo',
    [
      { labels: { ns: "a", name: "one", uid: "1", phase: "Failed", role: "cp" }, value: 1 },
      { labels: { ns: "b", name: "two", uid: "2", phase: "Failed" }, value: 0 },
    ],
  ],
  [
    "without those of some clusters",
    unless(["ns", "cluster"], missing, rename("name", "cluster", is(failed, "==", 1))),
    '(\n  wanted\n  - ready\n)\nunless on (ns, cluster)\n  label_replace(phase{phase="Failed"} == 1, "cluster", "$1", "name", "(.+)")',
    [{ labels: { ns: "b", cluster: "two", name: "md" }, value: 0 }],
  ],
  [
    "only those of some clusters",
    both(["ns"], missing, either(is(failed, "==", 1), series("nothing"))),
    '(\n  wanted\n  - ready\n)\nand on (ns)\n  (\n    phase{phase="Failed"} == 1\n    or\n    nothing\n  )',
    [{ labels: { ns: "a", cluster: "one", name: "md" }, value: 2 }],
  ],
  ["one or the other, not both", either(series("info"), series("info")), "info\nor\ninfo", world["info"] ?? []],
  [
    "near enough in time",
    within(600, is(series("expiry"), ">", 0)),
    "600 - ((expiry > 0) - time())",
    [{ labels: { name: "m" }, value: 100 }],
  ],
])("%s: written for Prometheus and answered here", async (_, query, text, points) => {
  expect(promql(query)).toBe(text);
  const found = await answer(query);
  expect(found).toEqual(points);
  expect(await answer(query, true)).toEqual(expect.arrayContaining(points.filter(({ value }) => value > 0)));
});

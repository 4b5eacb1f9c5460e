import { describe, expect, test } from "vitest";
import { required, s } from "../kind/fields.ts";
import { always, asGiven, spelled } from "../kind/writing.ts";
import { formatDuration } from "../meta/duration.ts";
import { canonicalQuantity } from "../meta/quantity.ts";
import { canonicalTime } from "../meta/time.ts";
import { compileRewriting } from "./rewrite.ts";

const rewrite = compileRewriting(
  s.object({
    text: s.string(),
    pointer: asGiven(s.string()),
    name: required(s.string()),
    block: always(s.object({ inner: s.int32(), deep: always(s.object({ on: s.boolean() })) })),
    optional: s.object({ on: s.boolean() }),
    list: s.list(s.object({ key: required(s.string()), flag: s.boolean() })),
    kept: asGiven(s.list(s.string())),
    must: required(s.list(s.string())),
    map: s.map(s.boolean()),
    open: s.json(),
    wait: s.duration(),
    patience: always(s.duration()),
    at: s.time(),
    size: always(spelled(s.intOrString(), canonicalQuantity, (text) => `${text} is none`)),
  }),
  "spec",
);
const least = { name: "", block: { deep: {} }, must: null, patience: "0s", size: "0" };

describe("an object is written as types would write it", () => {
  test.each<[string, object, object]>([
    ["nothing is what must be there", {}, least],
    ["zeros say nothing", { text: "", list: [], map: {}, wait: null, optional: null, block: { inner: 0 } }, least],
    ["unless they are pointers", { pointer: "", kept: [], optional: {} }, { ...least, pointer: "", kept: [], optional: {} }],
    [
      "a list keeps its items, whatever is in them",
      { list: [{ flag: false }, null] },
      { ...least, list: [{ key: "" }, { key: "" }] },
    ],
    ["a map keeps its keys", { map: { a: false, b: null } }, { ...least, map: { a: false, b: false } }],
    ["what is open stays as it is", { open: { a: [], b: null } }, { ...least, open: { a: [], b: null } }],
    [
      "one spelling",
      { wait: "90s", at: "2026-01-01T02:00:00.5+02:00", size: "2048Mi" },
      { ...least, wait: "1m30s", at: "2026-01-01T00:00:00Z", size: "2Gi" },
    ],
    ["the schema judges what is of another type", { text: 1, list: "x", block: [] }, { ...least, text: 1, list: "x", block: [] }],
  ])("%s", (_what, given, written) => {
    expect(rewrite(given)).toEqual(written);
  });

  test("what is written so already is the very same", () => {
    const object = rewrite({ list: [{ key: "a", flag: true }], map: { a: true } });
    expect(rewrite(object)).toBe(object);
  });

  test("a text that cannot be read says which", () => {
    expect(() => rewrite({ wait: "soon" })).toThrow('spec.wait: time: invalid duration "soon"');
  });
});

test.each([
  [0, "0s"],
  [1e-6, "1ns"],
  [0.0015, "1.5µs"],
  [1.5, "1.5ms"],
  [1000, "1s"],
  [90_000, "1m30s"],
  [3_600_000, "1h0m0s"],
  [-1500, "-1.5s"],
])("%d milliseconds are %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  ["1", "1"],
  ["1000m", "1"],
  ["0.5", "500m"],
  ["1500M", "1500M"],
  ["1024Ki", "1Mi"],
  ["512Mi", "512Mi"],
  ["1Ki", "1Ki"],
  ["0Gi", "0"],
  ["1e3", "1e3"],
  ["12e6", "12e6"],
  ["x", undefined],
])("the quantity %s is written %s", (text, written) => {
  expect(canonicalQuantity(text)).toBe(written);
});

test("what is no time stays as it is", () => {
  expect(canonicalTime("yesterday")).toBe("yesterday");
});

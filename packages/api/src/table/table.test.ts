import { describe, expect, test } from "vitest";
import { age, humanDuration } from "./duration.ts";
import { parseJsonPath } from "./jsonpath.ts";
import { declaredTable } from "./table.ts";

describe("durations", () => {
  test.each([
    [-5, "<invalid>"],
    [-1, "0s"],
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [185, "3m5s"],
    [600, "10m"],
    [10_799, "179m"],
    [10_800, "3h"],
    [12_000, "3h20m"],
    [8 * 3600, "8h"],
    [47 * 3600, "47h"],
    [48 * 3600, "2d"],
    [53 * 3600, "2d5h"],
    [8 * 86_400, "8d"],
    [729 * 86_400, "729d"],
    [730 * 86_400, "2y"],
    [800 * 86_400, "2y70d"],
    [3000 * 86_400, "8y"],
  ])("%d seconds are %s [API-079]", (seconds, text) => {
    expect(humanDuration(seconds)).toBe(text);
  });

  test("an age of nothing is unknown [API-079] [API-285]", () => {
    expect(age(undefined, 0)).toBe("<unknown>");
    expect(age("soon", 0)).toBe("<invalid>");
    expect(age("1970-01-01T00:00:00Z", 90_000)).toBe("90s");
  });
});

describe("JSONPath of printer columns", () => {
  const object = {
    metadata: { labels: { "cluster.x-k8s.io/cluster-name": "c", plain: "p" } },
    spec: { list: [1, 2, 3], replicas: 0 },
    status: {
      conditions: [
        { type: "Ready", status: "True", n: 2 },
        { type: "Paused", status: "False", n: 5 },
      ],
    },
  };
  test.each([
    [".spec.replicas", [0]],
    ["{.spec.replicas}", [0]],
    [".metadata.labels['cluster\\.x-k8s\\.io/cluster-name']", ["c"]],
    ['.metadata.labels["plain"]', ["p"]],
    [".metadata.labels.cluster\\.x-k8s\\.io/cluster-name", ["c"]],
    ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
    [".status.conditions[?(@.type=='Paused')].status", ["False"]],
    [".status.conditions[?(@.n>3)].type", ["Paused"]],
    [".status.conditions[?(@.n!=5)].type", ["Ready"]],
    [".spec.list[*]", [1, 2, 3]],
    [".spec.list[-1]", [3]],
    [".spec.list[0:2]", [1, 2]],
    [".spec.nothing.there", []],
    ["..status", [object.status, "True", "False"]],
  ])("%s [API-286]", (path, found) => {
    expect(parseJsonPath(path)(object)).toEqual(found);
  });

  test("a path that is none is refused when it is parsed", () => {
    expect(() => parseJsonPath(".a[")).toThrow(/not closed/);
    expect(() => parseJsonPath(".a[what]")).toThrow(/cannot read/);
  });
});

test("cells of declared columns keep their type; what is missing or of another type is blank [API-284] [API-285]", () => {
  const { columns, cells } = declaredTable([
    { name: "Replicas", type: "integer", jsonPath: ".spec.replicas" },
    { name: "Wrong", type: "integer", jsonPath: ".spec.name" },
    { name: "Paused", type: "boolean", jsonPath: ".spec.paused" },
    { name: "List", type: "string", jsonPath: ".spec.list" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", priority: 1 },
  ]);
  expect(columns.map(({ name, priority }) => [name, priority])).toEqual([
    ["Name", 0],
    ["Replicas", 0],
    ["Wrong", 0],
    ["Paused", 0],
    ["List", 0],
    ["Age", 1],
  ]);
  const object = {
    apiVersion: "v1",
    kind: "X",
    metadata: { name: "x", creationTimestamp: "1970-01-01T00:00:00Z" },
    spec: { replicas: 3, name: "x", list: ["a"] },
  };
  expect(cells(object, 30_000)).toEqual(["x", 3, null, null, '["a"]', "30s"]);
  expect(declaredTable([]).columns.map(({ name }) => name)).toEqual(["Name", "Age"]);
});

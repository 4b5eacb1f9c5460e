import { expect, test } from "vitest";
import type { ClusterSummary } from "../../contract/index.ts";
import { listView, sortedBy, visibleRows } from "./rows.ts";

const cluster = (name: string, more: Partial<ClusterSummary> = {}): ClusterSummary => ({
  id: `id-${name}`,
  name,
  phase: "ACTIVE",
  status: "CREATE_COMPLETE",
  statusReason: null,
  waitingFor: null,
  health: "HEALTHY",
  version: "v1.32.5",
  templateId: "t",
  controlPlane: { desired: 1, ready: 1 },
  workers: { desired: 2, ready: 2 },
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: null,
  stuckSince: null,
  paused: false,
  blocked: {},
  revision: "1",
  ...more,
});
const names = (rows: readonly ClusterSummary[]) => rows.map(({ name }) => name);

test("names sort as people count [CON-021]", () => {
  const clusters = [cluster("web-10"), cluster("web-2"), cluster("API")];
  expect(names(visibleRows(clusters, {}))).toEqual(["API", "web-2", "web-10"]);
  expect(names(visibleRows(clusters, { sort: "name", down: true }))).toEqual(["web-10", "web-2", "API"]);
});

test("sorted by status, trouble comes first and equal ones stay in order of name [CON-021]", () => {
  const clusters = [cluster("b"), cluster("a"), cluster("c", { phase: "CREATING" }), cluster("d", { phase: "ERROR" })];
  expect(names(visibleRows(clusters, { sort: "phase" }))).toEqual(["d", "c", "a", "b"]);
});

test.each([
  ["health", { health: "UNHEALTHY" }],
  ["version", { version: "v1.9.0" }],
  ["controlPlane", { controlPlane: { desired: 0, ready: 0 } }],
  ["workers", { workers: { desired: 1, ready: 0 } }],
  ["createdAt", { createdAt: "2026-02-01T00:00:00Z" }],
] as const)("every column sorts: %s [CON-021]", (sort, more) => {
  expect(names(visibleRows([cluster("a"), cluster("z", more)], { sort }))).toEqual(["z", "a"]);
});

test.each([
  ["blu", ["blue"]],
  ["ID-RED", ["red"]],
  ["creating", ["red"]],
  ["unhealthy v1.33", ["red"]],
  ["nodes=3", ["blue"]],
  ["create_complete", ["blue"]],
  ["nothing", []],
  ["  ", ["blue", "red"]],
])("the search %o finds by name, id, status, health, version and count [CON-021]", (search, expected) => {
  const clusters = [
    cluster("blue"),
    cluster("red", {
      phase: "CREATING",
      status: "CREATE_IN_PROGRESS",
      health: "UNHEALTHY",
      version: "v1.33.1",
      workers: { desired: 5, ready: 0 },
    }),
  ];
  expect(names(visibleRows(clusters, { search }))).toEqual(expected);
});

test("a heading sorts up, then down [CON-021]", () => {
  const once = sortedBy({ search: "x" }, "version");
  expect(once).toEqual({ search: "x", sort: "version", down: false });
  expect(sortedBy(once, "version")).toMatchObject({ sort: "version", down: true });
  expect(sortedBy({}, "name")).toMatchObject({ sort: "name", down: true });
});

test("an address made up by somebody does no harm [CON-021]", () => {
  expect(listView({ search: 7, sort: "__proto__", down: "yes", x: 1 })).toEqual({});
  expect(listView({ search: "<script>", sort: "phase", down: true })).toEqual({ search: "<script>", sort: "phase", down: true });
});

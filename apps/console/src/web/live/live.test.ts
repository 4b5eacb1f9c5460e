import { expect, test } from "vitest";
import type { ClusterDetail, ClusterSummary, EventView } from "../../contract/index.ts";
import { type Connection, next, retrySeconds } from "./connection.ts";
import { gather, knownClusters, nothingGathered, withCluster, withEvents, withoutCluster, withSummary } from "./patches.ts";

const cluster = (id: string, phase: ClusterSummary["phase"] = "CREATING"): ClusterSummary => ({
  id,
  name: id,
  phase,
  status: "CREATE_IN_PROGRESS",
  statusReason: null,
  waitingFor: null,
  health: "UNKNOWN",
  version: null,
  templateId: "t",
  controlPlane: { desired: 1, ready: 0 },
  workers: { desired: 1, ready: 0 },
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: null,
  stuckSince: null,
  paused: false,
  blocked: {},
  revision: "1",
});

test("a snapshot replaces the list only when its last part is there [CON-042]", () => {
  const first = gather(nothingGathered, { clusters: [cluster("a")], part: 1, last: false });
  expect(first.whole).toBeUndefined();
  const second = gather(first.gathering, { clusters: [cluster("b")], part: 2, last: true });
  expect([...(second.whole?.clusters.keys() ?? [])]).toEqual(["a", "b"]);
});

test("a new cluster appears, a changed one changes in place, a deleted one goes [CON-005]", () => {
  const known = knownClusters([cluster("a"), cluster("b")]);
  const changed = withCluster(withCluster(known, cluster("a", "ACTIVE")), cluster("c"));
  expect([...(changed?.clusters.values() ?? [])].map(({ id, phase }) => `${id} ${phase}`)).toEqual([
    "a ACTIVE",
    "b CREATING",
    "c CREATING",
  ]);
  expect([...(withoutCluster(changed, "a")?.clusters.keys() ?? [])]).toEqual(["b", "c"]);
  expect(withoutCluster(known, "nobody")).toBe(known);
});

test("a detail page takes over what the list knows sooner [CON-042]", () => {
  const detail = { ...cluster("a"), keypair: "mine" } as unknown as ClusterDetail;
  expect(withSummary(detail, cluster("a", "ACTIVE"))).toMatchObject({ phase: "ACTIVE", keypair: "mine" });
  expect(withSummary(detail, cluster("b", "ACTIVE"))).toBe(detail);
});

test("events are newest first, a repeated one is told once with its new count [CON-044]", () => {
  const event = (id: string, lastAt: string, count = 1) => ({ id, lastAt, count }) as EventView;
  const known = [event("1", "2026-01-01T00:00:01Z")];
  const all = withEvents(known, [event("2", "2026-01-01T00:00:02Z"), event("1", "2026-01-01T00:00:03Z", 2)]);
  expect(all.map(({ id, count }) => [id, count])).toEqual([
    ["1", 2],
    ["2", 1],
  ]);
});

test("a page that lost its server says since when, however often it tries again [CON-042]", () => {
  let state: Connection = { kind: "live" };
  state = next(state, { is: "broken", at: "12:00", offline: false });
  state = next(next(state, { is: "opening" }), { is: "broken", at: "12:01", offline: true });
  expect(state).toEqual({ kind: "lost", since: "12:00", attempt: 2, offline: true });
  expect(next(state, { is: "opened" })).toEqual({ kind: "live" });
});

test("a page whose server has lost the cloud says so [CON-042]", () => {
  const stale = next({ kind: "live" }, { is: "upstream", state: "stale", since: "12:00" });
  expect(stale).toEqual({ kind: "stale", since: "12:00" });
  expect(next(stale, { is: "upstream", state: "live", since: "12:02" })).toEqual({ kind: "live" });
  expect(next(stale, { is: "closed" })).toEqual({ kind: "off" });
});

test("attempts come quickly at first and never rarer than every 20 seconds [CON-042]", () => {
  expect(retrySeconds(1, 0)).toBeLessThan(1);
  expect(retrySeconds(3, 0.5)).toBe(4);
  expect(retrySeconds(30, 1)).toBeLessThan(20);
});

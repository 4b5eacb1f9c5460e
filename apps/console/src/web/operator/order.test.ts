import { expect, test } from "vitest";
import type { AlertItem, FleetItem } from "../../contract/index.ts";
import { bySeverity, byUrgency, totalsOf } from "./order.ts";

const cluster = (name: string, more: Partial<FleetItem> = {}) =>
  ({
    name,
    phase: "ACTIVE",
    status: "CREATE_COMPLETE",
    health: "HEALTHY",
    stuckSince: null,
    createdAt: "2026-11-22T08:00:00Z",
    controlPlane: { desired: 1, ready: 1 },
    workers: { desired: 2, ready: 2 },
    ...more,
  }) as FleetItem;

test("what failed comes first, then what is stuck, unhealthy though it was made, under way, and the rest, the oldest first [CON-058]", () => {
  const clusters = [
    cluster("fine-young", { createdAt: "2026-11-22T09:00:00Z" }),
    cluster("fine-old"),
    cluster("born", { phase: "BOOTSTRAPPING", status: "CREATE_IN_PROGRESS", health: "UNHEALTHY" }),
    cluster("working", { status: "UPDATE_IN_PROGRESS" }),
    cluster("ill", { health: "UNHEALTHY" }),
    cluster("stuck", { status: "CREATE_IN_PROGRESS", stuckSince: "2026-11-22T08:40:00Z" }),
    cluster("failed", { phase: "ERROR" }),
  ];
  expect(byUrgency(clusters).map(({ name }) => name)).toEqual([
    "failed",
    "stuck",
    "ill",
    "born",
    "working",
    "fine-old",
    "fine-young",
  ]);
  expect(totalsOf(clusters)).toEqual({
    clusters: 7,
    machines: 21,
    failed: 1,
    stuck: 1,
    phases: ["ACTIVE", "BOOTSTRAPPING", "ERROR"],
  });
});

test("alerts that fire come before those that only threaten to, the worst first", () => {
  const alert = (uid: string, severity: AlertItem["severity"], state: AlertItem["state"], since = "2026-11-22T08:00:00Z") =>
    ({ uid, severity, state, since }) as AlertItem;
  const sorted = bySeverity([
    alert("pending", "critical", "pending"),
    alert("info", "info", "firing"),
    alert("late", "critical", "firing", "2026-11-22T09:00:00Z"),
    alert("early", "critical", "firing"),
  ]);
  expect(sorted.map(({ uid }) => uid)).toEqual(["early", "late", "info", "pending"]);
});

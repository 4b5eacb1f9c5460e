/** What an operator has to look at first comes first. Pure. */
import type { AlertItem, FleetItem } from "../../contract/index.ts";
import { isBeingMade } from "../clusters/phases.ts";

/** Failed, then stuck, then unhealthy, then under way, then the rest; the oldest first. */
const urgency = ({ phase, stuckSince, health, status }: FleetItem): number => {
  if (phase === "ERROR") return 0;
  if (stuckSince !== null) return 1;
  if (health === "UNHEALTHY" && !isBeingMade(phase)) return 2;
  return status.endsWith("_IN_PROGRESS") ? 3 : 4;
};

export const byUrgency = (clusters: readonly FleetItem[]): readonly FleetItem[] =>
  clusters.toSorted((a, b) => urgency(a) - urgency(b) || a.createdAt.localeCompare(b.createdAt));

const severities = ["critical", "warning", "info"];

/** What fires before what only threatens to, the worst first, then the oldest. */
export const bySeverity = (alerts: readonly AlertItem[]): readonly AlertItem[] =>
  alerts.toSorted(
    (a, b) =>
      Number(a.state === "pending") - Number(b.state === "pending") ||
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      a.since.localeCompare(b.since) ||
      a.uid.localeCompare(b.uid),
  );

export interface FleetTotals {
  readonly clusters: number;
  readonly machines: number;
  readonly failed: number;
  readonly stuck: number;
  readonly phases: readonly string[];
}

export const totalsOf = (clusters: readonly FleetItem[]): FleetTotals => ({
  clusters: clusters.length,
  machines: clusters.reduce((sum, { controlPlane, workers }) => sum + controlPlane.desired + workers.desired, 0),
  failed: clusters.filter(({ phase }) => phase === "ERROR").length,
  stuck: clusters.filter(({ stuckSince }) => stuckSince !== null).length,
  phases: [...new Set(clusters.map(({ phase }) => phase))].toSorted(),
});

/** Which clusters the list shows, and in which order. Pure, so that a thousand rows are a test away. */
import type { ClusterSummary, Phase } from "../../contract/index.ts";

export const sortColumns = ["name", "phase", "health", "version", "controlPlane", "workers", "createdAt"] as const;
export type SortColumn = (typeof sortColumns)[number];

/** What the address of the page carries: a list can be sent to a colleague. */
export interface ListView {
  readonly search?: string | undefined;
  readonly sort?: SortColumn | undefined;
  readonly down?: boolean | undefined;
}

/** Bad news first, then what is on its way, then what is well. */
const phaseOrder: readonly Phase[] = [
  "ERROR",
  "CREATING",
  "BOOTSTRAPPING",
  "READY_CONTROL_PLANE",
  "ADDING_WORKERS",
  "UPGRADING",
  "UPDATING",
  "DELETING",
  "ACTIVE",
];
const healthOrder = ["UNHEALTHY", "UNKNOWN", "HEALTHY"];

export const visibleRows = (clusters: Iterable<ClusterSummary>, view: ListView): readonly ClusterSummary[] => {
  const words = (view.search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = [...clusters].filter((cluster) => matches(cluster, words));
  const compare = comparing(view.sort ?? "name");
  return found.sort(
    (a, b) => (view.down ? -compare(a, b) : compare(a, b)) || compareText(a.name, b.name) || compareText(a.id, b.id),
  );
};

/** Every word must be found in the name, the id, the state, the health, the version or a node count. */
const matches = (cluster: ClusterSummary, words: readonly string[]): boolean => {
  if (words.length === 0) return true;
  const { name, id, phase, status, health, version, controlPlane, workers } = cluster;
  const text = [name, id, phase, status, health, version ?? "", `nodes=${controlPlane.desired + workers.desired}`]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
};

const comparing = (column: SortColumn): ((a: ClusterSummary, b: ClusterSummary) => number) => {
  switch (column) {
    case "name":
      return (a, b) => compareText(a.name, b.name);
    case "phase":
      return (a, b) => phaseOrder.indexOf(a.phase) - phaseOrder.indexOf(b.phase);
    case "health":
      return (a, b) => healthOrder.indexOf(a.health) - healthOrder.indexOf(b.health);
    case "version":
      return (a, b) => compareText(a.version ?? "", b.version ?? "");
    case "controlPlane":
      return (a, b) => a.controlPlane.desired - b.controlPlane.desired;
    case "workers":
      return (a, b) => a.workers.desired - b.workers.desired;
    case "createdAt":
      return (a, b) => compareText(b.createdAt, a.createdAt);
  }
};

/** `v1.9.0` before `v1.10.0`, `web-2` before `web-10`. One collator: making one for each comparison is slow. */
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const compareText = (a: string, b: string): number => collator.compare(a, b);

/** A click on a heading: up, then down, then up again. */
export const sortedBy = (view: ListView, column: SortColumn): ListView =>
  (view.sort ?? "name") === column ? { ...view, sort: column, down: !view.down } : { ...view, sort: column, down: false };

/** What an address says, whatever somebody wrote into it. */
export const listView = (search: { readonly [name: string]: unknown }): ListView => ({
  ...(typeof search["search"] === "string" && search["search"] !== "" ? { search: search["search"] } : {}),
  ...(sortColumns.some((column) => column === search["sort"]) ? { sort: search["sort"] as SortColumn } : {}),
  ...(search["down"] === true ? { down: true } : {}),
});

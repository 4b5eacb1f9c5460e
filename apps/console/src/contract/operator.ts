import type { ClusterSummary } from "./clusters.ts";
import type { ObjectRef } from "./progress.ts";

/** All under `/api/operator` need the role admin; for others they are 404, as if they were not there. */
export interface FleetCluster extends ClusterSummary {
  readonly projectId: string;
  readonly projectName: string | null;
  readonly userId: string;
  /** The Cluster API object's name in `magnum-system`. */
  readonly capiName: string;
  readonly paused: boolean;
  /** Titles of the alerts that fire. */
  readonly alerts: readonly string[];
  /** Filled in, to copy: `kubectl get …`, `clusterctl describe …`. */
  readonly commands: readonly string[];
}

export interface Fleet {
  /** Failed first, then stuck, then in progress, then the rest. */
  readonly clusters: readonly FleetCluster[];
  readonly totals: FleetTotals;
}

export interface FleetTotals {
  readonly clusters: number;
  readonly byPhase: { readonly [phase: string]: number };
  readonly machines: number;
  readonly stuck: number;
  readonly failed: number;
}

export interface Alert {
  readonly uid: string;
  readonly name: string;
  readonly title: string;
  readonly severity: "critical" | "warning" | "info";
  readonly state: "pending" | "firing";
  readonly since: string;
  readonly object: ObjectRef;
  readonly clusterId: string | null;
  readonly projectId: string | null;
  readonly summary: string;
  readonly description: string;
  readonly command: string | null;
  readonly runbookUrl: string | null;
}

export interface AlertList {
  readonly alerts: readonly Alert[];
}

export interface ProjectUsage {
  readonly id: string;
  readonly name: string | null;
  readonly clusters: number;
  readonly nodes: number;
  readonly failed: number;
  /** -1: no limit of its own, the default holds. */
  readonly clusterLimit: number;
}

export interface ProjectUsageList {
  readonly projects: readonly ProjectUsage[];
  readonly defaultClusterLimit: number;
}

export interface ClusterQuotaChange {
  readonly hardLimit: number;
}

export interface Orphan {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly projectId: string | null;
  readonly clusterName: string | null;
  readonly createdAt: string | null;
  readonly size: string | null;
  /** The command that removes it. */
  readonly command: string | null;
}

export interface OrphanList {
  readonly checkedAt: string | null;
  readonly orphans: readonly Orphan[];
}

/** Stops every controller's work on the cluster, or lets it go on. Its tenant sees who did. */
export interface PauseChange {
  readonly paused: boolean;
}

/** Shown to the cluster's tenant; an empty text takes it away. */
export interface BannerChange {
  readonly text: string;
}

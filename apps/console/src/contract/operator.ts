import type { ListAbout, OperatorItems } from "@slipway/api/magnum/live.ts";

/** All under `/api/operator` need the role admin; for others they are 404, as if they were not there. */
export type {
  AlertItem,
  FleetItem,
  ListAbout,
  OperatorItems,
  OperatorList,
  OrphanItem,
  ProjectItem,
} from "@slipway/api/magnum/live.ts";

/** One entry of a list, under a key that stays. */
export type ListEntry = {
  readonly [List in keyof OperatorItems]: { readonly key: string; readonly value: OperatorItems[List] };
}[keyof OperatorItems];

/** `GET /api/operator/lists/:list`: what is there now; `GET /api/live?list=<name>` tells that too, and then what changes. */
export interface ListedItems {
  readonly items: readonly ListEntry[];
  readonly about: ListAbout;
}

/** `GET /api/operator/names`: projects by id, as Keystone calls them. */
export interface ProjectNames {
  readonly names: { readonly [id: string]: string };
}

export interface ClusterQuotaChange {
  readonly hardLimit: number;
}

/** Stops every controller's work on the cluster, or lets it go on. Its tenant sees who did. */
export interface PauseChange {
  readonly paused: boolean;
}

/** Shown to the cluster's tenant; an empty text takes it away. */
export interface BannerChange {
  readonly text: string;
}

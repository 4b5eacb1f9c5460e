/** Lists that administrators watch: of every project, told as all of it and then what changes. */
import type { OperatorList } from "@slipway/api/magnum/live.ts";
import type { Clock, Logger } from "@slipway/runtime";
import type { Orphanage } from "../../orphans/orphanage.ts";
import type { AlertSource } from "../alerts.ts";
import type { LiveView } from "../watch.ts";
import { alertList } from "./alerts.ts";
import { fleetList } from "./fleet.ts";
import { orphanList } from "./orphans.ts";
import { projectList } from "./projects.ts";
import { createSharedList, type ListSource, type SharedList } from "./shared.ts";

/** Undefined: this Magnum cannot tell. */
export type SharedLists = { readonly [List in OperatorList]: SharedList | undefined };

export const createSharedLists = (options: {
  readonly live: LiveView;
  readonly alerts: AlertSource | undefined;
  readonly orphanage: Orphanage | undefined;
  readonly clusterLimit: number;
  readonly clock: Pick<Clock, "now" | "setTimeout">;
  readonly log: Pick<Logger, "warn">;
}): SharedLists => {
  const { live, alerts, orphanage, clusterLimit, clock, log } = options;
  const shared = (source: ListSource) => createSharedList({ source, clock, log });
  return {
    fleet: shared(fleetList(live, alerts)),
    alerts: alerts && shared(alertList(live, alerts)),
    projects: shared(projectList(live, clusterLimit)),
    orphans: orphanage && shared(orphanList({ live, orphanage, clock })),
  };
};

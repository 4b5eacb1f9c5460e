import { Event, type KubeObject, type MagnumCluster, type Stored } from "@slipway/api";
import type { EventView } from "@slipway/api/magnum/live.ts";
import type { Index } from "@slipway/runtime";
import type { Observed } from "../../driver/observed.ts";
import { withoutHosts } from "./conditions.ts";

const ABOUT = "magnum: about";

/** Events by what they are about. */
export const eventIndex: Index<Event> = {
  resource: Event,
  name: ABOUT,
  keys: ({ involvedObject }) => [`${involvedObject.namespace ?? ""}/${involvedObject.kind ?? ""}/${involvedObject.name ?? ""}`],
};

export const aboutKey = ({ kind, metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${kind}/${metadata.name ?? ""}`;

const most = 300;

/** Everything that was said about a cluster and its parts, newest first (CON-044). */
export const eventsOf = (
  record: Stored<MagnumCluster>,
  observed: Observed,
  find: (index: string, key: string) => readonly Stored<Event>[],
): readonly EventView[] => {
  const { cluster, infrastructure, controlPlane } = observed;
  const parts: readonly (KubeObject | undefined)[] = [
    record,
    cluster,
    infrastructure,
    controlPlane,
    ...observed.machineDeployments,
    ...observed.machineSets,
    ...observed.machines,
    ...observed.healthChecks,
    ...observed.infraMachines,
    ...observed.servers,
    ...observed.bootstrapConfigs,
  ];
  return parts
    .flatMap((part) => (part === undefined ? [] : find(ABOUT, aboutKey(part))))
    .map(viewOf)
    .sort((a, b) => (a.lastAt === b.lastAt ? b.id.localeCompare(a.id) : b.lastAt.localeCompare(a.lastAt)))
    .slice(0, most);
};

const viewOf = (event: Stored<Event>): EventView => {
  const lastAt = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
  return {
    id: event.metadata.uid,
    type: event.type === "Warning" ? "Warning" : "Normal",
    reason: event.reason ?? "",
    message: withoutHosts(event.message ?? ""),
    object: { kind: event.involvedObject.kind ?? "", name: event.involvedObject.name ?? "" },
    source: event.source?.component ?? event.reportingComponent ?? "",
    count: event.series?.count ?? event.count ?? 1,
    firstAt: event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp,
    lastAt,
  };
};

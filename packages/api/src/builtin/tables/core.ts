import { age } from "../../table/duration.ts";
import type { TableLayout } from "../../table/table.ts";
import type { ConfigMap, Event, Namespace, Secret, ServiceAccount } from "../core.ts";
import type { EventsEvent } from "../events.ts";
import type { Node } from "../node.ts";
import type { EndpointSlice, Endpoints, Service } from "../service.ts";
import { ageCell, count, firstThree, labelsText, layout, type Printed, table, text, wide } from "./cells.ts";

export const namespaceTable = table<Namespace>(
  text("Status", ({ status }) => status?.phase ?? ""),
  ageCell,
);

export const secretTable = table<Secret>(
  text("Type", ({ type }) => type ?? ""),
  count("Data", ({ data }) => Object.keys(data ?? {}).length),
  ageCell,
);

export const configMapTable = table<ConfigMap>(
  count("Data", ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length),
  ageCell,
);

export const serviceAccountTable = table<ServiceAccount>(
  count("Secrets", ({ secrets }) => secrets?.length ?? 0),
  ageCell,
);

export const nodeTable = table<Node>(
  text("Status", nodeStatus),
  text("Roles", nodeRoles),
  ageCell,
  text("Version", ({ status }) => status?.nodeInfo?.kubeletVersion ?? ""),
  wide("Internal-IP", (node) => nodeAddress(node, "InternalIP")),
  wide("External-IP", (node) => nodeAddress(node, "ExternalIP")),
  wide("OS-Image", ({ status }) => orUnknown(status?.nodeInfo?.osImage)),
  wide("Kernel-Version", ({ status }) => orUnknown(status?.nodeInfo?.kernelVersion)),
  wide("Container-Runtime", ({ status }) => orUnknown(status?.nodeInfo?.containerRuntimeVersion)),
);

function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  const health = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable === true ? `${health},SchedulingDisabled` : health;
}

function nodeRoles(node: Node): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = new Set<string>();
  for (const [label, value] of Object.entries(node.metadata.labels ?? {})) {
    if (label.startsWith(prefix) && label.length > prefix.length) roles.add(label.slice(prefix.length));
    else if (label === "kubernetes.io/role" && value !== "") roles.add(value);
  }
  return roles.size === 0 ? "<none>" : [...roles].sort().join(",");
}

const nodeAddress = (node: Node, type: string): string =>
  node.status?.addresses?.find((address) => address.type === type)?.address ?? "<none>";

const orUnknown = (value: string | undefined): string => (value === undefined || value === "" ? "<unknown>" : value);

export const serviceTable = table<Service>(
  text("Type", ({ spec }) => spec?.type ?? ""),
  text("Cluster-IP", ({ spec }) => (spec?.clusterIP === undefined || spec.clusterIP === "" ? "<none>" : spec.clusterIP)),
  text("External-IP", externalAddresses),
  text("Port(s)", servicePorts),
  ageCell,
  wide("Selector", ({ spec }) => labelsText(spec?.selector)),
);

function externalAddresses({ spec, status }: Service): string {
  const extra = spec?.externalIPs ?? [];
  const balanced = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? "");
  switch (spec?.type) {
    case "ExternalName":
      return spec.externalName ?? "<none>";
    case "LoadBalancer": {
      const all = [...balanced, ...extra];
      return all.length === 0 ? "<pending>" : all.join(",");
    }
    default:
      return extra.length === 0 ? "<none>" : extra.join(",");
  }
}

function servicePorts({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map(({ port, nodePort, protocol = "TCP" }) =>
    nodePort === undefined || nodePort === 0 ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`,
  );
  return ports.length === 0 ? "<none>" : ports.join(",");
}

export const endpointsTable = table<Endpoints>(
  text("Endpoints", ({ subsets }) =>
    firstThree(
      (subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
        ports.length === 0
          ? addresses.map(({ ip }) => ip)
          : ports.flatMap(({ port }) => addresses.map(({ ip }) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`))),
      ),
    ),
  ),
  ageCell,
);

export const endpointSliceTable = table<EndpointSlice>(
  text("AddressType", ({ addressType }) => addressType),
  text("Ports", ({ ports }) =>
    ports === undefined || ports === null || ports.length === 0
      ? "<unset>"
      : firstThree(ports.map(({ port }) => (port === undefined ? "*" : String(port)))),
  ),
  text("Endpoints", ({ endpoints }) => firstThree((endpoints ?? []).flatMap(({ addresses }) => addresses))),
  ageCell,
);

/** Events of either API; the name comes last and only when wide. */
const eventColumns = (read: (event: Event & EventsEvent) => EventView): readonly Printed<Event & EventsEvent>[] => {
  const of =
    (cell: (view: EventView, now: number) => string | number) =>
    (event: Event & EventsEvent, now: number): string | number =>
      cell(read(event), now);
  return [
    text(
      "Last Seen",
      of(({ lastSeen, firstSeen }, now) => age(lastSeen ?? firstSeen, now)),
    ),
    text(
      "Type",
      of(({ type }) => type),
    ),
    text(
      "Reason",
      of(({ reason }) => reason),
    ),
    text(
      "Object",
      of(({ object }) => object),
    ),
    wide(
      "Subobject",
      of(({ subobject }) => subobject),
    ),
    wide(
      "Source",
      of(({ source }) => source),
    ),
    text(
      "Message",
      of(({ message }) => message.trim()),
    ),
    wide(
      "First Seen",
      of(({ firstSeen, lastSeen }, now) => age(firstSeen ?? lastSeen, now)),
    ),
    {
      column: { name: "Count", type: "integer", format: "", description: "", priority: 1 },
      cell: of(({ count: times }) => times),
    },
    {
      column: { name: "Name", type: "string", format: "name", description: "", priority: 1 },
      cell: (event) => event.metadata.name ?? "",
    },
  ];
};

interface EventView {
  readonly lastSeen: string | undefined;
  readonly firstSeen: string | undefined;
  readonly type: string;
  readonly reason: string;
  readonly object: string;
  readonly subobject: string;
  readonly source: string;
  readonly message: string;
  readonly count: number;
}

const eventView = (event: Event & EventsEvent): EventView => {
  const about = event.involvedObject ?? event.regarding ?? {};
  const source = event.source ?? event.deprecatedSource;
  const component = source?.component ?? event.reportingComponent ?? event.reportingController ?? "";
  const host = source?.host ?? event.reportingInstance ?? "";
  const name = about.name ?? "";
  return {
    lastSeen: event.series?.lastObservedTime ?? event.lastTimestamp ?? event.deprecatedLastTimestamp ?? event.eventTime,
    firstSeen: event.firstTimestamp ?? event.deprecatedFirstTimestamp ?? event.eventTime,
    type: event.type ?? "",
    reason: event.reason ?? "",
    object: about.kind === undefined ? name : `${about.kind.toLowerCase()}/${name}`,
    subobject: about.fieldPath ?? "",
    source: host === "" || source?.host === undefined ? component : `${component}, ${host}`,
    message: event.message ?? event.note ?? "",
    count: event.series?.count ?? event.count ?? event.deprecatedCount ?? 1,
  };
};

export const eventTable: TableLayout = layout(eventColumns(eventView));

import { Cluster, MAGNUM_NAMESPACE } from "@slipway/api";
import type { AlertItem } from "@slipway/api/magnum/live.ts";
import { MagnumError } from "../errors.ts";
import type { Answer, Exchange } from "../exchange.ts";
import type { LiveView } from "./watch.ts";

/** An alert as whoever evaluates the rules has it: Prometheus' words. */
export interface SeenAlert {
  readonly name: string;
  readonly title: string;
  readonly state: "pending" | "firing";
  readonly activeAt: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
}

export type ReadAlerts = () => Promise<readonly SeenAlert[]>;

export interface AlertSource {
  readonly read: ReadAlerts;
  /** Called when another look found something else. */
  subscribe(listener: () => void): () => void;
}

const kinds = /\b(Cluster|MachineDeployment|MachineSet|MachineHealthCheck|Machine|Control Plane)\b/;
const severities = ["critical", "warning", "info"] as const;

/** Which cluster an alert speaks of: parts name it in `cluster_name`, clusters themselves in `name`. */
export const clusterNameOf = ({ labels }: SeenAlert): string | undefined => labels["cluster_name"] ?? labels["name"];

/** What is wrong in the fleet now, the worst first (CON-058). */
export const showAlerts =
  (viewOf: (exchange: Exchange) => LiveView, administer: (exchange: Exchange) => void) =>
  async (exchange: Exchange): Promise<Answer> => {
    administer(exchange);
    const source = exchange.world.alerts;
    if (source === undefined) throw noAlerts();
    const live = viewOf(exchange);
    await live.synced();
    return { status: 200, body: { alerts: (await source.read()).map((alert) => alertItem(alert, live)) } };
  };

export const noAlerts = (): MagnumError => new MagnumError(501, "This Magnum looks at no alerts: ask Prometheus.");

/** An alert, and which tenant's cluster it speaks of. */
export const alertItem = (alert: SeenAlert, live: Pick<LiveView, "record">): AlertItem => {
  const { labels, annotations } = alert;
  const cluster = clusterNameOf(alert);
  const record = cluster === undefined || labels["namespace"] !== MAGNUM_NAMESPACE ? undefined : live.record(cluster);
  const severity = severities.find((one) => one === labels["severity"]) ?? "info";
  return {
    uid: `${alert.name} ${labels["namespace"] ?? ""}/${labels["name"] ?? ""}`,
    name: alert.name,
    title: alert.title,
    severity,
    state: alert.state,
    since: alert.activeAt,
    object: { kind: labels["kind"] ?? kinds.exec(alert.title)?.[1] ?? Cluster.kind, name: labels["name"] ?? cluster ?? "" },
    clusterId: record?.metadata.uid ?? null,
    projectId: record?.spec.projectId ?? null,
    summary: annotations["summary"] ?? alert.title,
    description: annotations["description"] ?? "",
    command: annotations["kubectl"] ?? null,
    runbookUrl: annotations["runbook_url"] ?? null,
  };
};

/** Names of alerts that fire, by the cluster's name. */
export const firingByCluster = async (read: ReadAlerts | undefined): Promise<ReadonlyMap<string, readonly string[]>> => {
  const found = new Map<string, string[]>();
  for (const alert of (await read?.()) ?? []) {
    const cluster = clusterNameOf(alert);
    if (alert.state !== "firing" || cluster === undefined) continue;
    found.set(cluster, [...new Set([...(found.get(cluster) ?? []), alert.title])]);
  }
  return found;
};

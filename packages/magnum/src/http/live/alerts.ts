import { Cluster, MAGNUM_NAMESPACE, type MagnumCluster, type Stored } from "@slipway/api";
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

const kinds = /\b(Cluster|MachineDeployment|MachineSet|MachineHealthCheck|Machine|Control Plane)\b/;
const severities = ["critical", "warning", "info"];

/** Which cluster an alert speaks of: parts name it in `cluster_name`, clusters themselves in `name`. */
export const clusterNameOf = ({ labels }: SeenAlert): string | undefined => labels["cluster_name"] ?? labels["name"];

/** What is wrong in the fleet now, the worst first (CON-058). */
export const showAlerts =
  (viewOf: (exchange: Exchange) => LiveView, administer: (exchange: Exchange) => void) =>
  async (exchange: Exchange): Promise<Answer> => {
    administer(exchange);
    const read = exchange.world.alerts;
    if (read === undefined) throw new MagnumError(501, "This Magnum looks at no alerts: ask Prometheus.");
    const live = viewOf(exchange);
    await live.synced();
    const alerts = (await read()).map((alert) => {
      const cluster = clusterNameOf(alert);
      const record = cluster === undefined || alert.labels["namespace"] !== MAGNUM_NAMESPACE ? undefined : live.record(cluster);
      return alertView(alert, record);
    });
    return { status: 200, body: { alerts } };
  };

const alertView = (alert: SeenAlert, record: Stored<MagnumCluster> | undefined): object => {
  const { labels, annotations } = alert;
  const severity = labels["severity"] ?? "";
  return {
    uid: `${alert.name} ${labels["namespace"] ?? ""}/${labels["name"] ?? ""}`,
    name: alert.name,
    title: alert.title,
    severity: severities.includes(severity) ? severity : "info",
    state: alert.state,
    since: alert.activeAt,
    object: { kind: labels["kind"] ?? kinds.exec(alert.title)?.[1] ?? Cluster.kind, name: labels["name"] ?? "" },
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

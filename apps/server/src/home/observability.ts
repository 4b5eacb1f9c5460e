import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type AlertThresholds,
  alertGroups,
  dashboards,
  grafanaAlertRules,
  grafanaDashboard,
  grafanaDashboardProvider,
  grafanaDataSources,
  prometheusConfig,
  prometheusRules,
  scrapeAccess,
  scrapeFiles,
} from "@slipway/observability";
import { dump } from "js-yaml";
import type { Home } from "./home.ts";

/**
 * The files of `deploy/` as this deployment needs them: its metrics port, its authority, its thresholds. Written again at each start,
 * so a threshold that changes in the inventory changes there; whoever runs Prometheus or Grafana copies or mounts the folder.
 */
export const writeObservability = (
  home: Home,
  options: {
    readonly alerts: Partial<AlertThresholds>;
    /** `host:port` of the metrics. */
    readonly target: string;
    readonly insecure: boolean;
  },
): void => {
  const groups = alertGroups(options.alerts);
  const top = join(home.path, "observability");
  const files = new Map<string, string>([
    ["prometheus/prometheus.yml", yaml(prometheusConfig({ targets: [options.target], insecure: options.insecure }))],
    [`prometheus/${scrapeFiles.rules}`, yaml(prometheusRules(groups))],
    [`prometheus/${scrapeFiles.authority}`, home.secrets.certificateAuthority.certificatePem],
    ["prometheus/access.yaml", scrapeAccess().map(yaml).join("---\n")],
    ["grafana/provisioning/alerting/slipway-alerts.yaml", yaml(grafanaAlertRules(groups))],
    ["grafana/provisioning/datasources/slipway.yaml", yaml(grafanaDataSources())],
    ["grafana/provisioning/dashboards/slipway.yaml", yaml(grafanaDashboardProvider())],
    ...dashboards.map(
      (dashboard) =>
        [
          `grafana/provisioning/dashboards/${dashboard.uid}.json`,
          `${JSON.stringify(grafanaDashboard(dashboard), undefined, 2)}\n`,
        ] as const,
    ),
  ]);
  for (const [name, content] of files) writeWhenChanged(join(top, name), content);
};

const yaml = (document: unknown): string => dump(document, { lineWidth: 120, noRefs: true });

/** Whoever follows the files is woken only by news, and never sees a half. */
const writeWhenChanged = (path: string, content: string): void => {
  try {
    if (readFileSync(path, "utf8") === content) return;
  } catch {
    mkdirSync(dirname(path), { recursive: true });
  }
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
};

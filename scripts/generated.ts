import { crdOf, customKinds, groupResource } from "@slipway/api";
import { webhookManifests, webhookProviders } from "@slipway/api/webhooks/index.ts";
import {
  alertGroups,
  alertmanagerRoutes,
  clusterApiKinds,
  customResourceStateMetrics,
  customResourceStateRole,
  dashboards,
  grafanaAlertRules,
  grafanaContactPoints,
  grafanaDashboard,
  grafanaDashboardProvider,
  grafanaDataSources,
  grafanaPolicies,
  inhibitRules,
  type KindDeclaration,
  magnumKinds,
  openStackKinds,
  prometheusConfig,
  prometheusRuleObject,
  prometheusRules,
  scrapeAccess,
} from "@slipway/observability";
import { dump } from "js-yaml";

/** Folders in which nothing else lives: what is not generated any more is removed. */
export const generatedFolders = [
  "deploy/crds",
  "deploy/grafana/alerting",
  "deploy/grafana/dashboards",
  "deploy/grafana/datasources",
  "deploy/grafana/examples",
  "deploy/kube-state-metrics",
  "deploy/webhooks",
];

const yaml = (from: string, what: string, ...documents: readonly unknown[]): string =>
  `# Generated from ${from} by \`npm run generate\`: change ${what} there, never this file.\n${documents
    .map((document) => dump(document, { lineWidth: 120, noRefs: true }))
    .join("---\n")}`;

const alerts = "packages/observability/src/alerts";
const dashboardSources = "packages/observability/src/dashboards";
const scrape = "packages/observability/src/scrape";
const state = "packages/observability/src/state";

/** The kinds' file for a kube-state-metrics in namespace `observability`, and what it must be allowed to read. */
const stateMetrics = (provider: string, kinds: readonly KindDeclaration[]): string =>
  yaml(
    state,
    "the family",
    customResourceStateRole(
      `kube-state-metrics-custom-resource-${provider}`,
      kinds,
      (kind) => `${kind.toLowerCase()}${kind.endsWith("s") ? "es" : "s"}`,
    ),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: `kube-state-metrics-crd-config-${provider}`,
        namespace: "observability",
        labels: { "kube-state-metrics/custom-resource": "true" },
      },
      data: { [`${provider}.yaml`]: dump(customResourceStateMetrics(kinds), { lineWidth: 120, noRefs: true }) },
    },
  );

/** Path → content of every generated file. */
export const generatedFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ...customKinds.map(
      (kind) => [`deploy/crds/${groupResource(kind)}.yaml`, yaml("packages/api", "the kind", crdOf(kind))] as const,
    ),
    ...webhookProviders.map(
      (provider) =>
        [
          `deploy/webhooks/${provider.prefix}.yaml`,
          yaml("packages/api/src/webhooks", "the webhook", ...webhookManifests(provider)),
        ] as const,
    ),
    ["deploy/prometheus/slipway-alerts.yaml", yaml(alerts, "the alert", prometheusRules(alertGroups()))],
    ["deploy/prometheus/slipway-prometheusrule.yaml", yaml(alerts, "the alert", prometheusRuleObject(alertGroups()))],
    ["deploy/prometheus/alertmanager.yml", yaml(alerts, "the rule", { ...alertmanagerRoutes(), ...inhibitRules() })],
    ["deploy/prometheus/prometheus.yml", yaml(scrape, "the scrape", prometheusConfig())],
    ["deploy/prometheus/access.yaml", yaml(scrape, "who may scrape", ...scrapeAccess())],
    ["deploy/grafana/alerting/slipway-alerts.yaml", yaml(alerts, "the alert", grafanaAlertRules(alertGroups()))],
    ["deploy/grafana/dashboards/slipway.yaml", yaml(dashboardSources, "the provider", grafanaDashboardProvider())],
    ...dashboards.map(
      (dashboard) =>
        [
          `deploy/grafana/dashboards/${dashboard.uid}.json`,
          `${JSON.stringify(grafanaDashboard(dashboard), undefined, 2)}\n`,
        ] as const,
    ),
    ["deploy/grafana/examples/contact-points.yaml", yaml(alerts, "the example", grafanaContactPoints())],
    ["deploy/grafana/examples/policies.yaml", yaml(alerts, "the example", grafanaPolicies())],
    ["deploy/grafana/datasources/slipway.yaml", yaml(alerts, "the data source", grafanaDataSources())],
    ["deploy/kube-state-metrics/capi.yaml", stateMetrics("capi", clusterApiKinds)],
    ["deploy/kube-state-metrics/capo.yaml", stateMetrics("capo", openStackKinds)],
    ["deploy/kube-state-metrics/magnum.yaml", stateMetrics("magnum", magnumKinds)],
  ]);

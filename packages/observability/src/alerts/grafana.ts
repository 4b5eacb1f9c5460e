import type { AlertGroup, AlertRule } from "./rule.ts";

/** Rules and dashboards name the data source by it, so it never changes. */
export const dataSourceUid = "prometheus";

/** Rules that an earlier release shipped and this one does not: Grafana keeps what vanishes from a file (OBS-172). */
const formerUids: readonly string[] = [];

/**
 * Alert rules as Grafana's file provisioning reads them. The query returns every object and an expression compares, so that
 * each healthy object is an instance in state Normal and a platform without clusters is healthy rather than without data.
 */
export const grafanaAlertRules = (groups: readonly AlertGroup[], former: readonly string[] = formerUids) => ({
  apiVersion: 1,
  groups: groups.map(({ name, folder, interval, rules }) => ({
    orgId: 1,
    name,
    folder,
    interval,
    rules: rules.map(grafanaRule),
  })),
  ...(former.length === 0 ? {} : { deleteRules: former.map((uid) => ({ orgId: 1, uid })) }),
});

const grafanaRule = (rule: AlertRule) => ({
  uid: rule.uid,
  title: rule.title,
  condition: "B",
  data: [
    {
      refId: "A",
      relativeTimeRange: { from: 600, to: 0 },
      datasourceUid: dataSourceUid,
      model: { refId: "A", expr: `${rule.query}\n`, instant: true, range: false, intervalMs: 1000, maxDataPoints: 43200 },
    },
    {
      refId: "B",
      relativeTimeRange: { from: 600, to: 0 },
      datasourceUid: "__expr__",
      model: {
        refId: "B",
        type: "threshold",
        expression: "A",
        conditions: [{ evaluator: { type: "gt", params: [rule.threshold] } }],
      },
    },
  ],
  dashboardUid: rule.panel.dashboardUid,
  panelId: rule.panel.id,
  for: rule.for,
  noDataState: "OK",
  execErrState: "Error",
  missing_series_evals_to_resolve: 2,
  labels: mapped(rule.labels, loaderSafe),
  annotations: mapped(rule.annotations, (text) => text.replaceAll(/\{\{ \$value(?= | \|)/g, "{{ $values.A.Value")),
  isPaused: false,
});

/** The loader replaces `$NAME` in labels by the environment's; two dollars are one. Annotations know only `${NAME}`. */
const loaderSafe = (text: string): string => text.replaceAll("$", "$$$$");
const mapped = (texts: { readonly [name: string]: string }, change: (text: string) => string) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, change(text)]));

/** Where Grafana reads the series: `PROMETHEUS_URL` of its environment. */
export const grafanaDataSources = () => ({
  apiVersion: 1,
  datasources: [
    {
      name: "Prometheus",
      type: "prometheus",
      uid: dataSourceUid,
      access: "proxy",
      orgId: 1,
      url: "$PROMETHEUS_URL",
      isDefault: true,
      editable: false,
      jsonData: { httpMethod: "POST", timeInterval: "1m" },
    },
  ],
});

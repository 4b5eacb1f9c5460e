import { indented } from "../query/promql.ts";
import { type AlertGroup, alertName } from "./rule.ts";

/** A Prometheus rule file. A query is put in brackets: the comparison must not bind to its last operand. */
export const prometheusRules = (groups: readonly AlertGroup[]) => ({
  groups: groups.map(({ name, interval, rules }) => ({
    name,
    interval,
    rules: rules.map((rule) => ({
      alert: alertName(rule.title),
      expr: `(\n${indented(rule.query)}\n) > ${rule.threshold}\n`,
      for: rule.for,
      labels: rule.labels,
      annotations: rule.annotations,
    })),
  })),
});

/** The same as an object for a Prometheus operator. */
export const prometheusRuleObject = (groups: readonly AlertGroup[]) => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PrometheusRule",
  metadata: { name: "slipway-alerts", namespace: "observability", labels: { "app.kubernetes.io/part-of": "slipway" } },
  spec: prometheusRules(groups),
});

/**
 * What an Alertmanager keeps silent while something worse says it already. Within one cluster the rules themselves see to it, since
 * Grafana has no such thing.
 */
export const inhibitRules = () => ({
  inhibit_rules: [
    {
      source_matchers: ['alertname="CAPIMetricsSourceDown"'],
      target_matchers: ['component=~"capi|magnum"', 'alertname!="CAPIMetricsSourceDown"'],
    },
    {
      source_matchers: ['alertname="CAPIControlPlaneCertificateExpirySoon"'],
      target_matchers: ['alertname="CAPIControlPlaneCertificateExpiry"'],
      equal: ["namespace", "name"],
    },
  ],
});

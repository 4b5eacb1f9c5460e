import { type AlertRule, alertGroup, alertName, threshold } from "./alerts.ts";

/** A Prometheus rule file. A query is put in brackets: the comparison must not bind to its last operand. */
export const prometheusRules = (rules: readonly AlertRule[]) => ({
  groups: [
    {
      name: alertGroup.name,
      interval: alertGroup.interval,
      rules: rules.map((rule) => ({
        alert: alertName(rule.title),
        expr: `(\n${indented(rule.query)}\n) > ${threshold}\n`,
        for: rule.for,
        labels: rule.labels,
        annotations: rule.annotations,
      })),
    },
  ],
});

const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");

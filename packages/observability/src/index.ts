/** What an operator's tools read: metrics of the controllers and of the kinds, alert rules. */
export * from "./alerts/alerts.ts";
export * from "./alerts/durations.ts";
export * from "./alerts/grafana.ts";
export * from "./alerts/prometheus.ts";
export * from "./alerts/rule.ts";
export * from "./metrics/families.ts";
export * from "./metrics/prometheus.ts";
export * from "./scrape/prometheusconfig.ts";
export * from "./state/cached.ts";
export * from "./state/collect.ts";
export * from "./state/customresourcestate.ts";
export type { FamilyDeclaration, KindDeclaration } from "./state/declaration.ts";
export * from "./state/exposition.ts";
export * from "./state/kinds.ts";
export * from "./state/magnum.ts";
export * from "./state/served.ts";

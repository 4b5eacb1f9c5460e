/** What an operator's tools read: metrics of the controllers. */
export * from "./metrics/prometheus.ts";

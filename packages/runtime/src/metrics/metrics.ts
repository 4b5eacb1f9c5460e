/** Numbers for an operator, in Prometheus' model. Whoever counts is handed one; what serves them is `packages/observability`. */
export interface Metrics {
  count(name: string, labels: Labels, by?: number): void;
  gauge(name: string, labels: Labels, value: number): void;
  /** Into a histogram; seconds unless the name says otherwise. */
  observe(name: string, labels: Labels, value: number): void;
  /** Forgets a series: the object it spoke of is gone. */
  remove(name: string, labels: Labels): void;
  /** Called before each scrape, for values that are cheaper to compute when asked. */
  onCollect(refresh: () => void): void;
}
export interface Labels {
  readonly [label: string]: string;
}

export const noMetrics: Metrics = { count: () => {}, gauge: () => {}, observe: () => {}, remove: () => {}, onCollect: () => {} };

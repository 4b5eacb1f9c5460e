/** Who counts what queues do: the names and labels are those of client-go's. */
export interface QueueMetrics {
  count(name: string, labels: QueueLabels): void;
  gauge(name: string, labels: QueueLabels, value: number): void;
  observe(name: string, labels: QueueLabels, seconds: number): void;
  /** Called when somebody looks. */
  onCollect(refresh: () => void): void;
}

export type QueueLabels = { readonly name: string; readonly controller: string };

export const noQueueMetrics: QueueMetrics = { count: () => {}, gauge: () => {}, observe: () => {}, onCollect: () => {} };

/** What the stream says, put into what the pages show. Pure: a cache holds the results. */
import type { ClusterDetail, ClusterSummary, EventView, LiveEvents } from "../../contract/index.ts";

export interface KnownClusters {
  /** By id, so that a thousand rows change one at a time. */
  readonly clusters: ReadonlyMap<string, ClusterSummary>;
}

/** Parts of a snapshot until the last has come; a stream that says hello starts with nothing. */
export interface Gathering {
  readonly parts: readonly ClusterSummary[];
}

export const nothingGathered: Gathering = { parts: [] };

export const knownClusters = (clusters: readonly ClusterSummary[]): KnownClusters => ({
  clusters: new Map(clusters.map((cluster) => [cluster.id, cluster])),
});

export const gather = (
  before: Gathering,
  { clusters, last }: LiveEvents["snapshot"],
): { readonly gathering: Gathering; readonly whole: KnownClusters | undefined } => {
  const parts = [...before.parts, ...clusters];
  return last ? { gathering: nothingGathered, whole: knownClusters(parts) } : { gathering: { parts }, whole: undefined };
};

export const withCluster = (known: KnownClusters | undefined, cluster: ClusterSummary): KnownClusters | undefined => {
  if (known === undefined) return undefined;
  const clusters = new Map(known.clusters);
  clusters.set(cluster.id, cluster);
  return { clusters };
};

export const withoutCluster = (known: KnownClusters | undefined, id: string): KnownClusters | undefined => {
  if (known === undefined || !known.clusters.has(id)) return known;
  const clusters = new Map(known.clusters);
  clusters.delete(id);
  return { clusters };
};

/** A detail with a newer summary in it; what a summary does not carry stays until it is read again. */
export const withSummary = (detail: ClusterDetail | undefined, summary: ClusterSummary): ClusterDetail | undefined =>
  detail === undefined || detail.id !== summary.id ? detail : { ...detail, ...summary };

const eventLimit = 500;

/** Newest first, each once, no more than a page can hold. */
export const withEvents = (known: readonly EventView[] | undefined, more: readonly EventView[]): readonly EventView[] => {
  const byId = new Map((known ?? []).map((event) => [event.id, event]));
  for (const event of more) byId.set(event.id, event);
  return [...byId.values()].sort((a, b) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0)).slice(0, eventLimit);
};

/** Puts what the stream says into the query cache, under the keys that the pages read. */
import type { QueryClient } from "@tanstack/react-query";
import type { ClusterDetail, EventView, History, LiveEvent, SignedIn, Tree } from "../../contract/index.ts";
import {
  type Gathering,
  gather,
  type KnownClusters,
  nothingGathered,
  withCluster,
  withEvents,
  withoutCluster,
  withSummary,
} from "./patches.ts";

export const keys = {
  clusters: ["clusters"] as const,
  cluster: (id: string) => ["cluster", id] as const,
  tree: (id: string) => ["tree", id] as const,
  history: (id: string) => ["history", id] as const,
  events: (id: string) => ["events", id] as const,
  nodes: (id: string) => ["nodes", id] as const,
  certificates: (id: string) => ["certificates", id] as const,
  diagnosis: (id: string) => ["diagnosis", id] as const,
  quotas: ["quotas"] as const,
};

export interface EventSink {
  take(event: LiveEvent): void;
}

export interface EventSinkOptions {
  readonly cache: QueryClient;
  readonly onEnded: () => void;
  readonly onProject: () => void;
}

export const createEventSink = ({ cache, onEnded, onProject }: EventSinkOptions): EventSink => {
  let gathering: Gathering = nothingGathered;
  return {
    take: (event) => {
      switch (event.name) {
        case "hello":
          gathering = nothingGathered;
          return;
        case "snapshot": {
          const gathered = gather(gathering, event.data);
          gathering = gathered.gathering;
          if (gathered.whole !== undefined) cache.setQueryData<KnownClusters>(keys.clusters, gathered.whole);
          return;
        }
        case "cluster": {
          const summary = event.data;
          cache.setQueryData<KnownClusters>(keys.clusters, (known) => withCluster(known, summary));
          const detail = cache.getQueryData<ClusterDetail>(keys.cluster(summary.id));
          if (detail === undefined) return;
          cache.setQueryData<ClusterDetail>(keys.cluster(summary.id), (known) => withSummary(known, summary));
          // What a summary does not carry (node groups, labels, faults) may have changed as well.
          void cache.invalidateQueries({ queryKey: keys.cluster(summary.id) });
          return;
        }
        case "clusterGone":
          cache.setQueryData<KnownClusters>(keys.clusters, (known) => withoutCluster(known, event.data.id));
          void cache.invalidateQueries({ queryKey: keys.cluster(event.data.id) });
          return;
        case "detail": {
          const { id, tree, history } = event.data;
          cache.setQueryData<Tree>(keys.tree(id), tree);
          cache.setQueryData<History>(keys.history(id), history);
          void cache.invalidateQueries({ queryKey: keys.nodes(id) }, { cancelRefetch: false });
          return;
        }
        case "events":
          cache.setQueryData<readonly EventView[]>(keys.events(event.data.id), (known) => withEvents(known, event.data.events));
          return;
        case "session":
          if (event.data.change === "ended") onEnded();
          else if (event.data.change === "project") onProject();
          else {
            const { expiresAt } = event.data;
            cache.setQueryData<SignedIn>(["session"], (known) => (known === undefined ? known : { ...known, expiresAt }));
          }
          return;
        case "upstream":
          return;
      }
    },
  };
};

/** Puts what the stream says into the query cache, under the keys that the pages read. */
import type { QueryClient } from "@tanstack/react-query";
import type {
  ClusterDetail,
  ClusterSummary,
  Diagnosis,
  EventView,
  History,
  LiveEvent,
  OperatorList,
  SignedIn,
  Tree,
} from "../../contract/index.ts";
import { type KnownList, withAbout, withItem, withoutItem, withPart } from "./lists.ts";
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
  objects: (id: string) => ["objects", id] as const,
  quotas: ["quotas"] as const,
  templates: ["templates"] as const,
  list: (name: OperatorList) => ["operator", name] as const,
};

const sizeOf = ({ controlPlane, workers, phase }: ClusterSummary): string =>
  `${controlPlane.desired} ${controlPlane.ready} ${workers.desired} ${workers.ready} ${phase}`;

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
  let parts: KnownList | undefined;
  /** What a project uses, and which templates, only other services tell: pages that show it read it again. */
  const usesChanged = () => {
    for (const queryKey of [keys.quotas, keys.templates]) void cache.invalidateQueries({ queryKey }, { cancelRefetch: false });
  };
  const change = (list: OperatorList, how: (known: KnownList) => KnownList) =>
    cache.setQueryData<KnownList>(keys.list(list), (known) => (known === undefined ? known : how(known)));
  return {
    take: (event) => {
      switch (event.name) {
        case "hello":
          gathering = nothingGathered;
          parts = undefined;
          return;
        case "list": {
          const { list, last } = event.data;
          parts = withPart(parts, event.data);
          if (!last) return;
          const whole = parts;
          parts = undefined;
          // What is being read is older than what the stream says.
          void cache.cancelQueries({ queryKey: keys.list(list) });
          cache.setQueryData<KnownList>(keys.list(list), whole);
          return;
        }
        case "item":
          change(event.data.list, (known) => withItem(known, event.data));
          return;
        case "itemGone":
          change(event.data.list, (known) => withoutItem(known, event.data.key));
          return;
        case "listAbout":
          change(event.data.list, (known) => withAbout(known, event.data.about));
          return;
        case "diagnosis":
          cache.setQueryData<Diagnosis>(keys.diagnosis(event.data.id), event.data.diagnosis);
          return;
        case "snapshot": {
          const gathered = gather(gathering, event.data);
          gathering = gathered.gathering;
          if (gathered.whole !== undefined) cache.setQueryData<KnownClusters>(keys.clusters, gathered.whole);
          return;
        }
        case "cluster": {
          const summary = event.data;
          const before = cache.getQueryData<KnownClusters>(keys.clusters)?.clusters.get(summary.id);
          if (before === undefined || sizeOf(before) !== sizeOf(summary)) usesChanged();
          cache.setQueryData<KnownClusters>(keys.clusters, (known) => withCluster(known, summary));
          const detail = cache.getQueryData<ClusterDetail>(keys.cluster(summary.id));
          if (detail === undefined) return;
          cache.setQueryData<ClusterDetail>(keys.cluster(summary.id), (known) => withSummary(known, summary));
          // What a summary does not carry (node groups, labels, faults) may have changed as well.
          void cache.invalidateQueries({ queryKey: keys.cluster(summary.id) });
          return;
        }
        case "clusterGone":
          usesChanged();
          cache.setQueryData<KnownClusters>(keys.clusters, (known) => withoutCluster(known, event.data.id));
          void cache.invalidateQueries({ queryKey: keys.cluster(event.data.id) });
          return;
        case "detail": {
          const { id, tree, history } = event.data;
          cache.setQueryData<Tree>(keys.tree(id), tree);
          cache.setQueryData<History>(keys.history(id), history);
          for (const queryKey of [keys.nodes(id), keys.objects(id), keys.diagnosis(id)])
            void cache.invalidateQueries({ queryKey }, { cancelRefetch: false });
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

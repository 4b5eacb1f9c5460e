import {
  Cluster,
  Event,
  KubeadmControlPlane,
  type KubeObject,
  MAGNUM_NAMESPACE,
  Machine,
  MachineDeployment,
  MagnumCluster,
  MagnumQuota,
  OpenStackCluster,
  OpenStackMachine,
  OpenStackServer,
  type Resource,
  type Stored,
} from "@slipway/api";
import { labels } from "@slipway/api/cluster/names.ts";
import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type { Caches, Clock, Timer, WatchCaches } from "@slipway/runtime";
import { observe } from "../../driver/observed.ts";
import { eventIndex, eventsOf } from "./events.ts";
import { historyOf } from "./history.ts";
import { nodesOf } from "./nodes.ts";
import { objectList, objectView } from "./objects.ts";
import { summarize } from "./summary.ts";
import { treeOf } from "./tree.ts";

/** The driver's caches: they hold every kind that a cluster is made of, by cluster. */
export type LiveCaches = Caches & Pick<WatchCaches, "listen" | "index">;

/** What may be asked about clusters that are looked at, and who wants to hear of changes. */
export interface LiveView {
  summary(record: Stored<MagnumCluster>): LiveCluster;
  tree(record: Stored<MagnumCluster>): ReturnType<typeof treeOf>;
  nodes(record: Stored<MagnumCluster>): ReturnType<typeof nodesOf>;
  history(record: Stored<MagnumCluster>): ReturnType<typeof historyOf>;
  objects(record: Stored<MagnumCluster>): ReturnType<typeof objectList>;
  /** @throws MagnumError 404 */
  object(record: Stored<MagnumCluster>, kind: string, name: string): object;
  events(record: Stored<MagnumCluster>): Promise<ReturnType<typeof eventsOf>>;
  records(projectId: string | undefined): readonly Stored<MagnumCluster>[];
  record(name: string): Stored<MagnumCluster> | undefined;
  /** Called with the names of clusters that may have changed, some time after they did. Answers with how to stop. */
  subscribe(listener: (names: ReadonlySet<string>) => void): () => void;
  /** Limits that administrators set, by project. */
  clusterLimits(): Promise<ReadonlyMap<string, number>>;
  subscribeLimits(listener: () => void): () => void;
  synced(): Promise<void>;
}

/** Changes are told at most so often: a machine that boots writes a dozen times a second. */
const gatherMilliseconds = 200;
/** Time alone makes a cluster stuck. */
const lookAgainMilliseconds = 30_000;

const watched: readonly Resource[] = [
  MagnumCluster,
  Cluster,
  OpenStackCluster,
  KubeadmControlPlane,
  MachineDeployment,
  Machine,
  OpenStackMachine,
  OpenStackServer,
] as readonly Resource[];

export const createLiveView = (options: {
  readonly caches: LiveCaches;
  readonly clock: Pick<Clock, "now" | "setTimeout">;
}): LiveView => {
  const { caches, clock } = options;
  const listeners = new Set<(names: ReadonlySet<string>) => void>();
  let dirty = new Set<string>();
  let timer: Timer | undefined;
  let again: Timer | undefined;
  let stops: (() => void)[] = [];
  const eventsKept: { promise?: Promise<void> } = {};

  const records = (projectId: string | undefined): readonly Stored<MagnumCluster>[] => {
    const all = caches.list(MagnumCluster, { namespace: MAGNUM_NAMESPACE });
    return projectId === undefined ? all : all.filter(({ spec }) => spec.projectId === projectId);
  };
  const record = (name: string) => caches.find(MagnumCluster, { namespace: MAGNUM_NAMESPACE, name });
  const flush = (): void => {
    timer = undefined;
    const names = dirty;
    dirty = new Set();
    for (const listener of listeners) listener(names);
  };
  const mark = (name: string): void => {
    dirty.add(name);
    timer ??= clock.setTimeout(flush, gatherMilliseconds);
  };
  const nameOf = (object: Stored<KubeObject>): string | undefined => {
    if (object.metadata.namespace !== MAGNUM_NAMESPACE) return undefined;
    if (object.kind === MagnumCluster.kind || object.kind === Cluster.kind) return object.metadata.name;
    return object.metadata.labels?.[labels.clusterName];
  };
  const start = (): void => {
    for (const resource of watched)
      stops.push(
        caches.listen(resource, ({ object }) => {
          const name = nameOf(object);
          if (name !== undefined) mark(name);
        }),
      );
    const lookAgain = () => {
      for (const { metadata, status } of records(undefined)) if (status?.status?.endsWith("_IN_PROGRESS")) mark(metadata.name);
      again = clock.setTimeout(lookAgain, lookAgainMilliseconds);
    };
    again = clock.setTimeout(lookAgain, lookAgainMilliseconds);
  };
  const stop = (): void => {
    for (const one of stops) one();
    stops = [];
    timer?.cancel();
    again?.cancel();
    timer = undefined;
    dirty = new Set();
  };
  /** Events are many: they are watched from the first time that somebody asks for some. */
  const keepEvents = (): Promise<void> => {
    if (eventsKept.promise === undefined) {
      caches.index(eventIndex);
      eventsKept.promise = caches.synced(Event);
      caches.listen(Event, ({ object }) => {
        const about = (object as Stored<Event>).involvedObject;
        if (about.namespace !== MAGNUM_NAMESPACE || listeners.size === 0 || about.name === undefined) return;
        const known = [MagnumCluster, Cluster].some(({ kind }) => kind === about.kind);
        const name = known ? about.name : clusterOf(about.kind ?? "", about.name);
        if (name !== undefined) mark(name);
      });
    }
    return eventsKept.promise;
  };
  const clusterOf = (kind: string, name: string): string | undefined => {
    const resource = watched.find((one) => one.kind === kind);
    if (resource === undefined) return undefined;
    return caches.find(resource, { namespace: MAGNUM_NAMESPACE, name })?.metadata.labels?.[labels.clusterName];
  };

  return {
    summary: (cluster) => summarize(cluster, observe(caches, cluster), clock.now()),
    tree: (cluster) => treeOf(cluster, observe(caches, cluster)),
    nodes: (cluster) => nodesOf(cluster, observe(caches, cluster)),
    history: (cluster) => historyOf(cluster, observe(caches, cluster), clock.now()),
    objects: (cluster) => objectList(observe(caches, cluster)),
    object: (cluster, kind, name) => objectView(observe(caches, cluster), kind, name),
    events: async (cluster) => {
      await keepEvents();
      return eventsOf(cluster, observe(caches, cluster), (index, key) => caches.byIndex(Event, index, key));
    },
    records,
    record,
    subscribe: (listener) => {
      if (listeners.size === 0) start();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    clusterLimits: async () => {
      await caches.synced(MagnumQuota);
      const quotas = caches.list(MagnumQuota, { namespace: MAGNUM_NAMESPACE });
      return new Map(quotas.map(({ spec }) => [spec.projectId, spec.hardLimit]));
    },
    subscribeLimits: (listener) => caches.listen(MagnumQuota, listener),
    synced: async () => {
      for (const resource of watched) await caches.synced(resource);
    },
  };
};

import { Cluster, type KubeObject, labels, type Stored } from "@slipway/api";
import type { Caches, Clock, EventRecorder } from "../controller/controller.ts";

/** Clusters and reasons remembered; the oldest are forgotten. */
const remembered = 4096;
const intervalMilliseconds = 60_000;

/** Tells which events of a Cluster's objects its own story takes up: at most one a reason and a minute (RUN-055). */
export interface ClusterStory {
  /** The same recorder, whose events about a Cluster's objects are told of the Cluster too. */
  of(recorder: EventRecorder): EventRecorder;
}

export const createClusterStory = (caches: Pick<Caches, "find">, clock: Pick<Clock, "now">): ClusterStory => {
  const told = new Map<string, number>();
  const clusterOf = (object: KubeObject): Stored<Cluster> | undefined => {
    const name = object.metadata.labels?.[labels.clusterName];
    const { namespace } = object.metadata;
    // A record of Magnum's is what the Cluster was made from, and no part of it.
    if (name === undefined || namespace === undefined || object.kind === Cluster.kind || object.kind === "MagnumCluster")
      return undefined;
    try {
      return caches.find(Cluster, { namespace, name });
    } catch {
      return undefined; // not read yet: the event itself is written all the same
    }
  };
  const isTime = (key: string): boolean => {
    const now = clock.now().getTime();
    const last = told.get(key);
    if (last !== undefined && now - last < intervalMilliseconds) return false;
    told.delete(key);
    told.set(key, now);
    if (told.size > remembered) {
      const oldest = told.keys().next();
      if (!oldest.done) told.delete(oldest.value);
    }
    return true;
  };
  const tell = (object: KubeObject, reason: string, message: string, write: (cluster: KubeObject, text: string) => void) => {
    const cluster = clusterOf(object);
    if (cluster === undefined || !isTime(`${cluster.metadata.uid}/${reason}`)) return;
    write(cluster, `${object.kind} ${object.metadata.name ?? ""}: ${message}`);
  };
  return {
    of: (recorder) => ({
      normal: (object, reason, message) => {
        recorder.normal(object, reason, message);
        tell(object, reason, message, (cluster, text) => recorder.normal(cluster, reason, text));
      },
      warning: (object, reason, message) => {
        recorder.warning(object, reason, message);
        tell(object, reason, message, (cluster, text) => recorder.warning(cluster, reason, text));
      },
    }),
  };
};

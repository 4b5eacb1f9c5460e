/** ClusterResourceSet: what is applied to every new cluster from outside, as its network plugin; and the bindings that remember it. */
import {
  Cluster,
  ClusterResourceSet,
  type ClusterResourceSetStatus,
  ConfigMap,
  finalizers,
  type ObjectRef,
  refOf,
  Secret,
  type Stored,
} from "@slipway/api";
import {
  type Caches,
  type Controller,
  controller,
  isTrue,
  mapped,
  matchesSelector,
  ownerOf,
  type Report,
  sameJson,
  setCondition,
  setV1Beta2,
  v1beta2,
} from "@slipway/runtime";
import type { WorkloadClusters } from "../workload/index.ts";
import { perform } from "./perform.ts";
import { apply, contents, leaveBindings, resources } from "./phases.ts";
import { applied } from "./problems.ts";
import type { SetEffect, SetFacts, SetScope } from "./scope.ts";

export { clusterResourceSetBindingController } from "./bindings.ts";

export interface ClusterResourceSetControllerOptions {
  readonly workloads: Pick<WorkloadClusters, "find" | "onChange">;
  readonly concurrency?: number;
}

export const clusterResourceSetController = (options: ClusterResourceSetControllerOptions): Controller<ClusterResourceSet> => {
  const { workloads, concurrency = 10 } = options;
  return controller<ClusterResourceSet, SetScope, SetEffect, SetFacts>(ClusterResourceSet, {
    concurrency,
    finalizer: finalizers.clusterResourceSet,
    watches: [
      mapped(
        Cluster,
        (cluster, caches) => setsFor(cluster, caches),
        (cluster, old) => old === undefined || !sameJson(whatCounts(cluster), whatCounts(old)),
      ),
      mapped(ConfigMap, setsWith("ConfigMap")),
      mapped(Secret, setsWith("Secret")),
    ],
    sources: [
      // A connection came back.
      (wake, caches) =>
        workloads.onChange((ref, node) => {
          const cluster = node === undefined ? caches.find(Cluster, ref) : undefined;
          for (const set of cluster === undefined ? [] : setsFor(cluster, caches)) wake(set);
        }),
    ],
    scope: ({ object: set, context }) => ({
      set,
      clusters: context.caches
        .list(Cluster, { namespace: set.metadata.namespace ?? "" })
        .filter((cluster) => isMatched(set, cluster) && cluster.metadata.deletionTimestamp === undefined),
      workload: (cluster) => workloads.find(refOf(cluster)),
      context,
      now: context.clock.now(),
    }),
    phases: [resources, contents, apply],
    teardown: [leaveBindings],
    perform,
    status,
    ownedConditions: { v1beta1: [applied], v1beta2: [applied] },
  });
};

const whatCounts = ({ metadata: { labels, deletionTimestamp } }: Cluster) => ({
  labels,
  leaving: deletionTimestamp !== undefined,
});

/** An empty selector matches nothing: everything would be far too much. */
const isMatched = ({ spec: { clusterSelector } }: ClusterResourceSet, { metadata }: Cluster): boolean => {
  const { matchLabels = {}, matchExpressions = [] } = clusterSelector;
  return Object.keys(matchLabels).length + matchExpressions.length > 0 && matchesSelector(clusterSelector, metadata.labels);
};

const setsFor = (cluster: Stored<Cluster>, caches: Caches): readonly ObjectRef[] =>
  caches
    .list(ClusterResourceSet, { namespace: cluster.metadata.namespace ?? "" })
    .filter((set) => isMatched(set, cluster))
    .map(refOf);

/** Those it belongs to, or else those that name it: it may have come after them. */
const setsWith =
  (kind: "ConfigMap" | "Secret") =>
  (source: Stored<ConfigMap> | Stored<Secret>, caches: Caches): readonly ObjectRef[] => {
    const namespace = source.metadata.namespace ?? "";
    const owner = ownerOf(source, ClusterResourceSet);
    if (owner !== undefined) return [{ namespace, name: owner.name }];
    return caches
      .list(ClusterResourceSet, { namespace })
      .filter(({ spec }) => spec.resources?.some((one) => one.kind === kind && one.name === source.metadata.name))
      .map(refOf);
  };

const status = (set: Stored<ClusterResourceSet>, report: Report<SetScope, SetFacts>): ClusterResourceSetStatus | undefined => {
  const { facts, now, scope, verdicts, errors, deleting } = report;
  const before = set.status ?? {};
  if (deleting) return set.status;
  const { generation } = set.metadata;
  const { problem } = facts;
  const isComplete = scope.clusters.length > 0 && verdicts.every(({ outcome }) => outcome === "ready" || outcome === "act");
  const [v1, v2] =
    problem !== undefined
      ? [problem.v1beta1, problem.v1beta2]
      : isComplete && errors.length === 0
        ? [isTrue(applied), v1beta2(applied, "True", "Applied")]
        : [undefined, undefined];
  return {
    ...before,
    ...(errors.length > 0 || generation === undefined ? {} : { observedGeneration: generation }),
    conditions: setCondition(before.conditions, v1, now),
    v1beta2: {
      ...before.v1beta2,
      conditions: v2 === undefined ? before.v1beta2?.conditions : setV1Beta2(before.v1beta2?.conditions, v2, { now, generation }),
    },
  };
};

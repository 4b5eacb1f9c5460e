import type { Cluster, ClusterResourceSet, ClusterResourceSetBinding, Stored, UnstructuredObject } from "@slipway/api";
import type { KubeEffect, NewCondition, NewV1Beta2Condition, ReconcileContext } from "@slipway/runtime";
import type { WorkloadCluster } from "../workload/index.ts";
import type { Source } from "./contents.ts";

export interface SetScope {
  readonly set: Stored<ClusterResourceSet>;
  /** Those the selector matches, in the set's namespace, that are not about to go. */
  readonly clusters: readonly Stored<Cluster>[];
  readonly workload: (cluster: Stored<Cluster>) => WorkloadCluster | undefined;
  readonly context: ReconcileContext;
  readonly now: Date;
}

/** A ConfigMap or Secret with what is in it. */
export interface Content {
  readonly source: Source;
  readonly hash: string;
  /** Absent: `problem` says why it cannot be read. */
  readonly objects?: readonly UnstructuredObject[];
  readonly problem?: string;
}

/** What is to be done in one cluster. */
export interface Job {
  readonly cluster: Stored<Cluster>;
  readonly workload: WorkloadCluster;
  readonly binding: Stored<ClusterResourceSetBinding> | undefined;
  readonly contents: readonly Content[];
}

export interface ApplyEffect {
  readonly call: "applyResources";
  readonly job: Job;
}
export type SetEffect = KubeEffect | ApplyEffect;

/** Why not everything is where it should be, in both families' words. */
export interface Problem {
  readonly v1beta1: NewCondition;
  readonly v1beta2: NewV1Beta2Condition;
}

export interface SetFacts {
  readonly sources: readonly Source[];
  readonly contents: readonly Content[];
  readonly problem: Problem;
}

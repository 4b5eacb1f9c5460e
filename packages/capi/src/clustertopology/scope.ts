import type {
  Cluster,
  ClusterClass,
  MachineDeployment,
  MachineHealthCheck,
  MachineSet,
  Resource,
  Stored,
  UnstructuredObject,
} from "@slipway/api";
import type { KubeEffect, ReconcileContext } from "@slipway/runtime";
import type { External } from "../external/index.ts";
import type { Outcome } from "./conditions.ts";
import type { WorkerClass } from "./upgrade.ts";

/** A template of the class, as it stands. */
export interface Template {
  readonly resource: Resource<UnstructuredObject>;
  readonly object: Stored<UnstructuredObject>;
}

/** What the Cluster is to be made from: all templates of its class, used or not. */
export interface Blueprint {
  readonly clusterClass: Stored<ClusterClass>;
  readonly infrastructure: Template;
  readonly controlPlane: Template;
  /** Absent: the control plane makes its machines from something else. */
  readonly controlPlaneMachines?: Template;
  /** By the names of the classes. */
  readonly workers: ReadonlyMap<string, Worker>;
}
export interface Worker {
  readonly workerClass: WorkerClass;
  readonly bootstrap: Template;
  readonly infrastructure: Template;
}

/** What has been made of it. */
export interface Current {
  readonly infrastructure: External | undefined;
  readonly controlPlane: External | undefined;
  readonly deployments: readonly CurrentDeployment[];
  readonly healthChecks: readonly Stored<MachineHealthCheck>[];
  readonly machineSets: readonly Stored<MachineSet>[];
  /** Copies of templates that this controller made, of all kinds that the class names. */
  readonly copies: readonly Template[];
}
export interface CurrentDeployment {
  readonly topologyName: string;
  readonly object: Stored<MachineDeployment>;
  /** A machine of it does not run the version that it asks for. */
  readonly upgrading: boolean;
}

export interface TopologyScope {
  readonly cluster: Stored<Cluster>;
  readonly clusterClass: Stored<ClusterClass> | undefined;
  readonly context: ReconcileContext;
}

export interface ApplyEffect {
  readonly call: "applyIntent";
  readonly resource: Resource;
  readonly object: UnstructuredObject;
  /** What is told when it is new, or another. */
  readonly live: Stored<UnstructuredObject> | undefined;
  readonly versions?: { readonly from: string; readonly to: string };
}
export type TopologyEffect = KubeEffect | ApplyEffect;

export interface TopologyFacts {
  readonly outcome: Outcome;
}

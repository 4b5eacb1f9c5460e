import type { Cluster, Machine, MachineHealthCheck, Node, Stored } from "@slipway/api";
import type { KubeEffect, ReconcileContext } from "@slipway/runtime";
import type { WorkloadCluster } from "../workload/index.ts";

export interface HealthCheckScope {
  readonly check: Stored<MachineHealthCheck>;
  readonly cluster: Stored<Cluster>;
  readonly workload: WorkloadCluster | undefined;
  readonly now: Date;
  readonly context: ReconcileContext;
}

/** A Machine that this check watches over, and its Node. */
export interface Target {
  readonly machine: Stored<Machine>;
  readonly node: Stored<Node> | undefined;
  /** The Machine knew a Node, and that is gone. */
  readonly nodeMissing: boolean;
}

export interface HealthCheckFacts {
  readonly targets: readonly string[];
  readonly healthy: number;
  readonly unhealthy: number;
  /** With a timeout that is running. */
  readonly ailing: readonly Target[];
  readonly allowance: Allowance;
  /** Of the request or template of an external remediation. */
  readonly externalFailure: ExternalFailure | undefined;
}

export interface Allowance {
  readonly allowed: boolean;
  readonly remediations: number;
}

export interface ExternalFailure {
  readonly what: "template" | "request";
  readonly message: string;
}

/** The Machine with the conditions that this check found, written as far as they differ. */
export interface MarkMachine {
  readonly call: "markMachine";
  readonly before: Stored<Machine>;
  readonly after: Machine;
  readonly unhealthy: boolean;
}

export type HealthCheckEffect = KubeEffect | MarkMachine;

import { type Cluster, labels, Machine, MachineDeployment, type MachineSet, type MachineSpec, type Stored } from "@slipway/api";
import type { KubeEffect } from "@slipway/runtime";
import { controllerOf, isControlledBy, matchesSelector, type OwnedConditions, type ReconcileContext } from "@slipway/runtime";
import type { External } from "../external/index.ts";
import type { WorkloadCluster } from "../workload/index.ts";

export interface MachineSetScope {
  readonly set: Stored<MachineSet>;
  readonly cluster: Stored<Cluster>;
  /** Of the `deployment-name` label; undefined for a stand-alone MachineSet. */
  readonly deployment: Stored<MachineDeployment> | undefined;
  readonly workload: WorkloadCluster | undefined;
  /** When the cluster last answered, or when we began to listen. */
  readonly lastWord: Date;
  readonly now: Date;
  readonly random: () => number;
  readonly context: ReconcileContext;
}

export interface MachineSetFacts {
  readonly infrastructureTemplate: External;
  readonly bootstrapTemplate: External;
  /** What is ours when the pass is over: `status` counts them. */
  readonly machines: readonly Stored<Machine>[];
  /** Why no Machine may be created now. */
  readonly preflightErrors: readonly string[];
  readonly creationFailure: CreationFailure;
}

export interface CreationFailure {
  readonly reason: "BootstrapTemplateCloningFailed" | "InfrastructureTemplateCloningFailed" | "MachineCreationFailed";
  readonly message: string;
}

export type MachineSetEffect =
  | KubeEffect
  /** As far as the two differ; conditions of `owned` are ours alone. */
  | { readonly call: "writeMachine"; readonly before: Stored<Machine>; readonly after: Machine; readonly owned: OwnedConditions }
  | { readonly call: "applyMachine"; readonly machine: Machine }
  | { readonly call: "deleteMachine"; readonly machine: Stored<Machine> }
  | { readonly call: "adoptMachine"; readonly machine: Stored<Machine> }
  /** Bootstrap config, infrastructure machine, Machine: in that order, and back again when one of them fails. */
  | {
      readonly call: "createMachine";
      readonly machine: Machine;
      readonly bootstrapTemplate: External | undefined;
      readonly infrastructureTemplate: External;
    };

/** Who writes Machines' spec and labels, in `managedFields`. */
export const fieldManager = "capi-machineset";

/** Selected and ours, orphans among them; those being deleted still count. CORE-276 */
export const machinesOf = ({ set, context }: Pick<MachineSetScope, "set" | "context">): readonly Stored<Machine>[] =>
  context.caches
    .list(Machine, {
      ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
      labels: set.spec.selector.matchLabels ?? {},
    })
    .filter(
      (machine) =>
        matchesSelector(set.spec.selector, machine.metadata.labels) &&
        (controllerOf(machine) === undefined || isControlledBy(machine, set)),
    );

/** CORE-277 */
export const deploymentOf = (set: Stored<MachineSet>, context: ReconcileContext): Stored<MachineDeployment> | undefined => {
  const name = set.metadata.labels?.[labels.deploymentName];
  if (name === undefined) return undefined;
  const { namespace } = set.metadata;
  const deployment = context.caches.find(MachineDeployment, { ...(namespace === undefined ? {} : { namespace }), name });
  if (deployment) return deployment;
  throw new Error(
    `MachineSet ${set.metadata.name} belongs to MachineDeployment ${name}, which does not exist: create it or delete this MachineSet`,
  );
};

export interface Template {
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
  readonly spec: MachineSpec;
}

/** @throws Error when there is nothing to make Machines from */
export const templateOf = ({ kind, metadata, spec: { template } }: TemplateOwner): Template => {
  if (!template?.spec)
    throw new Error(`${kind} ${metadata.name} has no spec.template.spec: there is nothing to make Machines from`);
  return {
    labels: template.metadata?.labels ?? {},
    annotations: template.metadata?.annotations ?? {},
    spec: template.spec,
  };
};
export type TemplateOwner = Pick<MachineSet, "kind" | "metadata"> & { readonly spec: Pick<MachineSet["spec"], "template"> };

/** @throws Error: admission fills it in, so an object without it came around admission. CORE-287, CORE-339 */
export const replicasOf = ({
  kind,
  metadata,
  spec: { replicas },
}: {
  kind: string;
  metadata: MachineSet["metadata"];
  spec: { replicas?: number };
}): number => {
  if (replicas === undefined) throw new Error(`${kind} ${metadata.name} has no spec.replicas: set it`);
  return replicas;
};

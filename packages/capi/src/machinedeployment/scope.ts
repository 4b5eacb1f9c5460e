import { type Cluster, labels, Machine, type MachineDeployment, MachineSet, type Stored } from "@slipway/api";
import {
  controllerOf,
  isControlledBy,
  isEmptySelector,
  type KubeEffect,
  matchesSelector,
  type ReconcileContext,
} from "@slipway/runtime";
import type { External } from "../external/index.ts";
import type { Scale } from "./rollout.ts";

export interface MachineDeploymentScope {
  readonly deployment: Stored<MachineDeployment>;
  readonly cluster: Stored<Cluster>;
  readonly now: Date;
  readonly random: () => number;
  readonly context: ReconcileContext;
}

export interface MachineDeploymentFacts {
  readonly infrastructureTemplate: External;
  readonly bootstrapTemplate: External;
  readonly newSet: Stored<MachineSet>;
  /** All of ours when the pass is over, and their Machines: `status` sums them up. */
  readonly sets: readonly Stored<MachineSet>[];
  readonly machines: readonly Stored<Machine>[];
}

export type MachineDeploymentEffect =
  | KubeEffect
  | { readonly call: "adoptSet"; readonly set: Stored<MachineSet> }
  | { readonly call: "createSet"; readonly set: MachineSet; readonly reason: string }
  | { readonly call: "applySet"; readonly set: MachineSet }
  | {
      readonly call: "scaleSet";
      readonly set: Stored<MachineSet>;
      readonly scale: Scale;
      readonly annotations: { readonly [key: string]: string };
    }
  | { readonly call: "deleteSet"; readonly set: Stored<MachineSet>; readonly because: "history" | "deletion" };

/** Who writes MachineSets' spec, labels and annotations, in `managedFields`. */
export const fieldManager = "capi-machinedeployment";

const inNamespaceOf = ({ metadata: { namespace } }: Stored<MachineDeployment>) => (namespace === undefined ? {} : { namespace });

/** Selected or controlled, and nobody else's; orphans among them. An empty selector selects nothing. CORE-317 */
export const setsOf = ({
  deployment,
  context,
}: Pick<MachineDeploymentScope, "deployment" | "context">): readonly Stored<MachineSet>[] => {
  const { selector } = deployment.spec;
  if (isEmptySelector(selector)) return [];
  return context.caches
    .list(MachineSet, inNamespaceOf(deployment))
    .filter(
      (set) =>
        isControlledBy(set, deployment) || (controllerOf(set) === undefined && matchesSelector(selector, set.metadata.labels)),
    );
};

export const machinesOf = ({
  deployment,
  context,
}: Pick<MachineDeploymentScope, "deployment" | "context">): readonly Stored<Machine>[] => {
  const { selector } = deployment.spec;
  if (isEmptySelector(selector)) return [];
  return context.caches
    .list(Machine, { ...inNamespaceOf(deployment), labels: selector.matchLabels ?? {} })
    .filter(({ metadata }) => matchesSelector(selector, metadata.labels));
};

/** The deployment's name on a MachineSet that lost it or never had it. */
export const isNamed = (set: Stored<MachineSet>, deployment: Stored<MachineDeployment>): boolean =>
  set.metadata.labels?.[labels.deploymentName] === deployment.metadata.name;

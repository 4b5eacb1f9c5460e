import type { KubeObject } from "../meta/object.ts";
import { defineBuiltin } from "./kind.ts";
import type { Condition, IntOrString, LabelSelector } from "./meta.ts";

export interface PodDisruptionBudget extends KubeObject {
  readonly spec?: {
    readonly minAvailable?: IntOrString;
    readonly maxUnavailable?: IntOrString;
    readonly selector?: LabelSelector;
    readonly unhealthyPodEvictionPolicy?: string;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly disruptedPods?: { readonly [pod: string]: string };
    readonly disruptionsAllowed: number;
    readonly currentHealthy: number;
    readonly desiredHealthy: number;
    readonly expectedPods: number;
    readonly conditions?: readonly Condition[];
  };
}

export const PodDisruptionBudget = defineBuiltin<PodDisruptionBudget>({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  scope: "Namespaced",
  shortNames: ["pdb"],
  status: true,
  generation: true,
  unconditionalUpdate: false,
});

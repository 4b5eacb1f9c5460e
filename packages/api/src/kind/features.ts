import type { KubeObject } from "../meta/object.ts";
import type { AdmissionContext } from "./kind.ts";

/** Gates that admission asks about, and how they stand unless an operator says otherwise. */
export const featureGateDefaults = {
  ClusterResourceSet: true,
  ClusterTopology: true,
  MachinePool: true,
  RuntimeSDK: true,
  MachineSetPreflightChecks: true,
  KubeadmBootstrapFormatIgnition: false,
} as const;
export type FeatureGate = keyof typeof featureGateDefaults;

export const isEnabled = (gate: FeatureGate, context: Pick<AdmissionContext<KubeObject>, "featureGates">): boolean =>
  context.featureGates?.[gate] ?? featureGateDefaults[gate];

import { required, s, type TypeOf } from "../kind/fields.ts";
import { v1Beta2Conditions } from "../meta/conditions.ts";
import { qualifiedName } from "../meta/patterns.ts";

export const templateMetadata = s.object({
  annotations: s.map(s.string()),
  labels: s.map(s.string()),
});
export type TemplateMetadata = TypeOf<typeof templateMetadata>;

export const conditionGate = s.object({
  conditionType: required(s.string({ minLength: 1, maxLength: 316, pattern: qualifiedName })),
  polarity: s.enum(["Positive", "Negative"]),
});
export type ConditionGate = TypeOf<typeof conditionGate>;

export const conditionGates = s.list(conditionGate, { maxItems: 32, merge: ["conditionType"] });

export const machineNamingStrategy = s.object({
  template: s.string({ minLength: 1, maxLength: 256 }),
});
export type MachineNamingStrategy = TypeOf<typeof machineNamingStrategy>;

export const v1Beta2ReplicaStatus = s.object({
  availableReplicas: s.int32(),
  conditions: v1Beta2Conditions,
  readyReplicas: s.int32(),
  upToDateReplicas: s.int32(),
});
export type V1Beta2ReplicaStatus = TypeOf<typeof v1Beta2ReplicaStatus>;

export const machineDeploymentStrategy = s.object({
  remediation: s.object({
    maxInFlight: s.intOrString(),
  }),
  rollingUpdate: s.object({
    deletePolicy: s.enum(["Random", "Newest", "Oldest"]),
    maxSurge: s.intOrString(),
    maxUnavailable: s.intOrString(),
  }),
  type: s.enum(["RollingUpdate", "OnDelete"]),
});
export type MachineDeploymentStrategy = TypeOf<typeof machineDeploymentStrategy>;

export const unhealthyCondition = s.object({
  status: required(s.string({ minLength: 1 })),
  timeout: required(s.duration()),
  type: required(s.string({ minLength: 1 })),
});
export type UnhealthyCondition = TypeOf<typeof unhealthyCondition>;

export const unhealthyConditions = s.list(unhealthyCondition, { maxItems: 100 });

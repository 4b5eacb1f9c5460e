import { required, s, type TypeOf } from "../kind/fields.ts";
import { v1Beta2Conditions } from "../meta/conditions.ts";
import { qualifiedName } from "../meta/patterns.ts";

export const templateMetadata = s.object("Labels and annotations of what is made from the template", {
  annotations: s.map("Annotations of what is made", s.string()),
  labels: s.map("Labels of what is made", s.string()),
});
export type TemplateMetadata = TypeOf<typeof templateMetadata>;

export const conditionGate = s.object("A condition of the object that must be met besides the usual ones", {
  conditionType: required(s.string("Type of the condition", { minLength: 1, maxLength: 316, pattern: qualifiedName })),
  polarity: s.enum("Positive (the default): True is good; Negative: False is good", ["Positive", "Negative"]),
});
export type ConditionGate = TypeOf<typeof conditionGate>;

export const conditionGates = s.list("More conditions that decide whether the object is ready or available", conditionGate, {
  maxItems: 32,
  merge: ["conditionType"],
});

export const machineNamingStrategy = s.object("How Machines are named", {
  template: s.string("Template with .cluster.name, the owner's name and .random, which must be in it", {
    minLength: 1,
    maxLength: 256,
  }),
});
export type MachineNamingStrategy = TypeOf<typeof machineNamingStrategy>;

export const v1Beta2ReplicaStatus = s.object("Status fields as a later version of the API will have them", {
  availableReplicas: s.int32("Machines whose Available condition is True"),
  conditions: v1Beta2Conditions,
  readyReplicas: s.int32("Machines whose Ready condition is True"),
  upToDateReplicas: s.int32("Machines whose UpToDate condition is True"),
});
export type V1Beta2ReplicaStatus = TypeOf<typeof v1Beta2ReplicaStatus>;

export const machineDeploymentStrategy = s.object("How Machines are replaced when the template changes", {
  remediation: s.object("Limits on replacing Machines that are given up", {
    maxInFlight: s.intOrString("How many may be replaced at once: a number or a percentage, rounded up; absent: no limit"),
  }),
  rollingUpdate: s.object("For the type RollingUpdate", {
    deletePolicy: s.enum("Which Machines of a MachineSet go first", ["Random", "Newest", "Oldest"]),
    maxSurge: s.intOrString("How many Machines more than wanted there may be: a number or a percentage, rounded up"),
    maxUnavailable: s.intOrString("How many Machines may be missing: a number or a percentage, rounded down"),
  }),
  type: s.enum("RollingUpdate replaces Machines step by step; OnDelete only those that people delete", [
    "RollingUpdate",
    "OnDelete",
  ]),
});
export type MachineDeploymentStrategy = TypeOf<typeof machineDeploymentStrategy>;

export const unhealthyCondition = s.object("A Node condition that is given up after a time", {
  status: required(s.string("Status that counts as unhealthy", { minLength: 1 })),
  timeout: required(s.duration("How long it may last")),
  type: required(s.string("Type of the Node's condition", { minLength: 1 })),
});
export type UnhealthyCondition = TypeOf<typeof unhealthyCondition>;

export const unhealthyConditions = s.list("Node conditions any of which makes a Machine unhealthy", unhealthyCondition, {
  maxItems: 100,
});

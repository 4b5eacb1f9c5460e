import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { machineNamingStrategy, templateMetadata, v1Beta2ReplicaStatus } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { machineSpec } from "./machine.ts";
import { defaultMachineSet, validateMachineSet } from "./machineset.admission.ts";

export const machineTemplate = s.object({
  metadata: templateMetadata,
  spec: machineSpec,
});
export type MachineTemplate = TypeOf<typeof machineTemplate>;

export const machineSetSpec = s.object({
  clusterName: required(s.string({ minLength: 1, maxLength: 63 })),
  selector: required(labelSelector),
  deletePolicy: s.enum(["Random", "Newest", "Oldest"]),
  machineNamingStrategy: machineNamingStrategy,
  minReadySeconds: s.int32(),
  replicas: s.int32(),
  template: machineTemplate,
});
export type MachineSetSpec = TypeOf<typeof machineSetSpec>;

export const machineSetStatus = s.object({
  availableReplicas: s.int32(),
  conditions: conditions,
  failureMessage: s.string({ minLength: 1, maxLength: 10240 }),
  failureReason: s.string(),
  fullyLabeledReplicas: s.int32(),
  observedGeneration: s.int64(),
  readyReplicas: s.int32(),
  replicas: s.int32(),
  selector: s.string({ minLength: 1, maxLength: 4096 }),
  v1beta2: v1Beta2ReplicaStatus,
});
export type MachineSetStatus = TypeOf<typeof machineSetStatus>;

export interface MachineSet extends KubeObject {
  readonly spec: MachineSetSpec;
  readonly status?: MachineSetStatus;
}

export const MachineSet = defineKind<MachineSet>({
  ...clusterGroup,
  kind: "MachineSet",
  plural: "machinesets",
  shortNames: ["ms"],
  subresources: {
    status: true,
    scale: { labelSelectorPath: ".status.selector", specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
  },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  columns: [
    column("Cluster", ".spec.clusterName"),
    column("Desired", ".spec.replicas", { type: "integer", priority: 10 }),
    column("Replicas", ".status.replicas", { type: "integer" }),
    column("Ready", ".status.readyReplicas", { type: "integer" }),
    column("Available", ".status.availableReplicas", { type: "integer" }),
    ageColumn,
    column("Version", ".spec.template.spec.version"),
  ],
  description: "TODO",
  fields: {
    spec: machineSetSpec,
    status: machineSetStatus,
  },
  default: defaultMachineSet,
  validate: validateMachineSet,
});

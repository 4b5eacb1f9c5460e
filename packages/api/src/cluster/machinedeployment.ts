import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { machineDeploymentStrategy, machineNamingStrategy, v1Beta2ReplicaStatus } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { defaultMachineDeployment, validateMachineDeployment } from "./machinedeployment.admission.ts";
import { machineTemplate } from "./machineset.ts";

export const machineDeploymentSpec = s.object({
  clusterName: required(s.string({ minLength: 1, maxLength: 63 })),
  selector: required(labelSelector),
  template: required(machineTemplate),
  machineNamingStrategy: machineNamingStrategy,
  minReadySeconds: s.int32(),
  paused: s.boolean(),
  progressDeadlineSeconds: s.int32(),
  replicas: s.int32(),
  revisionHistoryLimit: s.int32(),
  rolloutAfter: s.time(),
  strategy: machineDeploymentStrategy,
});
export type MachineDeploymentSpec = TypeOf<typeof machineDeploymentSpec>;

export const machineDeploymentStatus = s.object({
  availableReplicas: s.int32(),
  conditions: conditions,
  observedGeneration: s.int64(),
  phase: s.enum(["ScalingUp", "ScalingDown", "Running", "Failed", "Unknown"]),
  readyReplicas: s.int32(),
  replicas: s.int32(),
  selector: s.string({ minLength: 1, maxLength: 4096 }),
  unavailableReplicas: s.int32(),
  updatedReplicas: s.int32(),
  v1beta2: v1Beta2ReplicaStatus,
});
export type MachineDeploymentStatus = TypeOf<typeof machineDeploymentStatus>;

export interface MachineDeployment extends KubeObject {
  readonly spec: MachineDeploymentSpec;
  readonly status?: MachineDeploymentStatus;
}

export const MachineDeployment = defineKind<MachineDeployment>({
  ...clusterGroup,
  kind: "MachineDeployment",
  plural: "machinedeployments",
  shortNames: ["md"],
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
    column("Updated", ".status.updatedReplicas", { type: "integer" }),
    column("Unavailable", ".status.unavailableReplicas", { type: "integer" }),
    column("Phase", ".status.phase"),
    ageColumn,
    column("Version", ".spec.template.spec.version"),
  ],
  description: "TODO",
  fields: {
    spec: machineDeploymentSpec,
    status: machineDeploymentStatus,
  },
  default: defaultMachineDeployment,
  validate: validateMachineDeployment,
});

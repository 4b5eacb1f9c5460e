import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { convertMachineDeployment } from "./former.ts";
import { machineDeploymentStrategy, machineNamingStrategy, v1Beta2ReplicaStatus } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { defaultMachineDeployment, validateMachineDeployment } from "./machinedeployment.admission.ts";
import { machineTemplate } from "./machineset.ts";

export const machineDeploymentSpec = s.object("What the MachineDeployment should be", {
  clusterName: required(s.string("Name of the Cluster it belongs to", { minLength: 1, maxLength: 63 })),
  selector: required(s.described("Which MachineSets and Machines are its own", labelSelector)),
  template: required(machineTemplate),
  machineNamingStrategy: machineNamingStrategy,
  minReadySeconds: s.int32("How long a Node must be ready before its Machine counts as available"),
  paused: s.boolean("Scale, but do not replace Machines"),
  progressDeadlineSeconds: s.int32("Kept for clients; has no effect"),
  replicas: s.int32("How many Machines"),
  revisionHistoryLimit: s.int32("How many old MachineSets are kept"),
  rolloutAfter: s.time("Once this time has passed, Machines made before it are replaced"),
  strategy: machineDeploymentStrategy,
});
export type MachineDeploymentSpec = TypeOf<typeof machineDeploymentSpec>;

export const machineDeploymentStatus = s.object("What the MachineDeployment is", {
  availableReplicas: s.int32("Machines whose Node was ready for long enough"),
  conditions: conditions,
  observedGeneration: s.int64("The generation this status is about"),
  phase: s.enum("In one word", ["ScalingUp", "ScalingDown", "Running", "Failed", "Unknown"]),
  readyReplicas: s.int32("Machines whose Node is ready"),
  replicas: s.int32("Machines of all its MachineSets"),
  selector: s.string("As text, for scaling by the scale subresource", { minLength: 1, maxLength: 4096 }),
  unavailableReplicas: s.int32("Machines that are missing or not available"),
  updatedReplicas: s.int32("Machines of the newest template"),
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
  convert: convertMachineDeployment,
  // What an operator asks for first (RUN-032); upstream has none.
  selectableFields: [".status.phase"],
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
  description: "Like Machines that are replaced step by step when their template changes",
  fields: {
    spec: machineDeploymentSpec,
    status: machineDeploymentStatus,
  },
  default: defaultMachineDeployment,
  validate: validateMachineDeployment,
});

import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { convertMachineSet } from "./former.ts";
import { machineNamingStrategy, templateMetadata, v1Beta2ReplicaStatus } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { machineSpec } from "./machine.ts";
import { defaultMachineSet, validateMachineSet } from "./machineset.admission.ts";

export const machineTemplate = s.object("What Machines are made from", {
  metadata: templateMetadata,
  spec: s.described("Spec of the Machines", machineSpec),
});
export type MachineTemplate = TypeOf<typeof machineTemplate>;

export const machineSetSpec = s.object("What the MachineSet should be", {
  clusterName: required(s.string("Name of the Cluster it belongs to", { minLength: 1, maxLength: 63 })),
  selector: required(s.described("Which Machines are its own", labelSelector)),
  deletePolicy: s.enum("Which Machines go first when there are too many", ["Random", "Newest", "Oldest"]),
  machineNamingStrategy: machineNamingStrategy,
  minReadySeconds: s.int32("How long a Node must be ready before its Machine counts as available"),
  replicas: s.int32("How many Machines"),
  template: machineTemplate,
});
export type MachineSetSpec = TypeOf<typeof machineSetSpec>;

export const machineSetStatus = s.object("What the MachineSet is", {
  availableReplicas: s.int32("Machines whose Node was ready for long enough"),
  conditions: conditions,
  failureMessage: s.string("Why only a person can help; not used any more", { minLength: 1, maxLength: 10240 }),
  failureReason: s.string("Why only a person can help, in one word; not used any more"),
  fullyLabeledReplicas: s.int32("Machines that have all labels of the template"),
  observedGeneration: s.int64("The generation this status is about"),
  readyReplicas: s.int32("Machines whose Node is ready"),
  replicas: s.int32("Machines, those being deleted included"),
  selector: s.string("As text, for scaling by the scale subresource", { minLength: 1, maxLength: 4096 }),
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
  convert: convertMachineSet,
  columns: [
    column("Cluster", ".spec.clusterName"),
    column("Desired", ".spec.replicas", { type: "integer", priority: 10 }),
    column("Replicas", ".status.replicas", { type: "integer" }),
    column("Ready", ".status.readyReplicas", { type: "integer" }),
    column("Available", ".status.availableReplicas", { type: "integer" }),
    ageColumn,
    column("Version", ".spec.template.spec.version"),
  ],
  description: "A number of like Machines",
  fields: {
    spec: machineSetSpec,
    status: machineSetStatus,
  },
  default: defaultMachineSet,
  validate: validateMachineSet,
});

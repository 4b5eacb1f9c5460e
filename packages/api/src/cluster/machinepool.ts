import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { convertMachinePool } from "./former.ts";
import { v1Beta2ReplicaStatus } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { defaultMachinePool, validateMachinePool } from "./machinepool.admission.ts";
import { machineTemplate } from "./machineset.ts";

export const machinePoolSpec = s.object("What the MachinePool should be", {
  clusterName: required(s.string("Name of the Cluster it belongs to", { minLength: 1, maxLength: 63 })),
  template: required(machineTemplate),
  failureDomains: s.list("Where its machines should be", s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  minReadySeconds: s.int32("How long a Node must be ready before its Machine counts as available"),
  providerIDList: s.list("The provider's own names for its machines", s.string({ minLength: 1, maxLength: 512 }), {
    maxItems: 10000,
  }),
  replicas: s.int32("How many Machines"),
});
export type MachinePoolSpec = TypeOf<typeof machinePoolSpec>;

export const machinePoolStatus = s.object("What the MachinePool is", {
  availableReplicas: s.int32("Machines whose Node was ready for long enough"),
  bootstrapReady: s.boolean("Bootstrap data was there once"),
  conditions: conditions,
  failureMessage: s.string("Why only a person can help; not used any more", { minLength: 1, maxLength: 10240 }),
  failureReason: s.string("Why only a person can help, in one word; not used any more"),
  infrastructureReady: s.boolean("The infrastructure was ready once"),
  nodeRefs: s.list("The Nodes its machines have become", objectReference, { maxItems: 10000 }),
  observedGeneration: s.int64("The generation this status is about"),
  phase: s.enum("In one word", [
    "Pending",
    "Provisioning",
    "Provisioned",
    "Running",
    "ScalingUp",
    "ScalingDown",
    "Scaling",
    "Deleting",
    "Failed",
    "Unknown",
  ]),
  readyReplicas: s.int32("Machines whose Node is ready"),
  replicas: s.int32("Machines there are"),
  unavailableReplicas: s.int32("Machines that are missing or not available"),
  v1beta2: v1Beta2ReplicaStatus,
});
export type MachinePoolStatus = TypeOf<typeof machinePoolStatus>;

export interface MachinePool extends KubeObject {
  readonly spec: MachinePoolSpec;
  readonly status?: MachinePoolStatus;
}

export const MachinePool = defineKind<MachinePool>({
  ...clusterGroup,
  kind: "MachinePool",
  plural: "machinepools",
  shortNames: ["mp"],
  subresources: { status: true, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  convert: convertMachinePool,
  // What an operator asks for first (RUN-032); upstream has none.
  selectableFields: [".status.phase"],
  columns: [
    column("Cluster", ".spec.clusterName"),
    column("Desired", ".spec.replicas", { type: "integer", priority: 10 }),
    column("Replicas", ".status.replicas"),
    column("Phase", ".status.phase"),
    ageColumn,
    column("Version", ".spec.template.spec.version"),
  ],
  description: "Like machines that the provider scales as one",
  fields: {
    spec: machinePoolSpec,
    status: machinePoolStatus,
  },
  default: defaultMachinePool,
  validate: validateMachinePool,
});

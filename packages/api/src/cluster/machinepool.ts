import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { v1Beta2ReplicaStatus } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { machineTemplate } from "./machineset.ts";

export const machinePoolSpec = s.object({
  clusterName: required(s.string({ minLength: 1, maxLength: 63 })),
  template: required(machineTemplate),
  failureDomains: s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  minReadySeconds: s.int32(),
  providerIDList: s.list(s.string({ minLength: 1, maxLength: 512 }), { maxItems: 10000 }),
  replicas: s.int32(),
});
export type MachinePoolSpec = TypeOf<typeof machinePoolSpec>;

export const machinePoolStatus = s.object({
  availableReplicas: s.int32(),
  bootstrapReady: s.boolean(),
  conditions: conditions,
  failureMessage: s.string({ minLength: 1, maxLength: 10240 }),
  failureReason: s.string(),
  infrastructureReady: s.boolean(),
  nodeRefs: s.list(objectReference, { maxItems: 10000 }),
  observedGeneration: s.int64(),
  phase: s.enum([
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
  readyReplicas: s.int32(),
  replicas: s.int32(),
  unavailableReplicas: s.int32(),
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
  columns: [
    column("Cluster", ".spec.clusterName"),
    column("Desired", ".spec.replicas", { type: "integer", priority: 10 }),
    column("Replicas", ".status.replicas"),
    column("Phase", ".status.phase"),
    ageColumn,
    column("Version", ".spec.template.spec.version"),
  ],
  description: "TODO",
  fields: {
    spec: machinePoolSpec,
    status: machinePoolStatus,
  },
});

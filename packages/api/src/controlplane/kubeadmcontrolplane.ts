import { kubeadmConfigSpec } from "../bootstrap/kubeadmconfig.ts";
import { conditionGates, machineNamingStrategy, templateMetadata, v1Beta2ReplicaStatus } from "../cluster/fragments.ts";
import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { controlPlaneGroup } from "./group.ts";
import { defaultKubeadmControlPlane, validateKubeadmControlPlane } from "./kubeadmcontrolplane.admission.ts";

export const rolloutBefore = s.object({
  certificatesExpiryDays: s.int32(),
});
export type RolloutBefore = TypeOf<typeof rolloutBefore>;

export const rolloutStrategy = s.object(
  {
    rollingUpdate: s.object({
      maxSurge: s.intOrString(),
    }),
    type: s.enum(["RollingUpdate"]),
  },
  { default: { rollingUpdate: { maxSurge: 1 }, type: "RollingUpdate" } },
);
export type RolloutStrategy = TypeOf<typeof rolloutStrategy>;

export const remediationStrategy = s.object({
  maxRetry: s.int32(),
  minHealthyPeriod: s.duration(),
  retryPeriod: s.duration(),
});
export type RemediationStrategy = TypeOf<typeof remediationStrategy>;

export const kubeadmControlPlaneMachineTemplate = s.object({
  infrastructureRef: required(objectReference),
  metadata: templateMetadata,
  nodeDeletionTimeout: s.duration(),
  nodeDrainTimeout: s.duration(),
  nodeVolumeDetachTimeout: s.duration(),
  readinessGates: conditionGates,
});
export type KubeadmControlPlaneMachineTemplate = TypeOf<typeof kubeadmControlPlaneMachineTemplate>;

export const lastRemediation = s.object({
  machine: required(s.string({ minLength: 1, maxLength: 253 })),
  retryCount: required(s.int32()),
  timestamp: required(s.time()),
});
export type LastRemediation = TypeOf<typeof lastRemediation>;

export const kubeadmControlPlaneSpec = s.object({
  kubeadmConfigSpec: required(kubeadmConfigSpec),
  machineTemplate: required(kubeadmControlPlaneMachineTemplate),
  version: required(s.string({ minLength: 1, maxLength: 256 })),
  machineNamingStrategy: machineNamingStrategy,
  remediationStrategy: remediationStrategy,
  replicas: s.int32(),
  rolloutAfter: s.time(),
  rolloutBefore: rolloutBefore,
  rolloutStrategy: rolloutStrategy,
});
export type KubeadmControlPlaneSpec = TypeOf<typeof kubeadmControlPlaneSpec>;

export const kubeadmControlPlaneStatus = s.object({
  conditions: conditions,
  failureMessage: s.string({ minLength: 1, maxLength: 10240 }),
  failureReason: s.string(),
  initialized: s.boolean(),
  lastRemediation: lastRemediation,
  observedGeneration: s.int64(),
  ready: s.boolean(),
  readyReplicas: s.int32(),
  replicas: s.int32(),
  selector: s.string({ minLength: 1, maxLength: 4096 }),
  unavailableReplicas: s.int32(),
  updatedReplicas: s.int32(),
  v1beta2: v1Beta2ReplicaStatus,
  version: s.string({ minLength: 1, maxLength: 256 }),
});
export type KubeadmControlPlaneStatus = TypeOf<typeof kubeadmControlPlaneStatus>;

export interface KubeadmControlPlane extends KubeObject {
  readonly spec: KubeadmControlPlaneSpec;
  readonly status?: KubeadmControlPlaneStatus;
}

export const KubeadmControlPlane = defineKind<KubeadmControlPlane>({
  ...controlPlaneGroup,
  kind: "KubeadmControlPlane",
  plural: "kubeadmcontrolplanes",
  shortNames: ["kcp"],
  subresources: {
    status: true,
    scale: { labelSelectorPath: ".status.selector", specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
  },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  columns: [
    column("Cluster", ".metadata.labels['cluster\\.x-k8s\\.io/cluster-name']"),
    column("Initialized", ".status.initialized", { type: "boolean" }),
    column("API Server Available", ".status.ready", { type: "boolean" }),
    column("Desired", ".spec.replicas", { type: "integer", priority: 10 }),
    column("Replicas", ".status.replicas", { type: "integer" }),
    column("Ready", ".status.readyReplicas", { type: "integer" }),
    column("Updated", ".status.updatedReplicas", { type: "integer" }),
    column("Unavailable", ".status.unavailableReplicas", { type: "integer" }),
    ageColumn,
    column("Version", ".spec.version"),
  ],
  description: "TODO",
  fields: {
    spec: kubeadmControlPlaneSpec,
    status: kubeadmControlPlaneStatus,
  },
  default: defaultKubeadmControlPlane,
  validate: validateKubeadmControlPlane,
});

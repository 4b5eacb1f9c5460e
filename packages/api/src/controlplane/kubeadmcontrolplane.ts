import { kubeadmConfigSpec } from "../bootstrap/kubeadmconfig.ts";
import { conditionGates, machineNamingStrategy, templateMetadata, v1Beta2ReplicaStatus } from "../cluster/fragments.ts";
import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { always, asGiven } from "../kind/writing.ts";
import { conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { controlPlaneGroup } from "./group.ts";
import {
  defaultKubeadmControlPlane,
  forbidControlPlaneScale,
  validateKubeadmControlPlane,
} from "./kubeadmcontrolplane.admission.ts";

export const rolloutBefore = s.object("Replace machines before something happens", {
  certificatesExpiryDays: asGiven(s.int32("So many days before their certificates expire")),
});
export type RolloutBefore = TypeOf<typeof rolloutBefore>;

export const rolloutStrategy = s.object(
  "How machines are replaced",
  {
    rollingUpdate: s.object("For the type RollingUpdate", {
      maxSurge: asGiven(s.intOrString("How many machines more than wanted: 0 or 1")),
    }),
    type: s.enum("RollingUpdate", ["RollingUpdate"]),
  },
  { default: { rollingUpdate: { maxSurge: 1 }, type: "RollingUpdate" } },
);
export type RolloutStrategy = TypeOf<typeof rolloutStrategy>;

export const remediationStrategy = s.object("How machines that are given up are replaced", {
  maxRetry: asGiven(s.int32("How often it is tried for the same machine; absent: for ever")),
  minHealthyPeriod: s.duration("How long a replacement must last to count as a success"),
  retryPeriod: always(s.duration("How long to wait before the next try")),
});
export type RemediationStrategy = TypeOf<typeof remediationStrategy>;

export const kubeadmControlPlaneMachineTemplate = s.object("What control plane Machines are made from", {
  infrastructureRef: required(s.described("Template of their infrastructure", objectReference)),
  metadata: always(templateMetadata),
  nodeDeletionTimeout: s.duration("How long deleting the Node is tried; 0: for ever"),
  nodeDrainTimeout: s.duration("How long draining may take; 0: for ever"),
  nodeVolumeDetachTimeout: s.duration("How long waiting for volumes may take; 0: for ever"),
  readinessGates: conditionGates,
});
export type KubeadmControlPlaneMachineTemplate = TypeOf<typeof kubeadmControlPlaneMachineTemplate>;

export const lastRemediation = s.object("The last replacement of a machine that was given up", {
  machine: required(s.string("Name of the machine", { minLength: 1, maxLength: 253 })),
  retryCount: required(s.int32("How often it was tried")),
  timestamp: required(s.time("When")),
});
export type LastRemediation = TypeOf<typeof lastRemediation>;

export const kubeadmControlPlaneSpec = s.object("What the control plane should be", {
  kubeadmConfigSpec: required(s.described("How its machines become nodes", kubeadmConfigSpec)),
  machineTemplate: required(kubeadmControlPlaneMachineTemplate),
  version: required(s.string("Kubernetes version", { minLength: 1, maxLength: 256 })),
  machineNamingStrategy: machineNamingStrategy,
  remediationStrategy: remediationStrategy,
  replicas: asGiven(s.int32("How many machines: an odd number, unless etcd is elsewhere")),
  rolloutAfter: s.time("Once this time has passed, machines made before it are replaced"),
  rolloutBefore: rolloutBefore,
  rolloutStrategy: rolloutStrategy,
});
export type KubeadmControlPlaneSpec = TypeOf<typeof kubeadmControlPlaneSpec>;

export const kubeadmControlPlaneStatus = s.object("What the control plane is", {
  conditions: conditions,
  failureMessage: s.string("Why only a person can help; not used any more", { minLength: 1, maxLength: 10240 }),
  failureReason: s.string("Why only a person can help, in one word; not used any more"),
  initialized: s.boolean("The first machine has made the cluster"),
  lastRemediation: lastRemediation,
  observedGeneration: s.int64("The generation this status is about"),
  ready: s.boolean("The API server can be reached"),
  readyReplicas: s.int32("Machines whose Node is ready"),
  replicas: s.int32("Machines there are"),
  selector: s.string("As text, for scaling by the scale subresource", { minLength: 1, maxLength: 4096 }),
  unavailableReplicas: s.int32("Machines that are missing or not ready"),
  updatedReplicas: s.int32("Machines of the newest spec"),
  v1beta2: v1Beta2ReplicaStatus,
  version: s.string("Lowest Kubernetes version of its machines", { minLength: 1, maxLength: 256 }),
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
  refusedAs: "cluster.x-k8s.io",
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
  description: "A cluster's control plane, made and kept by kubeadm",
  fields: {
    spec: kubeadmControlPlaneSpec,
    status: kubeadmControlPlaneStatus,
  },
  rewritten: true,
  default: defaultKubeadmControlPlane,
  validate: validateKubeadmControlPlane,
  forbidScale: forbidControlPlaneScale,
});

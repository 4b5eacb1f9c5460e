import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { defaultCluster, validateCluster } from "./cluster.admission.ts";
import { conditionGates } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { topology } from "./topology.ts";

export const networkRanges = s.object({
  cidrBlocks: required(s.list(s.string({ minLength: 1, maxLength: 43 }), { maxItems: 100 })),
});
export type NetworkRanges = TypeOf<typeof networkRanges>;

export const clusterNetwork = s.object({
  apiServerPort: s.int32(),
  pods: networkRanges,
  serviceDomain: s.string({ minLength: 1, maxLength: 253 }),
  services: networkRanges,
});
export type ClusterNetwork = TypeOf<typeof clusterNetwork>;

export const endpoint = s.object({
  host: required(s.string({ maxLength: 512 })),
  port: required(s.int32()),
});
export type ApiEndpoint = TypeOf<typeof endpoint>;

export const failureDomains = s.map(
  s.object({
    attributes: s.map(s.string()),
    controlPlane: s.boolean(),
  }),
);
export type FailureDomains = TypeOf<typeof failureDomains>;

export const clusterSpec = s.object({
  availabilityGates: conditionGates,
  clusterNetwork: clusterNetwork,
  controlPlaneEndpoint: endpoint,
  controlPlaneRef: objectReference,
  infrastructureRef: objectReference,
  paused: s.boolean(),
  topology: topology,
});
export type ClusterSpec = TypeOf<typeof clusterSpec>;

export const clusterStatus = s.object({
  conditions: conditions,
  controlPlaneReady: s.boolean(),
  failureDomains: failureDomains,
  failureMessage: s.string({ minLength: 1, maxLength: 10240 }),
  failureReason: s.string(),
  infrastructureReady: s.boolean(),
  observedGeneration: s.int64(),
  phase: s.enum(["Pending", "Provisioning", "Provisioned", "Deleting", "Failed", "Unknown"]),
  v1beta2: s.object({
    conditions: v1Beta2Conditions,
    controlPlane: s.object({
      availableReplicas: s.int32(),
      desiredReplicas: s.int32(),
      readyReplicas: s.int32(),
      replicas: s.int32(),
      upToDateReplicas: s.int32(),
    }),
    workers: s.object({
      availableReplicas: s.int32(),
      desiredReplicas: s.int32(),
      readyReplicas: s.int32(),
      replicas: s.int32(),
      upToDateReplicas: s.int32(),
    }),
  }),
});
export type ClusterStatus = TypeOf<typeof clusterStatus>;

export interface Cluster extends KubeObject {
  readonly spec: ClusterSpec;
  readonly status?: ClusterStatus;
}

export const Cluster = defineKind<Cluster>({
  ...clusterGroup,
  kind: "Cluster",
  plural: "clusters",
  shortNames: ["cl"],
  subresources: { status: true },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  columns: [
    column("ClusterClass", ".spec.topology.class"),
    column("Phase", ".status.phase"),
    ageColumn,
    column("Version", ".spec.topology.version"),
  ],
  description: "TODO",
  fields: {
    spec: clusterSpec,
    status: clusterStatus,
  },
  default: defaultCluster,
  validate: validateCluster,
});

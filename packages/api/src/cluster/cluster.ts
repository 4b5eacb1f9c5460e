import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { awaitsClass, clusterReads } from "../topology/cluster.reads.ts";
import { defaultCluster, validateCluster } from "./cluster.admission.ts";
import { convertCluster } from "./former.ts";
import { conditionGates } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { topology } from "./topology.ts";

export const networkRanges = s.object("Address ranges", {
  cidrBlocks: required(s.list("In CIDR notation", s.string({ minLength: 1, maxLength: 43 }), { maxItems: 100 })),
});
export type NetworkRanges = TypeOf<typeof networkRanges>;

export const clusterNetwork = s.object("The cluster's inner network", {
  apiServerPort: s.int32("Port of the API server"),
  pods: s.described("Where pods get their addresses", networkRanges),
  serviceDomain: s.string("DNS domain of services", { minLength: 1, maxLength: 253 }),
  services: s.described("Where services get their addresses", networkRanges),
});
export type ClusterNetwork = TypeOf<typeof clusterNetwork>;

export const endpoint = s.object("Where the API server answers", {
  host: required(s.string("Name or address", { maxLength: 512 })),
  port: required(s.int32("Port")),
});
export type ApiEndpoint = TypeOf<typeof endpoint>;

export const failureDomains = s.map(
  "Places in the infrastructure that fail independently",
  s.object({
    attributes: s.map("Whatever the provider says of it", s.string()),
    controlPlane: s.boolean("Whether control plane machines may be there"),
  }),
);
export type FailureDomains = TypeOf<typeof failureDomains>;

export const clusterSpec = s.object("What the cluster should be", {
  availabilityGates: conditionGates,
  clusterNetwork: clusterNetwork,
  controlPlaneEndpoint: endpoint,
  controlPlaneRef: s.described("The provider's control plane", objectReference),
  infrastructureRef: s.described("The provider's cluster", objectReference),
  paused: s.boolean("Nobody touches the cluster or anything in it"),
  topology: topology,
});
export type ClusterSpec = TypeOf<typeof clusterSpec>;

export const clusterStatus = s.object("What the cluster is", {
  conditions: conditions,
  controlPlaneReady: s.boolean("The control plane was ready once"),
  failureDomains: failureDomains,
  failureMessage: s.string("Why only a person can help; not used any more", { minLength: 1, maxLength: 10240 }),
  failureReason: s.string("Why only a person can help, in one word; not used any more"),
  infrastructureReady: s.boolean("The infrastructure was ready once"),
  observedGeneration: s.int64("The generation this status is about"),
  phase: s.enum("In one word", ["Pending", "Provisioning", "Provisioned", "Deleting", "Failed", "Unknown"]),
  v1beta2: s.object("Status fields as a later version of the API will have them", {
    conditions: v1Beta2Conditions,
    controlPlane: s.object("Control plane machines, counted", {
      availableReplicas: s.int32("Machines that are available"),
      desiredReplicas: s.int32("Machines wanted"),
      readyReplicas: s.int32("Machines that are ready"),
      replicas: s.int32("How many Machines"),
      upToDateReplicas: s.int32("Machines of the newest template"),
    }),
    workers: s.object("Worker machines, counted", {
      availableReplicas: s.int32("Machines that are available"),
      desiredReplicas: s.int32("Machines wanted"),
      readyReplicas: s.int32("Machines that are ready"),
      replicas: s.int32("How many Machines"),
      upToDateReplicas: s.int32("Machines of the newest template"),
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
  convert: convertCluster,
  // What an operator asks for first (RUN-032); upstream has none.
  selectableFields: [".status.phase"],
  columns: [
    column("ClusterClass", ".spec.topology.class"),
    column("Phase", ".status.phase"),
    ageColumn,
    column("Version", ".spec.topology.version"),
  ],
  description: "A Kubernetes cluster and all that it is made of",
  fields: {
    spec: clusterSpec,
    status: clusterStatus,
  },
  default: defaultCluster,
  validate: validateCluster,
  reads: clusterReads,
  awaits: awaitsClass,
});

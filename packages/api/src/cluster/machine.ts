import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { convertMachine } from "./former.ts";
import { conditionGates } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { defaultMachine, validateMachine } from "./machine.admission.ts";
import { forbidQuorumLoss, quorumReads } from "./machine.quorum.ts";

export const bootstrap = s.object("Where a machine gets what it is started with", {
  configRef: s.described("The provider's config, or its template", objectReference),
  dataSecretName: s.string("Secret with the finished bootstrap data", { minLength: 0, maxLength: 253 }),
});
export type Bootstrap = TypeOf<typeof bootstrap>;

export const machineAddress = s.object("An address of the machine", {
  address: required(s.string("Name or address", { minLength: 1, maxLength: 256 })),
  type: required(s.enum("What kind of address", ["Hostname", "ExternalIP", "InternalIP", "ExternalDNS", "InternalDNS"])),
});
export type MachineAddress = TypeOf<typeof machineAddress>;

export const nodeSystemInfo = s.object("What the Node says of its system", {
  architecture: required(s.string("CPU architecture")),
  bootID: required(s.string("Id of this boot")),
  containerRuntimeVersion: required(s.string("Container runtime and its version")),
  kernelVersion: required(s.string("Kernel version")),
  kubeProxyVersion: required(s.string("kube-proxy version, as far as it is known")),
  kubeletVersion: required(s.string("kubelet version")),
  machineID: required(s.string("Id of the installed system")),
  operatingSystem: required(s.string("Operating system")),
  osImage: required(s.string("Name of the system's image")),
  systemUUID: required(s.string("Id of the hardware")),
});
export type NodeSystemInfo = TypeOf<typeof nodeSystemInfo>;

export const machineSpec = s.object("What the machine should be", {
  bootstrap: required(bootstrap),
  clusterName: required(s.string("Name of the Cluster it belongs to", { minLength: 1, maxLength: 63 })),
  infrastructureRef: required(s.described("The provider's machine, or its template", objectReference)),
  failureDomain: s.string("Where it should be", { minLength: 1, maxLength: 256 }),
  nodeDeletionTimeout: s.duration("How long deleting the Node is tried; 0: for ever"),
  nodeDrainTimeout: s.duration("How long draining may take; 0: for ever"),
  nodeVolumeDetachTimeout: s.duration("How long waiting for volumes may take; 0: for ever"),
  providerID: s.string("The provider's own name for it", { minLength: 1, maxLength: 512 }),
  readinessGates: conditionGates,
  version: s.string("Kubernetes version", { minLength: 1, maxLength: 256 }),
});
export type MachineSpec = TypeOf<typeof machineSpec>;

export const machineStatus = s.object("What the machine is", {
  addresses: s.list("Where it can be reached", machineAddress),
  bootstrapReady: s.boolean("Bootstrap data was there once"),
  certificatesExpiryDate: s.time("When the control plane's certificates on it expire"),
  conditions: conditions,
  deletion: s.object("How far deletion has come", {
    nodeDrainStartTime: s.time("When draining began"),
    waitForNodeVolumeDetachStartTime: s.time("When waiting for volumes began"),
  }),
  failureMessage: s.string("Why only a person can help; not used any more", { minLength: 1, maxLength: 10240 }),
  failureReason: s.string("Why only a person can help, in one word; not used any more"),
  infrastructureReady: s.boolean("The infrastructure was ready once"),
  lastUpdated: s.time("When the phase last changed"),
  nodeInfo: nodeSystemInfo,
  nodeRef: s.described("The Node it has become", objectReference),
  observedGeneration: s.int64("The generation this status is about"),
  phase: s.enum("In one word", ["Pending", "Provisioning", "Provisioned", "Running", "Deleting", "Deleted", "Failed", "Unknown"]),
  v1beta2: v1Beta2Status,
});
export type MachineStatus = TypeOf<typeof machineStatus>;

export interface Machine extends KubeObject {
  readonly spec: MachineSpec;
  readonly status?: MachineStatus;
}

export const Machine = defineKind<Machine>({
  ...clusterGroup,
  kind: "Machine",
  plural: "machines",
  shortNames: ["ma"],
  subresources: { status: true },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  convert: convertMachine,
  // What an operator asks for first (RUN-032); upstream has none.
  selectableFields: [".status.phase"],
  columns: [
    column("Cluster", ".spec.clusterName"),
    column("NodeName", ".status.nodeRef.name"),
    column("ProviderID", ".spec.providerID"),
    column("Phase", ".status.phase"),
    ageColumn,
    column("Version", ".spec.version"),
  ],
  description: "A machine that is, or will be, a node of a cluster",
  fields: {
    spec: machineSpec,
    status: machineStatus,
  },
  reads: quorumReads,
  forbidDelete: forbidQuorumLoss,
  default: defaultMachine,
  validate: validateMachine,
});

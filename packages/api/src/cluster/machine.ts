import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { conditionGates } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { defaultMachine, validateMachine } from "./machine.admission.ts";

export const bootstrap = s.object({
  configRef: objectReference,
  dataSecretName: s.string({ minLength: 0, maxLength: 253 }),
});
export type Bootstrap = TypeOf<typeof bootstrap>;

export const machineAddress = s.object({
  address: required(s.string({ minLength: 1, maxLength: 256 })),
  type: required(s.enum(["Hostname", "ExternalIP", "InternalIP", "ExternalDNS", "InternalDNS"])),
});
export type MachineAddress = TypeOf<typeof machineAddress>;

export const nodeSystemInfo = s.object({
  architecture: required(s.string()),
  bootID: required(s.string()),
  containerRuntimeVersion: required(s.string()),
  kernelVersion: required(s.string()),
  kubeProxyVersion: required(s.string()),
  kubeletVersion: required(s.string()),
  machineID: required(s.string()),
  operatingSystem: required(s.string()),
  osImage: required(s.string()),
  systemUUID: required(s.string()),
});
export type NodeSystemInfo = TypeOf<typeof nodeSystemInfo>;

export const machineSpec = s.object({
  bootstrap: required(bootstrap),
  clusterName: required(s.string({ minLength: 1, maxLength: 63 })),
  infrastructureRef: required(objectReference),
  failureDomain: s.string({ minLength: 1, maxLength: 256 }),
  nodeDeletionTimeout: s.duration(),
  nodeDrainTimeout: s.duration(),
  nodeVolumeDetachTimeout: s.duration(),
  providerID: s.string({ minLength: 1, maxLength: 512 }),
  readinessGates: conditionGates,
  version: s.string({ minLength: 1, maxLength: 256 }),
});
export type MachineSpec = TypeOf<typeof machineSpec>;

export const machineStatus = s.object({
  addresses: s.list(machineAddress),
  bootstrapReady: s.boolean(),
  certificatesExpiryDate: s.time(),
  conditions: conditions,
  deletion: s.object({
    nodeDrainStartTime: s.time(),
    waitForNodeVolumeDetachStartTime: s.time(),
  }),
  failureMessage: s.string({ minLength: 1, maxLength: 10240 }),
  failureReason: s.string(),
  infrastructureReady: s.boolean(),
  lastUpdated: s.time(),
  nodeInfo: nodeSystemInfo,
  nodeRef: objectReference,
  observedGeneration: s.int64(),
  phase: s.enum(["Pending", "Provisioning", "Provisioned", "Running", "Deleting", "Deleted", "Failed", "Unknown"]),
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
  columns: [
    column("Cluster", ".spec.clusterName"),
    column("NodeName", ".status.nodeRef.name"),
    column("ProviderID", ".spec.providerID"),
    column("Phase", ".status.phase"),
    ageColumn,
    column("Version", ".spec.version"),
  ],
  description: "TODO",
  fields: {
    spec: machineSpec,
    status: machineStatus,
  },
  default: defaultMachine,
  validate: validateMachine,
});

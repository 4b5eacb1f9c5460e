import { required, s, type TypeOf } from "../kind/fields.ts";
import { objectReference } from "../meta/references.ts";
import { conditionGates, machineDeploymentStrategy, templateMetadata, unhealthyConditions } from "./fragments.ts";

export const machineHealthCheckTopology = s.object({
  enable: s.boolean(),
  maxUnhealthy: s.intOrString(),
  nodeStartupTimeout: s.duration(),
  remediationTemplate: objectReference,
  unhealthyConditions: unhealthyConditions,
  unhealthyRange: s.string({ minLength: 1, maxLength: 32, pattern: "^\\[[0-9]+-[0-9]+\\]$" }),
});
export type MachineHealthCheckTopology = TypeOf<typeof machineHealthCheckTopology>;

export const variableOverride = s.object({
  name: required(s.string({ minLength: 1, maxLength: 256 })),
  value: required(s.json()),
  definitionFrom: s.string({ maxLength: 256 }),
});
export type ClusterVariable = TypeOf<typeof variableOverride>;

export const controlPlaneTopology = s.object({
  machineHealthCheck: machineHealthCheckTopology,
  metadata: templateMetadata,
  nodeDeletionTimeout: s.duration(),
  nodeDrainTimeout: s.duration(),
  nodeVolumeDetachTimeout: s.duration(),
  readinessGates: conditionGates,
  replicas: s.int32(),
  variables: s.object({
    overrides: s.list(variableOverride, { maxItems: 1000, merge: ["name"] }),
  }),
});
export type ControlPlaneTopology = TypeOf<typeof controlPlaneTopology>;

export const machineDeploymentTopology = s.object({
  class: required(s.string({ minLength: 1, maxLength: 256 })),
  name: required(s.string({ minLength: 1, maxLength: 63 })),
  failureDomain: s.string({ minLength: 1, maxLength: 256 }),
  machineHealthCheck: machineHealthCheckTopology,
  metadata: templateMetadata,
  minReadySeconds: s.int32(),
  nodeDeletionTimeout: s.duration(),
  nodeDrainTimeout: s.duration(),
  nodeVolumeDetachTimeout: s.duration(),
  readinessGates: conditionGates,
  replicas: s.int32(),
  strategy: machineDeploymentStrategy,
  variables: s.object({
    overrides: s.list(variableOverride, { maxItems: 1000, merge: ["name"] }),
  }),
});
export type MachineDeploymentTopology = TypeOf<typeof machineDeploymentTopology>;

export const machinePoolTopology = s.object({
  class: required(s.string({ minLength: 1, maxLength: 256 })),
  name: required(s.string({ minLength: 1, maxLength: 63 })),
  failureDomains: s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  metadata: templateMetadata,
  minReadySeconds: s.int32(),
  nodeDeletionTimeout: s.duration(),
  nodeDrainTimeout: s.duration(),
  nodeVolumeDetachTimeout: s.duration(),
  replicas: s.int32(),
  variables: s.object({
    overrides: s.list(variableOverride, { maxItems: 1000, merge: ["name"] }),
  }),
});
export type MachinePoolTopology = TypeOf<typeof machinePoolTopology>;

export const topology = s.object({
  class: required(s.string({ minLength: 1, maxLength: 253 })),
  version: required(s.string({ minLength: 1, maxLength: 256 })),
  classNamespace: s.string({ minLength: 1, maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" }),
  controlPlane: controlPlaneTopology,
  rolloutAfter: s.time(),
  variables: s.list(variableOverride, { maxItems: 1000, merge: ["name"] }),
  workers: s.object({
    machineDeployments: s.list(machineDeploymentTopology, { maxItems: 2000, merge: ["name"] }),
    machinePools: s.list(machinePoolTopology, { maxItems: 2000, merge: ["name"] }),
  }),
});
export type Topology = TypeOf<typeof topology>;

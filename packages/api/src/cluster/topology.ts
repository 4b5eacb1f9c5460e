import { required, s, type TypeOf } from "../kind/fields.ts";
import { objectReference } from "../meta/references.ts";
import { conditionGates, machineDeploymentStrategy, templateMetadata, unhealthyConditions } from "./fragments.ts";

export const machineHealthCheckTopology = s.object("The health check that is made for these Machines", {
  enable: s.boolean("Whether one is made; absent: as the class says"),
  maxUnhealthy: s.intOrString("Remediation stops when more are unhealthy: a number or a percentage"),
  nodeStartupTimeout: s.duration("How long a Machine may take to become a Node; 0: for ever"),
  remediationTemplate: objectReference,
  unhealthyConditions: unhealthyConditions,
  unhealthyRange: s.string("Remediation happens only while the number of unhealthy Machines is in this range: [min-max]", {
    minLength: 1,
    maxLength: 32,
    pattern: "^\\[[0-9]+-[0-9]+\\]$",
  }),
});
export type MachineHealthCheckTopology = TypeOf<typeof machineHealthCheckTopology>;

export const variableOverride = s.object("A variable's value", {
  name: required(s.string("Name", { minLength: 1, maxLength: 256 })),
  value: required(s.json("Any JSON value that the variable's schema accepts")),
  definitionFrom: s.string("Which definition is meant, when several of the name differ", { maxLength: 256 }),
});
export type ClusterVariable = TypeOf<typeof variableOverride>;

export const controlPlaneTopology = s.object("The control plane of the topology", {
  machineHealthCheck: machineHealthCheckTopology,
  metadata: templateMetadata,
  nodeDeletionTimeout: s.duration("How long deleting the Node is tried; 0: for ever"),
  nodeDrainTimeout: s.duration("How long draining may take; 0: for ever"),
  nodeVolumeDetachTimeout: s.duration("How long waiting for volumes may take; 0: for ever"),
  readinessGates: conditionGates,
  replicas: s.int32("How many Machines"),
  variables: s.object("Values of variables for the control plane alone", {
    overrides: s.list("Values that replace those of the whole topology", variableOverride, { maxItems: 1000, merge: ["name"] }),
  }),
});
export type ControlPlaneTopology = TypeOf<typeof controlPlaneTopology>;

export const machineDeploymentTopology = s.object("A MachineDeployment of the topology", {
  class: required(s.string("Class of workers in the ClusterClass", { minLength: 1, maxLength: 256 })),
  name: required(s.string("Name within the topology; the object's name is made from it", { minLength: 1, maxLength: 63 })),
  failureDomain: s.string("Where its machines should be", { minLength: 1, maxLength: 256 }),
  machineHealthCheck: machineHealthCheckTopology,
  metadata: templateMetadata,
  minReadySeconds: s.int32("How long a Node must be ready before its Machine counts as available"),
  nodeDeletionTimeout: s.duration("How long deleting the Node is tried; 0: for ever"),
  nodeDrainTimeout: s.duration("How long draining may take; 0: for ever"),
  nodeVolumeDetachTimeout: s.duration("How long waiting for volumes may take; 0: for ever"),
  readinessGates: conditionGates,
  replicas: s.int32("How many Machines"),
  strategy: machineDeploymentStrategy,
  variables: s.object("Values of variables for this one alone", {
    overrides: s.list("Values that replace those of the whole topology", variableOverride, { maxItems: 1000, merge: ["name"] }),
  }),
});
export type MachineDeploymentTopology = TypeOf<typeof machineDeploymentTopology>;

export const machinePoolTopology = s.object("A MachinePool of the topology", {
  class: required(s.string("Class of workers in the ClusterClass", { minLength: 1, maxLength: 256 })),
  name: required(s.string("Name within the topology; the object's name is made from it", { minLength: 1, maxLength: 63 })),
  failureDomains: s.list("Where its machines should be", s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  metadata: templateMetadata,
  minReadySeconds: s.int32("How long a Node must be ready before its Machine counts as available"),
  nodeDeletionTimeout: s.duration("How long deleting the Node is tried; 0: for ever"),
  nodeDrainTimeout: s.duration("How long draining may take; 0: for ever"),
  nodeVolumeDetachTimeout: s.duration("How long waiting for volumes may take; 0: for ever"),
  replicas: s.int32("How many Machines"),
  variables: s.object("Values of variables for this one alone", {
    overrides: s.list("Values that replace those of the whole topology", variableOverride, { maxItems: 1000, merge: ["name"] }),
  }),
});
export type MachinePoolTopology = TypeOf<typeof machinePoolTopology>;

export const topology = s.object("A cluster that is made and kept from a ClusterClass", {
  class: required(s.string("Name of the ClusterClass", { minLength: 1, maxLength: 253 })),
  version: required(s.string("Kubernetes version of the whole cluster", { minLength: 1, maxLength: 256 })),
  classNamespace: s.string("Namespace of the ClusterClass; absent: the Cluster's own", {
    minLength: 1,
    maxLength: 63,
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  }),
  controlPlane: controlPlaneTopology,
  rolloutAfter: s.time("Machines made before this time are replaced"),
  variables: s.list("Values of the ClusterClass's variables", variableOverride, { maxItems: 1000, merge: ["name"] }),
  workers: s.object("The workers", {
    machineDeployments: s.list("As MachineDeployments", machineDeploymentTopology, { maxItems: 2000, merge: ["name"] }),
    machinePools: s.list("As MachinePools", machinePoolTopology, { maxItems: 2000, merge: ["name"] }),
  }),
});
export type Topology = TypeOf<typeof topology>;

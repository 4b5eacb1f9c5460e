/** Cluster API's core kinds: Cluster, Machine, MachineSet, MachineDeployment and their company. */

export {
  type ApiEndpoint,
  Cluster,
  type ClusterNetwork,
  type ClusterSpec,
  type ClusterStatus,
  type FailureDomains,
  type NetworkRanges,
} from "./cluster.ts";
export {
  ClusterClass,
  type ClusterClassPatch,
  type ClusterClassSpec,
  type ClusterClassStatus,
  type ClusterClassVariable,
  type ControlPlaneClass,
  type MachineDeploymentClass,
  type MachineHealthCheckClass,
  type MachinePoolClass,
  type NamingStrategy,
  type TemplateReference,
  type WorkerTemplate,
} from "./clusterclass.ts";
export type {
  ConditionGate,
  MachineDeploymentStrategy,
  MachineNamingStrategy,
  TemplateMetadata,
  UnhealthyCondition,
  V1Beta2ReplicaStatus,
} from "./fragments.ts";
export * from "./group.ts";
export type { JsonSchemaProps, VariableSchema } from "./jsonschemaprops.ts";
export { fnv1a, labelValueOf } from "./labelvalue.ts";
export { Machine, type MachineAddress, type MachineSpec, type MachineStatus } from "./machine.ts";
export { MachineDeployment, type MachineDeploymentSpec, type MachineDeploymentStatus } from "./machinedeployment.ts";
export { MachineDrainRule, type MachineDrainRuleSpec } from "./machinedrainrule.ts";
export { MachineHealthCheck, type MachineHealthCheckSpec, type MachineHealthCheckStatus } from "./machinehealthcheck.ts";
export { MachinePool, type MachinePoolSpec, type MachinePoolStatus } from "./machinepool.ts";
export { MachineSet, type MachineSetSpec, type MachineSetStatus, type MachineTemplate } from "./machineset.ts";
export * from "./names.ts";
export { nameFromTemplate, randomSuffix, simpleName } from "./naming.ts";
export { type PreflightCheck, skippedPreflightChecks } from "./template.admission.ts";
export type {
  ClusterVariable,
  ControlPlaneTopology,
  MachineDeploymentTopology,
  MachineHealthCheckTopology,
  MachinePoolTopology,
  Topology,
} from "./topology.ts";
export { compareVersions, formatVersion, isKubernetesVersion, parseVersion, type Version } from "./version.ts";

import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import {
  clusterClassReads,
  defaultClusterClass,
  forbidClusterClassDelete,
  validateClusterClass,
} from "../topology/class.admission.ts";
import { convertClusterClass } from "./former.ts";
import { conditionGates, machineDeploymentStrategy, templateMetadata, unhealthyConditions } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { variableSchema } from "./jsonschemaprops.ts";

export const templateReference = s.object("A template, by reference", {
  ref: required(s.described("The template", objectReference)),
});
export type TemplateReference = TypeOf<typeof templateReference>;

export const namingStrategy = s.object("How objects are named", {
  template: s.string("Template with .cluster.name, the topology's name and .random", { minLength: 1, maxLength: 1024 }),
});
export type NamingStrategy = TypeOf<typeof namingStrategy>;

export const machineHealthCheckClass = s.object("The health check that is made for such Machines", {
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
export type MachineHealthCheckClass = TypeOf<typeof machineHealthCheckClass>;

export const controlPlaneClass = s.object("What a control plane of this class is made from", {
  ref: required(s.described("Template of the control plane", objectReference)),
  machineHealthCheck: machineHealthCheckClass,
  machineInfrastructure: s.described("Template of its machines' infrastructure", templateReference),
  metadata: templateMetadata,
  namingStrategy: s.described("How the control plane is named", namingStrategy),
  nodeDeletionTimeout: s.duration("How long deleting the Node is tried; 0: for ever"),
  nodeDrainTimeout: s.duration("How long draining may take; 0: for ever"),
  nodeVolumeDetachTimeout: s.duration("How long waiting for volumes may take; 0: for ever"),
  readinessGates: conditionGates,
});
export type ControlPlaneClass = TypeOf<typeof controlPlaneClass>;

export const workerTemplate = s.object("What workers of this class are made from", {
  bootstrap: required(s.described("Template of their bootstrap config", templateReference)),
  infrastructure: required(s.described("Template of their infrastructure", templateReference)),
  metadata: templateMetadata,
});
export type WorkerTemplate = TypeOf<typeof workerTemplate>;

export const machineDeploymentClass = s.object("A class of workers in MachineDeployments", {
  class: required(s.string("Name of the class", { minLength: 1, maxLength: 256 })),
  template: required(workerTemplate),
  failureDomain: s.string("Where its machines should be", { minLength: 1, maxLength: 256 }),
  machineHealthCheck: machineHealthCheckClass,
  minReadySeconds: s.int32("How long a Node must be ready before its Machine counts as available"),
  namingStrategy: s.described("How MachineDeployments of the class are named", namingStrategy),
  nodeDeletionTimeout: s.duration("How long deleting the Node is tried; 0: for ever"),
  nodeDrainTimeout: s.duration("How long draining may take; 0: for ever"),
  nodeVolumeDetachTimeout: s.duration("How long waiting for volumes may take; 0: for ever"),
  readinessGates: conditionGates,
  strategy: machineDeploymentStrategy,
});
export type MachineDeploymentClass = TypeOf<typeof machineDeploymentClass>;

export const machinePoolClass = s.object("A class of workers in MachinePools", {
  class: required(s.string("Name of the class", { minLength: 1, maxLength: 256 })),
  template: required(workerTemplate),
  failureDomains: s.list("Where its machines should be", s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  minReadySeconds: s.int32("How long a Node must be ready before its Machine counts as available"),
  namingStrategy: s.described("How MachinePools of the class are named", namingStrategy),
  nodeDeletionTimeout: s.duration("How long deleting the Node is tried; 0: for ever"),
  nodeDrainTimeout: s.duration("How long draining may take; 0: for ever"),
  nodeVolumeDetachTimeout: s.duration("How long waiting for volumes may take; 0: for ever"),
});
export type MachinePoolClass = TypeOf<typeof machinePoolClass>;

export const clusterClassVariable = s.object("A variable that Clusters of the class set", {
  name: required(s.string("Name of the variable", { minLength: 1, maxLength: 256 })),
  required: required(s.boolean("Whether every Cluster must set it")),
  schema: required(variableSchema),
  metadata: s.described("Labels and annotations of the variable", templateMetadata),
});
export type ClusterClassVariable = TypeOf<typeof clusterClassVariable>;

export const clusterClassPatch = s.object("A change to the class's templates, made anew for each Cluster", {
  name: required(s.string("Name of the patch", { minLength: 1, maxLength: 256 })),
  definitions: s.list(
    "Changes written here",
    s.object({
      jsonPatches: required(
        s.list(
          "Changes to the selected templates",
          s.object({
            op: required(s.enum("add, replace or remove", ["add", "replace", "remove"])),
            path: required(s.string("Place in the template, below spec", { minLength: 1, maxLength: 512 })),
            value: s.json("The value itself"),
            valueFrom: s.object("Where the value comes from", {
              template: s.string("Template that makes the value", { minLength: 1, maxLength: 10240 }),
              variable: s.string("Variable that is the value", { minLength: 1, maxLength: 256 }),
            }),
          }),
          { maxItems: 100 },
        ),
      ),
      selector: required(
        s.object("Which templates are changed", {
          apiVersion: required(s.string("Group and version of the templates", { minLength: 1, maxLength: 512 })),
          kind: required(s.string("Kind of the templates", { minLength: 1, maxLength: 256 })),
          matchResources: required(
            s.object("Which of the class's uses of them", {
              controlPlane: s.boolean("Those of the control plane"),
              infrastructureCluster: s.boolean("That of the provider's cluster"),
              machineDeploymentClass: s.object("Those of classes of MachineDeployments", {
                names: s.list("Names of the classes", s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
              }),
              machinePoolClass: s.object("Those of classes of MachinePools", {
                names: s.list("Names of the classes", s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
              }),
            }),
          ),
        }),
      ),
    }),
    { maxItems: 100 },
  ),
  description: s.string("For people", { minLength: 1, maxLength: 1024 }),
  enabledIf: s.string('Template that makes "true" when the patch applies', { minLength: 1, maxLength: 256 }),
  external: s.object("Changes made by a runtime extension", {
    discoverVariablesExtension: s.string("Extension that declares variables", { minLength: 1, maxLength: 512 }),
    generateExtension: s.string("Extension that makes the changes", { minLength: 1, maxLength: 512 }),
    settings: s.map("Settings that are passed to the extension", s.string()),
    validateExtension: s.string("Extension that checks the outcome", { minLength: 1, maxLength: 512 }),
  }),
});
export type ClusterClassPatch = TypeOf<typeof clusterClassPatch>;

export const clusterClassSpec = s.object("What clusters of this class are made from", {
  availabilityGates: conditionGates,
  controlPlane: controlPlaneClass,
  infrastructure: s.described("Template of the provider's cluster", templateReference),
  infrastructureNamingStrategy: s.described("How the provider's cluster is named", namingStrategy),
  patches: s.list("Changes to the templates, in order", clusterClassPatch, { maxItems: 1000 }),
  variables: s.list("Variables that Clusters set", clusterClassVariable, { maxItems: 1000 }),
  workers: s.object("Classes of workers", {
    machineDeployments: s.list("In MachineDeployments", machineDeploymentClass, { maxItems: 100, merge: ["class"] }),
    machinePools: s.list("In MachinePools", machinePoolClass, { maxItems: 100, merge: ["class"] }),
  }),
});
export type ClusterClassSpec = TypeOf<typeof clusterClassSpec>;

export const clusterClassStatus = s.object("What the class is", {
  conditions: conditions,
  observedGeneration: s.int64("The generation this status is about"),
  v1beta2: v1Beta2Status,
  variables: s.list(
    "Variables of the class and of its patches",
    s.object({
      definitions: required(
        s.list(
          "Where and how it is defined",
          s.object({
            from: required(s.string("inline, or the name of the patch", { minLength: 1, maxLength: 256 })),
            required: required(s.boolean("Whether every Cluster must set it")),
            schema: required(variableSchema),
            metadata: s.described("Labels and annotations of the variable", templateMetadata),
          }),
          { maxItems: 100 },
        ),
      ),
      name: required(s.string("Name of the variable", { minLength: 1, maxLength: 256 })),
      definitionsConflict: s.boolean("Whether the definitions differ"),
    }),
    { maxItems: 1000 },
  ),
});
export type ClusterClassStatus = TypeOf<typeof clusterClassStatus>;

export interface ClusterClass extends KubeObject {
  readonly spec: ClusterClassSpec;
  readonly status?: ClusterClassStatus;
}

export const ClusterClass = defineKind<ClusterClass>({
  ...clusterGroup,
  kind: "ClusterClass",
  plural: "clusterclasses",
  shortNames: ["cc"],
  subresources: { status: true },
  formerVersions: [{ name: "v1alpha4", deprecated: true }],
  convert: convertClusterClass,
  columns: [ageColumn],
  description: "What clusters are made from, written once",
  fields: {
    spec: clusterClassSpec,
    status: clusterClassStatus,
  },
  default: defaultClusterClass,
  validate: validateClusterClass,
  forbidDelete: forbidClusterClassDelete,
  reads: clusterClassReads,
});

import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { conditionGates, machineDeploymentStrategy, templateMetadata, unhealthyConditions } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { variableSchema } from "./jsonschemaprops.ts";

export const templateReference = s.object({
  ref: required(objectReference),
});
export type TemplateReference = TypeOf<typeof templateReference>;

export const namingStrategy = s.object({
  template: s.string({ minLength: 1, maxLength: 1024 }),
});
export type NamingStrategy = TypeOf<typeof namingStrategy>;

export const machineHealthCheckClass = s.object({
  maxUnhealthy: s.intOrString(),
  nodeStartupTimeout: s.duration(),
  remediationTemplate: objectReference,
  unhealthyConditions: unhealthyConditions,
  unhealthyRange: s.string({ minLength: 1, maxLength: 32, pattern: "^\\[[0-9]+-[0-9]+\\]$" }),
});
export type MachineHealthCheckClass = TypeOf<typeof machineHealthCheckClass>;

export const controlPlaneClass = s.object({
  ref: required(objectReference),
  machineHealthCheck: machineHealthCheckClass,
  machineInfrastructure: templateReference,
  metadata: templateMetadata,
  namingStrategy: namingStrategy,
  nodeDeletionTimeout: s.duration(),
  nodeDrainTimeout: s.duration(),
  nodeVolumeDetachTimeout: s.duration(),
  readinessGates: conditionGates,
});
export type ControlPlaneClass = TypeOf<typeof controlPlaneClass>;

export const workerTemplate = s.object({
  bootstrap: required(templateReference),
  infrastructure: required(templateReference),
  metadata: templateMetadata,
});
export type WorkerTemplate = TypeOf<typeof workerTemplate>;

export const machineDeploymentClass = s.object({
  class: required(s.string({ minLength: 1, maxLength: 256 })),
  template: required(workerTemplate),
  failureDomain: s.string({ minLength: 1, maxLength: 256 }),
  machineHealthCheck: machineHealthCheckClass,
  minReadySeconds: s.int32(),
  namingStrategy: namingStrategy,
  nodeDeletionTimeout: s.duration(),
  nodeDrainTimeout: s.duration(),
  nodeVolumeDetachTimeout: s.duration(),
  readinessGates: conditionGates,
  strategy: machineDeploymentStrategy,
});
export type MachineDeploymentClass = TypeOf<typeof machineDeploymentClass>;

export const machinePoolClass = s.object({
  class: required(s.string({ minLength: 1, maxLength: 256 })),
  template: required(workerTemplate),
  failureDomains: s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  minReadySeconds: s.int32(),
  namingStrategy: namingStrategy,
  nodeDeletionTimeout: s.duration(),
  nodeDrainTimeout: s.duration(),
  nodeVolumeDetachTimeout: s.duration(),
});
export type MachinePoolClass = TypeOf<typeof machinePoolClass>;

export const clusterClassVariable = s.object({
  name: required(s.string({ minLength: 1, maxLength: 256 })),
  required: required(s.boolean()),
  schema: required(variableSchema),
  metadata: templateMetadata,
});
export type ClusterClassVariable = TypeOf<typeof clusterClassVariable>;

export const clusterClassPatch = s.object({
  name: required(s.string({ minLength: 1, maxLength: 256 })),
  definitions: s.list(
    s.object({
      jsonPatches: required(
        s.list(
          s.object({
            op: required(s.enum(["add", "replace", "remove"])),
            path: required(s.string({ minLength: 1, maxLength: 512 })),
            value: s.json(),
            valueFrom: s.object({
              template: s.string({ minLength: 1, maxLength: 10240 }),
              variable: s.string({ minLength: 1, maxLength: 256 }),
            }),
          }),
          { maxItems: 100 },
        ),
      ),
      selector: required(
        s.object({
          apiVersion: required(s.string({ minLength: 1, maxLength: 512 })),
          kind: required(s.string({ minLength: 1, maxLength: 256 })),
          matchResources: required(
            s.object({
              controlPlane: s.boolean(),
              infrastructureCluster: s.boolean(),
              machineDeploymentClass: s.object({
                names: s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
              }),
              machinePoolClass: s.object({
                names: s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
              }),
            }),
          ),
        }),
      ),
    }),
    { maxItems: 100 },
  ),
  description: s.string({ minLength: 1, maxLength: 1024 }),
  enabledIf: s.string({ minLength: 1, maxLength: 256 }),
  external: s.object({
    discoverVariablesExtension: s.string({ minLength: 1, maxLength: 512 }),
    generateExtension: s.string({ minLength: 1, maxLength: 512 }),
    settings: s.map(s.string()),
    validateExtension: s.string({ minLength: 1, maxLength: 512 }),
  }),
});
export type ClusterClassPatch = TypeOf<typeof clusterClassPatch>;

export const clusterClassSpec = s.object({
  availabilityGates: conditionGates,
  controlPlane: controlPlaneClass,
  infrastructure: templateReference,
  infrastructureNamingStrategy: namingStrategy,
  patches: s.list(clusterClassPatch, { maxItems: 1000 }),
  variables: s.list(clusterClassVariable, { maxItems: 1000 }),
  workers: s.object({
    machineDeployments: s.list(machineDeploymentClass, { maxItems: 100, merge: ["class"] }),
    machinePools: s.list(machinePoolClass, { maxItems: 100, merge: ["class"] }),
  }),
});
export type ClusterClassSpec = TypeOf<typeof clusterClassSpec>;

export const clusterClassStatus = s.object({
  conditions: conditions,
  observedGeneration: s.int64(),
  v1beta2: v1Beta2Status,
  variables: s.list(
    s.object({
      definitions: required(
        s.list(
          s.object({
            from: required(s.string({ minLength: 1, maxLength: 256 })),
            required: required(s.boolean()),
            schema: required(variableSchema),
            metadata: templateMetadata,
          }),
          { maxItems: 100 },
        ),
      ),
      name: required(s.string({ minLength: 1, maxLength: 256 })),
      definitionsConflict: s.boolean(),
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
  columns: [ageColumn],
  description: "TODO",
  fields: {
    spec: clusterClassSpec,
    status: clusterClassStatus,
  },
});

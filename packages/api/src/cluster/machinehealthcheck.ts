import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { labelSelector } from "../meta/selector.ts";
import { unhealthyConditions } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { defaultMachineHealthCheck, validateMachineHealthCheck } from "./machinehealthcheck.admission.ts";

export const machineHealthCheckSpec = s.object({
  clusterName: required(s.string({ minLength: 1, maxLength: 63 })),
  selector: required(labelSelector),
  maxUnhealthy: s.intOrString(),
  nodeStartupTimeout: s.duration(),
  remediationTemplate: objectReference,
  unhealthyConditions: unhealthyConditions,
  unhealthyRange: s.string({ minLength: 1, maxLength: 32, pattern: "^\\[[0-9]+-[0-9]+\\]$" }),
});
export type MachineHealthCheckSpec = TypeOf<typeof machineHealthCheckSpec>;

export const machineHealthCheckStatus = s.object({
  conditions: conditions,
  currentHealthy: s.int32({ minimum: 0 }),
  expectedMachines: s.int32({ minimum: 0 }),
  observedGeneration: s.int64(),
  remediationsAllowed: s.int32({ minimum: 0 }),
  targets: s.list(s.string({ minLength: 1, maxLength: 253 }), { maxItems: 10000 }),
  v1beta2: v1Beta2Status,
});
export type MachineHealthCheckStatus = TypeOf<typeof machineHealthCheckStatus>;

export interface MachineHealthCheck extends KubeObject {
  readonly spec: MachineHealthCheckSpec;
  readonly status?: MachineHealthCheckStatus;
}

export const MachineHealthCheck = defineKind<MachineHealthCheck>({
  ...clusterGroup,
  kind: "MachineHealthCheck",
  plural: "machinehealthchecks",
  shortNames: ["mhc", "mhcs"],
  subresources: { status: true },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  columns: [
    column("Cluster", ".spec.clusterName"),
    column("ExpectedMachines", ".status.expectedMachines", { type: "integer" }),
    column("MaxUnhealthy", ".spec.maxUnhealthy"),
    column("CurrentHealthy", ".status.currentHealthy", { type: "integer" }),
    ageColumn,
  ],
  description: "TODO",
  fields: {
    spec: machineHealthCheckSpec,
    status: machineHealthCheckStatus,
  },
  default: defaultMachineHealthCheck,
  validate: validateMachineHealthCheck,
});

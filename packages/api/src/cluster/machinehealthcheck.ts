import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { objectReference } from "../meta/references.ts";
import { labelSelector } from "../meta/selector.ts";
import { convertMachineHealthCheck } from "./former.ts";
import { unhealthyConditions } from "./fragments.ts";
import { clusterGroup } from "./group.ts";
import { defaultMachineHealthCheck, validateMachineHealthCheck } from "./machinehealthcheck.admission.ts";

export const machineHealthCheckSpec = s.object("Which Machines are watched, and when they are given up", {
  clusterName: required(s.string("Name of the Cluster it belongs to", { minLength: 1, maxLength: 63 })),
  selector: required(s.described("Which Machines are watched", labelSelector)),
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
export type MachineHealthCheckSpec = TypeOf<typeof machineHealthCheckSpec>;

export const machineHealthCheckStatus = s.object("What the health check found", {
  conditions: conditions,
  currentHealthy: s.int32("Machines that are well", { minimum: 0 }),
  expectedMachines: s.int32("Machines that are watched", { minimum: 0 }),
  observedGeneration: s.int64("The generation this status is about"),
  remediationsAllowed: s.int32("How many more may become unhealthy before remediation stops", { minimum: 0 }),
  targets: s.list("Names of the watched Machines", s.string({ minLength: 1, maxLength: 253 }), { maxItems: 10000 }),
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
  convert: convertMachineHealthCheck,
  columns: [
    column("Cluster", ".spec.clusterName"),
    column("ExpectedMachines", ".status.expectedMachines", { type: "integer" }),
    column("MaxUnhealthy", ".spec.maxUnhealthy"),
    column("CurrentHealthy", ".status.currentHealthy", { type: "integer" }),
    ageColumn,
  ],
  description: "Gives up Machines whose Node is unhealthy or does not come",
  fields: {
    spec: machineHealthCheckSpec,
    status: machineHealthCheckStatus,
  },
  default: defaultMachineHealthCheck,
  validate: validateMachineHealthCheck,
});

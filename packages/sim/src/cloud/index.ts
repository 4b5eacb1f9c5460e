/** A simulated OpenStack: Keystone, Nova, Neutron, Octavia, Glance and Cinder behind their real wire. */
export * from "./cloud.ts";
export type { DataPlane, Target } from "./dataplane/dataplane.ts";
export type { Faults, NewRule } from "./faults/faults.ts";
export * from "./faults/rules.ts";
export type { Audit, AuditEntry } from "./http/audit.ts";
export type { Front } from "./http/front.ts";
export { ConnectionReset } from "./http/service.ts";
export type { OperatorFetch } from "./operator/api.ts";
export type { Operator } from "./operator/operator.ts";
export * from "./settings.ts";
export * from "./state/storage.ts";
export { cloudStorageIn } from "./state/stored.ts";

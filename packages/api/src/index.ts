/** Every kind, and every shape that crosses a wire we define. Values and types, no I/O. */

export * from "./addons/index.ts";
export * from "./bootstrap/index.ts";
export * from "./builtin/index.ts";
export * from "./client/port.ts";
export * from "./cluster/index.ts";
export * from "./clusterctl/index.ts";
export * from "./controlplane/index.ts";
export * from "./infrastructure/index.ts";
export * from "./ipam/index.ts";
export * from "./kind/crd.ts";
export * from "./kind/define.ts";
export * from "./kind/fielderror.ts";
export * from "./kind/fields.ts";
export * from "./kind/kind.ts";
export * from "./kind/structural.ts";
export * from "./kinds.ts";
export * from "./magnum/index.ts";
export type { Condition, V1Beta2Condition, V1Beta2Status } from "./meta/conditions.ts";
export * from "./meta/object.ts";
export type { LocalObjectReference, ObjectReference, TypedLocalObjectReference } from "./meta/references.ts";
export * from "./meta/resource.ts";
export type { LabelSelector } from "./meta/selector.ts";
export * from "./meta/status.ts";
export * from "./orc/index.ts";
export * from "./runtime/index.ts";
export * from "./schema/index.ts";

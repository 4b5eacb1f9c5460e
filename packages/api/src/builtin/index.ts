/** The kinds that Kubernetes itself defines, in our own tables. Shapes they share (LabelSelector, …) are in `builtin/meta.ts`. */
export * from "./all.ts";
export * from "./apps.ts";
export * from "./certificates.ts";
export * from "./coordination.ts";
export * from "./core.ts";
export * from "./definitions.ts";
export * from "./events.ts";
export * from "./extension.ts";
export * from "./kind.ts";
export * from "./node.ts";
export * from "./pod.ts";
export * from "./policy.ts";
export * from "./rbac.ts";
export * from "./reviews.ts";
export * from "./schema.ts";
export * from "./service.ts";
export * from "./storage.ts";

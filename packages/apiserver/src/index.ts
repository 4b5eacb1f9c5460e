/** An embedded Kubernetes API: storage, registry, HTTP. */

export type { WebhookCaller, WebhookService, WebhookTarget } from "./admission/caller.ts";
export { servedBuiltins } from "./builtin/served.ts";
export * from "./client/inprocess.ts";
export { type AuditLevel, type AuditPolicy, defaultAuditPolicy, readAuditPolicy } from "./http/audit/policy.ts";
export type { AuditOptions, AuditSink } from "./http/audit/trail.ts";
export * from "./http/authn/authenticator.ts";
export { bootstrapTokens, createServiceAccountTokens, type ServiceAccountKeys, staticTokens } from "./http/authn/tokens.ts";
export * from "./http/authz/authorizer.ts";
export { createRbacAuthorizer } from "./http/authz/rbac.ts";
export * from "./http/exchange.ts";
export type { HealthCheck } from "./http/health.ts";
export type { PodBackend, PodExecOptions, PodLogOptions, PodProcess, PodStream } from "./http/pods.ts";
export * from "./http/server.ts";
export * from "./inmemory.ts";
export * from "./kubernetesapi.ts";
export { type Chance, stampObject, systemChance } from "./registry/core.ts";
export * from "./registry/createregistry.ts";
export * from "./registry/fieldtype.ts";
export { servedFromKind } from "./registry/fromkind.ts";
export type { StoredObject } from "./registry/object.ts";
export { createObjectOptions } from "./registry/objectoptions.ts";
export * from "./registry/registry.ts";
export * from "./registry/served.ts";
export * from "./storage/clock.ts";
export * from "./storage/memory.ts";
export * from "./storage/storage.ts";

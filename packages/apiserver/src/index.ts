/** An embedded Kubernetes API: storage, registry, HTTP. */
export * from "./registry/fieldtype.ts";
export * from "./registry/registry.ts";
export * from "./registry/served.ts";
export * from "./storage/clock.ts";

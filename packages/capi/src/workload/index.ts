/** The tenants' own clusters, as the controllers reach them. */
export * from "./clusters.ts";
export type * from "./port.ts";

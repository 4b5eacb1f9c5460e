/** clusterctl's inventory of installed providers, and what a provider's release says of itself. */
export * from "./group.ts";
export { Metadata as ClusterctlMetadata, type ReleaseSeries } from "./metadata.ts";
export { Provider as ClusterctlProvider } from "./provider.ts";

/** What is applied to every new workload cluster: ClusterResourceSet. */

export { ClusterResourceSet, type ClusterResourceSetSpec, type ClusterResourceSetStatus } from "./clusterresourceset.ts";
export { ClusterResourceSetBinding, type ClusterResourceSetBindingSpec } from "./clusterresourcesetbinding.ts";
export * from "./group.ts";

/** What a booted server does: cloud-init reads its user data, kubeadm makes or joins a cluster, a Node appears in a workload API. */
export type { GuestClock } from "./boot.ts";
export * from "./host.ts";
export * from "./port.ts";
export * from "./records.ts";
export * from "./settings.ts";
export type { Mistrust, NodeTrust } from "./trust.ts";
export * from "./workload/api.ts";
export { notServing, type WorkloadCluster } from "./workload/cluster.ts";
export { etcdAccess } from "./workload/etcdaccess.ts";
export { openServedApis } from "./workload/served.ts";

/** The Cluster API controllers: core, kubeadm bootstrap and control plane, OpenStack infrastructure. */
export { type ClusterControllerOptions, clusterController } from "./cluster/index.ts";
export * from "./external/index.ts";
export { type KubeadmConfigOptions, kubeadmConfigController } from "./kubeadmconfig/index.ts";
export * from "./workload/index.ts";

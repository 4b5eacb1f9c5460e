/** The Cluster API controllers: core, kubeadm bootstrap and control plane, OpenStack infrastructure. */
export { type ClusterControllerOptions, clusterController } from "./cluster/index.ts";
export { clusterClassController } from "./clusterclass/index.ts";
export {
  type ClusterResourceSetControllerOptions,
  clusterResourceSetBindingController,
  clusterResourceSetController,
} from "./clusterresourceset/index.ts";
export {
  clusterTopologyController,
  machineDeploymentTopologyController,
  machineSetTopologyController,
} from "./clustertopology/index.ts";
export * from "./external/index.ts";
export { type KubeadmConfigOptions, kubeadmConfigController } from "./kubeadmconfig/index.ts";
export { type KubeadmControlPlaneOptions, kubeadmControlPlaneController } from "./kubeadmcontrolplane/index.ts";
export { type MachineControllerOptions, machineController } from "./machine/index.ts";
export { type MachineDeploymentControllerOptions, machineDeploymentController } from "./machinedeployment/index.ts";
export { type MachineHealthCheckControllerOptions, machineHealthCheckController } from "./machinehealthcheck/index.ts";
export { type MachineSetControllerOptions, machineSetController } from "./machineset/index.ts";
export { countCloudRequests } from "./openstackcloud/metrics.ts";
export { type OpenStackClusterOptions, openStackClusterController } from "./openstackcluster/index.ts";
export {
  type OpenStackFloatingIPPoolOptions,
  openStackFloatingIPPoolController,
} from "./openstackfloatingippool/index.ts";
export { type OpenStackMachineOptions, openStackMachineController } from "./openstackmachine/index.ts";
export { type OpenStackServerOptions, openStackServerController } from "./openstackserver/index.ts";
export * from "./workload/index.ts";

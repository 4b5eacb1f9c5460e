/** How a machine becomes a node: KubeadmConfig. */

export type { DiskSetup, SecretSource } from "./cloudinit.ts";
export type {
  ClusterConfiguration,
  ControlPlaneComponent,
  ExternalEtcd,
  HostPathMount,
  LocalEtcd,
} from "./clusterconfiguration.ts";
export * from "./group.ts";
export type { BootstrapToken, InitConfiguration } from "./initconfiguration.ts";
export type { Discovery, FileDiscovery, JoinConfiguration, KubeConfigUser } from "./joinconfiguration.ts";
export { KubeadmConfig, type KubeadmConfigSpec, type KubeadmConfigStatus } from "./kubeadmconfig.ts";
export { KubeadmConfigTemplate, type KubeadmConfigTemplateSpec } from "./kubeadmconfigtemplate.ts";
export type { LocalApiEndpoint, NodeRegistration } from "./noderegistration.ts";

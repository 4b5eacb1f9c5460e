/** The parts of a KubeadmConfig spec, under the names that this folder uses. */
import type { ControlPlaneComponent as Component, KubeadmConfigSpec, NodeRegistration } from "@slipway/api";

export type {
  ClusterConfiguration,
  ControlPlaneComponent,
  Discovery,
  DiskSetup,
  ExternalEtcd,
  InitConfiguration,
  JoinConfiguration,
  KubeadmConfigSpec,
  LocalEtcd,
  NodeRegistration,
} from "@slipway/api";

export type BootstrapFile = NonNullable<KubeadmConfigSpec["files"]>[number];
export type BootstrapUser = NonNullable<KubeadmConfigSpec["users"]>[number];
export type StringMap = NonNullable<Component["extraArgs"]>;
export type NodeTaint = NonNullable<NodeRegistration["taints"]>[number];
export type EnvVar = NonNullable<Component["extraEnvs"]>[number];

import { ClusterResourceSet } from "./addons/clusterresourceset.ts";
import { ClusterResourceSetBinding } from "./addons/clusterresourcesetbinding.ts";
import { KubeadmConfig } from "./bootstrap/kubeadmconfig.ts";
import { KubeadmConfigTemplate } from "./bootstrap/kubeadmconfigtemplate.ts";
import { Cluster } from "./cluster/cluster.ts";
import { ClusterClass } from "./cluster/clusterclass.ts";
import { Machine } from "./cluster/machine.ts";
import { MachineDeployment } from "./cluster/machinedeployment.ts";
import { MachineDrainRule } from "./cluster/machinedrainrule.ts";
import { MachineHealthCheck } from "./cluster/machinehealthcheck.ts";
import { MachinePool } from "./cluster/machinepool.ts";
import { MachineSet } from "./cluster/machineset.ts";
import { Metadata } from "./clusterctl/metadata.ts";
import { Provider } from "./clusterctl/provider.ts";
import { KubeadmControlPlane } from "./controlplane/kubeadmcontrolplane.ts";
import { KubeadmControlPlaneTemplate } from "./controlplane/kubeadmcontrolplanetemplate.ts";
import { OpenStackCluster } from "./infrastructure/openstackcluster.ts";
import { OpenStackClusterTemplate } from "./infrastructure/openstackclustertemplate.ts";
import { OpenStackFloatingIPPool } from "./infrastructure/openstackfloatingippool.ts";
import { OpenStackMachine } from "./infrastructure/openstackmachine.ts";
import { OpenStackMachineTemplate } from "./infrastructure/openstackmachinetemplate.ts";
import { OpenStackServer } from "./infrastructure/openstackserver.ts";
import { IPAddress } from "./ipam/ipaddress.ts";
import { IPAddressClaim } from "./ipam/ipaddressclaim.ts";
import type { Kind } from "./kind/kind.ts";
import { MagnumCluster } from "./magnum/magnumcluster.ts";
import { MagnumClusterTemplate } from "./magnum/magnumclustertemplate.ts";
import { MagnumQuota } from "./magnum/magnumquota.ts";
import { Image } from "./orc/image.ts";
import { ExtensionConfig } from "./runtime/extensionconfig.ts";

/** Every kind that `deploy/crds` teaches a Kubernetes API. */
export const customKinds: readonly Kind[] = [
  Cluster,
  Machine,
  MachineSet,
  MachineDeployment,
  MachineHealthCheck,
  MachineDrainRule,
  MachinePool,
  ClusterClass,
  KubeadmConfig,
  KubeadmConfigTemplate,
  KubeadmControlPlane,
  KubeadmControlPlaneTemplate,
  OpenStackMachine,
  OpenStackMachineTemplate,
  OpenStackServer,
  OpenStackCluster,
  OpenStackClusterTemplate,
  OpenStackFloatingIPPool,
  ClusterResourceSet,
  ClusterResourceSetBinding,
  IPAddress,
  IPAddressClaim,
  ExtensionConfig,
  Provider,
  Metadata,
  MagnumCluster,
  MagnumClusterTemplate,
  MagnumQuota,
  Image,
];

import type { ProviderConfig } from "./providers.ts";
import type { ProviderType } from "./providertypes.ts";

/** The file that a provider of a type ships its manifests in. */
const files: { readonly [T in ProviderType]: string } = {
  CoreProvider: "core-components.yaml",
  BootstrapProvider: "bootstrap-components.yaml",
  ControlPlaneProvider: "control-plane-components.yaml",
  InfrastructureProvider: "infrastructure-components.yaml",
  IPAMProvider: "ipam-components.yaml",
  AddonProvider: "addon-components.yaml",
  RuntimeExtensionProvider: "runtime-extensions-components.yaml",
};

/** Name and repository of every provider that clusterctl v1.10.4 knows without being told (CTL-021). */
const known: { readonly [T in ProviderType]: readonly (readonly [name: string, repository: string, file?: string])[] } = {
  CoreProvider: [["cluster-api", "kubernetes-sigs/cluster-api"]],
  BootstrapProvider: [
    ["canonical-kubernetes", "canonical/cluster-api-k8s"],
    ["k0sproject-k0smotron", "k0smotron/k0smotron"],
    ["kubeadm", "kubernetes-sigs/cluster-api"],
    ["kubekey-k3s", "kubesphere/kubekey"],
    ["microk8s", "canonical/cluster-api-bootstrap-provider-microk8s"],
    ["rke2", "rancher/cluster-api-provider-rke2"],
    ["talos", "siderolabs/cluster-api-bootstrap-provider-talos"],
  ],
  ControlPlaneProvider: [
    ["canonical-kubernetes", "canonical/cluster-api-k8s"],
    ["k0sproject-k0smotron", "k0smotron/k0smotron"],
    ["kamaji", "clastix/cluster-api-control-plane-provider-kamaji"],
    ["kubeadm", "kubernetes-sigs/cluster-api"],
    ["kubekey-k3s", "kubesphere/kubekey"],
    ["microk8s", "canonical/cluster-api-control-plane-provider-microk8s"],
    ["nested", "kubernetes-sigs/cluster-api-provider-nested"],
    ["rke2", "rancher/cluster-api-provider-rke2"],
    ["talos", "siderolabs/cluster-api-control-plane-provider-talos"],
  ],
  InfrastructureProvider: [
    ["aws", "kubernetes-sigs/cluster-api-provider-aws"],
    ["azure", "kubernetes-sigs/cluster-api-provider-azure"],
    ["byoh", "vmware-tanzu/cluster-api-provider-bringyourownhost"],
    ["cloudstack", "kubernetes-sigs/cluster-api-provider-cloudstack"],
    ["coxedge", "coxedge/cluster-api-provider-coxedge"],
    ["digitalocean", "kubernetes-sigs/cluster-api-provider-digitalocean"],
    ["docker", "kubernetes-sigs/cluster-api", "infrastructure-components-development.yaml"],
    ["gcp", "kubernetes-sigs/cluster-api-provider-gcp"],
    ["harvester-harvester", "rancher-sandbox/cluster-api-provider-harvester"],
    ["hetzner", "syself/cluster-api-provider-hetzner"],
    ["hivelocity-hivelocity", "hivelocity/cluster-api-provider-hivelocity"],
    ["huawei", "HuaweiCloudDeveloper/cluster-api-provider-huawei"],
    ["ibmcloud", "kubernetes-sigs/cluster-api-provider-ibmcloud"],
    ["ionoscloud-ionoscloud", "ionos-cloud/cluster-api-provider-ionoscloud"],
    ["k0sproject-k0smotron", "k0smotron/k0smotron"],
    ["kubekey", "kubesphere/kubekey"],
    ["kubevirt", "kubernetes-sigs/cluster-api-provider-kubevirt"],
    ["linode-linode", "linode/cluster-api-provider-linode"],
    ["maas", "spectrocloud/cluster-api-provider-maas"],
    ["metal3", "metal3-io/cluster-api-provider-metal3"],
    ["nested", "kubernetes-sigs/cluster-api-provider-nested"],
    ["nutanix", "nutanix-cloud-native/cluster-api-provider-nutanix"],
    ["oci", "oracle/cluster-api-provider-oci"],
    ["opennebula", "OpenNebula/cluster-api-provider-opennebula"],
    ["openstack", "kubernetes-sigs/cluster-api-provider-openstack"],
    ["outscale", "outscale/cluster-api-provider-outscale"],
    ["packet", "kubernetes-sigs/cluster-api-provider-packet"],
    ["proxmox", "ionos-cloud/cluster-api-provider-proxmox"],
    ["scaleway", "scaleway/cluster-api-provider-scaleway"],
    ["sidero", "siderolabs/sidero"],
    ["tinkerbell-tinkerbell", "tinkerbell/cluster-api-provider-tinkerbell"],
    ["vcd", "vmware/cluster-api-provider-cloud-director"],
    ["vcluster", "loft-sh/cluster-api-provider-vcluster"],
    ["virtink", "smartxworks/cluster-api-provider-virtink"],
    ["vsphere", "kubernetes-sigs/cluster-api-provider-vsphere"],
    ["vultr-vultr", "vultr/cluster-api-provider-vultr"],
  ],
  IPAMProvider: [
    ["in-cluster", "kubernetes-sigs/cluster-api-ipam-provider-in-cluster"],
    ["nutanix", "nutanix-cloud-native/cluster-api-ipam-provider-nutanix"],
  ],
  AddonProvider: [
    ["helm", "kubernetes-sigs/cluster-api-addon-provider-helm"],
    ["rancher-fleet", "rancher-sandbox/cluster-api-addon-provider-fleet"],
  ],
  RuntimeExtensionProvider: [["nutanix", "nutanix-cloud-native/cluster-api-runtime-extensions-nutanix"]],
};

export const builtInProviders: readonly ProviderConfig[] = (Object.keys(known) as ProviderType[]).flatMap((type) =>
  known[type].map(([name, repository, file]) => ({
    name,
    type,
    url: `https://github.com/${repository}/releases/latest/${file ?? files[type]}`,
  })),
);

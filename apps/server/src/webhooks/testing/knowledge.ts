import type { Knowledge } from "./surface.ts";

const token = "abcdef.0123456789abcdef";
const uuid = "b9bd8f8b-6a7a-4f0a-9d4c-0f6a4c9a7a11";
const template = { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachineTemplate", name: "t" };
const identityRef = { name: "c", cloudName: "o" };
const machine = { flavor: "m1", image: { id: uuid } };
const bootstrap = "bootstrap.cluster.x-k8s.io/v1beta1";
const controlPlane = "controlplane.cluster.x-k8s.io/v1beta1";
const infrastructure = "infrastructure.cluster.x-k8s.io/v1beta1";
const servers = "infrastructure.cluster.x-k8s.io/v1alpha1";
const etcd = { caFile: "/ca", certFile: "/cert", keyFile: "/key", endpoints: ["https://a:2379"] };
const exec = { command: "c" };
const wait = "1m0s";
const secret = { secret: { name: "s", key: "k" } };
const since = "2026-01-01T00:00:00Z";
const condition = { type: "A", status: "True", lastTransitionTime: since };
const statedAt = { type: "A", status: "True", reason: "B", message: "", lastTransitionTime: since };
const name = "{{ .kubeadmControlPlane.name }}-{{ .random }}";

export const knowledge: Knowledge = {
  kinds: {
    KubeadmConfig: { apiVersion: bootstrap, plural: "kubeadmconfigs", spec: {}, rewritten: true },
    KubeadmConfigTemplate: { apiVersion: bootstrap, plural: "kubeadmconfigtemplates", spec: { template: {} }, rewritten: true },
    KubeadmControlPlane: {
      ...{ apiVersion: controlPlane, plural: "kubeadmcontrolplanes", rewritten: true },
      spec: { version: "v1.33.1", machineTemplate: { infrastructureRef: template }, kubeadmConfigSpec: {} },
    },
    KubeadmControlPlaneTemplate: {
      ...{ apiVersion: controlPlane, plural: "kubeadmcontrolplanetemplates", rewritten: true },
      spec: { template: { spec: { kubeadmConfigSpec: {} } } },
    },
    OpenStackCluster: { apiVersion: infrastructure, plural: "openstackclusters", spec: { identityRef } },
    OpenStackClusterTemplate: {
      ...{ apiVersion: infrastructure, plural: "openstackclustertemplates" },
      spec: { template: { spec: { identityRef } } },
    },
    OpenStackMachine: { apiVersion: infrastructure, plural: "openstackmachines", spec: machine },
    OpenStackMachineTemplate: {
      ...{ apiVersion: infrastructure, plural: "openstackmachinetemplates" },
      spec: { template: { spec: machine } },
    },
    OpenStackServer: {
      ...{ apiVersion: servers, plural: "openstackservers" },
      spec: { ...machine, identityRef, ports: [], sshKeyName: "" },
    },
    OpenStackFloatingIPPool: {
      ...{ apiVersion: servers, plural: "openstackfloatingippools" },
      spec: { identityRef, reclaimPolicy: "Delete" },
    },
  },
  samples: {
    "spec.initConfiguration.bootstrapTokens[].token": token,
    ...{ ttl: wait, timeout: wait, timeoutForControlPlane: wait, retryPeriod: wait, minHealthyPeriod: wait },
    ...{ nodeDrainTimeout: wait, nodeVolumeDetachTimeout: wait, nodeDeletionTimeout: wait },
    ...{ contentFrom: secret, passwdFrom: secret, authProvider: { name: "a" }, exec },
    "status.conditions[]": condition,
    "status.v1beta2.conditions[]": statedAt,
    "status.addresses[]": { type: "InternalIP", address: "10.0.0.1" },
    "spec.machineTemplate.readinessGates[]": { conditionType: "A" },
    timeAdded: since,
    external: etcd,
    "spec.clusterConfiguration.etcd.external": etcd,
    endpoints: etcd.endpoints,
    "spec.joinConfiguration.discovery.file.kubeConfig": { user: { exec } },
    "spec.joinConfiguration.discovery.file.kubeConfig.user": { exec },
    "KubeadmControlPlane spec": { version: "v1.33.1", machineTemplate: { infrastructureRef: template }, kubeadmConfigSpec: {} },
    "KubeadmControlPlane spec.version": "v1.33.1",
    "KubeadmControlPlane spec.machineTemplate": { infrastructureRef: template },
    "KubeadmControlPlane spec.machineTemplate.infrastructureRef": template,
    "KubeadmControlPlane spec.machineTemplate.infrastructureRef.namespace": "default",
    certificatesExpiryDays: 7,
    ...{ identityRef, filter: { name: "a" }, bastion: {} },
    "OpenStackMachine spec": machine,
    "OpenStackMachineTemplate spec.template": { spec: machine },
    "OpenStackMachineTemplate spec.template.spec": machine,
    "OpenStackServer spec": { ...machine, identityRef, ports: [], sshKeyName: "" },
    "OpenStackServer spec.ports": [],
    "OpenStackCluster spec.bastion": { spec: machine },
    "OpenStackCluster spec.bastion.spec": machine,
    "OpenStackClusterTemplate spec.template": { spec: { identityRef } },
    "OpenStackClusterTemplate spec.template.spec": { identityRef },
    "OpenStackClusterTemplate spec.template.spec.bastion": { spec: machine },
    "spec.apiServerLoadBalancer": { enabled: true },
    "spec.template.spec.apiServerLoadBalancer": { enabled: true },
    "spec.managedSecurityGroups": { allowAllInClusterTraffic: false },
    "spec.template.spec.managedSecurityGroups": { allowAllInClusterTraffic: false },
    "spec.rootVolume.availabilityZone": { name: "a" },
    "spec.additionalBlockDevices[].storage.volume.availabilityZone": { name: "a" },
    "spec.schedulerHintAdditionalProperties[].value": { type: "Bool", bool: true },
    "spec.machineNamingStrategy.template": name,
    "spec.template.spec.machineNamingStrategy.template": name,
    "KubeadmControlPlaneTemplate spec.template.spec.machineTemplate": {},
    "KubeadmControlPlaneTemplate spec.template.spec": { kubeadmConfigSpec: {} },
  },
  beside: {
    "spec.disableExternalNetwork": { disableAPIServerFloatingIP: true },
    "spec.template.spec.disableExternalNetwork": { disableAPIServerFloatingIP: true },
    "spec.schedulerHintAdditionalProperties[].value.number": { type: "Number", bool: undefined },
    "spec.schedulerHintAdditionalProperties[].value.string": { type: "String", bool: undefined },
  },
  alone: ["spec.joinConfiguration.discovery.file.kubeConfig.user", "subnets[]", "securityGroups[]"],
  pointers: [
    ...["gecos", "groups", "homeDir", "shell", "passwd", "primaryGroup", "sudo"].map((field) => `users[].${field}`),
    "bootstrapTokens[].token",
    ...["partitions[].tableType", "filesystems[].partition", "filesystems[].replaceFS"],
  ],
  refused: {
    "spec.ignition": ["FieldValueForbidden", "spec.ignition"],
    "OpenStackMachineTemplate spec.template.spec.providerID": ["FieldValueForbidden", "spec.template.spec.providerID"],
    "spec.template.spec.ignition": ["FieldValueForbidden", "spec.template.spec.ignition"],
  },
  alike: [
    ["KubeadmConfigTemplate spec.template.spec", "KubeadmConfig spec"],
    ["KubeadmControlPlane spec.kubeadmConfigSpec", "KubeadmConfig spec"],
    ["KubeadmControlPlaneTemplate spec.template.spec.kubeadmConfigSpec", "KubeadmConfig spec"],
    ["KubeadmControlPlaneTemplate spec.template.spec", "KubeadmControlPlane spec"],
    ["KubeadmConfig spec.clusterConfiguration.controllerManager", "KubeadmConfig spec.clusterConfiguration.apiServer"],
    ["KubeadmConfig spec.clusterConfiguration.scheduler", "KubeadmConfig spec.clusterConfiguration.apiServer"],
    ["KubeadmConfig spec.initConfiguration.nodeRegistration", "KubeadmConfig spec.joinConfiguration.nodeRegistration"],
    ["OpenStackClusterTemplate spec.template.spec", "OpenStackCluster spec"],
    ["OpenStackMachineTemplate spec.template.spec", "OpenStackMachine spec"],
    ["OpenStackCluster status.apiServerLoadBalancer.loadBalancerNetwork", "OpenStackCluster status.network"],
    ["OpenStackServer status.resolved.ports[]", "OpenStackMachine spec.ports[]"],
    ["OpenStackServer spec", "OpenStackMachine spec"],
    ["OpenStackCluster spec.bastion.spec", "OpenStackMachine spec"],
  ],
};

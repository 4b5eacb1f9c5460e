/**
 * The cluster templates of our OpenStack provider, by flavor: what `generate cluster` makes of nothing but variables. Variables have
 * upstream's names, so an environment that was set up for its templates fits these; more of them have defaults here.
 */
export const openStackTemplates = (): { readonly [flavor: string]: string } => ({
  "": template("    enabled: true"),
  "without-lb": template("    enabled: false"),
});

const variable = (expression: string): string => `\${${expression}}`;
const name = variable("CLUSTER_NAME");
const version = variable("KUBERNETES_VERSION");
const image = variable("OPENSTACK_IMAGE_NAME");
const sshKey = variable('OPENSTACK_SSH_KEY_NAME:=""');

const registration = (indent: string): string =>
  [
    "nodeRegistration:",
    "  name: '{{ local_hostname }}'",
    "  kubeletExtraArgs:",
    "    cloud-provider: external",
    "    provider-id: openstack:///{{ instance_id }}",
  ]
    .map((line) => `${indent}${line}`)
    .join("\n");

const machines = (suffix: string, flavor: string): string => `apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: OpenStackMachineTemplate
metadata:
  name: ${name}-${suffix}
spec:
  template:
    spec:
      flavor: ${flavor}
      image:
        filter:
          name: ${image}
      sshKeyName: ${sshKey}
`;

const template = (loadBalancer: string): string => `apiVersion: v1
kind: Secret
metadata:
  name: ${name}-cloud-config
  labels:
    clusterctl.cluster.x-k8s.io/move: "true"
data:
  clouds.yaml: ${variable("OPENSTACK_CLOUD_YAML_B64")}
  cacert: ${variable('OPENSTACK_CLOUD_CACERT_B64:=""')}
---
apiVersion: cluster.x-k8s.io/v1beta1
kind: Cluster
metadata:
  name: ${name}
spec:
  clusterNetwork:
    pods:
      cidrBlocks: ["192.168.0.0/16"]
    serviceDomain: cluster.local
  infrastructureRef:
    apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
    kind: OpenStackCluster
    name: ${name}
  controlPlaneRef:
    apiVersion: controlplane.cluster.x-k8s.io/v1beta1
    kind: KubeadmControlPlane
    name: ${name}-control-plane
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: OpenStackCluster
metadata:
  name: ${name}
spec:
  identityRef:
    name: ${name}-cloud-config
    cloudName: ${variable("OPENSTACK_CLOUD")}
  apiServerLoadBalancer:
${loadBalancer}
  externalNetwork:
    id: ${variable("OPENSTACK_EXTERNAL_NETWORK_ID")}
  managedSubnets:
  - cidr: 10.6.0.0/24
    dnsNameservers:
    - ${variable("OPENSTACK_DNS_NAMESERVERS")}
  managedSecurityGroups:
    allowAllInClusterTraffic: true
---
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata:
  name: ${name}-control-plane
spec:
  replicas: ${variable("CONTROL_PLANE_MACHINE_COUNT")}
  version: ${version}
  machineTemplate:
    infrastructureRef:
      apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
      kind: OpenStackMachineTemplate
      name: ${name}-control-plane
  kubeadmConfigSpec:
    clusterConfiguration:
      controllerManager:
        extraArgs:
          cloud-provider: external
    initConfiguration:
${registration("      ")}
    joinConfiguration:
${registration("      ")}
---
${machines("control-plane", variable("OPENSTACK_CONTROL_PLANE_MACHINE_FLAVOR"))}---
apiVersion: cluster.x-k8s.io/v1beta1
kind: MachineDeployment
metadata:
  name: ${name}-md-0
spec:
  clusterName: ${name}
  replicas: ${variable("WORKER_MACHINE_COUNT")}
  selector:
    matchLabels: {}
  template:
    spec:
      clusterName: ${name}
      version: ${version}
      bootstrap:
        configRef:
          apiVersion: bootstrap.cluster.x-k8s.io/v1beta1
          kind: KubeadmConfigTemplate
          name: ${name}-md-0
      infrastructureRef:
        apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
        kind: OpenStackMachineTemplate
        name: ${name}-md-0
---
${machines("md-0", variable("OPENSTACK_NODE_MACHINE_FLAVOR"))}---
apiVersion: bootstrap.cluster.x-k8s.io/v1beta1
kind: KubeadmConfigTemplate
metadata:
  name: ${name}-md-0
spec:
  template:
    spec:
      joinConfiguration:
${registration("        ")}
`;

import { type Deployment, providerAnnotations } from "@slipway/api";
import { namespaces } from "../system/management.ts";

/** A provider as upstream deploys it, and the part of this program that plays it. */
export interface Provider {
  readonly namespace: string;
  /** Of its Deployment. */
  readonly name: string;
  /** `cluster.x-k8s.io/provider` */
  readonly label: string;
  /** Names of its controllers; they run while its Deployment wants a replica. */
  readonly controllers: readonly string[];
  /** Other sources of log lines that are its own. */
  readonly components: readonly string[];
  readonly message: string;
}

export const providers: readonly Provider[] = [
  {
    namespace: namespaces.core,
    name: "capi-controller-manager",
    label: "cluster-api",
    controllers: [
      ...["cluster", "machine", "machineset", "machinedeployment", "machinehealthcheck"],
      ...["clusterresourceset", "clusterresourcesetbinding", "clusterclass"],
      ...["topology/cluster", "topology/machinedeployment", "topology/machineset"],
    ],
    // The connections to workload clusters are those of the bootstrap and control plane providers too: they outlive this one's stop.
    components: ["clustercache", "workload-clusters"],
    message: "Cluster, Machine, MachineSet, MachineDeployment, MachineHealthCheck, ClusterResourceSet",
  },
  {
    namespace: namespaces.bootstrap,
    name: "capi-kubeadm-bootstrap-controller-manager",
    label: "bootstrap-kubeadm",
    controllers: ["kubeadmconfig"],
    components: [],
    message: "KubeadmConfig",
  },
  {
    namespace: namespaces.controlPlane,
    name: "capi-kubeadm-control-plane-controller-manager",
    label: "control-plane-kubeadm",
    controllers: ["kubeadmcontrolplane"],
    components: [],
    message: "KubeadmControlPlane",
  },
  {
    namespace: namespaces.infrastructure,
    name: "capo-controller-manager",
    label: "infrastructure-openstack",
    controllers: ["openstackcluster", "openstackfloatingippool", "openstackmachine", "openstackserver"],
    components: [],
    message: "OpenStackCluster, OpenStackMachine, OpenStackServer, OpenStackFloatingIPPool",
  },
  {
    namespace: namespaces.magnum,
    name: "magnum-conductor",
    label: "magnum",
    controllers: ["magnumcluster"],
    components: ["magnum-api"],
    message: "the driver behind the container-infra API",
  },
];

/** Whose lines a source's are; sources that belong to no provider are the program's own. */
export const providerOf = (source: string | undefined): Provider | undefined =>
  providers.find(({ controllers, components }) => source !== undefined && [...controllers, ...components].includes(source));

/** How many replicas is the operator's to say, so it is not in here. */
export const deploymentOf = ({ namespace, name, label, controllers, components }: Provider, version: string): Deployment => {
  const labels = { "cluster.x-k8s.io/provider": label, "control-plane": "controller-manager" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      namespace,
      name,
      labels,
      annotations: { [providerAnnotations.controllers]: [...controllers, ...components].join(",") },
    },
    spec: {
      selector: { matchLabels: labels },
      strategy: { type: "Recreate" },
      template: {
        metadata: { labels, annotations: { "kubectl.kubernetes.io/default-container": "manager" } },
        spec: {
          containers: [{ name: "manager", image: `slipway:${version}`, imagePullPolicy: "IfNotPresent" }],
          terminationGracePeriodSeconds: 10,
        },
      },
    },
  };
};

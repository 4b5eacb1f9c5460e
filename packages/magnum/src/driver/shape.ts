import type {
  KubeadmConfigSpec,
  MagnumCluster,
  MagnumNodeGroup,
  NodeRegistration,
  OpenStackClusterSpec,
  OpenStackMachineSpec,
  Stored,
} from "@slipway/api";
import { impossible } from "./impossible.ts";
import { serverGroupName } from "./names.ts";

/** A cluster on its way from a tenant's wish to objects: labels change this, `desired` makes objects of it. */
export interface ClusterShape {
  readonly network: { readonly serviceDomain: string; readonly podCidr: string; readonly serviceCidr: string };
  readonly infrastructure: OpenStackClusterSpec;
  readonly controlPlane: MachinesShape;
  readonly workers: readonly MachinesShape[];
  /** Whether MachineHealthChecks replace machines that stay unhealthy. */
  readonly healing: boolean;
}

/** The machines of one node group. */
export interface MachinesShape {
  readonly group: MagnumNodeGroup;
  readonly machine: OpenStackMachineSpec;
  readonly kubeadm: KubeadmConfigSpec;
  readonly failureDomain?: string;
}

/** What the driver found out beside the record: the ids of server groups, by name. */
export interface ShapeFacts {
  readonly serverGroups: { readonly [name: string]: string };
  readonly namespace: string;
}

/** The cluster without any label: what every one has. */
export const baseShape = ({ spec, metadata }: Stored<MagnumCluster>, facts: ShapeFacts): ClusterShape => {
  const stack = metadata.name;
  const identityRef = { name: `${stack}-cloud-config`, cloudName: "default" };
  const machine = (group: MagnumNodeGroup): OpenStackMachineSpec => {
    const serverGroup = facts.serverGroups[serverGroupName(stack, group)];
    return {
      flavor: group.flavorName ?? "",
      image: { id: group.imageUuid ?? "" },
      identityRef,
      ...(spec.keypair === undefined ? {} : { sshKeyName: spec.keypair }),
      ...(serverGroup === undefined ? {} : { serverGroup: { id: serverGroup } }),
    };
  };
  const groups = spec.nodeGroups.filter((group) => !group.deleting && impossible(group) === undefined);
  const master = groups.find(({ role }) => role === "master");
  if (master === undefined) throw new Error(`MagnumCluster ${stack} has no usable node group with the role master`);
  return {
    network: { serviceDomain: "cluster.local", podCidr: "10.100.0.0/16", serviceCidr: "10.254.0.0/16" },
    infrastructure: infrastructureOf(spec, identityRef),
    controlPlane: { group: master, machine: machine(master), kubeadm: controlPlaneKubeadm(stack, facts.namespace, spec) },
    workers: groups
      .filter(({ role }) => role !== "master")
      .map((group) => ({ group, machine: machine(group), kubeadm: workerKubeadm(group) })),
    healing: true,
  };
};

const infrastructureOf = (
  spec: MagnumCluster["spec"],
  identityRef: OpenStackClusterSpec["identityRef"],
): OpenStackClusterSpec => ({
  identityRef,
  ...(spec.externalNetworkUuid === undefined ? {} : { externalNetwork: { id: spec.externalNetworkUuid } }),
  ...(spec.fixedNetworkUuid === undefined
    ? {
        managedSubnets: [{ cidr: "10.0.0.0/24", ...(spec.dnsNameservers.length > 0 && { dnsNameservers: spec.dnsNameservers }) }],
      }
    : { network: { id: spec.fixedNetworkUuid } }),
  ...(spec.fixedSubnetUuid === undefined ? {} : { subnets: [{ id: spec.fixedSubnetUuid }] }),
  apiServerLoadBalancer: { enabled: spec.masterLbEnabled },
  managedSecurityGroups: {
    allowAllInClusterTraffic: true,
    allNodesSecurityGroupRules: (["tcp", "udp"] as const).map((protocol) => ({
      name: `Node port (${protocol.toUpperCase()}, anywhere)`,
      description: "Services of type NodePort",
      direction: "ingress",
      etherType: "IPv4",
      protocol,
      portRangeMin: 30000,
      portRangeMax: 32767,
      remoteIPPrefix: "0.0.0.0/0",
    })),
  },
});

/** Nodes are named as their servers. They know their own server's id, so they are found even before a cloud controller runs. */
const registration = (more: NodeRegistration = {}): NodeRegistration => ({
  name: "{{ local_hostname }}",
  ...more,
  kubeletExtraArgs: {
    "cloud-provider": "external",
    "provider-id": "openstack:///{{ instance_id }}",
    ...more.kubeletExtraArgs,
  },
});

const controlPlaneKubeadm = (stack: string, namespace: string, spec: MagnumCluster["spec"]): KubeadmConfigSpec => ({
  clusterConfiguration: {
    apiServer: {
      certSANs: [stack, `${stack}.${namespace}`, `${stack}.${namespace}.svc`, `${stack}.${namespace}.svc.cluster.local`],
      extraArgs: { profiling: "false", ...(minorOf(spec.kubernetesVersion) < 33 && { "cloud-provider": "external" }) },
    },
    controllerManager: { extraArgs: { "bind-address": "0.0.0.0", "cloud-provider": "external", profiling: "false" } },
    scheduler: { extraArgs: { "bind-address": "0.0.0.0", profiling: "false" } },
    etcd: { local: { extraArgs: { "listen-metrics-urls": "http://0.0.0.0:2381" } } },
  },
  initConfiguration: { nodeRegistration: registration() },
  joinConfiguration: { nodeRegistration: registration() },
  preKubeadmCommands: [
    // A volume's own file system brings it, and etcd wants its directory empty.
    "rm -rf /var/lib/etcd/lost+found",
  ],
});

const workerKubeadm = ({ nodeLabels = {}, nodeTaints = [] }: MagnumNodeGroup): KubeadmConfigSpec => {
  const labels = Object.entries(nodeLabels).map(([key, value]) => `${key}=${value}`);
  return {
    joinConfiguration: {
      nodeRegistration: registration({
        ...(labels.length === 0 ? {} : { kubeletExtraArgs: { "node-labels": labels.join(",") } }),
        ...(nodeTaints.length === 0 ? {} : { taints: nodeTaints }),
      }),
    },
  };
};

/** 34 of v1.34.1; 0 for what is no version. */
export const minorOf = (version: string): number => Number(/^v?\d+\.(\d+)/.exec(version)?.[1] ?? 0);

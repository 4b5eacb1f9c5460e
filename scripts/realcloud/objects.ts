import type { Cluster, IdentityRef, Machine, OpenStackCluster, OpenStackMachine, Secret } from "@slipway/api";

/** The objects that a user and Cluster API's other controllers would have made. */
export interface Wanted {
  readonly namespace: string;
  readonly name: string;
  readonly cloudsYaml: string;
  readonly cloudName: string;
  readonly caPem: string | undefined;
  readonly externalNetwork: string;
  readonly image: string;
  readonly flavor: string;
  readonly keyName: string;
  readonly serverGroup: string;
  readonly bastion: boolean;
  readonly loadBalancer: boolean;
  readonly trunk: boolean;
  readonly rootVolumeGiB: number | undefined;
}

const base64 = (value: string): string => Buffer.from(value, "utf8").toString("base64");
const clusterLabel = "cluster.x-k8s.io/cluster-name";
const infrastructure = "infrastructure.cluster.x-k8s.io/v1beta1";

export const identityOf = (wanted: Wanted): IdentityRef => ({ name: `${wanted.name}-cloud-config`, cloudName: wanted.cloudName });

export const identitySecret = (wanted: Wanted): Secret =>
  ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: wanted.namespace, name: identityOf(wanted).name },
    data: { "clouds.yaml": base64(wanted.cloudsYaml), ...(wanted.caPem === undefined ? {} : { cacert: base64(wanted.caPem) }) },
  }) as Secret;

export const bootstrapSecret = (wanted: Wanted): Secret =>
  ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: wanted.namespace, name: `${wanted.name}-bootstrap` },
    data: { value: base64("#cloud-config\nruncmd: [[true]]\n"), format: base64("cloud-config") },
  }) as Secret;

export const cluster = ({ namespace, name }: Wanted): Cluster => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Cluster",
  metadata: { namespace, name },
  spec: { infrastructureRef: { apiVersion: infrastructure, kind: "OpenStackCluster", namespace, name } },
});

export const openStackCluster = (wanted: Wanted, ownerUid: string): OpenStackCluster =>
  ({
    apiVersion: infrastructure,
    kind: "OpenStackCluster",
    metadata: {
      namespace: wanted.namespace,
      name: wanted.name,
      labels: { [clusterLabel]: wanted.name },
      ownerReferences: [ownedBy("cluster.x-k8s.io/v1beta1", "Cluster", wanted.name, ownerUid)],
    },
    spec: {
      identityRef: identityOf(wanted),
      externalNetwork: { filter: { name: wanted.externalNetwork } },
      managedSubnets: [{ cidr: "10.6.0.0/24", dnsNameservers: ["1.1.1.1"] }],
      managedSecurityGroups: {
        allowAllInClusterTraffic: false,
        allNodesSecurityGroupRules: [
          rule("BGP", { protocol: "tcp", portRangeMin: 179, portRangeMax: 179 }),
          rule("IP-in-IP", { protocol: "4" }),
        ],
      },
      ...(wanted.loadBalancer ? { apiServerLoadBalancer: { enabled: true } } : {}),
      tags: ["slipway-trial", wanted.name],
      ...(wanted.bastion
        ? { bastion: { enabled: true, spec: { ...machineSpec(wanted), serverGroup: undefined, rootVolume: undefined } } }
        : {}),
    },
  }) as OpenStackCluster;

const rule = (name: string, fields: object) => ({
  name,
  description: name,
  direction: "ingress",
  etherType: "IPv4",
  remoteManagedGroups: ["controlplane", "worker"],
  ...fields,
});

const machineSpec = ({ image, flavor, keyName, serverGroup, trunk, rootVolumeGiB }: Wanted) => ({
  image: { filter: { name: image } },
  flavor,
  ...(keyName === "" ? {} : { sshKeyName: keyName }),
  ...(trunk ? { trunk: true } : {}),
  ...(rootVolumeGiB === undefined ? {} : { rootVolume: { sizeGiB: rootVolumeGiB } }),
  serverGroup: { filter: { name: serverGroup } },
});

export const machine = (wanted: Wanted, name: string, controlPlane: boolean): Machine =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: {
      namespace: wanted.namespace,
      name,
      labels: { [clusterLabel]: wanted.name, ...(controlPlane ? { "cluster.x-k8s.io/control-plane": "" } : {}) },
    },
    spec: {
      clusterName: wanted.name,
      bootstrap: { dataSecretName: `${wanted.name}-bootstrap` },
      infrastructureRef: { apiVersion: infrastructure, kind: "OpenStackMachine", namespace: wanted.namespace, name },
    },
  }) as Machine;

export const openStackMachine = (wanted: Wanted, name: string, ownerUid: string): OpenStackMachine =>
  ({
    apiVersion: infrastructure,
    kind: "OpenStackMachine",
    metadata: {
      namespace: wanted.namespace,
      name,
      labels: { [clusterLabel]: wanted.name },
      ownerReferences: [{ ...ownedBy("cluster.x-k8s.io/v1beta1", "Machine", name, ownerUid), controller: true }],
    },
    spec: machineSpec(wanted),
  }) as OpenStackMachine;

const ownedBy = (apiVersion: string, kind: string, name: string, uid: string) => ({ apiVersion, kind, name, uid });

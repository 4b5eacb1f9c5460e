import type { Thing } from "@slipway/openstack";

/** A cluster that there is, or was: what the ledger knows. */
export interface LedgerEntry {
  /** The Cluster's name: `kube-x7k2p`. */
  readonly name: string;
  readonly namespace: string;
  readonly uuid: string;
  readonly projectId: string;
  readonly userId: string;
  /** What its tenant called it. */
  readonly title: string;
}

/**
 * Whether a thing says that it belongs to this cluster, and by what. Names alone are not enough: a tenant may call things as they
 * like, and other management clusters use the same names. So the project must be the cluster's, and the words must be exactly ours.
 */
export const claimOf = (thing: Thing, cluster: LedgerEntry, context: ClaimContext): string | undefined => {
  if (thing.projectId !== cluster.projectId) return undefined;
  const { name, namespace, uuid } = cluster;
  const crn = `${namespace}-${name}`;
  const made = madeFor(crn);
  const resource = `k8s-clusterapi-cluster-${crn}`;
  const named = `its name is the cluster's: ${thing.name}`;
  switch (thing.kind) {
    case "network":
    case "router":
      return thing.name === resource ? named : undefined;
    case "subnet":
      return thing.name === resource && thing.description === made ? named : undefined;
    case "loadbalancer":
      return thing.name === `${resource}-kubeapi` && thing.description === made ? named : undefined;
    case "securitygroup":
      return ["controlplane", "worker", "bastion"].some((group) => thing.name === `k8s-cluster-${crn}-secgroup-${group}`) &&
        thing.description === "Cluster API managed group"
        ? named
        : undefined;
    case "floatingip":
      return thing.description === made ? "its description names the cluster" : undefined;
    case "trunk":
      return thing.description === madeFor(name) && isOfMachine(thing.name, name)
        ? "its description names the cluster"
        : undefined;
    case "port":
      if (thing.description === madeFor(name) && isOfMachine(thing.name, name)) return "its description names the cluster";
      return isLeftVip(thing) && context.networks.has(thing.networkId)
        ? "it is left of a load balancer on the cluster's network"
        : undefined;
    case "server":
      return isMachine(thing.name, name) && context.ownServers.has(thing.id)
        ? "its name is a machine's, and its port names the cluster"
        : isMachine(thing.name, name) && !context.serversWithPorts.has(thing.id)
          ? "its name is a machine's, and it has no port of anybody"
          : undefined;
    case "volume":
      return isVolumeOfMachine(thing, name) ? "its name and description are a machine's" : undefined;
    case "servergroup":
      return (thing.name === name || thing.name.startsWith(`${name}-`)) &&
        thing.members.every((id) => !context.foreignServers.has(id))
        ? named
        : undefined;
    case "applicationcredential":
      return thing.name === uuid && thing.description === `Magnum cluster (${uuid})`
        ? "its name is the cluster's uuid"
        : undefined;
  }
};

/** Ports and trunks name the cluster alone, everything else its namespace too. */
export const madeFor = (cluster: string): string => `Created by cluster-api-provider-openstack cluster ${cluster}`;

/** What is around a thing. */
export interface ClaimContext {
  /** Ids of the networks that are the cluster's by their names. */
  readonly networks: ReadonlySet<string>;
  /** Servers with a port that the cluster made. */
  readonly ownServers: ReadonlySet<string>;
  readonly serversWithPorts: ReadonlySet<string>;
  /** Servers that are there and are not the cluster's machines. */
  readonly foreignServers: ReadonlySet<string>;
}

/** Machines end in five random letters and digits, workers in twice five: `…-control-plane-x7k2p`, `…-default-worker-4j88w-vjpvx`. */
export const isMachine = (name: string, cluster: string): boolean => {
  if (!name.startsWith(`${cluster}-`)) return false;
  const rest = name.slice(cluster.length + 1);
  return (
    /^control-plane-[a-z0-9]{5}$/.test(rest) || /^[a-z0-9][-.a-z0-9]*-[a-z0-9]{5}-[a-z0-9]{5}$/.test(rest) || rest === "bastion"
  );
};

/** Ports and trunks are named after their server and its place. */
const isOfMachine = (name: string, cluster: string): boolean =>
  isMachine(name.replace(/-[a-z0-9]+$/, ""), cluster) || isMachine(name, cluster);

const isVolumeOfMachine = ({ name, description }: Thing, cluster: string): boolean => {
  const owner = /^(?:Root volume|Additional block device) for (\S+)$/.exec(description)?.[1];
  return owner !== undefined && isMachine(owner, cluster) && name.startsWith(`${owner}-`);
};

const isLeftVip = ({ deviceOwner, name }: Thing): boolean =>
  deviceOwner === "Octavia" || (deviceOwner === "" && name.startsWith("octavia-lb-"));

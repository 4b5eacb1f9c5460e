import type {
  Cluster,
  FailureDomains,
  LoadBalancerStatus,
  NetworkStatus,
  NetworkStatusWithSubnets,
  OpenStackCluster,
  OpenStackClusterStatus,
  OpenStackServer,
  SecurityGroupStatus,
  Stored,
} from "@slipway/api";
import type { Cloud, LoadBalancer } from "@slipway/openstack";
import type { EventRecorder } from "@slipway/runtime";
import { clusterDescription, clusterResourceName } from "../openstackcloud/names.ts";
import type { CloudScope } from "../openstackcloud/settle.ts";

/** What the phases of an OpenStackCluster may read. */
export interface ClusterScope extends CloudScope {
  readonly cluster: Stored<Cluster>;
  readonly osc: Stored<OpenStackCluster>;
  readonly cloud: Cloud;
  /** `<namespace>-<cluster>`: the middle of every name. */
  readonly crn: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly events: EventRecorder;
  /** The bastion's server object, when there is one. */
  readonly bastion: Stored<OpenStackServer> | undefined;
  /** Counted only when it matters: there may be thousands. */
  readonly machinesLeft: () => number;
  readonly resolveHost: (host: string) => Promise<string | undefined>;
}

/** What they found out: everything that status says, and no more. `null`: looked for, and there is none. */
export interface ClusterFacts {
  readonly externalNetwork: NetworkStatus | null;
  readonly network: NetworkStatusWithSubnets;
  readonly router: NonNullable<OpenStackClusterStatus["router"]> | null;
  readonly loadBalancerNetwork: NetworkStatusWithSubnets | null;
  readonly securityGroups: SecurityGroups | null;
  /** A disabled bastion's, still there. */
  readonly formerBastionGroups: readonly string[];
  /** As Octavia showed it in this pass. */
  readonly balancer: LoadBalancer;
  readonly loadBalancer: LoadBalancerStatus;
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly failureDomains: FailureDomains;
  readonly bastion: NonNullable<OpenStackClusterStatus["bastion"]> | null;
}

export interface SecurityGroups {
  readonly controlplane: SecurityGroupStatus;
  readonly worker: SecurityGroupStatus;
  readonly bastion: SecurityGroupStatus | undefined;
}

export const namesOf = (cluster: Stored<Cluster>) => {
  const crn = clusterResourceName(cluster);
  return { crn, description: clusterDescription(crn) };
};

export const hasLoadBalancer = ({ spec }: Pick<OpenStackCluster, "spec">): boolean =>
  spec.apiServerLoadBalancer !== undefined && spec.apiServerLoadBalancer.enabled !== false;

export const isManagedNetwork = ({ spec }: Pick<OpenStackCluster, "spec">): boolean => (spec.managedSubnets ?? []).length > 0;

export const hasBastion = ({ spec }: Pick<OpenStackCluster, "spec">): boolean =>
  spec.bastion !== undefined && spec.bastion.enabled !== false;

/** A floating IP for the API server is wanted, with or without a load balancer. */
export const wantsApiFloatingIp = ({ spec }: Pick<OpenStackCluster, "spec">): boolean =>
  spec.disableAPIServerFloatingIP !== true && spec.disableExternalNetwork !== true;

export const defaultApiPort = 6443;

/** Valid means complete: a host and a port that is not 0. */
export const validEndpoint = (
  endpoint: { readonly host: string; readonly port: number } | undefined,
): { readonly host: string; readonly port: number } | undefined =>
  endpoint !== undefined && endpoint.host !== "" && endpoint.port !== 0 ? endpoint : undefined;

/** What was chosen before, by us, by the user on either object, or by the control plane. */
export const givenEndpoint = ({ osc, cluster }: Pick<ClusterScope, "osc" | "cluster">) =>
  validEndpoint(osc.spec.controlPlaneEndpoint) ?? validEndpoint(cluster.spec.controlPlaneEndpoint);

export const apiPort = (scope: Pick<ClusterScope, "osc" | "cluster">): number =>
  givenEndpoint(scope)?.port ?? scope.osc.spec.apiServerPort ?? defaultApiPort;

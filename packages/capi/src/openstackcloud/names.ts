import type { Cluster, Stored } from "@slipway/api";

/**
 * What things are called in the cloud. Nothing but its name says that a thing is ours (ports: their network too), so these are the
 * names that CAPO v0.11 gives: a cloud may be handed over either way without rebuilding anything.
 */
export const clusterResourceName = (cluster: Pick<Stored<Cluster>, "metadata">): string =>
  `${cluster.metadata.namespace ?? ""}-${cluster.metadata.name}`;

/** Network, subnet and router share it. */
export const networkName = (crn: string): string => `k8s-clusterapi-cluster-${crn}`;

export const loadBalancerName = (crn: string): string => `k8s-clusterapi-cluster-${crn}-kubeapi`;

/** Listener, pool and monitor share it. */
export const listenerName = (crn: string, port: number): string => `${loadBalancerName(crn)}-${port}`;

export const memberName = (crn: string, port: number, machine: string): string => `${listenerName(crn, port)}-${machine}`;

export type ManagedGroup = "controlplane" | "worker" | "bastion";

/** Not the prefix of the others. */
export const securityGroupName = (crn: string, group: ManagedGroup): string => `k8s-cluster-${crn}-secgroup-${group}`;

export const securityGroupDescription = "Cluster API managed group";

export const bastionName = (cluster: Pick<Stored<Cluster>, "metadata">): string => `${cluster.metadata.name}-bastion`;

export const clusterDescription = (crn: string): string => `Created by cluster-api-provider-openstack cluster ${crn}`;

/** A port's name ends in its own suffix, else in its place in the list. */
export const portName = (server: string, nameSuffix: string | undefined, index: number): string =>
  `${server}-${nameSuffix === undefined || nameSuffix === "" ? index : nameSuffix}`;

export const rootVolumeName = (server: string): string => `${server}-root`;
export const volumeName = (server: string, device: string): string => `${server}-${device}`;

export const ipAddressClaimName = (server: string): string => `${server}-floating-ip-address`;

/** The region is the machine's own identityRef's and nearly always empty: three slashes. */
export const providerId = (region: string | undefined, serverId: string): string => `openstack://${region ?? ""}/${serverId}`;

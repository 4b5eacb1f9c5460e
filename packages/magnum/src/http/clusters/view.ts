import type { MagnumCluster, MagnumClusterTemplate, MagnumNodeGroup, Stored } from "@slipway/api";
import { links } from "../links.ts";
import type { Minor } from "../microversion.ts";
import { wireTime } from "../times.ts";
import { labelDifferences } from "./labels.ts";
import { clusterStanding, nodeGroupStanding } from "./status.ts";

export const isMaster = ({ role }: MagnumNodeGroup): boolean => role === "master";

export const countNodes = (groups: readonly MagnumNodeGroup[]): number =>
  groups.reduce((sum, { nodeCount }) => sum + nodeCount, 0);

/** What a list of clusters shows of each. */
export const clusterItem = (cluster: Stored<MagnumCluster>, base: string, minor: Minor): object => {
  const { spec, metadata, status } = cluster;
  return {
    uuid: metadata.uid,
    name: spec.name,
    cluster_template_id: spec.clusterTemplateId,
    keypair: spec.keypair ?? null,
    node_count: countNodes(spec.nodeGroups.filter((group) => !isMaster(group))),
    master_count: countNodes(spec.nodeGroups.filter(isMaster)),
    docker_volume_size: spec.dockerVolumeSize ?? null,
    labels: spec.labels,
    master_flavor_id: spec.masterFlavorId ?? null,
    flavor_id: spec.flavorId ?? null,
    create_timeout: spec.createTimeout,
    links: links(base, `clusters/${metadata.uid}`),
    // Renamed at 1.13.
    [minor >= 13 ? "cluster_id" : "stack_id"]: metadata.name,
    status: clusterStanding(cluster).status,
    health_status: status?.healthStatus ?? null,
  };
};

/** The whole of it: for details, and alone. `template` may be gone from the caller's sight. */
export const clusterDetail = (
  cluster: Stored<MagnumCluster>,
  template: Stored<MagnumClusterTemplate> | undefined,
  base: string,
  minor: Minor,
): object => {
  const { spec, status } = cluster;
  return {
    ...clusterItem(cluster, base, minor),
    status_reason: clusterStanding(cluster).reason,
    health_status_reason: status?.healthStatusReason ?? {},
    discovery_url: spec.discoveryUrl ?? null,
    api_address: status?.apiAddress ?? null,
    coe_version: status?.coeVersion ?? null,
    container_version: null,
    project_id: spec.projectId,
    user_id: spec.userId,
    node_addresses: addresses(cluster, (group) => !isMaster(group)),
    master_addresses: addresses(cluster, isMaster),
    fixed_network: spec.fixedNetwork ?? null,
    fixed_subnet: spec.fixedSubnet ?? null,
    floating_ip_enabled: spec.floatingIpEnabled,
    ...labelDifferences(template?.spec.labels ?? spec.labels, spec.labels),
    master_lb_enabled: spec.masterLbEnabled,
    created_at: wireTime(cluster.metadata.creationTimestamp),
    updated_at: wireTime(latest(spec.updatedAt, status?.updatedAt)),
  };
};

const FAILED = new Set(["CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED", "ROLLBACK_FAILED", "RESUME_FAILED"]);

/** Shown alone only, and only of a cluster that failed: which of its node groups failed, and why. */
export const faults = (cluster: Stored<MagnumCluster>): object => {
  if (!FAILED.has(clusterStanding(cluster).status)) return {};
  const failed = cluster.spec.nodeGroups
    .map((group) => ({ name: group.name, ...nodeGroupStanding(cluster, group) }))
    .filter(({ status }) => status.endsWith("FAILED"));
  return { faults: Object.fromEntries(failed.map(({ name, reason }) => [name, reason])) };
};

export const groupAddresses = (cluster: Stored<MagnumCluster>, name: string): readonly string[] =>
  cluster.status?.nodeGroups?.find((group) => group.name === name)?.nodeAddresses ?? [];

const addresses = (cluster: Stored<MagnumCluster>, wanted: (group: MagnumNodeGroup) => boolean): readonly string[] =>
  cluster.spec.nodeGroups.filter(wanted).flatMap(({ name }) => groupAddresses(cluster, name));

const latest = (a: string | undefined, b: string | undefined): string | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
};

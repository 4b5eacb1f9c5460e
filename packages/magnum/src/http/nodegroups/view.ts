import type { MagnumCluster, MagnumNodeGroup, Stored } from "@slipway/api";
import { labelDifferences } from "../clusters/labels.ts";
import { nodeGroupStanding } from "../clusters/status.ts";
import { groupAddresses } from "../clusters/view.ts";
import { links } from "../links.ts";
import { wireTime } from "../times.ts";

/** What a list of node groups shows of each. */
export const nodeGroupItem = (cluster: Stored<MagnumCluster>, group: MagnumNodeGroup): object => ({
  uuid: group.uuid,
  name: group.name,
  flavor_id: group.flavorId ?? null,
  image_id: group.imageId ?? null,
  node_count: group.nodeCount,
  role: group.role,
  is_default: group.isDefault,
  stack_id: cluster.metadata.name,
  status: nodeGroupStanding(cluster, group).status,
});

export const nodeGroupDetail = (cluster: Stored<MagnumCluster>, group: MagnumNodeGroup, base: string): object => ({
  id: numericId(group.uuid),
  ...nodeGroupItem(cluster, group),
  cluster_id: cluster.metadata.uid,
  project_id: cluster.spec.projectId,
  docker_volume_size: group.dockerVolumeSize ?? null,
  labels: group.labels,
  node_addresses: groupAddresses(cluster, group.name),
  min_node_count: group.minNodeCount,
  max_node_count: group.maxNodeCount ?? null,
  status_reason: nodeGroupStanding(cluster, group).reason,
  version: cluster.status?.nodeGroups?.find(({ name }) => name === group.name)?.version ?? null,
  node_labels: group.nodeLabels ?? {},
  node_taints: group.nodeTaints ?? [],
  ...labelDifferences(cluster.spec.labels, group.labels),
  links: links(base, `clusters/${cluster.metadata.uid}/nodegroups/${group.uuid}`),
  created_at: wireTime(group.createdAt),
  updated_at: wireTime(group.updatedAt),
});

/** Where upstream shows a row's number; stable, and the same on every replica. */
export const numericId = (uuid: string): number => Number.parseInt(uuid.slice(0, 8), 16) >>> 1;

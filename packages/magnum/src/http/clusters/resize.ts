import { enforce } from "../auth/policy.ts";
import { type Attributes, readAttributes } from "../body/attributes.ts";
import { badRequest } from "../errors.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { changeNodeGroup, DEFAULT_WORKER, getNodeGroup } from "./nodegroups.ts";
import { clusterStanding, isResizable } from "./status.ts";
import { changeSpec, getCluster } from "./store.ts";
import { isMaster } from "./view.ts";

const BODY: Attributes = {
  node_count: { type: "integer", minimum: 0, mandatory: true },
  nodes_to_remove: { type: "list" },
  nodegroup: { type: "text", maxLength: 255 },
};

/** `POST /v1/clusters/<id>/actions/resize` */
export const resizeCluster = async (exchange: Exchange): Promise<Answer> => {
  const { caller, minor, params } = exchange;
  const values = readAttributes(BODY, await exchange.json(), "cluster_resize_req");
  const nodeCount = values["node_count"] as number;
  const toRemove = ((values["nodes_to_remove"] as readonly unknown[] | undefined) ?? []).map(String);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "own");
  enforce("cluster:resize", caller, cluster.spec);
  const group = getNodeGroup(cluster.spec.nodeGroups, String(values["nodegroup"] ?? "") || DEFAULT_WORKER);
  if (nodeCount === 0 && minor < 10)
    throw badRequest("Resizing a nodegroup to zero is not supported in the provided microversion.");
  if (isMaster(group)) {
    if (nodeCount < 1 || nodeCount % 2 === 0)
      throw badRequest(`master nodegroup size of ${nodeCount} is invalid, size cannot be an even number.`);
    if (nodeCount > 1 && !cluster.spec.masterLbEnabled)
      throw badRequest("master_count must be 1 when master_lb_enabled is False");
  } else if (
    nodeCount < group.minNodeCount ||
    (group.maxNodeCount !== undefined && group.maxNodeCount > 0 && nodeCount > group.maxNodeCount)
  )
    throw badRequest(
      `Resizing ${group.name} outside the allowed range: min_node_count = ${group.minNodeCount}, max_node_count = ${group.maxNodeCount ?? "None"}`,
    );
  // In any other state the request is taken and nothing happens: the conductor looks at the state after the answer.
  if (isResizable(clusterStanding(cluster).status))
    await changeSpec(exchange, cluster, (spec, now) =>
      changeNodeGroup(spec, group.name, (current) => ({
        ...current,
        nodeCount,
        updatedAt: now,
        ...(toRemove.length === 0 ? {} : { machinesToRemove: toRemove }),
      })),
    );
  return { status: 202, body: { uuid: cluster.metadata.uid } };
};

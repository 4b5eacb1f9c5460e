import { MAGNUM_NAMESPACE, MagnumCluster, type Stored } from "@slipway/api";
import { enforce } from "../auth/policy.ts";
import { readAttributes, strictBoolean, type Values } from "../body/attributes.ts";
import { applyPatch, readPatch } from "../body/patch.ts";
import { pythonRepr } from "../body/python.ts";
import { badRequest, invalidInput } from "../errors.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { checkRootDisk, findFlavors } from "../validate.ts";
import { CLUSTER_ATTRIBUTES, CLUSTER_PATCH_RULES } from "./attributes.ts";
import { changeNodeGroup, DEFAULT_WORKER, getNodeGroup } from "./nodegroups.ts";
import { clusterStanding, isUpdatable } from "./status.ts";
import { changeSpec, getCluster } from "./store.ts";

const MUTABLE = new Set(["node_count", "health_status", "health_status_reason"]);
const HEALTH = ["HEALTHY", "UNHEALTHY", "UNKNOWN"];

/**
 * `PATCH /v1/clusters/<id>`: the size of default-worker and the health may change, nothing else. A patch of the size is a resize of
 * that group, because terraform scales clusters this way.
 */
export const updateCluster = async (exchange: Exchange): Promise<Answer> => {
  const { admin, caller, cloud, minor, params, query, world } = exchange;
  checkRollback(query["rollback"], minor);
  const patch = readPatch(await exchange.json(), CLUSTER_PATCH_RULES);
  if (admin) enforce("cluster:update_all_projects", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  enforce("cluster:update", caller, cluster.spec);
  enforce("cluster:update_health_status", caller);
  const before = documentOf(cluster);
  const patched = applyPatch(before, patch, CLUSTER_ATTRIBUTES);
  const after = readAttributes(
    writable,
    Object.fromEntries(Object.entries(patched).filter(([name]) => name in writable)),
    "cluster",
  );
  const changed = Object.keys(before).filter(
    (name) => pythonRepr(before[name]) !== pythonRepr(after[name] ?? patched[name] ?? null),
  );
  const refused = changed.filter((name) => !MUTABLE.has(name));
  if (refused.length > 0) throw badRequest(`cannot change cluster property(ies) ${refused.join(", ")}.`);
  const nodeCount = after["node_count"] as number;
  if (nodeCount === 0 && minor < 10)
    throw badRequest("Resizing a nodegroup to zero is not supported in the provided microversion.");
  const flavors = await findFlavors(cloud, { worker: cluster.spec.flavorId, master: cluster.spec.masterFlavorId });
  checkRootDisk(cluster.spec.labels, [flavors.worker, flavors.master], world.settings.defaultBootVolumeSize);

  if (changed.some((name) => name !== "node_count")) await writeHealth(exchange, cluster, after);
  // A cluster that is busy takes the request and does nothing, as the answer came before anyone looked.
  const patchesCount = patch.some(({ path }) => path === "/node_count");
  if (patchesCount && isUpdatable(clusterStanding(cluster).status))
    await changeSpec(exchange, cluster, (spec, now) =>
      changeNodeGroup(spec, DEFAULT_WORKER, (group) => ({ ...group, nodeCount, updatedAt: now })),
    );
  return { status: 202, body: { uuid: cluster.metadata.uid } };
};

/** The driver does not roll back; the parameter came with 1.3. */
const checkRollback = (rollback: string | undefined, minor: number): void => {
  if (rollback === undefined) return;
  if (minor < 3) throw badRequest('Unknown argument: "rollback"');
  if (strictBoolean(rollback) === undefined) throw invalidInput("rollback", rollback, "Unrecognized value");
};

const writable = Object.fromEntries(
  Object.entries(CLUSTER_ATTRIBUTES).filter(([name, { readOnly }]) => !readOnly && name !== "merge_labels"),
);

/** What a patch applies to; `node_count` here is the default worker group's. */
const documentOf = (cluster: Stored<MagnumCluster>): Values => {
  const { spec, status } = cluster;
  return {
    name: spec.name,
    cluster_template_id: spec.clusterTemplateId,
    keypair: spec.keypair ?? null,
    node_count: getNodeGroup(spec.nodeGroups, DEFAULT_WORKER).nodeCount,
    master_count: getNodeGroup(spec.nodeGroups, "default-master").nodeCount,
    docker_volume_size: spec.dockerVolumeSize ?? null,
    labels: spec.labels,
    master_flavor_id: spec.masterFlavorId ?? null,
    flavor_id: spec.flavorId ?? null,
    create_timeout: spec.createTimeout,
    discovery_url: spec.discoveryUrl ?? null,
    fixed_network: spec.fixedNetwork ?? null,
    fixed_subnet: spec.fixedSubnet ?? null,
    floating_ip_enabled: spec.floatingIpEnabled,
    master_lb_enabled: spec.masterLbEnabled,
    health_status: status?.healthStatus ?? null,
    health_status_reason: status?.healthStatusReason ?? null,
  };
};

const writeHealth = async ({ world }: Exchange, cluster: Stored<MagnumCluster>, after: Values): Promise<void> => {
  const health = after["health_status"];
  if (health !== undefined && !HEALTH.includes(String(health)))
    throw invalidInput("health_status", String(health), `Value should be one of: ${HEALTH.join(", ")}`);
  const reasons = after["health_status_reason"] as { readonly [key: string]: unknown } | undefined;
  await world.client.patch(
    MagnumCluster,
    { namespace: MAGNUM_NAMESPACE, name: cluster.metadata.name },
    {
      type: "merge",
      body: {
        status: {
          ...(health === undefined ? {} : { healthStatus: health }),
          ...(reasons === undefined
            ? {}
            : { healthStatusReason: Object.fromEntries(Object.entries(reasons).map(([key, value]) => [key, String(value)])) }),
        },
      },
    },
    { subresource: "status", fieldManager: "magnum" },
  );
};

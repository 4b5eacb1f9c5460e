import type { MagnumNodeGroup } from "@slipway/api";
import { isCloudError } from "@slipway/openstack";
import { enforce } from "../auth/policy.ts";
import { readAttributes, withDefaults } from "../body/attributes.ts";
import { applyPatch, readPatch } from "../body/patch.ts";
import { effectiveLabels, type Labels } from "../clusters/labels.ts";
import { changeNodeGroup, getNodeGroup } from "../clusters/nodegroups.ts";
import { nodeGroupStanding } from "../clusters/status.ts";
import { changeSpec, getCluster } from "../clusters/store.ts";
import { isMaster } from "../clusters/view.ts";
import { getTemplateByUid } from "../clustertemplates/store.ts";
import { badRequest, conflict, MagnumError } from "../errors.ts";
import type { Answer, Exchange, Route } from "../exchange.ts";
import { markerMissing, PAGING, page } from "../paging.ts";
import { checkRootDisk, findFlavors, findImage } from "../validate.ts";
import { NODE_GROUP_ATTRIBUTES, NODE_GROUP_PATCH_RULES } from "./attributes.ts";
import { checkCounts, readNodeLabels, readNodeTaints } from "./rules.ts";
import { nodeGroupDetail, nodeGroupItem } from "./view.ts";

const ARGUMENT = "nodegroup";

const list = async (exchange: Exchange): Promise<Answer> => {
  const { admin, caller, params, query } = exchange;
  enforce(admin ? "nodegroup:get_all_all_projects" : "nodegroup:get_all", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  const { role } = query;
  return {
    status: 200,
    body: page(
      {
        items: cluster.spec.nodeGroups.filter((group) => role === undefined || group.role === role),
        key: "nodegroups",
        path: `clusters/${cluster.metadata.uid}/nodegroups`,
        columns: {
          uuid: ({ uuid }) => uuid,
          name: ({ name }) => name,
          flavor_id: ({ flavorId }) => flavorId,
          image_id: ({ imageId }) => imageId,
          node_count: ({ nodeCount }) => nodeCount,
          min_node_count: ({ minNodeCount }) => minNodeCount,
          max_node_count: ({ maxNodeCount }) => maxNodeCount,
          role: (group) => group.role,
          is_default: ({ isDefault }) => String(isDefault),
          status: (group) => nodeGroupStanding(cluster, group).status,
          created_at: ({ createdAt }) => createdAt,
          updated_at: ({ updatedAt }) => updatedAt,
        },
        marker: { of: ({ uuid }) => uuid, kind: "uuid", missing: markerMissing("Nodegroup") },
        view: (group) => nodeGroupItem(cluster, group),
      },
      exchange,
    ),
  };
};

const show = async (exchange: Exchange): Promise<Answer> => {
  const { admin, caller, base, params } = exchange;
  enforce(admin ? "nodegroup:get_one_all_projects" : "nodegroup:get", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  return { status: 200, body: nodeGroupDetail(cluster, getNodeGroup(cluster.spec.nodeGroups, params["nodegroup"] ?? ""), base) };
};

const create = async (exchange: Exchange): Promise<Answer> => {
  const { caller, base, cloud, params, world } = exchange;
  const values = withDefaults(NODE_GROUP_ATTRIBUTES, readAttributes(NODE_GROUP_ATTRIBUTES, await exchange.json(), ARGUMENT));
  enforce("nodegroup:create", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "own");
  const { spec } = cluster;
  const name = values["name"] as string | undefined;
  if (name === undefined) throw badRequest("A node group needs a name.");
  if (values["role"] === "master") throw badRequest("Creating master nodegroups is currently not supported.");
  const duplicate = () => conflict(`A node group with name ${name} already exists in the cluster ${spec.name}.`);
  if (spec.nodeGroups.some((group) => group.name === name)) throw duplicate();
  // An extension of ours: a group that is asked for together with its cluster need not wait for it.
  if (cluster.status?.apiAddress === undefined && exchange.query["early"] !== "true")
    throw conflict("Cluster API address is not available yet");
  const flavorId = (values["flavor_id"] as string | undefined) ?? spec.flavorId;
  const { flavor } = await findFlavors(cloud, { flavor: flavorId });
  checkRootDisk(spec.labels, [flavor], world.settings.defaultBootVolumeSize);
  const given = values["image_id"] as string | undefined;
  const imageId = given ?? (await getTemplateByUid(world, spec.clusterTemplateId))?.spec.imageId;
  const imageUuid = given === undefined ? spec.nodeGroups[0]?.imageUuid : await imageIfThere(exchange, given);
  const group: MagnumNodeGroup = {
    uuid: world.random.uuid(),
    name,
    role: String(values["role"]),
    isDefault: false,
    nodeCount: values["node_count"] as number,
    minNodeCount: values["min_node_count"] as number,
    ...optional("maxNodeCount", values["max_node_count"] as number | undefined),
    ...optional("flavorId", flavorId),
    ...optional("flavorName", flavor?.name),
    ...optional("imageId", imageId),
    ...optional("imageUuid", imageUuid),
    ...optional("dockerVolumeSize", values["docker_volume_size"] as number | undefined),
    labels: effectiveLabels(spec.labels, values["labels"] as Labels | undefined, values["merge_labels"] === true),
    ...(values["node_labels"] === undefined ? {} : { nodeLabels: readNodeLabels(values["node_labels"]) }),
    ...(values["node_taints"] === undefined ? {} : { nodeTaints: readNodeTaints(values["node_taints"]) }),
    createdAt: world.clock.now().toISOString(),
  };
  checkCounts({ ...group, maxNodeCount: group.maxNodeCount });
  const changed = await changeSpec(exchange, cluster, (current) => {
    if (current.nodeGroups.some((other) => other.name === name)) throw duplicate();
    return { ...current, nodeGroups: [...current.nodeGroups, group] };
  });
  return { status: 202, body: nodeGroupDetail(changed, group, base) };
};

const optional = <K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V };

/** A node group's image is not checked here: the driver reports one that is not there as the group's failure. */
const imageIfThere = async ({ cloud }: Exchange, ident: string): Promise<string | undefined> => {
  try {
    return (await findImage(cloud, ident)).id;
  } catch (error) {
    if (error instanceof MagnumError || isCloudError(error)) return undefined;
    throw error;
  }
};

const update = async (exchange: Exchange): Promise<Answer> => {
  const { caller, base, params } = exchange;
  const patch = readPatch(await exchange.json(), NODE_GROUP_PATCH_RULES);
  enforce("nodegroup:update", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "own");
  const group = getNodeGroup(cluster.spec.nodeGroups, params["nodegroup"] ?? "");
  const document = {
    min_node_count: group.minNodeCount,
    max_node_count: group.maxNodeCount ?? null,
    node_labels: group.nodeLabels ?? {},
    node_taints: group.nodeTaints ?? [],
  };
  const values = readAttributes(NODE_GROUP_ATTRIBUTES, applyPatch(document, patch, NODE_GROUP_ATTRIBUTES), ARGUMENT);
  if (isMaster(group) && patch.some(({ path }) => path === "/node_labels" || path === "/node_taints"))
    throw conflict("node_labels and node_taints are not supported on master nodegroups.");
  const nodeLabels = readNodeLabels(values["node_labels"] ?? {});
  const nodeTaints = readNodeTaints(values["node_taints"] ?? []);
  const minNodeCount = (values["min_node_count"] as number | undefined) ?? 0;
  const maxNodeCount = values["max_node_count"] as number | undefined;
  checkCounts({ name: group.name, nodeCount: group.nodeCount, minNodeCount, maxNodeCount });
  // Only a group that exists and stays is changed; for any other the request is taken and nothing happens.
  if (!/_COMPLETE$|^UPDATE_/.test(nodeGroupStanding(cluster, group).status))
    return { status: 202, body: nodeGroupDetail(cluster, group, base) };
  const changed = await changeSpec(exchange, cluster, (spec, now) =>
    changeNodeGroup(spec, group.name, ({ maxNodeCount: _former, ...current }) => ({
      ...current,
      minNodeCount,
      ...optional("maxNodeCount", maxNodeCount),
      nodeLabels,
      nodeTaints,
      updatedAt: now,
    })),
  );
  return { status: 202, body: nodeGroupDetail(changed, getNodeGroup(changed.spec.nodeGroups, group.uuid), base) };
};

const remove = async (exchange: Exchange): Promise<Answer> => {
  const { caller, params } = exchange;
  enforce("nodegroup:delete", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "own");
  const group = getNodeGroup(cluster.spec.nodeGroups, params["nodegroup"] ?? "");
  if (group.isDefault) throw badRequest("Deleting a default nodegroup is not supported.");
  await changeSpec(exchange, cluster, (spec, now) =>
    changeNodeGroup(spec, group.name, (current) => ({ ...current, deleting: true, updatedAt: now })),
  );
  return { status: 204 };
};

/** The 406 of an older version names the method of the controller. */
const since = (name: string) => ({ minor: 9, name });

export const nodeGroupRoutes: readonly Route[] = [
  { method: "GET", path: "clusters/:cluster/nodegroups", since: since("get_one"), query: [...PAGING, "role"], handle: list },
  { method: "POST", path: "clusters/:cluster/nodegroups", since: since("post"), query: ["early"], handle: create },
  { method: "GET", path: "clusters/:cluster/nodegroups/:nodegroup", since: since("get_one"), handle: show },
  { method: "PATCH", path: "clusters/:cluster/nodegroups/:nodegroup", since: since("patch"), handle: update },
  { method: "DELETE", path: "clusters/:cluster/nodegroups/:nodegroup", since: since("delete"), handle: remove },
];

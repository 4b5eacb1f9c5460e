import type { NewCluster, NewNodeGroup, Scale, Taint, Upgrade } from "../../contract/index.ts";
import { createFields, type Fields } from "../http/body.ts";
import { invalid } from "../http/fault.ts";

const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && one !== "")) as T;

/** @throws Fault invalid, with the field */
export const readNewCluster = (json: unknown): NewCluster => {
  const fields = createFields(json);
  const groups = fields.objects("nodeGroups", 20)?.map(readGroup);
  return defined<NewCluster>({
    name: fields.needText("name", 242),
    templateId: fields.needText("templateId", 255),
    masterCount: fields.integer("masterCount", 1, 99),
    nodeCount: fields.integer("nodeCount", 0, 10_000),
    masterFlavor: fields.text("masterFlavor", 255),
    flavor: fields.text("flavor", 255),
    keypair: fields.text("keypair", 255),
    fixedNetwork: fields.text("fixedNetwork", 255),
    fixedSubnet: fields.text("fixedSubnet", 255),
    floatingIpEnabled: fields.flag("floatingIpEnabled"),
    masterLbEnabled: fields.flag("masterLbEnabled"),
    dockerVolumeSize: fields.integer("dockerVolumeSize", 1, 100_000),
    createTimeoutMinutes: fields.integer("createTimeoutMinutes", 0, 100_000),
    labels: fields.map("labels"),
    mergeLabels: fields.flag("mergeLabels"),
    nodeGroups: groups,
  });
};

export const readNewNodeGroup = (json: unknown): NewNodeGroup => readGroup(createFields(json));

const readGroup = (fields: Fields): NewNodeGroup => {
  const taints = fields.objects("nodeTaints", 50)?.map((taint): Taint => {
    const value = taint.text("value", 63);
    const effect = taint.needText("effect", 30);
    if (effect !== "NoSchedule" && effect !== "PreferNoSchedule" && effect !== "NoExecute")
      throw invalid("nodeTaints", "The effect must be NoSchedule, PreferNoSchedule or NoExecute.");
    return { key: taint.needText("key", 317), ...(value === undefined ? {} : { value }), effect };
  });
  return defined<NewNodeGroup>({
    name: fields.needText("name", 255),
    role: fields.text("role", 255),
    nodeCount: fields.integer("nodeCount", 0, 10_000) ?? 1,
    minNodeCount: fields.integer("minNodeCount", 0, 10_000),
    maxNodeCount: fields.integer("maxNodeCount", 0, 10_000),
    flavor: fields.text("flavor", 255),
    imageId: fields.text("imageId", 255),
    dockerVolumeSize: fields.integer("dockerVolumeSize", 1, 100_000),
    labels: fields.map("labels"),
    mergeLabels: fields.flag("mergeLabels"),
    nodeLabels: fields.map("nodeLabels"),
    nodeTaints: taints,
  });
};

export const readScale = (json: unknown): Scale => {
  const fields = createFields(json);
  const scale = defined<Scale>({
    nodeGroup: fields.text("nodeGroup", 255),
    nodeCount: fields.integer("nodeCount", 0, 10_000),
    minNodeCount: fields.integer("minNodeCount", 0, 10_000),
    maxNodeCount: fields.integer("maxNodeCount", 0, 10_000),
    nodesToRemove: fields.texts("nodesToRemove", 1000),
  });
  return fields.isNull("maxNodeCount") ? { ...scale, maxNodeCount: null } : scale;
};

export const readUpgrade = (json: unknown): Upgrade => {
  const fields = createFields(json);
  return defined<Upgrade>({
    templateId: fields.needText("templateId", 255),
    nodeGroup: fields.text("nodeGroup", 255),
    maxBatchSize: fields.integer("maxBatchSize", 1, 1000),
  });
};

/** The body of Magnum's `POST /v1/clusters`. */
export const magnumCluster = (wanted: NewCluster): object =>
  defined({
    name: wanted.name,
    cluster_template_id: wanted.templateId,
    master_count: wanted.masterCount,
    node_count: wanted.nodeCount,
    master_flavor_id: wanted.masterFlavor,
    flavor_id: wanted.flavor,
    keypair: wanted.keypair,
    fixed_network: wanted.fixedNetwork,
    fixed_subnet: wanted.fixedSubnet,
    floating_ip_enabled: wanted.floatingIpEnabled,
    master_lb_enabled: wanted.masterLbEnabled,
    docker_volume_size: wanted.dockerVolumeSize,
    create_timeout: wanted.createTimeoutMinutes,
    ...(wanted.labels === undefined || Object.keys(wanted.labels).length === 0
      ? {}
      : { labels: wanted.labels, merge_labels: wanted.mergeLabels ?? true }),
  });

/** The body of Magnum's `POST /v1/clusters/<id>/nodegroups`. */
export const magnumNodeGroup = (group: NewNodeGroup): object =>
  defined({
    name: group.name,
    role: group.role,
    node_count: group.nodeCount,
    min_node_count: group.minNodeCount,
    max_node_count: group.maxNodeCount,
    flavor_id: group.flavor,
    image_id: group.imageId,
    docker_volume_size: group.dockerVolumeSize,
    ...(group.labels === undefined ? {} : { labels: group.labels, merge_labels: group.mergeLabels ?? true }),
    node_labels: group.nodeLabels,
    node_taints: group.nodeTaints,
  });

import type { Attributes } from "../body/attributes.ts";

const text = { type: "text", minLength: 1, maxLength: 255 } as const;
const readOnly = { type: "text", readOnly: true } as const;

export const NODE_GROUP_ATTRIBUTES: Attributes = {
  id: { type: "integer", readOnly: true },
  uuid: { type: "text" },
  name: text,
  cluster_id: { type: "text" },
  project_id: readOnly,
  docker_volume_size: { type: "integer", minimum: 1 },
  labels: { type: "labels" },
  links: { type: "list", readOnly: true },
  flavor_id: text,
  image_id: text,
  node_addresses: { type: "list", readOnly: true },
  node_count: { type: "integer", minimum: 0, default: 1 },
  role: { ...text, default: "worker" },
  min_node_count: { type: "integer", minimum: 0, default: 0 },
  max_node_count: { type: "integer", minimum: 0 },
  is_default: { type: "boolean", readOnly: true },
  stack_id: readOnly,
  status: { type: "text" },
  status_reason: { type: "text" },
  version: { type: "text" },
  merge_labels: { type: "boolean", default: false },
  labels_overridden: { type: "labels", readOnly: true },
  labels_added: { type: "labels", readOnly: true },
  labels_skipped: { type: "labels", readOnly: true },
  node_labels: { type: "dictionary" },
  node_taints: { type: "list" },
  created_at: readOnly,
  updated_at: readOnly,
};

export const NODE_GROUP_PATCH_RULES = {
  internal: [
    "/name",
    "/cluster_id",
    "/docker_volume_size",
    "/labels",
    "/flavor_id",
    "/image_id",
    "/node_addresses",
    "/node_count",
    "/role",
    "/is_default",
    "/stack_id",
    "/status",
    "/status_reason",
    "/version",
  ],
};

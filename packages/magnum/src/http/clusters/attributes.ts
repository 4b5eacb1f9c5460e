import type { Attributes } from "../body/attributes.ts";

const text = { type: "text", minLength: 1, maxLength: 255 } as const;
/** Sent back by clients that post what they got; it has no effect. */
const ignored = { type: "text" } as const;
const readOnly = { type: "text", readOnly: true } as const;

export const CLUSTER_ATTRIBUTES: Attributes = {
  uuid: ignored,
  name: { type: "text", minLength: 1, maxLength: 242, pattern: /^[a-zA-Z][a-zA-Z0-9_.-]*$/ },
  cluster_template_id: { ...text, mandatory: true },
  keypair: text,
  node_count: { type: "integer", minimum: 0, default: 1 },
  master_count: { type: "integer", minimum: 1, default: 1 },
  docker_volume_size: { type: "integer", minimum: 1 },
  labels: { type: "labels" },
  master_flavor_id: { type: "text", maxLength: 255 },
  flavor_id: { type: "text", maxLength: 255 },
  create_timeout: { type: "integer", minimum: 0, default: 60 },
  links: { type: "list", readOnly: true },
  stack_id: readOnly,
  cluster_id: readOnly,
  status: ignored,
  status_reason: ignored,
  health_status: ignored,
  health_status_reason: { type: "dictionary" },
  discovery_url: { type: "text" },
  api_address: readOnly,
  coe_version: readOnly,
  container_version: readOnly,
  project_id: readOnly,
  user_id: readOnly,
  node_addresses: { type: "list", readOnly: true },
  master_addresses: { type: "list", readOnly: true },
  faults: { type: "dictionary" },
  fixed_network: { type: "text", maxLength: 255 },
  fixed_subnet: { type: "text", maxLength: 255 },
  floating_ip_enabled: { type: "boolean" },
  merge_labels: { type: "boolean", default: false },
  labels_overridden: { type: "labels", readOnly: true },
  labels_added: { type: "labels", readOnly: true },
  labels_skipped: { type: "labels", readOnly: true },
  master_lb_enabled: { type: "boolean" },
  created_at: readOnly,
  updated_at: readOnly,
};

export const CLUSTER_PATCH_RULES = {
  internal: [
    "/api_address",
    "/node_addresses",
    "/master_addresses",
    "/stack_id",
    "/cluster_id",
    "/ca_cert_ref",
    "/magnum_cert_ref",
    "/etcd_ca_cert_ref",
    "/front_proxy_ca_cert_ref",
  ],
  mandatory: ["/cluster_template_id"],
};

import type { MagnumClusterTemplateSpec } from "@slipway/api";
import type { Attributes, Values } from "../body/attributes.ts";

const text = { type: "text", minLength: 1, maxLength: 255 } as const;

/** What clients may send about a cluster template; nodegroups, patches and answers read the same table. */
export const TEMPLATE_ATTRIBUTES: Attributes = {
  uuid: { type: "text" },
  name: text,
  image_id: { ...text, mandatory: true },
  coe: { type: "enum", values: ["kubernetes"], mandatory: true },
  flavor_id: text,
  master_flavor_id: text,
  dns_nameserver: text,
  keypair_id: text,
  external_network_id: text,
  fixed_network: text,
  fixed_subnet: text,
  network_driver: text,
  apiserver_port: { type: "integer", minimum: 1024, maximum: 65535 },
  docker_volume_size: { type: "integer", minimum: 1 },
  cluster_distro: text,
  links: { type: "list", readOnly: true },
  http_proxy: text,
  https_proxy: text,
  no_proxy: text,
  volume_driver: text,
  registry_enabled: { type: "boolean", default: false },
  labels: { type: "labels", default: {} },
  tls_disabled: { type: "boolean", default: false },
  public: { type: "boolean", default: false },
  server_type: { type: "enum", values: ["bm", "vm"], default: "vm" },
  insecure_registry: text,
  docker_storage_driver: text,
  master_lb_enabled: { type: "boolean", default: false },
  floating_ip_enabled: { type: "boolean", default: true },
  project_id: { type: "text", readOnly: true },
  user_id: { type: "text", readOnly: true },
  hidden: { type: "boolean", default: false },
  tags: { type: "text", maxLength: 255 },
  driver: text,
  created_at: { type: "text", readOnly: true },
  updated_at: { type: "text", readOnly: true },
};

export const TEMPLATE_PATCH_RULES = {
  mandatory: [
    "/network_driver",
    "/external_network_id",
    "/tls_disabled",
    "/public",
    "/server_type",
    "/coe",
    "/registry_enabled",
    "/cluster_distro",
    "/hidden",
    "/image_id",
  ],
};

/** The attributes that live in the spec, by their wire names. */
const STORED: { readonly [wire: string]: keyof MagnumClusterTemplateSpec } = {
  name: "name",
  image_id: "imageId",
  coe: "coe",
  flavor_id: "flavorId",
  master_flavor_id: "masterFlavorId",
  dns_nameserver: "dnsNameserver",
  keypair_id: "keypairId",
  external_network_id: "externalNetworkId",
  fixed_network: "fixedNetwork",
  fixed_subnet: "fixedSubnet",
  network_driver: "networkDriver",
  apiserver_port: "apiserverPort",
  docker_volume_size: "dockerVolumeSize",
  cluster_distro: "clusterDistro",
  http_proxy: "httpProxy",
  https_proxy: "httpsProxy",
  no_proxy: "noProxy",
  volume_driver: "volumeDriver",
  registry_enabled: "registryEnabled",
  labels: "labels",
  tls_disabled: "tlsDisabled",
  public: "public",
  server_type: "serverType",
  insecure_registry: "insecureRegistry",
  docker_storage_driver: "dockerStorageDriver",
  master_lb_enabled: "masterLbEnabled",
  floating_ip_enabled: "floatingIpEnabled",
  hidden: "hidden",
  tags: "tags",
  driver: "driver",
};

/** The spec as a document in wire names, null for what is not set: what patches apply to. */
export const templateDocument = (spec: MagnumClusterTemplateSpec): Values =>
  Object.fromEntries(Object.entries(STORED).map(([wire, field]) => [wire, spec[field] ?? null]));

/** The part of a spec that a client's values say. */
export const templateFields = (values: Values): Partial<MagnumClusterTemplateSpec> =>
  Object.fromEntries(
    Object.entries(STORED).flatMap(([wire, field]) =>
      values[wire] === undefined || values[wire] === null ? [] : [[field, values[wire]]],
    ),
  );

export const TEMPLATE_COLUMNS = Object.keys(STORED);

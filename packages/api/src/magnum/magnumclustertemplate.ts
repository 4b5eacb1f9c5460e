import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { MAGNUM_GROUP, MAGNUM_VERSION } from "./common.ts";

const spec = s.object("A tenant's cluster template, as the Magnum API took it", {
  name: required(s.string("What the tenant calls it; not unique", { minLength: 1, maxLength: 255 })),
  projectId: required(s.string("Keystone project that owns it")),
  userId: required(s.string("Keystone user who made it")),
  createdAt: required(s.time("To the millisecond: lists are in this order")),
  updatedAt: s.time("Last change through the API"),
  coe: required(s.enum("What runs the containers", ["kubernetes"])),
  imageId: required(s.string("Image name or id, as sent")),
  flavorId: s.string("Flavor of workers, name or id, as sent"),
  masterFlavorId: s.string("Flavor of control-plane machines, name or id, as sent"),
  keypairId: s.string("Nova keypair for clusters that name none"),
  externalNetworkId: s.string("External network, name or id, as sent"),
  fixedNetwork: s.string("Network that exists already, name or id"),
  fixedSubnet: s.string("Subnet that exists already, name or id"),
  dnsNameserver: s.string("One address, or several with commas between"),
  networkDriver: required(s.string("Network plugin of the clusters")),
  volumeDriver: s.string("cinder or nothing"),
  apiserverPort: s.integer("Stored only"),
  dockerVolumeSize: s.integer("GiB of a volume for container images on every node", { minimum: 1 }),
  dockerStorageDriver: s.string("Stored only"),
  httpProxy: s.string("Proxy for http of the nodes"),
  httpsProxy: s.string("Proxy for https of the nodes"),
  noProxy: s.string("What goes past the proxy"),
  insecureRegistry: s.string("Stored only"),
  registryEnabled: required(s.boolean("Stored only")),
  tlsDisabled: required(s.boolean("Stored only; clients fetch no certificates when it is set")),
  public: required(s.boolean("Every project may read and use it")),
  hidden: required(s.boolean("Only administrators and its owner see it")),
  serverType: required(s.enum("Virtual machine or bare metal", ["vm", "bm"])),
  masterLbEnabled: required(s.boolean("A load balancer in front of the control plane")),
  floatingIpEnabled: required(s.boolean("Stored only: nodes get no floating IPs")),
  labels: required(s.map("Options for the driver, always text", s.string())),
  tags: s.string("Words with commas between"),
  driver: s.string("Driver chosen when the template was made"),
  clusterDistro: required(s.string("os_distro of the image when the template was made")),
});

export type MagnumClusterTemplateSpec = TypeOf<typeof spec>;
export interface MagnumClusterTemplate extends KubeObject {
  readonly spec: MagnumClusterTemplateSpec;
}

export const MagnumClusterTemplate = defineKind<MagnumClusterTemplate>({
  group: MAGNUM_GROUP,
  version: MAGNUM_VERSION,
  kind: "MagnumClusterTemplate",
  plural: "magnumclustertemplates",
  shortNames: ["mct"],
  categories: ["magnum"],
  description: "What a tenant's clusters have in common. Its uuid is the object's uid.",
  columns: [
    column("Title", ".spec.name"),
    column("Project", ".spec.projectId"),
    column("Image", ".spec.imageId"),
    column("Public", ".spec.public", { type: "boolean" }),
    ageColumn,
  ],
  fields: { spec: required(spec) },
});

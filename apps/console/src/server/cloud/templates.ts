import type { NewTemplate, Template } from "../../contract/index.ts";
import { createFields } from "../http/body.ts";
import type { Doors } from "../http/doors.ts";
import { inside, type Json, list, numberOf, textOf, textOrNull, textsOf } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";

type TemplateDoors = Pick<
  Doors,
  | "GET /api/templates"
  | "GET /api/templates/:id"
  | "POST /api/templates"
  | "PATCH /api/templates/:id"
  | "DELETE /api/templates/:id"
>;

/** Public templates and the project's own. */
export const templateDoors = ({ services }: { readonly services: Services }): TemplateDoors => {
  const { ask } = services;
  const uses = async (session: Session): Promise<ReadonlyMap<string, readonly string[]>> => {
    const byTemplate = new Map<string, string[]>();
    for (const cluster of list(await ask(session, "containerInfra", "GET", "/clusters"), "clusters")) {
      const template = textOf(cluster, "cluster_template_id");
      byTemplate.set(template, [...(byTemplate.get(template) ?? []), textOf(cluster, "uuid")]);
    }
    return byTemplate;
  };
  const one = async (session: Session, id: string): Promise<Template> => {
    const [template, used] = await Promise.all([ask(session, "containerInfra", "GET", `/clustertemplates/${id}`), uses(session)]);
    return templateOf(template, session, used);
  };
  return {
    "GET /api/templates": async ({ session }) => {
      const [templates, used] = await Promise.all([
        ask(session, "containerInfra", "GET", "/clustertemplates/detail"),
        uses(session),
      ]);
      return { templates: list(templates, "clustertemplates").map((template) => templateOf(template, session, used)) };
    },
    "GET /api/templates/:id": ({ session, params }) => one(session, params["id"] ?? ""),
    "POST /api/templates": async ({ session, json }) => {
      const body = { coe: "kubernetes", ...wireOf(json, true) };
      const made = await ask(session, "containerInfra", "POST", "/clustertemplates", { body });
      return one(session, textOf(made, "uuid"));
    },
    "PATCH /api/templates/:id": async ({ session, json, params }) => {
      const id = params["id"] ?? "";
      const body = Object.entries(wireOf(json, false)).map(([name, value]) => ({ op: "replace", path: `/${name}`, value }));
      await ask(session, "containerInfra", "PATCH", `/clustertemplates/${id}`, { body });
      return one(session, id);
    },
    "DELETE /api/templates/:id": async ({ session, params }) => {
      await ask(session, "containerInfra", "DELETE", `/clustertemplates/${params["id"] ?? ""}`);
      return undefined;
    },
  };
};

/** @throws Fault invalid */
const wireOf = (json: unknown, whole: boolean): { readonly [name: string]: unknown } => {
  const fields = createFields(json);
  const text = (name: keyof NewTemplate & string) =>
    whole && (name === "name" || name === "imageId") ? fields.needText(name, 255) : fields.text(name, 255);
  const wire: { readonly [name: string]: unknown } = {
    name: text("name"),
    image_id: text("imageId"),
    flavor_id: text("flavor"),
    master_flavor_id: text("masterFlavor"),
    keypair_id: text("keypair"),
    external_network_id: text("externalNetwork"),
    fixed_network: text("fixedNetwork"),
    fixed_subnet: text("fixedSubnet"),
    dns_nameserver: text("dnsNameserver"),
    network_driver: text("networkDriver"),
    docker_volume_size: fields.integer("dockerVolumeSize", 1, 100_000),
    master_lb_enabled: fields.flag("masterLbEnabled"),
    floating_ip_enabled: fields.flag("floatingIpEnabled"),
    labels: fields.map("labels"),
    tags: fields.texts("tags", 50)?.join(","),
    public: fields.flag("public"),
    hidden: fields.flag("hidden"),
  };
  return Object.fromEntries(Object.entries(wire).filter(([, value]) => value !== undefined && value !== ""));
};

export const templateOf = (template: Json, session: Session, used: ReadonlyMap<string, readonly string[]>): Template => {
  const labels = textsOf(inside(template, "labels"));
  const tags = textOf(template, "tags")
    .split(",")
    .filter((tag) => tag !== "");
  const volume = numberOf(template, "docker_volume_size");
  return {
    id: textOf(template, "uuid"),
    name: textOf(template, "name"),
    description: labels["description"] ?? null,
    version: labels["kube_tag"] ?? null,
    public: template["public"] === true,
    hidden: template["hidden"] === true,
    deprecated: template["hidden"] === true || tags.includes("deprecated"),
    own: textOf(template, "project_id") === session.project?.id,
    imageId: textOf(template, "image_id"),
    flavor: textOrNull(template, "flavor_id"),
    masterFlavor: textOrNull(template, "master_flavor_id"),
    keypair: textOrNull(template, "keypair_id"),
    externalNetwork: textOrNull(template, "external_network_id"),
    fixedNetwork: textOrNull(template, "fixed_network"),
    fixedSubnet: textOrNull(template, "fixed_subnet"),
    dnsNameserver: textOrNull(template, "dns_nameserver"),
    networkDriver: textOrNull(template, "network_driver"),
    volumeDriver: textOrNull(template, "volume_driver"),
    dockerVolumeSize: volume === 0 ? null : volume,
    masterLbEnabled: template["master_lb_enabled"] === true,
    floatingIpEnabled: template["floating_ip_enabled"] === true,
    clusterDistro: textOrNull(template, "cluster_distro"),
    labels,
    tags,
    createdAt: textOf(template, "created_at"),
    updatedAt: textOrNull(template, "updated_at"),
    usedBy: used.get(textOf(template, "uuid")) ?? [],
  };
};

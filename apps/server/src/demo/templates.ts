import type { TemplateSettings } from "../inventory/schema.ts";
import { signIn, type TenantDoors } from "./tenant.ts";

/** Makes the inventory's public templates that are not there yet. @returns how many there are now */
export const ensureTemplates = async (doors: TenantDoors, templates: readonly TemplateSettings[]): Promise<number> => {
  if (templates.length === 0) return 0;
  const admin = await signIn(doors, "admin");
  const { clustertemplates } = await admin.call<{ clustertemplates: readonly { name: string; public: boolean }[] }>(
    "GET",
    "/clustertemplates",
  );
  const known = new Set(clustertemplates.filter((template) => template.public).map((template) => template.name));
  for (const template of templates.filter(({ name }) => !known.has(name))) {
    await admin.call("POST", "/clustertemplates", {
      name: template.name,
      coe: "kubernetes",
      public: true,
      image_id: template.image,
      external_network_id: template.external_network,
      flavor_id: template.flavor,
      master_flavor_id: template.master_flavor,
      network_driver: template.network_driver ?? "calico",
      floating_ip_enabled: false,
      master_lb_enabled: true,
      labels: template.labels ?? {},
    });
  }
  return templates.length;
};

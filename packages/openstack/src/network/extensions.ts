import { text } from "../transport/json.ts";
import { once } from "../transport/once.ts";
import type { Service } from "../transport/service.ts";

/** What this Neutron can do beyond its core, by alias. It changes with an upgrade of the cloud only, so it is asked once a client. */
export const extensionCalls = (service: Service) => {
  const aliases = once(async () => {
    const extensions = await service.list("network_extension_list", "/extensions", "extensions");
    return new Set(extensions.map((extension) => text(extension, "alias")));
  });
  return { hasNetworkExtension: async (alias: string): Promise<boolean> => (await aliases()).has(alias) };
};

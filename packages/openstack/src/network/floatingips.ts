import { given, type Json, object, optionalText, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  readonly networkId: string;
  /** Undefined: free. */
  readonly portId: string | undefined;
  readonly fixedAddress: string | undefined;
  /** `ACTIVE`, `DOWN`, `ERROR`. */
  readonly status: string;
  readonly tags: readonly string[];
  readonly description: string;
}

export const floatingIpCalls = (service: Service) => ({
  listFloatingIps: async (filter: {
    address?: string;
    portId?: string;
    tags?: readonly string[];
    description?: string;
  }): Promise<readonly FloatingIp[]> => {
    const query = {
      floating_ip_address: filter.address,
      port_id: filter.portId,
      tags: filter.tags?.length ? filter.tags.join(",") : undefined,
      description: filter.description,
    };
    const found = (await service.list("floating_ip_list", "/floatingips", "floatingips", query)).map(parseFloatingIp);
    // Not every Neutron can filter by description: what it finds too much is left out here.
    return filter.description === undefined ? found : found.filter(({ description }) => description === filter.description);
  },
  findFloatingIp: async (id: string): Promise<FloatingIp | undefined> => {
    const answer = await service.find("floating_ip_get", `/floatingips/${id}`);
    return answer === undefined ? undefined : parseFloatingIp(object(answer["floatingip"], "floatingip"));
  },
  /** A given `address` needs an administrator's rights on most clouds. */
  createFloatingIp: async (input: {
    networkId: string;
    description: string;
    address?: string | undefined;
    portId?: string | undefined;
  }): Promise<FloatingIp> => {
    const floatingip = given({
      floating_network_id: input.networkId,
      description: input.description,
      floating_ip_address: input.address,
      port_id: input.portId,
    });
    const answer = await service.post("floating_ip_create", "/floatingips", { floatingip });
    return parseFloatingIp(object(answer["floatingip"], "floatingip"));
  },
  associateFloatingIp: async (input: { id: string; portId: string }): Promise<void> => {
    await service.put("floating_ip_update", `/floatingips/${input.id}`, { floatingip: { port_id: input.portId } });
  },
  /** An empty object is how Neutron is told to take it off its port. */
  disassociateFloatingIp: async (id: string): Promise<void> => {
    await service.put("floating_ip_update", `/floatingips/${id}`, { floatingip: {} });
  },
  deleteFloatingIp: async (id: string): Promise<boolean> => service.delete("floating_ip_delete", `/floatingips/${id}`),
});

const parseFloatingIp = (json: Json): FloatingIp => ({
  id: text(json, "id"),
  address: textOr(json, "floating_ip_address"),
  networkId: textOr(json, "floating_network_id"),
  portId: optionalText(json, "port_id"),
  fixedAddress: optionalText(json, "fixed_ip_address"),
  status: textOr(json, "status"),
  tags: texts(json, "tags"),
  description: textOr(json, "description"),
});

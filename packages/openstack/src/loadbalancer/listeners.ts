import { given, type Json, object, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface Listener {
  readonly id: string;
  readonly name: string;
  readonly provisioningStatus: string;
  /** Empty: everybody. */
  readonly allowedCidrs: readonly string[];
}

export const listenerCalls = (service: Service) => ({
  listListeners: async (filter: { name: string }): Promise<readonly Listener[]> =>
    (await service.list("loadbalancer_listener_list", "/lbaas/listeners", "listeners", filter)).map(parse),
  createListener: async (input: {
    name: string;
    port: number;
    loadBalancerId: string;
    allowedCidrs: readonly string[];
    tags: readonly string[];
  }): Promise<Listener> => {
    const listener = given({
      name: input.name,
      protocol: "TCP",
      protocol_port: input.port,
      loadbalancer_id: input.loadBalancerId,
      allowed_cidrs: input.allowedCidrs.length === 0 ? undefined : input.allowedCidrs,
      tags: input.tags.length === 0 ? undefined : input.tags,
    });
    const answer = await service.post("loadbalancer_listener_create", "/lbaas/listeners", { listener });
    return parse(object(answer["listener"], "listener"));
  },
  setAllowedCidrs: async (input: { listenerId: string; allowedCidrs: readonly string[] }): Promise<void> => {
    const listener = { allowed_cidrs: input.allowedCidrs };
    await service.put("loadbalancer_listener_update", `/lbaas/listeners/${input.listenerId}`, { listener });
  },
});

const parse = (json: Json): Listener => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  provisioningStatus: textOr(json, "provisioning_status"),
  allowedCidrs: texts(json, "allowed_cidrs"),
});

import { given, type Json, object, optionalText, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface LoadBalancer {
  readonly id: string;
  readonly name: string;
  /** `ACTIVE`, `PENDING_CREATE`, `PENDING_UPDATE`, `PENDING_DELETE`, `ERROR`. */
  readonly provisioningStatus: string;
  readonly operatingStatus: string;
  readonly vipAddress: string;
  readonly vipPortId: string;
  readonly vipSubnetId: string;
  readonly vipNetworkId: string;
  readonly provider: string;
  readonly tags: readonly string[];
  /** When it was last changed, or made. */
  readonly changedAt: Date | undefined;
}

export interface NewLoadBalancer {
  readonly name: string;
  readonly description: string;
  readonly vipSubnetId?: string | undefined;
  readonly vipNetworkId?: string | undefined;
  readonly vipAddress?: string | undefined;
  readonly provider?: string | undefined;
  readonly flavorId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly tags: readonly string[];
}

export const loadBalancerCalls = (service: Service) => ({
  listLoadBalancers: async (filter: { name: string }): Promise<readonly LoadBalancer[]> =>
    (await service.list("loadbalancer_list", "/lbaas/loadbalancers", "loadbalancers", { name: filter.name })).map(parse),
  findLoadBalancer: async (id: string): Promise<LoadBalancer | undefined> => {
    const answer = await service.find("loadbalancer_get", `/lbaas/loadbalancers/${id}`);
    return answer === undefined ? undefined : parse(object(answer["loadbalancer"], "loadbalancer"));
  },
  createLoadBalancer: async (input: NewLoadBalancer): Promise<LoadBalancer> => {
    const loadbalancer = given({
      name: input.name,
      description: input.description,
      vip_subnet_id: input.vipSubnetId,
      vip_network_id: input.vipNetworkId,
      vip_address: input.vipAddress,
      provider: input.provider,
      flavor_id: input.flavorId,
      availability_zone: input.availabilityZone,
      tags: input.tags.length === 0 ? undefined : input.tags,
    });
    const answer = await service.post("loadbalancer_create", "/lbaas/loadbalancers", { loadbalancer });
    return parse(object(answer["loadbalancer"], "loadbalancer"));
  },
  /** Listeners, pools, members and monitors go with it. */
  deleteLoadBalancer: async (id: string): Promise<boolean> =>
    service.delete("loadbalancer_delete", `/lbaas/loadbalancers/${id}`, { cascade: true }),
});

const parse = (json: Json): LoadBalancer => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  provisioningStatus: textOr(json, "provisioning_status"),
  operatingStatus: textOr(json, "operating_status"),
  vipAddress: textOr(json, "vip_address"),
  vipPortId: textOr(json, "vip_port_id"),
  vipSubnetId: textOr(json, "vip_subnet_id"),
  vipNetworkId: textOr(json, "vip_network_id"),
  provider: textOr(json, "provider"),
  tags: texts(json, "tags"),
  changedAt: utc(optionalText(json, "updated_at") ?? optionalText(json, "created_at")),
});

/** Octavia writes times without a zone and means UTC. */
const utc = (written: string | undefined): Date | undefined =>
  written === undefined ? undefined : new Date(`${written.replace(/Z$/, "")}Z`);

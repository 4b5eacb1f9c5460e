import { given, type Json, numberOr, object, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";
import { some, type TaggedFilter, taggedQuery } from "./filters.ts";

export interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly cidr: string;
  readonly networkId: string;
  readonly ipVersion: 4 | 6;
  readonly tags: readonly string[];
  readonly dhcp: boolean;
}

export interface SubnetFilter extends TaggedFilter {
  readonly networkId?: string | undefined;
  readonly cidr?: string | undefined;
  readonly ipVersion?: number | undefined;
  readonly gatewayIp?: string | undefined;
  readonly ipv6AddressMode?: string | undefined;
  readonly ipv6RaMode?: string | undefined;
}

export interface NewSubnet {
  readonly networkId: string;
  readonly name: string;
  readonly description: string;
  readonly cidr: string;
  readonly dnsNameservers?: readonly string[] | undefined;
  readonly allocationPools?: readonly { readonly start: string; readonly end: string }[] | undefined;
}

export const subnetCalls = (service: Service) => ({
  listSubnets: async (filter: SubnetFilter): Promise<readonly Subnet[]> => {
    const query = {
      ...taggedQuery(filter),
      network_id: filter.networkId,
      cidr: some(filter.cidr),
      ip_version: filter.ipVersion,
      gateway_ip: some(filter.gatewayIp),
      ipv6_address_mode: some(filter.ipv6AddressMode),
      ipv6_ra_mode: some(filter.ipv6RaMode),
    };
    return (await service.list("subnet_list", "/subnets", "subnets", query)).map(parseSubnet);
  },
  findSubnet: async (id: string): Promise<Subnet | undefined> => {
    const answer = await service.find("subnet_get", `/subnets/${id}`);
    return answer === undefined ? undefined : parseSubnet(object(answer["subnet"], "subnet"));
  },
  createSubnet: async (input: NewSubnet): Promise<Subnet> => {
    const subnet = given({
      network_id: input.networkId,
      name: input.name,
      description: input.description,
      ip_version: 4,
      cidr: input.cidr,
      dns_nameservers: input.dnsNameservers?.length ? input.dnsNameservers : undefined,
      allocation_pools: input.allocationPools?.length ? input.allocationPools : undefined,
    });
    const answer = await service.post("subnet_create", "/subnets", { subnet });
    return parseSubnet(object(answer["subnet"], "subnet"));
  },
});

const parseSubnet = (json: Json): Subnet => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  cidr: textOr(json, "cidr"),
  networkId: textOr(json, "network_id"),
  ipVersion: numberOr(json, "ip_version", 4) === 6 ? 6 : 4,
  tags: texts(json, "tags"),
  dhcp: json["enable_dhcp"] !== false,
});

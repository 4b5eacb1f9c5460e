import { flag, given, type Json, object, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";
import { type TaggedFilter, taggedQuery } from "./filters.ts";

export interface NeutronNetwork {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly subnetIds: readonly string[];
  readonly external: boolean;
}

export interface NewNetwork {
  readonly name: string;
  /** Only sent when false. */
  readonly portSecurity?: boolean | undefined;
  readonly mtu?: number | undefined;
}

export const networkCalls = (service: Service) => ({
  listNetworks: async (filter: TaggedFilter & { external?: boolean }): Promise<readonly NeutronNetwork[]> => {
    const query = { ...taggedQuery(filter), "router:external": filter.external };
    return (await service.list("network_list", "/networks", "networks", query)).map(parseNetwork);
  },
  findNetwork: async (id: string): Promise<NeutronNetwork | undefined> => {
    const answer = await service.find("network_get", `/networks/${id}`);
    return answer === undefined ? undefined : parseNetwork(object(answer["network"], "network"));
  },
  createNetwork: async (input: NewNetwork): Promise<NeutronNetwork> => {
    const network = given({
      name: input.name,
      admin_state_up: true,
      port_security_enabled: input.portSecurity === false ? false : undefined,
      mtu: input.mtu,
    });
    const answer = await service.post("network_create", "/networks", { network });
    return parseNetwork(object(answer["network"], "network"));
  },
  /** Takes its subnets with it. @throws CloudError conflict while ports are on it */
  deleteNetwork: async (id: string): Promise<boolean> => service.delete("network_delete", `/networks/${id}`),
});

const parseNetwork = (json: Json): NeutronNetwork => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  tags: texts(json, "tags"),
  subnetIds: texts(json, "subnets"),
  external: flag(json, "router:external"),
});

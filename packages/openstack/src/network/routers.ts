import { given, type Json, object, objects, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";
import { type TaggedFilter, taggedQuery } from "./filters.ts";

export interface Router {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly gateway: Gateway | undefined;
}

export interface Gateway {
  readonly networkId: string;
  readonly fixedIps: readonly { readonly address: string; readonly subnetId: string }[];
}

export interface NewRouter {
  readonly name: string;
  readonly description: string;
  readonly externalNetworkId?: string | undefined;
}

export interface ExternalFixedIp {
  readonly ip_address?: string;
  readonly subnet_id?: string;
}

export const routerCalls = (service: Service) => ({
  listRouters: async (filter: TaggedFilter): Promise<readonly Router[]> =>
    (await service.list("router_list", "/routers", "routers", taggedQuery(filter))).map(parseRouter),
  findRouter: async (id: string): Promise<Router | undefined> => {
    const answer = await service.find("router_get", `/routers/${id}`);
    return answer === undefined ? undefined : parseRouter(object(answer["router"], "router"));
  },
  createRouter: async (input: NewRouter): Promise<Router> => {
    const router = given({
      name: input.name,
      description: input.description,
      external_gateway_info: input.externalNetworkId === undefined ? undefined : { network_id: input.externalNetworkId },
    });
    const answer = await service.post("router_create", "/routers", { router });
    return parseRouter(object(answer["router"], "router"));
  },
  setRouterGateway: async (input: {
    routerId: string;
    networkId: string;
    fixedIps: readonly ExternalFixedIp[];
  }): Promise<Router> => {
    const router = { external_gateway_info: { network_id: input.networkId, external_fixed_ips: input.fixedIps } };
    const answer = await service.put("router_update", `/routers/${input.routerId}`, { router });
    return parseRouter(object(answer["router"], "router"));
  },
  addRouterInterface: async (input: { routerId: string; subnetId: string }): Promise<void> => {
    const path = `/routers/${input.routerId}/add_router_interface`;
    await service.put("server_os_interface_create", path, { subnet_id: input.subnetId });
  },
  /** @throws CloudError notFound when it has no interface there, conflict while a floating IP needs the path */
  removeRouterInterface: async (input: { routerId: string; subnetId: string }): Promise<void> => {
    const path = `/routers/${input.routerId}/remove_router_interface`;
    await service.put("server_os_interface_delete", path, { subnet_id: input.subnetId });
  },
  deleteRouter: async (id: string): Promise<boolean> => service.delete("router_delete", `/routers/${id}`),
});

const parseRouter = (json: Json): Router => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  tags: texts(json, "tags"),
  gateway: gatewayIn(json["external_gateway_info"]),
});

const gatewayIn = (info: unknown): Gateway | undefined => {
  if (info === null || info === undefined) return undefined;
  const gateway = object(info, "external_gateway_info");
  return {
    networkId: textOr(gateway, "network_id"),
    fixedIps: objects(gateway, "external_fixed_ips").map((ip) => ({
      address: textOr(ip, "ip_address"),
      subnetId: textOr(ip, "subnet_id"),
    })),
  };
};

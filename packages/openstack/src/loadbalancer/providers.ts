import { flag, text } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export const providerCalls = (service: Service) => ({
  listLoadBalancerProviders: async (): Promise<readonly string[]> =>
    (await service.list("loadbalancer_provider_list", "/lbaas/providers", "providers")).map((provider) => text(provider, "name")),
  listLoadBalancerFlavors: async (): Promise<
    readonly { readonly id: string; readonly name: string; readonly enabled: boolean }[]
  > =>
    (await service.list("loadbalancer_flavor_list", "/lbaas/flavors", "flavors")).map((flavor) => ({
      id: text(flavor, "id"),
      name: text(flavor, "name"),
      enabled: flag(flavor, "enabled"),
    })),
});

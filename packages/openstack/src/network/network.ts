import type { Limit } from "../compute/limits.ts";
import { rootOf } from "../identity/catalog.ts";
import type { Session } from "../identity/session.ts";
import { numberOr, object } from "../transport/json.ts";
import { once } from "../transport/once.ts";
import { createService, type Service } from "../transport/service.ts";
import { extensionCalls } from "./extensions.ts";
import { floatingIpCalls } from "./floatingips.ts";
import { networkCalls } from "./networks.ts";
import { portCalls } from "./ports.ts";
import { routerCalls } from "./routers.ts";
import { securityGroupCalls } from "./securitygroups.ts";
import { subnetCalls } from "./subnets.ts";
import { trunkCalls } from "./trunks.ts";

export type Network = ReturnType<typeof createNetwork>;

/** Neutron. Its resources have names that are not unique: whoever must have exactly one counts what a list answers. */
export const createNetwork = (session: Session) => {
  const service = createService(session, "network", {
    base: once(async () => `${rootOf(await session.endpoint("network"))}/v2.0`),
  });
  return {
    ...networkCalls(service),
    ...subnetCalls(service),
    ...routerCalls(service),
    ...portCalls(service),
    ...securityGroupCalls(service),
    ...floatingIpCalls(service),
    ...trunkCalls(service),
    ...extensionCalls(service),
    ...tagCalls(service),
    ...quotaCalls(service, () => session.projectId()),
  };
};

export type Tagged = "networks" | "subnets" | "routers" | "ports" | "trunks" | "security-groups" | "floatingips";

const tagCalls = (service: Service) => ({
  /** The whole set: what is not named here is gone afterwards. */
  replaceTags: async (input: { resource: Tagged; id: string; tags: readonly string[] }): Promise<void> => {
    await service.put("attributes_tags_replace_all", `/${input.resource}/${input.id}/tags`, { tags: input.tags });
  },
});

const quotaCalls = (service: Service, projectId: () => Promise<string>) => ({
  /** Limits and what is used of them, of our own project. */
  listQuotas: async (): Promise<readonly Limit[]> => {
    const answer = await service.get("quota_details_get", `/quotas/${await projectId()}/details.json`);
    const quota = object(answer["quota"], "quota");
    return Object.keys(quota).map((resource) => {
      const one = object(quota[resource], resource);
      return { resource, limit: numberOr(one, "limit", -1), used: numberOr(one, "used", 0) };
    });
  },
});

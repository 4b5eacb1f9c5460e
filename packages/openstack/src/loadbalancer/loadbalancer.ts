import { rootOf } from "../identity/catalog.ts";
import type { Session } from "../identity/session.ts";
import { objects, text } from "../transport/json.ts";
import { once } from "../transport/once.ts";
import { createService } from "../transport/service.ts";
import { listenerCalls } from "./listeners.ts";
import { loadBalancerCalls } from "./loadbalancers.ts";
import { poolCalls } from "./pools.ts";
import { providerCalls } from "./providers.ts";

export type LoadBalancing = ReturnType<typeof createLoadBalancing>;

/** Octavia. While a load balancer is not ACTIVE, every change to it or below it is refused as `conflict`. */
export const createLoadBalancing = (session: Session) => {
  const root = once(async () => rootOf(await session.endpoint("load-balancer")));
  const service = createService(session, "load-balancer", { base: async () => `${await root()}/v2.0` });
  const unversioned = createService(session, "load-balancer", { base: root });
  const newest = once(async () => {
    const versions = objects(await unversioned.get("version_list", "/"), "versions");
    return versions.map((version) => minorOf(text(version, "id"))).reduce((highest, minor) => Math.max(highest, minor), 0);
  });
  return {
    ...loadBalancerCalls(service),
    ...listenerCalls(service),
    ...poolCalls(service),
    ...providerCalls(service),
    /** Listeners that let in only some addresses came with v2.12. The newest version is looked for, wherever the list has it. */
    supportsAllowedCidrs: async (): Promise<boolean> => (await newest()) >= 12,
  };
};

const minorOf = (id: string): number => Number(/^v?2\.(\d+)$/.exec(id)?.[1] ?? 0);

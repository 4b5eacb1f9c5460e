import type { LoadBalancer, Pool } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import { type CloudEffect, eventReason } from "../openstackcloud/effects.ts";
import { listenerName } from "../openstackcloud/names.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { portsOf } from "./listeners.ts";
import { notActive } from "./loadbalancer.ts";
import { type ClusterFacts, type ClusterScope, hasLoadBalancer } from "./scope.ts";

interface Observed {
  readonly balancer: LoadBalancer | undefined;
  /** The pools that nobody watches yet. */
  readonly unwatched: readonly Pool[];
}

/** How a pool's members are looked at; fixed when it is made, and never changed on one that is there. */
const checks = { delaySeconds: 10, timeoutSeconds: 5, maxRetries: 5, maxRetriesDown: 3 };

/** A health monitor for each pool, where the load balancer's provider has such a thing. */
export const monitors = cloudPhase<ClusterScope, Observed | undefined, ClusterFacts>({
  name: "monitors",
  observe: async (scope, { loadBalancer }) => {
    const { osc, crn, cloud } = scope;
    if (!hasLoadBalancer(osc) || loadBalancer === undefined) return undefined;
    const octavia = cloud.loadBalancing;
    const unwatched = await Promise.all(
      portsOf(scope).map(async (port) => {
        const name = listenerName(crn, port);
        return (await octavia.listMonitors({ name })).length > 0 ? [] : (await octavia.listPools({ name })).slice(0, 1);
      }),
    );
    const pools = unwatched.flat();
    return { balancer: pools.length === 0 ? undefined : await octavia.findLoadBalancer(loadBalancer.id), unwatched: pools };
  },
  decide: (observed, { now }) => {
    const [pool] = observed?.unwatched ?? [];
    if (observed === undefined || pool === undefined) return ready();
    const { balancer } = observed;
    if (balancer === undefined) return wait("LoadBalancerGone", { recheckSeconds: 1 });
    if (balancer.provisioningStatus !== "ACTIVE") return notActive(balancer, now);
    return act<CloudEffect, ClusterFacts>("MonitorCreating", {
      call: "createMonitor",
      with: { name: pool.name, poolId: pool.id, ...checks },
    });
  },
  refused: (error, { events, osc }) => {
    if (error.kind !== "unsupported") return undefined;
    events.normal(osc, eventReason("SkippedCreateMonitor"), "the load balancer's provider has no health monitors");
    return ready();
  },
});

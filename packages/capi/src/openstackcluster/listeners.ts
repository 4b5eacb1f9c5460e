import type { Listener, LoadBalancer, Pool } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { listenerName } from "../openstackcloud/names.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { type AllowedCidrs, allowedCidrs } from "./allowedcidrs.ts";
import { notActive, withAllowed } from "./loadbalancer.ts";
import { apiPort, type ClusterFacts, type ClusterScope, hasLoadBalancer } from "./scope.ts";

interface Observed {
  readonly balancer: LoadBalancer | undefined;
  readonly ports: readonly PortParts[];
  readonly allowed: AllowedCidrs | "unsupported";
}

interface PortParts {
  readonly port: number;
  readonly listener: Listener | undefined;
  readonly pool: Pool | undefined;
}

/** For each port a listener and a pool behind it; one change at a time, as Octavia wants it. */
export const listeners = cloudPhase<ClusterScope, Observed | undefined, ClusterFacts>({
  name: "listeners",
  observe: async (scope, { loadBalancer, network, router }) => {
    const { osc, crn, cloud } = scope;
    if (!hasLoadBalancer(osc) || loadBalancer === undefined) return undefined;
    const octavia = cloud.loadBalancing;
    const balancer = await octavia.findLoadBalancer(loadBalancer.id);
    // While it is busy nothing can be changed, and nothing needs to be known.
    if (balancer?.provisioningStatus !== "ACTIVE") return { balancer, ports: [], allowed: "unsupported" };
    const ports = await Promise.all(
      portsOf(scope).map(async (port) => {
        const name = listenerName(crn, port);
        const [[listener], [pool]] = await Promise.all([octavia.listListeners({ name }), octavia.listPools({ name })]);
        return { port, listener, pool };
      }),
    );
    const supported = balancer.provider !== "ovn" && (await octavia.supportsAllowedCidrs());
    const cidrs = (network?.subnets ?? []).map(({ cidr }) => cidr);
    return { balancer, ports, allowed: supported ? allowedCidrs(osc, cidrs, router?.ips ?? []) : "unsupported" };
  },
  decide: (observed, { crn, tags, now }, { loadBalancer }) => {
    if (observed === undefined) return ready();
    const { balancer, ports, allowed } = observed;
    if (balancer === undefined || loadBalancer === undefined) return wait("LoadBalancerGone", { recheckSeconds: 1 });
    if (balancer.provisioningStatus !== "ACTIVE") return notActive(balancer, now);
    const cidrs = allowed === "unsupported" ? [] : allowed.cidrs;
    for (const { port, listener, pool } of ports) {
      const name = listenerName(crn, port);
      if (listener === undefined) {
        return act<CloudEffect, ClusterFacts>("ListenerCreating", {
          call: "createListener",
          with: { name, port, loadBalancerId: balancer.id, allowedCidrs: cidrs, tags },
        });
      }
      if (pool === undefined) {
        const algorithm = balancer.provider === "ovn" ? "SOURCE_IP_PORT" : "ROUND_ROBIN";
        return act<CloudEffect, ClusterFacts>("PoolCreating", {
          call: "createPool",
          with: { name, listenerId: listener.id, algorithm, tags },
        });
      }
      if (allowed !== "unsupported" && !sameList(cidrs, [...listener.allowedCidrs].sort())) {
        return act<CloudEffect, ClusterFacts>("AllowedCIDRsChanging", {
          call: "setAllowedCidrs",
          with: { listenerId: listener.id, allowedCidrs: cidrs },
        });
      }
    }
    return ready({ loadBalancer: { ...loadBalancer, ...withAllowed(cidrs) } });
  },
});

/** The API's own port, then the others that are asked for. */
export const portsOf = (scope: Pick<ClusterScope, "osc" | "cluster">): readonly number[] => [
  ...new Set([apiPort(scope), ...(scope.osc.spec.apiServerLoadBalancer?.additionalPorts ?? [])]),
];

const sameList = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((item, index) => item === right[index]);

import type { NetworkStatusWithSubnets } from "@slipway/api";
import type { LoadBalancer } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { loadBalancerName } from "../openstackcloud/names.ts";
import { recheckAfter } from "../openstackcloud/recheck.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { someTags } from "./externalnetwork.ts";
import { type ClusterFacts, type ClusterScope, givenEndpoint, hasLoadBalancer } from "./scope.ts";

interface Observed {
  readonly found: LoadBalancer | undefined;
  /** Only looked up when there is one to make. */
  readonly provider: string | undefined;
  readonly flavorId: string | undefined;
  readonly vipAddress: string | undefined;
}

/** The load balancer in front of the API servers, by itself: its ports come later, when it is ACTIVE. */
export const loadBalancer = cloudPhase<ClusterScope, Observed | undefined, ClusterFacts>({
  name: "loadBalancer",
  observe: async (scope) => {
    const { osc, crn, cloud } = scope;
    if (!hasLoadBalancer(osc)) return undefined;
    const [found] = await cloud.loadBalancing.listLoadBalancers({ name: loadBalancerName(crn) });
    if (found !== undefined) return { found, provider: undefined, flavorId: undefined, vipAddress: undefined };
    return { found, provider: await providerOf(scope), flavorId: await flavorOf(scope), vipAddress: await vipAddressOf(scope) };
  },
  decide: (observed, { osc, crn, description, tags, now }, { network, loadBalancerNetwork }) => {
    if (observed === undefined) return ready();
    const { found, provider, flavorId, vipAddress } = observed;
    if (found === undefined) {
      const elsewhere = loadBalancerNetwork ?? undefined;
      const vipSubnetId = elsewhere === undefined ? firstSubnet(network)?.id : elsewhere.subnets?.[0]?.id;
      const availabilityZone = osc.spec.apiServerLoadBalancer?.availabilityZone;
      return act<CloudEffect, ClusterFacts>("LoadBalancerCreating", {
        call: "createLoadBalancer",
        with: {
          name: loadBalancerName(crn),
          description,
          vipNetworkId: elsewhere?.id,
          vipSubnetId,
          vipAddress,
          provider,
          flavorId,
          availabilityZone: availabilityZone === "" ? undefined : availabilityZone,
          tags,
        },
      });
    }
    const facts = {
      balancer: found,
      loadBalancer: {
        id: found.id,
        name: found.name,
        internalIP: found.vipAddress,
        ip: osc.status?.apiServerLoadBalancer?.ip ?? "",
        ...withAllowed(osc.status?.apiServerLoadBalancer?.allowedCIDRs),
        ...someTags(found.tags),
        ...(loadBalancerNetwork ? { loadBalancerNetwork } : {}),
      },
    };
    return found.provisioningStatus === "ACTIVE" ? ready(facts) : { ...notActive(found, now), facts };
  },
});

/** The VIP is an IPv4 address wherever the cluster has such a subnet: its members are. */
const firstSubnet = (network: NetworkStatusWithSubnets | undefined) =>
  network?.subnets?.find(({ cidr }) => !cidr.includes(":")) ?? network?.subnets?.[0];

export const withAllowed = (cidrs: readonly string[] | undefined): { allowedCIDRs?: readonly string[] } =>
  cidrs === undefined || cidrs.length === 0 ? {} : { allowedCIDRs: cidrs };

/** Octavia takes no change before it has finished the last one; one in ERROR needs the cloud's operator. */
export const notActive = (found: LoadBalancer, now: Date) =>
  found.provisioningStatus === "ERROR"
    ? wait<ClusterFacts>("LoadBalancerError", {
        message: `load balancer ${found.name} (${found.id}) is in ERROR: the cloud's operator must fail it over or delete it`,
        recheckSeconds: 30,
      })
    : wait<ClusterFacts>("LoadBalancerPending", {
        message: `load balancer ${found.name} is ${found.provisioningStatus}`,
        recheckSeconds: recheckAfter(now, found.changedAt),
      });

const providerOf = async ({ osc, cloud, events }: ClusterScope): Promise<string | undefined> => {
  const wanted = osc.spec.apiServerLoadBalancer?.provider;
  if (wanted === undefined || wanted === "") return undefined;
  const known = await cloud.loadBalancing.listLoadBalancerProviders();
  if (known.includes(wanted)) return wanted;
  events.warning(
    osc,
    "Octaviaprovidernotfound",
    `load balancer provider "${wanted}" is not one of ${known.join(", ")}: the default is used`,
  );
  return undefined;
};

const flavorOf = async ({ osc, cloud, events }: ClusterScope): Promise<string | undefined> => {
  const wanted = osc.spec.apiServerLoadBalancer?.flavor;
  if (wanted === undefined || wanted === "") return undefined;
  const flavors = await cloud.loadBalancing.listLoadBalancerFlavors();
  const found = flavors.find(({ name, enabled }) => enabled && name === wanted);
  if (found === undefined) {
    events.warning(
      osc,
      "Octaviaflavornotfound",
      `load balancer flavor "${wanted}" is not there or not enabled: the default is used`,
    );
  }
  return found?.id;
};

/** An address that was promised: by our own status, by the spec, or by an endpoint that may not have a floating IP in front. */
const vipAddressOf = async (scope: ClusterScope): Promise<string | undefined> => {
  const { osc, resolveHost } = scope;
  const known = osc.status?.apiServerLoadBalancer?.internalIP;
  if (known !== undefined && known !== "") return known;
  if (osc.spec.apiServerFixedIP !== undefined && osc.spec.apiServerFixedIP !== "") return osc.spec.apiServerFixedIP;
  const endpoint = givenEndpoint(scope);
  return osc.spec.disableAPIServerFloatingIP === true && endpoint !== undefined ? resolveHost(endpoint.host) : undefined;
};

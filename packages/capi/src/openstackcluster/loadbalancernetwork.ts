import type { NetworkStatusWithSubnets } from "@slipway/api";
import { fail, ready } from "@slipway/runtime";
import { NoSingleMatch, single } from "../openstackcloud/lookup.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { someTags } from "./externalnetwork.ts";
import { type ClusterFacts, type ClusterScope, hasLoadBalancer } from "./scope.ts";

type Observed = NetworkStatusWithSubnets | "same" | { readonly missing: string };

/** Where the API's address is, when that is not the cluster's own network. */
export const loadBalancerNetwork = cloudPhase<ClusterScope, Observed, ClusterFacts>({
  name: "loadBalancerNetwork",
  observe: async ({ osc, cloud }) => {
    const param = hasLoadBalancer(osc) ? osc.spec.apiServerLoadBalancer?.network : undefined;
    // Without a network the list of subnets says nothing, and is not read.
    if (param === undefined) return "same";
    try {
      const network = await single("load balancer network", param, cloud.network.findNetwork, cloud.network.listNetworks);
      const subnets = await Promise.all(
        (osc.spec.apiServerLoadBalancer?.subnets ?? []).map(async ({ id }) => {
          const subnet = id !== undefined && network.subnetIds.includes(id) ? await cloud.network.findSubnet(id) : undefined;
          if (subnet === undefined)
            throw new NoSingleMatch(`subnet with id ${id ?? "(a filter cannot be used here)"} on network ${network.id}`, 0);
          return { id: subnet.id, name: subnet.name, cidr: subnet.cidr, ...someTags(subnet.tags) };
        }),
      );
      return { id: network.id, name: network.name, ...someTags(network.tags), subnets };
    } catch (error) {
      if (error instanceof NoSingleMatch) return { missing: error.message };
      throw error;
    }
  },
  decide: (observed) => {
    if (observed === "same") return ready({ loadBalancerNetwork: null });
    return "missing" in observed ? fail("UpdateError", observed.missing) : ready({ loadBalancerNetwork: observed });
  },
});

import type { NeutronNetwork, Subnet } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { networkName } from "../openstackcloud/names.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { someTags } from "./externalnetwork.ts";
import type { ClusterFacts, ClusterScope } from "./scope.ts";

interface Observed {
  readonly networks: readonly NeutronNetwork[];
  readonly subnets: readonly Subnet[];
}

/** A network and a subnet of the cluster's own. What is there is adopted as it is; later changes are not applied to it. */
export const managedNetwork = cloudPhase<ClusterScope, Observed, ClusterFacts>({
  name: "network",
  observe: async ({ crn, cloud, osc }) => {
    const networks = await cloud.network.listNetworks({ name: networkName(crn) });
    const [network] = networks;
    const cidr = osc.spec.managedSubnets?.[0]?.cidr;
    const subnets = network === undefined ? [] : await cloud.network.listSubnets({ networkId: network.id, cidr });
    return { networks, subnets };
  },
  decide: ({ networks, subnets }, { osc: { spec }, crn, description, tags }) => {
    const [network] = networks;
    const [subnet] = subnets;
    const name = networkName(crn);
    const wanted = spec.managedSubnets?.[0];
    if (wanted === undefined) return wait("NoManagedSubnet");
    if (networks.length > 1) return tooMany(`networks named ${name}`, networks.length);
    if (network === undefined) {
      const portSecurity = spec.disablePortSecurity === true ? false : undefined;
      return act<CloudEffect, ClusterFacts>("NetworkCreating", {
        call: "createNetwork",
        with: { name, portSecurity, mtu: spec.networkMTU },
      });
    }
    if (needsTags(network.tags, tags)) return tag("networks", network.id, tags);
    if (subnets.length > 1) return tooMany(`subnets of ${name} with ${wanted.cidr}`, subnets.length);
    if (subnet === undefined) {
      const { cidr, dnsNameservers, allocationPools } = wanted;
      return act<CloudEffect, ClusterFacts>("SubnetCreating", {
        call: "createSubnet",
        with: { networkId: network.id, name, description, cidr, dnsNameservers, allocationPools },
      });
    }
    if (needsTags(subnet.tags, tags)) return tag("subnets", subnet.id, tags);
    const { id, cidr } = subnet;
    return ready({
      network: {
        id: network.id,
        name: network.name,
        ...someTags(network.tags),
        subnets: [{ id, name: subnet.name, cidr, ...someTags(subnet.tags) }],
      },
    });
  },
});

/**
 * Tags are written right after something is created, in a second call. What bears our name and no tag at all was left between the
 * two; what bears other tags was tagged by somebody who meant it.
 */
export const needsTags = (there: readonly string[], wanted: readonly string[]): boolean =>
  there.length === 0 && wanted.length > 0;

export const tag = (resource: "networks" | "subnets" | "routers" | "floatingips", id: string, tags: readonly string[]) =>
  act<CloudEffect, ClusterFacts>("Tagging", { call: "replaceTags", with: { resource, id, tags } });

export const tooMany = (what: string, count: number) =>
  wait<ClusterFacts>("Ambiguous", { message: `found ${count} ${what}: remove or rename all but one`, recheckSeconds: 60 });

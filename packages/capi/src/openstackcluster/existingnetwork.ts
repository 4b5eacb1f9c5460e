import type { SubnetParam } from "@slipway/api";
import type { Network, NeutronNetwork, Subnet } from "@slipway/openstack";
import { fail, ready, wait } from "@slipway/runtime";
import { NoSingleMatch, only, single, subnetQuery } from "../openstackcloud/lookup.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { someTags } from "./externalnetwork.ts";
import type { ClusterFacts, ClusterScope } from "./scope.ts";

type Observed =
  | { readonly found: "network"; readonly network: NeutronNetwork; readonly subnets: readonly Subnet[] }
  | { readonly found: "nothing"; readonly because: string; readonly terminal: boolean };

/** A network that somebody else made and keeps: looked up, never created, never deleted. */
export const existingNetwork = cloudPhase<ClusterScope, Observed, ClusterFacts>({
  name: "network",
  observe: async ({ osc: { spec }, cloud }) => {
    let network: NeutronNetwork | undefined;
    try {
      if (spec.network !== undefined) {
        network = await single("network", spec.network, cloud.network.findNetwork, cloud.network.listNetworks);
      }
    } catch (error) {
      // Not terminal: the network may be made, or renamed, later.
      if (error instanceof NoSingleMatch) return { found: "nothing", because: error.message, terminal: false };
      throw error;
    }
    try {
      const subnets = await subnetsOf(cloud.network, network, spec.subnets ?? []);
      const [first] = subnets;
      if (first === undefined)
        return { found: "nothing", because: "no network or subnets specified in OpenStackCluster spec", terminal: false };
      network ??= await cloud.network.findNetwork(first.networkId);
      if (network === undefined) return { found: "nothing", because: `network ${first.networkId} is gone`, terminal: false };
      return { found: "network", network, subnets };
    } catch (error) {
      if (error instanceof NoSingleMatch) return { found: "nothing", because: error.message, terminal: true };
      throw error;
    }
  },
  decide: (observed) => {
    if (observed.found === "nothing") {
      const { because, terminal } = observed;
      return terminal ? fail("UpdateError", because) : wait("NetworkNotFound", { message: because, recheckSeconds: 30 });
    }
    const { network, subnets } = observed;
    const wrong = wrongFamilies(subnets);
    if (wrong !== undefined) return wait("SubnetsRefused", { message: wrong, recheckSeconds: 60 });
    return ready({
      network: {
        id: network.id,
        name: network.name,
        ...someTags(network.tags),
        subnets: subnets.map(({ id, name, cidr, tags }) => ({ id, name, cidr, ...someTags(tags) })),
      },
    });
  },
});

/** Those that are named, all on one network; else all of the network's. */
const subnetsOf = async (
  neutron: Network,
  network: NeutronNetwork | undefined,
  params: readonly SubnetParam[],
): Promise<readonly Subnet[]> => {
  if (params.length === 0) return network === undefined ? [] : neutron.listSubnets({ networkId: network.id });
  const found: Subnet[] = [];
  for (const param of params) {
    // The first subnet decides on the network for those after it.
    const networkId: string | undefined = network?.id ?? found[0]?.networkId;
    found.push(await singleSubnet(neutron, param, networkId));
  }
  return found;
};

export const singleSubnet = async (
  neutron: Pick<Network, "findSubnet" | "listSubnets">,
  param: SubnetParam,
  networkId: string | undefined,
): Promise<Subnet> => {
  if (param.id === undefined) {
    return only(
      await neutron.listSubnets(subnetQuery(param.filter, networkId)),
      `subnet matching ${JSON.stringify(param.filter)}`,
    );
  }
  const found = await neutron.findSubnet(param.id);
  if (found === undefined || (networkId !== undefined && found.networkId !== networkId)) {
    throw new NoSingleMatch(`subnet with id ${param.id}${networkId === undefined ? "" : ` on network ${networkId}`}`, 0);
  }
  return found;
};

/** One subnet, or one of each family. */
export const wrongFamilies = (subnets: readonly Pick<Subnet, "ipVersion">[]): string | undefined => {
  if (subnets.length > 2) return `found ${subnets.length} subnets: at most two can be used, name them in spec.subnets`;
  const [first, second] = subnets;
  if (first === undefined || second === undefined || first.ipVersion !== second.ipVersion) return undefined;
  return `multiple IPv${first.ipVersion} Subnet not allowed on OpenStackCluster`;
};

import type { NeutronNetwork } from "@slipway/openstack";
import { ready, wait } from "@slipway/runtime";
import { filterQuery } from "../openstackcloud/lookup.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import type { ClusterFacts, ClusterScope } from "./scope.ts";

/** Where floating IPs come from: the one that is named, else the only one there is. Without one, a cluster lives without. */
export const externalNetwork = cloudPhase<ClusterScope, readonly NeutronNetwork[] | undefined, ClusterFacts>({
  name: "externalNetwork",
  observe: async ({ osc: { spec }, cloud }) => {
    if (spec.disableExternalNetwork === true) return undefined;
    const id = spec.externalNetwork?.id;
    if (id === undefined) return cloud.network.listNetworks({ ...filterQuery(spec.externalNetwork?.filter), external: true });
    // Given by id it is taken at its word, external or not.
    const found = await cloud.network.findNetwork(id);
    return found === undefined ? [] : [found];
  },
  decide: (found, { osc: { spec } }) => {
    const [network] = found ?? [];
    if (found === undefined || (network === undefined && spec.externalNetwork === undefined))
      return ready({ externalNetwork: null });
    if (network === undefined || found.length > 1) {
      const which = spec.externalNetwork === undefined ? "" : ` that match ${JSON.stringify(spec.externalNetwork)}`;
      return wait("ExternalNetworkUnclear", {
        message: `found ${found.length} external networks${which}: name exactly one in spec.externalNetwork`,
        recheckSeconds: 60,
      });
    }
    return ready({ externalNetwork: { id: network.id, name: network.name, ...someTags(network.tags) } });
  },
});

export const someTags = (tags: readonly string[]): { tags?: readonly string[] } => (tags.length === 0 ? {} : { tags });

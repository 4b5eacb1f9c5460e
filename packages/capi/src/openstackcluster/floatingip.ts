import type { FloatingIp, LoadBalancer, Network } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { recheckAfter } from "../openstackcloud/recheck.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { needsTags, tag } from "./managednetwork.ts";
import { type ClusterFacts, type ClusterScope, givenEndpoint, hasLoadBalancer, wantsApiFloatingIp } from "./scope.ts";

interface Observed {
  readonly balancer: LoadBalancer;
  readonly address: string | undefined;
  readonly found: FloatingIp | undefined;
}

/**
 * The public address of the load balancer. One without a given address is made on its port at once: Neutron does both or neither,
 * so none is ever left over.
 */
export const loadBalancerFloatingIp = cloudPhase<ClusterScope, Observed | undefined, ClusterFacts>({
  name: "loadBalancerFloatingIp",
  observe: async (scope, { balancer }) => {
    const { osc, cloud } = scope;
    if (!hasLoadBalancer(osc) || !wantsApiFloatingIp(osc) || balancer === undefined) return undefined;
    const address = await addressOf(scope);
    return { balancer, address, found: await floatingIpAt(cloud.network, { address, portId: balancer.vipPortId }) };
  },
  decide: (observed, { description, tags, now }, { externalNetwork, loadBalancer }) => {
    if (observed === undefined) return ready();
    const { balancer, address, found } = observed;
    if (loadBalancer === undefined) return wait("LoadBalancerGone", { recheckSeconds: 1 });
    if (found === undefined) {
      if (!externalNetwork) {
        return wait("ExternalNetworkMissing", {
          message: "external network not found: a floating IP needs one; name it, or set disableAPIServerFloatingIP",
          recheckSeconds: 60,
        });
      }
      return act<CloudEffect, ClusterFacts>("FloatingIPCreating", {
        call: "createFloatingIp",
        with: { networkId: externalNetwork.id, description, address, portId: balancer.vipPortId },
      });
    }
    // An address that the user gave is the user's: its tags too.
    if (address === undefined && needsTags(found.tags, tags)) return tag("floatingips", found.id, tags);
    if (found.portId !== balancer.vipPortId) {
      return act<CloudEffect, ClusterFacts>("FloatingIPAssociating", {
        call: "associateFloatingIp",
        with: { id: found.id, portId: balancer.vipPortId },
      });
    }
    const facts = { loadBalancer: { ...loadBalancer, ip: found.address } };
    return found.status === "ACTIVE"
      ? ready(facts)
      : wait("FloatingIPPending", {
          message: `floating IP ${found.address} is ${found.status}`,
          recheckSeconds: recheckAfter(now, balancer.changedAt),
          facts,
        });
  },
});

const addressOf = async (scope: ClusterScope): Promise<string | undefined> => {
  const { osc, resolveHost } = scope;
  const known = osc.status?.apiServerLoadBalancer?.ip;
  if (known !== undefined && known !== "") return known;
  if (osc.spec.apiServerFloatingIP !== undefined && osc.spec.apiServerFloatingIP !== "") return osc.spec.apiServerFloatingIP;
  const endpoint = givenEndpoint(scope);
  return endpoint === undefined ? undefined : resolveHost(endpoint.host);
};

/** The one with that address; without a wish, the one that is on the port already. */
export const floatingIpAt = async (
  neutron: Pick<Network, "listFloatingIps">,
  { address, portId }: { readonly address: string | undefined; readonly portId: string },
): Promise<FloatingIp | undefined> => (await neutron.listFloatingIps(address === undefined ? { portId } : { address }))[0];

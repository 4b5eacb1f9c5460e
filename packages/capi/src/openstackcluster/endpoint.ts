import type { FloatingIp } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { needsTags, tag } from "./managednetwork.ts";
import {
  apiPort,
  type ClusterFacts,
  type ClusterScope,
  givenEndpoint,
  hasLoadBalancer,
  validEndpoint,
  wantsApiFloatingIp,
} from "./scope.ts";

/** Looked up only for a cluster that needs a floating IP of its own: one without a load balancer and without an endpoint. */
type Observed = { readonly floatingIps: readonly FloatingIp[] } | undefined;

/**
 * Where the API servers are reached. What was chosen once stays, by whomever: the field is frozen, and clients have it in their
 * kubeconfigs.
 */
export const endpoint = cloudPhase<ClusterScope, Observed, ClusterFacts>({
  name: "endpoint",
  observe: async (scope) => {
    const { osc, cloud, description } = scope;
    if (givenEndpoint(scope) !== undefined || hasLoadBalancer(osc) || !wantsApiFloatingIp(osc)) return undefined;
    const address = osc.spec.apiServerFloatingIP;
    const named = address !== undefined && address !== "";
    const floatingIps = await cloud.network.listFloatingIps(named ? { address } : { description });
    // One that we made and were stopped before we could write it down is free and bears our description.
    return { floatingIps: named ? floatingIps : floatingIps.filter(({ portId }) => portId === undefined) };
  },
  decide: (observed, scope, { loadBalancer, externalNetwork }) => {
    const { osc, description, tags } = scope;
    const given = givenEndpoint(scope);
    if (given !== undefined) return ready({ endpoint: given });
    const port = apiPort(scope);
    const chosen = (host: string | undefined) => {
      const complete = host === undefined || host === "" ? undefined : validEndpoint({ host, port });
      return complete === undefined ? undefined : ready<ClusterFacts>({ endpoint: complete });
    };
    if (hasLoadBalancer(osc)) {
      const { ip, internalIP } = loadBalancer ?? { ip: "", internalIP: "" };
      return chosen(ip === "" ? internalIP : ip) ?? none;
    }
    if (observed === undefined) return chosen(osc.spec.apiServerFixedIP) ?? none;
    const [found] = observed.floatingIps;
    if (found === undefined) {
      if (!externalNetwork) return wait("ExternalNetworkMissing", { message: "external network not found", recheckSeconds: 60 });
      const address = osc.spec.apiServerFloatingIP === "" ? undefined : osc.spec.apiServerFloatingIP;
      return act<CloudEffect, ClusterFacts>("FloatingIPCreating", {
        call: "createFloatingIp",
        with: { networkId: externalNetwork.id, description, address },
      });
    }
    if (osc.spec.apiServerFloatingIP === undefined && needsTags(found.tags, tags)) return tag("floatingips", found.id, tags);
    return chosen(found.address) ?? none;
  },
});

const none = wait<ClusterFacts>("EndpointUndetermined", {
  message:
    "unable to determine control plane endpoint: enable the load balancer, or allow a floating IP, or set apiServerFixedIP, and a port that is not 0",
  recheckSeconds: 60,
});

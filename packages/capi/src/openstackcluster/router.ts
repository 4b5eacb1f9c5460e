import type { ExternalFixedIp, Port, Router } from "@slipway/openstack";
import { act, ready } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { single } from "../openstackcloud/lookup.ts";
import { networkName } from "../openstackcloud/names.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { singleSubnet } from "./existingnetwork.ts";
import { someTags } from "./externalnetwork.ts";
import { needsTags, tag, tooMany } from "./managednetwork.ts";
import { type ClusterFacts, type ClusterScope, isManagedNetwork } from "./scope.ts";

interface Observed {
  readonly routers: readonly Router[];
  readonly ports: readonly Port[];
  /** Wanted addresses on the external side, subnets looked up. */
  readonly externalIps: readonly ExternalFixedIp[];
}

/** The way out of a managed network. There is none without an external network to lead to. */
export const router = cloudPhase<ClusterScope, Observed | undefined, ClusterFacts>({
  name: "router",
  observe: async ({ osc, crn, cloud }, { externalNetwork, network }) => {
    // Somebody else's network has its own way out.
    if (!isManagedNetwork(osc) || !externalNetwork || network === undefined) return undefined;
    const routers = await routersOf({ osc, crn, cloud });
    const [found] = routers;
    return {
      routers,
      ports: found === undefined ? [] : await cloud.network.listPorts({ deviceId: found.id }),
      externalIps: await Promise.all(
        (osc.spec.externalRouterIPs ?? []).map(async ({ fixedIP, subnet }) => ({
          subnet_id: (await singleSubnet(cloud.network, subnet, externalNetwork.id)).id,
          ...(fixedIP === undefined || fixedIP === "" ? {} : { ip_address: fixedIP }),
        })),
      ),
    };
  },
  decide: (observed, { osc: { spec }, crn, description, tags }, { externalNetwork, network }) => {
    if (observed === undefined || !externalNetwork) return ready({ router: null });
    const { routers, ports, externalIps } = observed;
    const name = networkName(crn);
    if (routers.length > 1) return tooMany(`routers named ${name}`, routers.length);
    const [found] = routers;
    if (found === undefined) {
      const externalNetworkId = externalIps.length === 0 ? externalNetwork.id : undefined;
      return act<CloudEffect, ClusterFacts>("RouterCreating", {
        call: "createRouter",
        with: { name, description, externalNetworkId },
      });
    }
    if (spec.router === undefined && needsTags(found.tags, tags)) return tag("routers", found.id, tags);
    if (!hasAddresses(found, externalNetwork.id, externalIps)) {
      return act<CloudEffect, ClusterFacts>("RouterGatewaySetting", {
        call: "setRouterGateway",
        with: { routerId: found.id, networkId: externalNetwork.id, fixedIps: externalIps },
      });
    }
    const reached = new Set(ports.flatMap(({ fixedIps }) => fixedIps.map(({ subnetId }) => subnetId)));
    const missing = (network?.subnets ?? []).filter(({ id }) => !reached.has(id));
    if (missing.length > 0) {
      return act<CloudEffect, ClusterFacts>(
        "RouterInterfaceAdding",
        missing.map(({ id }): CloudEffect => ({ call: "addRouterInterface", with: { routerId: found.id, subnetId: id } })),
      );
    }
    const ips = (found.gateway?.fixedIps ?? []).map(({ address }) => address);
    return ready({
      router: { id: found.id, name: found.name, ...someTags(found.tags), ...(ips.length === 0 ? {} : { ips }) },
    });
  },
});

/** The one in spec must be there; our own is found by its id while status knows it, else by its name. */
const routersOf = async ({ osc, crn, cloud }: Pick<ClusterScope, "osc" | "crn" | "cloud">): Promise<readonly Router[]> => {
  const known = osc.status?.router?.id;
  const found = known === undefined ? undefined : await cloud.network.findRouter(known);
  if (found !== undefined) return [found];
  if (osc.spec.router !== undefined) {
    return [await single("router", osc.spec.router, cloud.network.findRouter, cloud.network.listRouters)];
  }
  return cloud.network.listRouters({ name: networkName(crn) });
};

/** Upstream writes a wanted gateway anew each time; asking first spares the cloud the write. */
const hasAddresses = (found: Router, networkId: string, wanted: readonly ExternalFixedIp[]): boolean => {
  if (wanted.length === 0) return true;
  const { gateway } = found;
  return (
    gateway?.networkId === networkId &&
    gateway.fixedIps.length === wanted.length &&
    wanted.every((want) =>
      gateway.fixedIps.some(
        (is) => is.subnetId === want.subnet_id && (want.ip_address === undefined || is.address === want.ip_address),
      ),
    )
  );
};

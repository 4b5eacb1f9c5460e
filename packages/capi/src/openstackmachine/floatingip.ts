import type { FloatingIp, Port } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import { clusterAddress, floatingAddresses } from "../openstackcloud/addresses.ts";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { clusterDescription } from "../openstackcloud/names.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { hasLoadBalancer, validEndpoint, wantsApiFloatingIp } from "../openstackcluster/scope.ts";
import { isControlPlane, isProvisioned, type MachineFacts, type MachineScope } from "./scope.ts";

interface Observed {
  readonly found: FloatingIp | undefined;
  readonly port: Port | undefined;
}

/** Without a load balancer the API's floating IP is on one control plane machine: the first, until that one goes. */
export const holdFloatingIp = cloudPhase<MachineScope, Observed | undefined, MachineFacts>({
  name: "apiFloatingIp",
  observe: async (scope, { server }) => {
    const { osc, machine } = scope;
    if (!isControlPlane(machine) || hasLoadBalancer(osc) || !wantsApiFloatingIp(osc) || server === undefined) return undefined;
    const neutron = (await scope.cloud()).network;
    const address = validEndpoint(osc.spec.controlPlaneEndpoint)?.host ?? osc.spec.apiServerFloatingIP;
    const [found] = address === undefined ? [] : await neutron.listFloatingIps({ address });
    if (found?.portId !== undefined) return { found, port: undefined };
    const fixedAddress = clusterAddress(server, osc.status?.network?.name ?? "");
    const [port] = fixedAddress === undefined ? [] : await neutron.listPorts({ deviceId: server.id, fixedAddress });
    return { found, port };
  },
  decide: (observed, { osc, crn }) => {
    if (observed === undefined || observed.found?.portId !== undefined) return ready();
    const { found, port } = observed;
    if (port === undefined) {
      return wait("FloatingIPError", { message: "the server has no port on the cluster's network", recheckSeconds: 10 });
    }
    if (found !== undefined) {
      return act<CloudEffect, MachineFacts>("FloatingIPAssociating", {
        call: "associateFloatingIp",
        with: { id: found.id, portId: port.id },
      });
    }
    const networkId = osc.status?.externalNetwork?.id;
    if (networkId === undefined) return wait("FloatingIPError", { message: "external network not found", recheckSeconds: 60 });
    return act<CloudEffect, MachineFacts>("FloatingIPCreating", {
      call: "createFloatingIp",
      with: {
        networkId,
        description: clusterDescription(crn),
        address: validEndpoint(osc.spec.controlPlaneEndpoint)?.host ?? osc.spec.apiServerFloatingIP,
        portId: port.id,
      },
    });
  },
});

/**
 * The API's floating IP goes with its holder when the whole cluster goes, unless it is the user's own. Otherwise it stays: Neutron frees
 * it with the server's port, and the next control plane machine takes it. (Upstream deletes it, and with it the address that every
 * kubeconfig and every node of a rolled cluster knows.)
 */
export const releaseFloatingIp = cloudPhase<MachineScope, readonly FloatingIp[], MachineFacts>({
  name: "releaseFloatingIp",
  observe: async ({ osc, machine, cluster, server, cloud }) => {
    const own = osc.spec.apiServerFloatingIP;
    const id = server?.status?.instanceID;
    if (
      !isControlPlane(machine) ||
      !isProvisioned(osc) ||
      hasLoadBalancer(osc) ||
      cluster.metadata.deletionTimestamp === undefined ||
      (own !== undefined && own !== "") ||
      id === undefined
    )
      return [];
    const { compute, network } = await cloud();
    const found = await compute.findServer(id);
    const addresses = found === undefined ? [] : floatingAddresses(found);
    return (await Promise.all(addresses.map((address) => network.listFloatingIps({ address })))).flat();
  },
  decide: (found) =>
    found.length === 0
      ? ready()
      : act<CloudEffect, MachineFacts>(
          "FloatingIPDeleting",
          found.map(({ id }): CloudEffect => ({ call: "deleteFloatingIp", with: id })),
        ),
});

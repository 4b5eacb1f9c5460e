import { apiVersionOf, IPAddressClaim, infrastructureFinalizers, labels, OpenStackServer, refOf } from "@slipway/api";
import type { FloatingIp, Port } from "@slipway/openstack";
import { act, controllerRef, type KubeEffect, type Phase, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { ipAddressClaimName } from "../openstackcloud/names.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import type { ServerFacts, ServerScope } from "./scope.ts";

type KubePhase = Phase<ServerScope, undefined, KubeEffect, ServerFacts>;

/** A floating IP out of a pool is claimed before the server is made: without the address there is no server. */
export const addressClaim: KubePhase = {
  name: "addressClaim",
  observe: () => undefined,
  decide: (_, { oss, claim }) => {
    const pool = oss.spec.floatingIPPoolRef;
    if (pool === undefined) return ready();
    if (claim === undefined) {
      const cluster = oss.metadata.labels?.[labels.clusterName];
      return act("CreatingIPAddressClaim", {
        call: "create",
        resource: IPAddressClaim,
        object: {
          apiVersion: apiVersionOf(IPAddressClaim),
          kind: IPAddressClaim.kind,
          metadata: {
            name: ipAddressClaimName(oss.metadata.name),
            namespace: oss.metadata.namespace ?? "",
            ...(cluster === undefined ? {} : { labels: { [labels.clusterName]: cluster } }),
            ownerReferences: [controllerRef(oss, OpenStackServer)],
            finalizers: [infrastructureFinalizers.ipAddressClaim],
          },
          spec: { poolRef: pool, ...(cluster === undefined ? {} : { clusterName: cluster }) },
        } as IPAddressClaim,
      });
    }
    if (claim.status?.addressRef?.name !== undefined) return ready();
    return wait("WaitingForIPAddressClaim", { message: `pool ${pool.name} has given no address to ${claim.metadata.name} yet` });
  },
};

interface Observed {
  readonly address: string;
  readonly there: boolean;
  readonly floatingIp: FloatingIp | undefined;
  readonly port: Port | undefined;
}

/** The claimed address on the server's first port from which a router leads to the address's network. */
export const pooledAddress = cloudPhase<ServerScope, Observed | "none" | "unknown", ServerFacts>({
  name: "pooledAddress",
  observe: async ({ oss, cloud, address }, { server }) => {
    if (oss.spec.floatingIPPoolRef === undefined || server === undefined) return "none";
    if (address === undefined) return "unknown";
    if (server.addresses.some((one) => one.address === address))
      return { address, there: true, floatingIp: undefined, port: undefined };
    const neutron = cloud.network;
    const [floatingIp] = await neutron.listFloatingIps({ address });
    if (floatingIp === undefined) return { address, there: false, floatingIp, port: undefined };
    for (const port of await neutron.listPorts({ deviceId: server.id })) {
      const routers = await neutron.listPorts({ networkId: port.networkId, deviceOwners: routerInterfaces });
      const subnets = new Set(port.fixedIps.map(({ subnetId }) => subnetId));
      for (const leading of routers.filter(({ fixedIps }) => fixedIps.some(({ subnetId }) => subnets.has(subnetId)))) {
        const router = await neutron.findRouter(leading.deviceId);
        if (router?.gateway?.networkId === floatingIp.networkId)
          return { address, there: floatingIp.portId === port.id, floatingIp, port };
      }
    }
    return { address, there: false, floatingIp, port: undefined };
  },
  decide: (observed) => {
    if (observed === "none") return ready();
    if (observed === "unknown")
      return wait("FloatingIPError", { message: "the claimed IPAddress does not exist yet", recheckSeconds: 15 });
    const { address, there, floatingIp, port } = observed;
    if (there) return ready();
    if (floatingIp === undefined) {
      return wait("FloatingIPError", { message: `floating IP ${address} does not exist in this project`, recheckSeconds: 60 });
    }
    if (port === undefined) {
      return wait("FloatingIPError", {
        message: `no port of the server is reached from the network of ${address}`,
        recheckSeconds: 60,
      });
    }
    return act<CloudEffect, ServerFacts>("FloatingIPAssociating", {
      call: "associateFloatingIp",
      with: { id: floatingIp.id, portId: port.id },
    });
  },
});

/** A plain router's, a distributed one's, and the two that highly available ones have. */
const routerInterfaces = [
  "network:router_interface",
  "network:router_interface_distributed",
  "network:ha_router_replicated_interface",
  "network:router_ha_interface",
];

/** The claim itself goes with its owner; its address is only given back when nothing uses it any more. */
export const releaseAddressClaim: KubePhase = {
  name: "releaseAddressClaim",
  observe: () => undefined,
  decide: (_, { claim }) => {
    const finalizers = claim?.metadata.finalizers ?? [];
    if (claim === undefined || !finalizers.includes(infrastructureFinalizers.ipAddressClaim)) return ready();
    const left = finalizers.filter((name) => name !== infrastructureFinalizers.ipAddressClaim);
    const { resourceVersion } = claim.metadata;
    const body = { metadata: { finalizers: left.length === 0 ? null : left, resourceVersion } };
    return act("IPAddressClaimReleasing", {
      call: "patch",
      resource: IPAddressClaim,
      ref: refOf(claim),
      patch: { type: "merge", body },
    });
  },
};

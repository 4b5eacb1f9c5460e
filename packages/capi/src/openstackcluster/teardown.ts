import { OpenStackServer, refOf } from "@slipway/api";
import type { FloatingIp, LoadBalancer, NeutronNetwork, Port, Router, SecurityGroup, Subnet } from "@slipway/openstack";
import { act, type KubeEffect, type Phase, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { loadBalancerName, type ManagedGroup, networkName, securityGroupName } from "../openstackcloud/names.ts";
import { recheckAfter } from "../openstackcloud/recheck.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { bastionFloatingIps, deleteAll } from "./bastion.ts";
import { type ClusterFacts, type ClusterScope, hasLoadBalancer, isManagedNetwork } from "./scope.ts";

/** Machines use everything else, so they go first; their own controllers see to that. */
export const machinesGone: Phase<ClusterScope, number, KubeEffect, ClusterFacts> = {
  name: "machinesGone",
  observe: ({ machinesLeft }) => machinesLeft(),
  decide: (left) =>
    left === 0 ? ready() : wait("WaitingForMachines", { message: `${left} machines are left`, recheckSeconds: 5 }),
};

export const deleteBastionFloatingIp = cloudPhase<ClusterScope, readonly FloatingIp[], ClusterFacts>({
  name: "deleteBastionFloatingIp",
  observe: bastionFloatingIps,
  decide: deleteAll,
});

export const deleteBastion: Phase<ClusterScope, undefined, KubeEffect, ClusterFacts> = {
  name: "deleteBastion",
  observe: () => undefined,
  decide: (_, { bastion }) => {
    if (bastion === undefined) return ready();
    if (bastion.metadata.deletionTimestamp !== undefined) return wait("BastionDeleting", { recheckSeconds: 5 });
    return act("BastionDeleting", { call: "delete", resource: OpenStackServer, ref: refOf(bastion) });
  },
};

interface LoadBalancerParts {
  readonly balancer: LoadBalancer;
  readonly floatingIp: FloatingIp | undefined;
}

/** Its floating IP, then itself with all that hangs on it, then waiting until Octavia does not know it any more. */
export const deleteLoadBalancer = cloudPhase<ClusterScope, LoadBalancerParts | undefined, ClusterFacts>({
  name: "deleteLoadBalancer",
  observe: async ({ osc, crn, cloud }) => {
    if (!hasLoadBalancer(osc)) return undefined;
    const [balancer] = await cloud.loadBalancing.listLoadBalancers({ name: loadBalancerName(crn) });
    if (balancer === undefined) return undefined;
    const pending = balancer.provisioningStatus === "PENDING_DELETE" || balancer.vipPortId === "";
    const [floatingIp] = pending ? [] : await cloud.network.listFloatingIps({ portId: balancer.vipPortId });
    return { balancer, floatingIp };
  },
  decide: (observed, { osc, now }) => {
    if (observed === undefined) return ready();
    const { balancer, floatingIp } = observed;
    const deletedAt = osc.metadata.deletionTimestamp;
    const pending = wait<ClusterFacts>("LoadBalancerDeleting", {
      message: `load balancer ${balancer.name} is ${balancer.provisioningStatus}`,
      recheckSeconds: recheckAfter(now, deletedAt === undefined ? undefined : new Date(deletedAt)),
    });
    if (balancer.provisioningStatus === "PENDING_DELETE" || balancer.provisioningStatus === "DELETED") return pending;
    if (floatingIp !== undefined) {
      const users = floatingIp.address === osc.spec.apiServerFloatingIP;
      // The user's own address is only taken off.
      const effect: CloudEffect = users
        ? { call: "disassociateFloatingIp", with: floatingIp.id }
        : { call: "deleteFloatingIp", with: floatingIp.id };
      return act<CloudEffect, ClusterFacts>("FloatingIPReleasing", effect);
    }
    // In other PENDING states Octavia would refuse: it is asked again when it is done.
    if (balancer.provisioningStatus.startsWith("PENDING_")) return pending;
    return act<CloudEffect, ClusterFacts>("LoadBalancerDeleting", { call: "deleteLoadBalancer", with: balancer.id });
  },
});

/**
 * Addresses that bear the cluster's description and are on nothing: a cluster's without a load balancer whose machines are gone, or
 * one that lost its load balancer to somebody's hand. The user's own stay.
 */
export const deleteLooseFloatingIps = cloudPhase<ClusterScope, readonly FloatingIp[], ClusterFacts>({
  name: "deleteLooseFloatingIps",
  observe: async ({ osc, cloud, description }) => {
    const users = new Set([osc.spec.apiServerFloatingIP, osc.spec.bastion?.floatingIP]);
    const ours = await cloud.network.listFloatingIps({ description });
    return ours.filter(({ address, portId }) => portId === undefined && !users.has(address));
  },
  decide: deleteAll,
});

interface NetworkParts {
  readonly routers: readonly Router[];
  /** The router's ports on our subnet. */
  readonly interfaces: readonly Port[];
  readonly subnets: readonly Subnet[];
}

/** The router lets go of the subnet and goes; one that the spec named is only let go. */
export const deleteRouter = cloudPhase<ClusterScope, NetworkParts | undefined, ClusterFacts>({
  name: "deleteRouter",
  observe: async ({ osc, crn, cloud }) => {
    if (!isManagedNetwork(osc)) return undefined;
    const neutron = cloud.network;
    const networks = await neutron.listNetworks({ name: networkName(crn) });
    const subnets = (await Promise.all(networks.map(({ id }) => neutron.listSubnets({ networkId: id })))).flat();
    const known = osc.spec.router === undefined ? undefined : (osc.spec.router.id ?? osc.status?.router?.id);
    const found = known === undefined ? [] : [await neutron.findRouter(known)].filter((one) => one !== undefined);
    const routers = osc.spec.router === undefined ? await neutron.listRouters({ name: networkName(crn) }) : found;
    const ports = (await Promise.all(routers.map(({ id }) => neutron.listPorts({ deviceId: id })))).flat();
    const ours = new Set(subnets.map(({ id }) => id));
    return { routers, subnets, interfaces: ports.filter(({ fixedIps }) => fixedIps.some(({ subnetId }) => ours.has(subnetId))) };
  },
  decide: (observed, { osc }) => {
    if (observed === undefined) return ready();
    const { routers, interfaces, subnets } = observed;
    const ours = new Set(subnets.map(({ id }) => id));
    const removals = interfaces.flatMap(({ deviceId, fixedIps }) =>
      fixedIps
        .filter(({ subnetId }) => ours.has(subnetId))
        .map(({ subnetId }): CloudEffect => ({ call: "removeRouterInterface", with: { routerId: deviceId, subnetId } })),
    );
    if (removals.length > 0) return act<CloudEffect, ClusterFacts>("RouterInterfaceRemoving", removals);
    if (osc.spec.router !== undefined || routers.length === 0) return ready();
    return act<CloudEffect, ClusterFacts>(
      "RouterDeleting",
      routers.map(({ id }): CloudEffect => ({ call: "deleteRouter", with: id })),
    );
  },
});

interface LeftOvers {
  readonly networks: readonly NeutronNetwork[];
  readonly ports: readonly Port[];
}

/** Ports that bear the cluster's name, then the network, which takes its subnets along. Others' ports keep it, and are named. */
export const deleteNetwork = cloudPhase<ClusterScope, LeftOvers | undefined, ClusterFacts>({
  name: "deleteNetwork",
  observe: async ({ osc, crn, cloud }) => {
    if (!isManagedNetwork(osc)) return undefined;
    const networks = await cloud.network.listNetworks({ name: networkName(crn) });
    const ports = (await Promise.all(networks.map(({ id }) => cloud.network.listPorts({ networkId: id })))).flat();
    const { namespace = "", name } = osc.metadata;
    const ours = ports.filter((port) => port.name.startsWith(name) || port.name.startsWith(`${namespace}-${name}`));
    return { networks, ports: ours };
  },
  decide: (observed) => {
    if (observed === undefined || observed.networks.length === 0) return ready();
    const effects: readonly CloudEffect[] = [
      ...observed.ports.map(({ id }): CloudEffect => ({ call: "deletePort", with: id })),
      ...observed.networks.map(({ id }): CloudEffect => ({ call: "deleteNetwork", with: id })),
    ];
    return act<CloudEffect, ClusterFacts>("NetworkDeleting", effects);
  },
});

const groups: readonly ManagedGroup[] = ["controlplane", "worker", "bastion"];

/** Whether or not the spec still manages them: they bear our names. */
export const deleteSecurityGroups = cloudPhase<ClusterScope, readonly SecurityGroup[], ClusterFacts>({
  name: "deleteSecurityGroups",
  observe: ({ crn, cloud }) => cloud.network.listSecurityGroups({ name: groups.map((group) => securityGroupName(crn, group)) }),
  decide: (found) =>
    found.length === 0
      ? ready()
      : act<CloudEffect, ClusterFacts>(
          "SecurityGroupsDeleting",
          found.map(({ id }): CloudEffect => ({ call: "deleteSecurityGroup", with: id })),
        ),
});

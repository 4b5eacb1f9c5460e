import type { LoadBalancer, Member, Pool } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import { clusterAddress } from "../openstackcloud/addresses.ts";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { listenerName, memberName } from "../openstackcloud/names.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { portsOf } from "../openstackcluster/listeners.ts";
import { notActive } from "../openstackcluster/loadbalancer.ts";
import { hasLoadBalancer } from "../openstackcluster/scope.ts";
import { isControlPlane, isProvisioned, type MachineFacts, type MachineScope } from "./scope.ts";

interface Observed {
  readonly address: string | undefined;
  readonly seats: readonly Seat[];
  /** Looked at only when there is something to change. */
  readonly balancer: LoadBalancer | undefined;
}

interface Seat {
  readonly port: number;
  readonly pool: Pool | undefined;
  readonly members: readonly Member[];
}

/** A control plane machine's seat behind the load balancer: in each pool, under its own name, at its present address. */
export const joinLoadBalancer = cloudPhase<MachineScope, Observed | undefined, MachineFacts>({
  name: "loadBalancerMember",
  observe: async (scope, { server }) => {
    const { osc, machine } = scope;
    if (!isControlPlane(machine) || !hasLoadBalancer(osc) || server === undefined) return undefined;
    const address = clusterAddress(server, osc.status?.network?.name ?? "");
    const seats = await seatsOf(scope);
    const settled = seats.every(({ members, port }) =>
      members.some((member) => member.address === address && member.port === port),
    );
    return { address, seats, balancer: settled ? undefined : await balancerOf(scope) };
  },
  decide: (observed, { osc, osm, crn, now }) => {
    if (observed === undefined) return ready();
    const { address, seats, balancer } = observed;
    if (address === undefined) {
      const message = `the server has no address on network ${osc.status?.network?.name ?? ""}`;
      return wait("LoadBalancerMemberError", { message, recheckSeconds: 10 });
    }
    for (const { port, pool, members } of seats) {
      const [member] = members;
      if (member !== undefined && member.address === address) continue;
      if (pool === undefined) {
        return wait("LoadBalancerMemberError", {
          message: `load balancer pool ${listenerName(crn, port)} does not exist yet`,
          recheckSeconds: 5,
        });
      }
      if (balancer === undefined)
        return wait("LoadBalancerMemberError", { message: "the load balancer does not exist", recheckSeconds: 5 });
      if (balancer.provisioningStatus !== "ACTIVE") return { ...notActive(balancer, now), facts: {} };
      if (member !== undefined) {
        return act<CloudEffect, MachineFacts>("MemberMoving", {
          call: "deleteMember",
          with: { poolId: pool.id, memberId: member.id },
        });
      }
      return act<CloudEffect, MachineFacts>("MemberJoining", {
        call: "createMember",
        with: { poolId: pool.id, name: memberName(crn, port, osm.metadata.name), address, port, tags: osc.spec.tags ?? [] },
      });
    }
    return ready();
  },
});

/** Its seats are given up before its server goes. A load balancer or pool that is gone has no seats. */
export const leaveLoadBalancer = cloudPhase<MachineScope, Observed | undefined, MachineFacts>({
  name: "leaveLoadBalancer",
  observe: async (scope) => {
    const { osc, machine } = scope;
    if (!isControlPlane(machine) || !hasLoadBalancer(osc) || !isProvisioned(osc)) return undefined;
    const seats = (await seatsOf(scope)).filter(({ members }) => members.length > 0);
    return { address: undefined, seats, balancer: seats.length === 0 ? undefined : await balancerOf(scope) };
  },
  decide: (observed, { now }) => {
    const [seat] = observed?.seats ?? [];
    const [member] = seat?.members ?? [];
    if (observed?.balancer === undefined || seat?.pool === undefined || member === undefined) return ready();
    const { balancer } = observed;
    // On its way out it takes its members along.
    if (balancer.provisioningStatus === "PENDING_DELETE") return ready();
    if (balancer.provisioningStatus !== "ACTIVE") return { ...notActive(balancer, now), facts: {} };
    return act<CloudEffect, MachineFacts>("MemberLeaving", {
      call: "deleteMember",
      with: { poolId: seat.pool.id, memberId: member.id },
    });
  },
});

const seatsOf = async (scope: MachineScope): Promise<readonly Seat[]> => {
  const { crn, osm } = scope;
  const octavia = (await scope.cloud()).loadBalancing;
  return Promise.all(
    portsOf(scope).map(async (port) => {
      const [pool] = await octavia.listPools({ name: listenerName(crn, port) });
      const name = memberName(crn, port, osm.metadata.name);
      return { port, pool, members: pool === undefined ? [] : await octavia.listMembers({ poolId: pool.id, name }) };
    }),
  );
};

const balancerOf = async ({ osc, cloud }: MachineScope): Promise<LoadBalancer | undefined> => {
  const id = osc.status?.apiServerLoadBalancer?.id;
  return id === undefined ? undefined : (await cloud()).loadBalancing.findLoadBalancer(id);
};

import type { NetworkStatus } from "@slipway/api";
import type { FloatingIp, NeutronNetwork } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { filterQuery } from "../openstackcloud/lookup.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { someTags } from "../openstackcluster/externalnetwork.ts";
import { type PoolFacts, type PoolScope, poolDescription, poolTag, waitingClaims } from "./scope.ts";

/** Where the pool's addresses come from: the network that is named, else the only external one. */
export const poolNetwork = cloudPhase<PoolScope, readonly NeutronNetwork[], PoolFacts>({
  name: "network",
  observe: async ({ pool: { spec }, cloud }) => {
    const id = spec.floatingIPNetwork?.id;
    if (id === undefined) return cloud.network.listNetworks({ ...filterQuery(spec.floatingIPNetwork?.filter), external: true });
    const found = await cloud.network.findNetwork(id);
    return found === undefined ? [] : [found];
  },
  decide: (found) => {
    const [only] = found;
    if (only === undefined || found.length > 1) {
      const message = `found ${found.length} networks for floating IPs: name exactly one in spec.floatingIPNetwork`;
      return wait("UnableToFindNetwork", { message, recheckSeconds: 60 });
    }
    const network: NetworkStatus = { id: only.id, name: only.name, ...someTags(only.tags) };
    return ready({ network });
  },
});

interface Observed {
  /** Those that bear the pool's tag or description. */
  readonly made: readonly FloatingIp[];
  readonly preallocated: readonly { readonly address: string; readonly known: boolean }[];
}

/** Enough free addresses for all that wait for one, as far as the pool may grow. */
export const supply = cloudPhase<PoolScope, Observed, PoolFacts>({
  name: "supply",
  observe: async ({ pool, cloud }) => {
    const neutron = cloud.network;
    const [tagged, described] = await Promise.all([
      neutron.listFloatingIps({ tags: [poolTag(pool)] }),
      // One that was made and not tagged yet when we were stopped still bears our words.
      neutron.listFloatingIps({ description: poolDescription(pool) }),
    ]);
    const preallocated = await Promise.all(
      (pool.spec.preAllocatedFloatingIPs ?? []).map(async (address) => ({
        address,
        known: (await neutron.listFloatingIps({ address })).length > 0,
      })),
    );
    return { made: [...new Map([...tagged, ...described].map((one) => [one.id, one])).values()], preallocated };
  },
  decide: ({ made, preallocated }, scope, { network }) => {
    const { pool, addresses } = scope;
    const untagged = made.find(({ tags }) => !tags.includes(poolTag(pool)));
    if (untagged !== undefined) {
      return act<CloudEffect, PoolFacts>("Tagging", {
        call: "replaceTags",
        with: { resource: "floatingips", id: untagged.id, tags: [...untagged.tags, poolTag(pool)] },
      });
    }
    const given = new Set(addresses.map(({ spec }) => spec.address));
    const known = preallocated.filter((one) => one.known).map(({ address }) => address);
    const available = [...new Set([...known, ...made.map(({ address }) => address)])].filter((address) => !given.has(address));
    const facts = { available, failed: preallocated.filter((one) => !one.known).map(({ address }) => address) };
    const wanted = waitingClaims(scope).length;
    if (available.length >= wanted) return ready(facts);
    if (pool.spec.maxIPs !== undefined && given.size + available.length >= pool.spec.maxIPs) {
      // What there is may be given away; who gets nothing waits until something comes back.
      return available.length > 0
        ? ready(facts)
        : wait("MaxIPsReached", { message: `all ${pool.spec.maxIPs} addresses are claimed`, facts });
    }
    if (network === undefined) return wait("UnableToFindNetwork", { recheckSeconds: 60 });
    return act<CloudEffect, PoolFacts>("FloatingIPCreating", {
      call: "createFloatingIp",
      with: { networkId: network.id, description: poolDescription(pool) },
    });
  },
});

/** Addresses that came back, or were never given away, in the end: what the pool made it also deletes, the user's own it leaves. */
export const drain = cloudPhase<PoolScope, readonly FloatingIp[], PoolFacts>({
  name: "drain",
  observe: ({ pool, cloud }) => cloud.network.listFloatingIps({ tags: [poolTag(pool)] }),
  decide: (made, { pool }) => {
    const own = new Set(pool.spec.preAllocatedFloatingIPs ?? []);
    const left = made.filter(({ address }) => !own.has(address));
    return left.length === 0
      ? ready()
      : act<CloudEffect, PoolFacts>(
          "FloatingIPDeleting",
          left.map(({ id }): CloudEffect => ({ call: "deleteFloatingIp", with: id })),
        );
  },
});

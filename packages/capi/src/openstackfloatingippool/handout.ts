import {
  apiVersionOf,
  IPAddress,
  IPAddressClaim,
  infrastructureFinalizers,
  labels,
  OpenStackFloatingIPPool,
  parseApiVersion,
  refOf,
  type Stored,
} from "@slipway/api";
import type { FloatingIp } from "@slipway/openstack";
import { act, controllerRef, isTrue, type KubeEffect, type Phase, ready, setCondition, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { clusterNameOf } from "./claimcluster.ts";
import { type PoolFacts, type PoolScope, waitingClaims } from "./scope.ts";

type KubePhase = Phase<PoolScope, undefined, KubeEffect, PoolFacts>;

/** Each waiting claim gets an IPAddress of its own name; then it is told. */
export const handOut: KubePhase = {
  name: "handOut",
  observe: () => undefined,
  decide: (_, scope, { available = [] }) => {
    const free = [...available];
    const effects = waitingClaims(scope).flatMap((claim): readonly KubeEffect[] => {
      const told: KubeEffect = {
        call: "patch",
        resource: IPAddressClaim,
        ref: refOf(claim),
        patch: {
          type: "merge",
          body: {
            status: {
              addressRef: { name: claim.metadata.name },
              conditions: setCondition(claim.status?.conditions, isTrue("Ready"), scope.now),
            },
          },
        },
        subresource: "status",
      };
      if (scope.addresses.some(({ metadata }) => metadata.name === claim.metadata.name)) return [told];
      const address = free.shift();
      return address === undefined
        ? []
        : [{ call: "create", resource: IPAddress, object: addressFor(scope.pool, claim, address) }, told];
    });
    return effects.length === 0 ? ready() : act("AddressesGiven", effects);
  },
};

const addressFor = (pool: Stored<OpenStackFloatingIPPool>, claim: Stored<IPAddressClaim>, address: string): IPAddress => {
  const cluster = clusterNameOf(claim);
  return {
    apiVersion: apiVersionOf(IPAddress),
    kind: IPAddress.kind,
    metadata: {
      name: claim.metadata.name,
      namespace: claim.metadata.namespace ?? "",
      ...(cluster === undefined ? {} : { labels: { [labels.clusterName]: cluster } }),
      finalizers: [infrastructureFinalizers.ipAddress],
      ownerReferences: [controllerRef(claim, IPAddressClaim)],
    },
    spec: {
      claimRef: { name: claim.metadata.name },
      poolRef: {
        apiGroup: parseApiVersion(apiVersionOf(OpenStackFloatingIPPool)).group,
        kind: OpenStackFloatingIPPool.kind,
        name: pool.metadata.name,
      },
      address,
      prefix: 32,
    },
  };
};

const leaving = ({ addresses, isPaused }: PoolScope): readonly Stored<IPAddress>[] =>
  addresses.filter(
    (address) =>
      address.metadata.deletionTimestamp !== undefined &&
      (address.metadata.finalizers ?? []).includes(infrastructureFinalizers.ipAddress) &&
      !isPaused(address),
  );

/** An address that comes back is deleted where the policy says so, unless the user put it into the pool. */
export const reclaim = cloudPhase<PoolScope, readonly FloatingIp[], PoolFacts>({
  name: "reclaim",
  observe: async (scope) => {
    const { pool, cloud } = scope;
    const own = new Set(pool.spec.preAllocatedFloatingIPs ?? []);
    const doomed = pool.spec.reclaimPolicy === "Delete" ? leaving(scope).filter(({ spec }) => !own.has(spec.address)) : [];
    return (await Promise.all(doomed.map(({ spec }) => cloud.network.listFloatingIps({ address: spec.address })))).flat();
  },
  decide: (found) =>
    found.length === 0
      ? ready()
      : act<CloudEffect, PoolFacts>(
          "FloatingIPDeleting",
          found.map(({ id }): CloudEffect => ({ call: "deleteFloatingIp", with: id })),
        ),
});

export const letGo: KubePhase = {
  name: "letGo",
  observe: () => undefined,
  decide: (_, scope) => {
    const effects = leaving(scope).map((address): KubeEffect => {
      const left = (address.metadata.finalizers ?? []).filter((name) => name !== infrastructureFinalizers.ipAddress);
      const body = {
        metadata: { finalizers: left.length === 0 ? null : left, resourceVersion: address.metadata.resourceVersion },
      };
      return { call: "patch", resource: IPAddress, ref: refOf(address), patch: { type: "merge", body } };
    });
    return effects.length === 0 ? ready() : act("AddressesReclaimed", effects);
  },
};

/** A pool is not deleted while somebody has an address out of it. */
export const nobodyHolds: KubePhase = {
  name: "nobodyHolds",
  observe: () => undefined,
  decide: (_, { addresses }) =>
    addresses.length === 0 ? ready() : wait("AddressesInUse", { message: `${addresses.length} addresses are still given away` }),
};

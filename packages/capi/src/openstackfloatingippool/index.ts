/** OpenStackFloatingIPPool: floating IPs for servers that claim one, made as they are needed and given back. */
import {
  Cluster,
  IPAddress,
  IPAddressClaim,
  infrastructureFinalizers,
  labels,
  OpenStackFloatingIPPool,
  type OpenStackFloatingIPPoolStatus,
  type Stored,
} from "@slipway/api";
import type { ConnectCloud } from "@slipway/openstack";
import {
  type Controller,
  controller,
  hasPausedAnnotation,
  isFalse,
  isTrue,
  type KubeEffect,
  mapped,
  type PassStart,
  type Phase,
  type Report,
  setCondition,
  type Verdict,
} from "@slipway/runtime";
import { performer } from "../openstackcloud/effects.ts";
import { createCloudFinder, type FindCloud } from "../openstackcloud/identity.ts";
import { withResync } from "../openstackcloud/resync.ts";
import { settle } from "../openstackcloud/settle.ts";
import { clusterNameOf, standingOf } from "./claimcluster.ts";
import { handOut, letGo, nobodyHolds, reclaim } from "./handout.ts";
import type { PoolFacts, PoolScope } from "./scope.ts";
import { drain, poolNetwork, supply } from "./supply.ts";
import { poolReady, tellClaims } from "./tell.ts";

export interface OpenStackFloatingIPPoolOptions {
  readonly connectCloud: ConnectCloud;
  readonly concurrency?: number;
}

type PoolPhase = Phase<PoolScope, unknown, KubeEffect, PoolFacts>;

export const openStackFloatingIPPoolController = ({
  connectCloud,
  concurrency = 10,
}: OpenStackFloatingIPPoolOptions): Controller => {
  const findCloud = createCloudFinder(connectCloud);
  const ofPool = ({ metadata, spec }: Stored<IPAddress> | Stored<IPAddressClaim>) =>
    spec.poolRef.kind === OpenStackFloatingIPPool.kind ? [{ namespace: metadata.namespace ?? "", name: spec.poolRef.name }] : [];
  const phases = controller<OpenStackFloatingIPPool, PoolScope, KubeEffect, PoolFacts>(OpenStackFloatingIPPool, {
    concurrency,
    eventComponent: "openstack-controller",
    finalizer: infrastructureFinalizers.openStackFloatingIPPool,
    pausedCondition: false,
    clusterName: ({ metadata }) => metadata.labels?.[labels.clusterName],
    watches: [
      mapped(IPAddressClaim, ofPool),
      mapped(IPAddress, ofPool),
      // Its claims may be served again.
      mapped(
        Cluster,
        ({ metadata }, caches) =>
          caches
            .list(IPAddressClaim, { namespace: metadata.namespace ?? "" })
            .filter((claim) => clusterNameOf(claim) === metadata.name)
            .flatMap(ofPool),
        (cluster, old) => old === undefined || isHeld(cluster) !== isHeld(old),
      ),
    ],
    scope: (start) => scopeOf(start, findCloud),
    phases: [tellClaims, settle(poolNetwork), settle(reclaim), letGo, settle(supply), handOut] as readonly PoolPhase[],
    teardown: [settle(reclaim), letGo, nobodyHolds, settle(drain)] as readonly PoolPhase[],
    status: (pool, report) => (report.deleting ? pool.status : status(pool, report)),
    ownedConditions: { v1beta1: [poolReady] },
  });
  return {
    ...phases,
    reconcile: async (ref, context) => {
      const result = await phases.reconcile(ref, context);
      return context.caches.find(OpenStackFloatingIPPool, ref) === undefined ? result : withResync(result, ref);
    },
  } as Controller;
};

const isHeld = (cluster: Stored<Cluster>): boolean => cluster.spec.paused === true || hasPausedAnnotation(cluster);

const status = (pool: Stored<OpenStackFloatingIPPool>, { facts, verdicts, scope, now }: Report<PoolScope, PoolFacts>) => {
  const before: OpenStackFloatingIPPoolStatus = pool.status ?? {};
  const claimedIPs = scope.addresses.map(({ spec }) => spec.address).sort();
  const failed = facts.failed ?? before.failedIPs ?? [];
  return {
    ...before,
    claimedIPs,
    availableIPs: [...(facts.available ?? before.availableIPs ?? [])].sort(),
    ...(failed.length === 0 ? {} : { failedIPs: failed }),
    ...(facts.network === undefined ? {} : { floatingIPNetwork: facts.network }),
    conditions: setCondition(before.conditions, conditionOf(verdicts), now),
  };
};

const conditionOf = (verdicts: readonly Verdict[]) => {
  const telling = verdicts.find(({ outcome }) => outcome === "wait" || outcome === "error" || outcome === "fail");
  if (telling === undefined) return isTrue(poolReady);
  const reason = telling.outcome === "wait" || telling.outcome === "fail" ? telling.reason : "OpenStackError";
  return isFalse(poolReady, reason, "Error", "message" in telling ? (telling.message ?? "") : "");
};

const scopeOf = async (
  { object: pool, context }: PassStart<OpenStackFloatingIPPool>,
  findCloud: FindCloud,
): Promise<PoolScope> => {
  const { client, caches, clock, events } = context;
  const namespace = pool.metadata.namespace ?? "";
  const cloud = await findCloud(client, namespace, pool.spec.identityRef);
  const ours = ({ spec }: Stored<IPAddress> | Stored<IPAddressClaim>) =>
    spec.poolRef.kind === OpenStackFloatingIPPool.kind && spec.poolRef.name === pool.metadata.name;
  return {
    pool,
    cloud,
    now: clock.now(),
    perform: performer(cloud, events, pool),
    claims: caches
      .list(IPAddressClaim, { namespace })
      .filter(ours)
      .toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1)),
    addresses: caches.list(IPAddress, { namespace }).filter(ours),
    ...standingOf(caches, namespace),
  };
};

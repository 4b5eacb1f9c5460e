import type { IPAddress, IPAddressClaim, NetworkStatus, OpenStackFloatingIPPool, Stored } from "@slipway/api";
import type { Cloud } from "@slipway/openstack";
import type { CloudScope } from "../openstackcloud/settle.ts";

/** What the phases of an OpenStackFloatingIPPool may read. */
export interface PoolScope extends CloudScope {
  readonly pool: Stored<OpenStackFloatingIPPool>;
  readonly cloud: Cloud;
  /** Claims on this pool, oldest first. */
  readonly claims: readonly Stored<IPAddressClaim>[];
  /** What this pool has given away. */
  readonly addresses: readonly Stored<IPAddress>[];
  /** Nobody may touch it now: it, or the Cluster it belongs to, is paused. */
  readonly isPaused: (object: Stored<IPAddressClaim> | Stored<IPAddress>) => boolean;
  /** It names a Cluster that does not exist. */
  readonly isLost: (claim: Stored<IPAddressClaim>) => boolean;
}

export interface PoolFacts {
  readonly network: NetworkStatus;
  /** Free to be given away. */
  readonly available: readonly string[];
  /** Of the spec, but the cloud does not know them. */
  readonly failed: readonly string[];
}

export const poolTag = (pool: Stored<OpenStackFloatingIPPool>): string =>
  `cluster-api-provider-openstack-fip-pool-${pool.metadata.name}`;

export const poolDescription = (pool: Stored<OpenStackFloatingIPPool>): string =>
  `Created by cluster-api-provider-openstack OpenStackFloatingIPPool ${pool.metadata.name}`;

/** Claims that have no address yet, are not about to go, and may be served now. */
export const waitingClaims = ({
  claims,
  isPaused,
  isLost,
}: Pick<PoolScope, "claims" | "isPaused" | "isLost">): readonly Stored<IPAddressClaim>[] =>
  claims.filter(
    (claim) =>
      claim.status?.addressRef?.name === undefined &&
      claim.metadata.deletionTimestamp === undefined &&
      !isPaused(claim) &&
      !isLost(claim),
  );

import { Cluster, type IPAddress, IPAddressClaim, labels, type Stored } from "@slipway/api";
import { type Caches, hasPausedAnnotation } from "@slipway/runtime";
import type { PoolScope } from "./scope.ts";

/** A claim belongs to a Cluster: by its spec, or as it used to be told, by a label. */
export const clusterNameOf = (claim: Stored<IPAddressClaim>): string | undefined =>
  claim.spec.clusterName || claim.metadata.labels?.[labels.clusterName];

/** What the Clusters of claims say of what may be done with them. */
export const standingOf = (caches: Caches, namespace: string): Pick<PoolScope, "isPaused" | "isLost"> => {
  const clusterOf = (claim: Stored<IPAddressClaim>): Stored<Cluster> | undefined => {
    const name = clusterNameOf(claim);
    return name === undefined ? undefined : caches.find(Cluster, { namespace, name });
  };
  const isPausedClaim = (claim: Stored<IPAddressClaim>): boolean => {
    const cluster = clusterOf(claim);
    return (
      hasPausedAnnotation(claim) || (cluster !== undefined && (cluster.spec.paused === true || hasPausedAnnotation(cluster)))
    );
  };
  return {
    isLost: (claim) => clusterNameOf(claim) !== undefined && clusterOf(claim) === undefined,
    isPaused: (object) => {
      if (hasPausedAnnotation(object)) return true;
      if (object.kind === IPAddressClaim.kind) return isPausedClaim(object as Stored<IPAddressClaim>);
      const claim = caches.find(IPAddressClaim, { namespace, name: (object as Stored<IPAddress>).spec.claimRef.name ?? "" });
      return claim !== undefined && isPausedClaim(claim);
    },
  };
};

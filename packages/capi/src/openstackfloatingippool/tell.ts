import { IPAddressClaim, refOf } from "@slipway/api";
import {
  act,
  findCondition,
  isFalse,
  type KubeEffect,
  type NewCondition,
  type Phase,
  ready,
  setCondition,
} from "@slipway/runtime";
import { type PoolFacts, type PoolScope, waitingClaims } from "./scope.ts";

/** Upstream's spelling, which is not that of the kind. */
export const poolReady = "OpenstackFloatingIPPoolReadyCondition";

/** Who waits for an address is told why: what the pool found out in its last pass. */
export const tellClaims: Phase<PoolScope, undefined, KubeEffect, PoolFacts> = {
  name: "tellClaims",
  observe: () => undefined,
  decide: (_, scope) => {
    const reason = reasonFor(findCondition(scope.pool.status?.conditions, poolReady));
    const effects = waitingClaims(scope).flatMap((claim): readonly KubeEffect[] => {
      const before = claim.status?.conditions;
      const conditions = reason === undefined ? before : setCondition(before, reason, scope.now);
      if (conditions === before) return [];
      const patch = { type: "merge", body: { status: { conditions } } } as const;
      return [{ call: "patch", resource: IPAddressClaim, ref: refOf(claim), patch, subresource: "status" }];
    });
    return effects.length === 0 ? ready() : act("ClaimsTold", effects);
  },
};

/** In the words that all address providers have for it. */
const reasonFor = (
  pool: { readonly status: string; readonly reason?: string; readonly message?: string } | undefined,
): NewCondition | undefined => {
  if (pool?.status !== "False") return undefined;
  const why = pool.message ?? "";
  switch (pool.reason) {
    case "MaxIPsReached":
      return isFalse("Ready", "PoolExhausted", "Error", why);
    case "UnableToFindNetwork":
      return isFalse("Ready", "PoolNotReady", "Error", why);
    default:
      return isFalse("Ready", "AllocationFailed", "Error", why);
  }
};

import { publicKeyPins } from "@slipway/api/pki/index.ts";
import { act, phase, ready, wait } from "@slipway/runtime";
import { pairOf } from "../../certificates/lookup.ts";
import { endpointOf, filledForInit, filledForJoin, withToken } from "../fill.ts";
import type { Effect, Facts, Scope } from "../scope.ts";
import { newToken } from "../token.ts";

interface Observed {
  readonly pins: readonly string[];
  /** Drawn here, because a decision has no chance in it; most are never used. */
  readonly freshToken: string;
}

/**
 * What the cluster knows goes into the spec: endpoint, networks, CA hashes, and for those who join a token. The token is in the spec
 * before there is data that names it; one whose spec was never written expires unknown.
 */
export const filledSpec = phase<Scope, Observed, Effect, Facts>({
  name: "filledSpec",
  observe: async ({ mode }, facts) => {
    const authority = pairOf(facts.certificates ?? [], "ca");
    const pins = mode === "init" || authority === undefined ? [] : await publicKeyPins(authority.certificatePem);
    return { pins, freshToken: newToken() };
  },
  decide: ({ pins, freshToken }, { mode, config, cluster, owner, workload }, facts) => {
    if (mode === "init") {
      return ready({ filled: filledForInit(config.spec, { spec: cluster.spec, name: cluster.metadata.name }, owner.version) });
    }
    const authorityPem = pairOf(facts.certificates ?? [], "ca")?.certificatePem;
    const filled = filledForJoin(config.spec, {
      controlPlane: mode === "join-control-plane",
      endpoint: endpointOf(cluster),
      authorityPem: authorityPem ?? "",
      pins,
    });
    if (filled === undefined) {
      return wait("WaitingForControlPlaneEndpoint", { message: "the control plane has no address yet", recheckSeconds: 10 });
    }
    const { bootstrapToken, file } = filled.joinConfiguration?.discovery ?? {};
    if (file !== undefined || (bootstrapToken?.token !== undefined && bootstrapToken.token !== "")) return ready({ filled });
    if (workload === undefined) {
      return wait("WaitingForWorkloadConnection", { message: "connection to the workload cluster is down", recheckSeconds: 10 });
    }
    return act(
      "CreatingToken",
      { call: "createToken", token: freshToken, authorityPem },
      { facts: { filled: withToken(filled, freshToken) } },
    );
  },
});

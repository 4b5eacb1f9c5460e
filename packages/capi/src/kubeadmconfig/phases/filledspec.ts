import { KubeadmConfig, type KubeadmConfigSpec, refOf } from "@slipway/api";
import { publicKeyPins } from "@slipway/api/pki/index.ts";
import { act, mergePatch, phase, ready, wait } from "@slipway/runtime";
import { pairOf } from "../../certificates/lookup.ts";
import { endpointOf, filledForInit, filledForJoin } from "../fill.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

/** Writes into the spec what the cluster knows: endpoint, networks, CA hashes, and for those who join a token. */
export const filledSpec = phase<Scope, { pins: readonly string[] }, Effect, Facts>({
  name: "filledSpec",
  observe: async ({ mode }, facts) => {
    const authority = pairOf(facts.certificates ?? [], "ca");
    return { pins: mode === "init" || authority === undefined ? [] : await publicKeyPins(authority.certificatePem) };
  },
  decide: ({ pins }, { mode, config, cluster, owner, workload }, facts) => {
    const spec = config.spec;
    if (mode === "init") {
      const filled = filledForInit(spec, { spec: cluster.spec, name: cluster.metadata.name }, owner.version);
      return written(config, filled) ?? ready({ filled });
    }
    const filled = filledForJoin(spec, {
      controlPlane: mode === "join-control-plane",
      endpoint: endpointOf(cluster),
      authorityPem: pairOf(facts.certificates ?? [], "ca")?.certificatePem ?? "",
      pins,
    });
    if (filled === undefined) {
      return wait("WaitingForControlPlaneEndpoint", { message: "the control plane has no address yet", recheckSeconds: 10 });
    }
    const { bootstrapToken, file } = filled.joinConfiguration?.discovery ?? {};
    if (file !== undefined || (bootstrapToken?.token !== undefined && bootstrapToken.token !== "")) {
      return written(config, filled) ?? ready({ filled });
    }
    return workload === undefined
      ? wait("WaitingForWorkloadConnection", { message: "connection to the workload cluster is down", recheckSeconds: 10 })
      : act("CreatingToken", { call: "createToken", spec: filled });
  },
});

const written = (config: Scope["config"], filled: KubeadmConfigSpec) => {
  const patch = mergePatch(config.spec, filled);
  return patch === undefined
    ? undefined
    : act<Effect, Facts>("FillingIn", {
        call: "patch",
        resource: KubeadmConfig,
        ref: refOf(config),
        patch: { type: "merge", body: { spec: patch } },
      });
};

import { clusterSecretType, KubeadmConfig, refOf, Secret } from "@slipway/api";
import { act, controllerOf, isControlledBy, ownerRef, phase, ready } from "@slipway/runtime";
import type { Effect, Facts, Scope } from "../scope.ts";

/** A data Secret that came from elsewhere (a moved cluster) or lost its owner is made ours, so that it goes when we go. */
export const adoptDataSecret = phase<Scope, { secret: Secret | undefined }, Effect, Facts>({
  name: "adoptDataSecret",
  observe: ({ caches, config }) => ({ secret: caches.find(Secret, refOf(config)) }),
  decide: ({ secret }, { config }) => {
    if (secret === undefined || secret.type !== clusterSecretType || isControlledBy(secret, config)) return ready();
    const other = controllerOf(secret);
    const owners = [
      ...(secret.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== other?.uid && uid !== config.metadata.uid),
      { ...ownerRef(config, KubeadmConfig), controller: true },
    ];
    return act("AdoptingDataSecret", {
      call: "patch",
      resource: Secret,
      ref: refOf(secret),
      patch: { type: "merge", body: { metadata: { ownerReferences: owners, resourceVersion: secret.metadata.resourceVersion } } },
    });
  },
});

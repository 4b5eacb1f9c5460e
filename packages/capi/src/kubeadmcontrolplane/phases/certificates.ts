import {
  clusterSecretName,
  clusterSecretType,
  KubeadmControlPlane,
  type OwnerReference,
  refOf,
  Secret,
  type Stored,
} from "@slipway/api";
import { act, controllerOf, controllerRef, type KubeEffect, phase, ready, sameJson, wait, withOwner } from "@slipway/runtime";
import { serverOfKubeconfig } from "../../certificates/kubeconfig.ts";
import { type FoundCertificate, findSecret, lookUpCertificates, pairOf } from "../../certificates/lookup.ts";
import { controlPlaneCertificates } from "../../certificates/purposes.ts";
import { readKubeconfigSecret } from "../../certificates/secrets.ts";
import { endpointOf } from "../../kubeadmconfig/fill.ts";
import { type Effect, type Facts, isOwnedByKcp, type Scope } from "../scope.ts";

/** The cluster's CAs and service account keys are made as soon as there is a network; a user may have brought any of them. */
export const certificates = phase<Scope, readonly FoundCertificate[], Effect, Facts>({
  name: "certificates",
  observe: ({ kcp, cluster, context }) =>
    lookUpCertificates(
      context,
      { namespace: cluster.metadata.namespace ?? "", name: cluster.metadata.name },
      controlPlaneCertificates(kcp.spec.kubeadmConfigSpec.clusterConfiguration),
    ),
  decide: (found, { kcp }) => {
    if (found.some(({ pair, spec }) => pair === undefined && !spec.external)) {
      return act("GeneratingCertificates", { call: "generateCertificates", found });
    }
    const adoptions = found.flatMap(({ secret }) => (secret === undefined ? [] : adoption(secret, kcp)));
    return adoptions.length > 0 ? act("OwningCertificates", adoptions) : ready({ certificates: found });
  },
});

/** Ours and nobody else's; of a user's own Secret (another type) only a reference to us is kept current. */
const adoption = (secret: Stored<Secret>, kcp: Scope["kcp"]): readonly KubeEffect[] => {
  const before = secret.metadata.ownerReferences ?? [];
  const controller = controllerOf(secret);
  const mine = controllerRef(kcp, KubeadmControlPlane);
  const after = (): readonly OwnerReference[] => {
    if (secret.type === clusterSecretType) {
      return withOwner(
        before.filter((reference) => reference !== controller || isOwnedByKcp(reference, kcp)),
        mine,
      );
    }
    return controller !== undefined && isOwnedByKcp(controller, kcp) ? withOwner(before, mine) : before;
  };
  const ownerReferences = after();
  if (sameJson(ownerReferences, before)) return [];
  const body = { metadata: { ownerReferences, resourceVersion: secret.metadata.resourceVersion } };
  return [{ call: "patch", resource: Secret, ref: refOf(secret), patch: { type: "merge", body } }];
};

interface Observed {
  readonly secret: Stored<Secret> | undefined;
  readonly renew: boolean;
}

/**
 * The administrator's kubeconfig: the way in for us, for Magnum and for the tenant. Renewed long before it ends, and at once when the
 * cluster's authority is another one.
 */
export const kubeconfig = phase<Scope, Observed, Effect, Facts>({
  name: "kubeconfig",
  observe: async ({ kcp, cluster, context, now, needsRenewal, fitsAuthority }, { certificates: found = [] }) => {
    const name = clusterSecretName(cluster.metadata.name, "kubeconfig");
    const secret = await findSecret(context, { namespace: cluster.metadata.namespace ?? "", name });
    const controller = secret && controllerOf(secret);
    const ours = controller !== undefined && isOwnedByKcp(controller, kcp);
    const authority = found.find(({ spec }) => spec.purpose === "ca")?.secret;
    return {
      secret,
      renew:
        secret !== undefined &&
        ours &&
        (needsRenewal(secret, cluster.metadata.name, now) ||
          (authority !== undefined && !(await fitsAuthority(secret, authority)))),
    };
  },
  decide: ({ secret, renew }, { kcp, cluster }, facts) => {
    if (secret === undefined) {
      if (pairOf(facts.certificates ?? [], "ca") === undefined) {
        return wait("WaitingForCertificateAuthority", { message: "the cluster CA is not there yet", recheckSeconds: 30 });
      }
      return act("CreatingKubeconfig", { call: "putKubeconfig", server: `https://${endpointOf(cluster)}`, existing: undefined });
    }
    const [adopt] = secret.type === clusterSecretType ? adoption(secret, kcp) : [];
    if (adopt !== undefined) return act("OwningKubeconfig", adopt);
    if (!renew) return ready();
    const server = serverOfKubeconfig(readKubeconfigSecret(secret), cluster.metadata.name);
    return act("RenewingKubeconfig", { call: "putKubeconfig", server, existing: secret });
  },
});

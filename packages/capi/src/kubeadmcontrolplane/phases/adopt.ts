import { KubeadmConfig, KubeadmControlPlane, labels, Machine, refOf, Secret, type Stored } from "@slipway/api";
import { act, controllerRef, fail, type KubeEffect, phase, ready, withOwner } from "@slipway/runtime";
import { parseKubernetesVersion } from "../../kubeadmconfig/kubernetesversion.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

interface Observed {
  readonly configs: readonly (Stored<KubeadmConfig> | undefined)[];
  readonly secrets: readonly Stored<Secret>[];
}

/** Machines that were a control plane before there was a KubeadmControlPlane become its own, with the Secrets they brought. */
export const adoptMachines = phase<Scope, Observed, Effect, Facts>({
  name: "adoptMachines",
  observe: ({ adoptable, kcp, cluster, context: { caches } }) => {
    const namespace = kcp.metadata.namespace ?? "";
    return {
      configs: adoptable.map((machine) => {
        const reference = machine.spec.bootstrap.configRef;
        return reference?.kind === KubeadmConfig.kind
          ? caches.find(KubeadmConfig, { namespace, name: reference.name ?? "" })
          : undefined;
      }),
      secrets:
        adoptable.length === 0 ? [] : caches.list(Secret, { namespace, labels: { [labels.clusterName]: cluster.metadata.name } }),
    };
  },
  decide: ({ configs, secrets }, { kcp, adoptable, allControlPlane, members }) => {
    if (adoptable.length === 0) {
      if (allControlPlane.length !== members.length) {
        const strange = allControlPlane.find((machine) => !members.some((member) => member.machine === machine));
        throw new Error(
          `control plane Machine ${strange?.metadata.name} of the cluster is not owned by KubeadmControlPlane ${kcp.metadata.name}: one cluster has one control plane, delete the Machine or the object that made it`,
        );
      }
      return ready();
    }
    const effects: KubeEffect[] = [];
    const owner = controllerRef(kcp, KubeadmControlPlane);
    for (const [at, machine] of adoptable.entries()) {
      const config = configs[at];
      const reference = machine.spec.bootstrap.configRef;
      if (reference?.kind !== KubeadmConfig.kind || (reference.namespace ?? kcp.metadata.namespace) !== kcp.metadata.namespace) {
        throw new Error(
          `Machine ${machine.metadata.name} cannot be adopted: its bootstrap configuration is not a KubeadmConfig of this namespace`,
        );
      }
      if (!withinOneMinor(machine.spec.version, kcp.spec.version)) {
        return fail(
          "AdoptionFailed",
          `Could not adopt Machine ${machine.metadata.name}: its version ${machine.spec.version} is more than one minor version away from ${kcp.spec.version}`,
        );
      }
      for (const secret of secrets) {
        const owners = secret.metadata.ownerReferences ?? [];
        const ofConfig = config && owners.some(({ uid }) => uid === config.metadata.uid);
        if (!ofConfig || secret.metadata.name === machine.spec.bootstrap.dataSecretName) continue;
        const ownerReferences = withOwner(
          owners.filter(({ uid }) => uid !== config.metadata.uid),
          owner,
        );
        effects.push({
          call: "patch",
          resource: Secret,
          ref: refOf(secret),
          patch: { type: "merge", body: { metadata: { ownerReferences } } },
        });
      }
      effects.push({
        call: "patch",
        resource: Machine,
        ref: refOf(machine),
        patch: { type: "merge", body: { metadata: { ownerReferences: withOwner(machine.metadata.ownerReferences, owner) } } },
      });
    }
    return act("AdoptingMachines", effects);
  },
});

const withinOneMinor = (theirs: string | undefined, ours: string): boolean => {
  if (theirs === undefined) return true;
  const [a, b] = [parseKubernetesVersion(theirs), parseKubernetesVersion(ours)];
  return a.major === b.major && Math.abs(a.minor - b.minor) <= 1;
};

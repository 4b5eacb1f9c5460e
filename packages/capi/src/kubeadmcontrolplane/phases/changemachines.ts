import { controlPlaneAnnotations, KubeadmConfig, labels, Machine, parseApiVersion, refOf, type Stored } from "@slipway/api";
import { act, type KubeEffect, phase, plural, ready, wait } from "@slipway/runtime";
import { isDeleting, isEtcdManaged, newest } from "../controlplane.ts";
import { machineName } from "../desired.ts";
import { type Plan, plan } from "../plan.ts";
import { type Effect, type Facts, isOwnedByKcp, type Scope } from "../scope.ts";

/** Objects made for a machine that never came to be: a crash between the three. */
export const orphans = phase<Scope, readonly Stored<KubeadmConfig>[], Effect, Facts>({
  name: "orphans",
  independent: true,
  observe: ({ kcp, cluster, context: { caches } }) =>
    caches
      .list(KubeadmConfig, { namespace: kcp.metadata.namespace ?? "", labels: { [labels.clusterName]: cluster.metadata.name } })
      .filter(
        (config) =>
          !isDeleting(config) &&
          config.metadata.ownerReferences?.length === 1 &&
          config.metadata.ownerReferences.some((reference) => isOwnedByKcp(reference, kcp)) &&
          caches.find(Machine, refOf(config)) === undefined,
      ),
  decide: (configs, { kcp }) => {
    if (configs.length === 0) return ready();
    const { group, version } = parseApiVersion(kcp.spec.machineTemplate.infrastructureRef.apiVersion ?? "");
    const kind = (kcp.spec.machineTemplate.infrastructureRef.kind ?? "").replace(/Template$/, "");
    const infrastructure = { group, version, kind, plural: plural(kind.toLowerCase()), scope: "Namespaced" } as const;
    const effects = configs.flatMap((config): readonly KubeEffect[] => [
      { call: "delete", resource: infrastructure, ref: refOf(config) },
      { call: "delete", resource: KubeadmConfig, ref: refOf(config) },
    ]);
    return act("RemovingOrphans", effects);
  },
});

interface Observed {
  /** Drawn here, because a decision has no chance in it. */
  readonly freshName: string;
}

/** At most one machine comes or goes in a pass: the first, a replacement, one more, one less. */
export const changeMachines = phase<Scope, Observed, Effect, Facts>({
  name: "changeMachines",
  observe: ({ kcp, cluster, random }) => ({ freshName: machineName(kcp, cluster, random) }),
  decide: ({ freshName }, scope, { members = scope.members, outdated }) => {
    const machines = members.map(({ machine }) => machine);
    const replaced = machines.filter(({ metadata }) => (outdated?.get(metadata.name) ?? []).length > 0);
    const next: Plan = plan({ ...scope, members }, replaced);
    switch (next.step) {
      case "none":
        return ready();
      case "wait": {
        const { reason, message, recheckSeconds, blocked } = next.because;
        const facts: Partial<Facts> = next.towards === "up" ? { blockedUp: blocked } : { blockedDown: blocked };
        return wait(reason, { message, recheckSeconds: soon(scope, recheckSeconds), facts });
      }
      case "initialize":
      case "scaleUp": {
        const founds = next.step === "initialize";
        return act(
          founds ? "Initializing" : "ScalingUp",
          { call: "createMachine", name: freshName, failureDomain: next.failureDomain, founds },
          { facts: { annotations: { [controlPlaneAnnotations.remediationInProgress]: undefined } } },
        );
      }
      case "scaleDown": {
        const { machine } = next;
        const heir = newest(machines.filter((other) => other !== machine && !isDeleting(other)));
        const handOver: readonly Effect[] =
          isEtcdManaged(scope.kcp) && heir !== undefined ? [{ call: "moveLeader", from: machine, to: heir }] : [];
        return act("ScalingDown", [
          ...handOver,
          { call: "delete", resource: Machine, ref: refOf(machine), preconditions: { uid: machine.metadata.uid } },
        ]);
      }
    }
  },
});

/** Static pods follow their node within seconds and no watch of ours tells: right after a change look sooner. */
const soon = ({ members, now }: Scope, seconds: number): number => {
  const young = members.some(({ machine }) =>
    (machine.status?.conditions ?? []).some(
      ({ type, lastTransitionTime }) => type === "NodeHealthy" && now.getTime() - Date.parse(lastTransitionTime) < 30_000,
    ),
  );
  return young ? Math.min(seconds, 2) : seconds;
};

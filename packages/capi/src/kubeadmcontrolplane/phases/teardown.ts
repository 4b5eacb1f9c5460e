import { controlPlaneAnnotations, labels, Machine, MachinePool, refOf } from "@slipway/api";
import { act, phase, ready, wait } from "@slipway/runtime";
import { isDeleting } from "../controlplane.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

/** Workers go first: without a control plane nobody could drain them. */
export const workersGone = phase<Scope, { pools: number }, Effect, Facts>({
  name: "workersGone",
  observe: ({ kcp, cluster, context: { caches } }) => ({
    pools: caches.list(MachinePool, {
      namespace: kcp.metadata.namespace ?? "",
      labels: { [labels.clusterName]: cluster.metadata.name },
    }).length,
  }),
  decide: ({ pools }, { members, allMachines }) => {
    if (members.length === 0) {
      return ready({ deleting: { reason: "DeletionCompleted", message: "Deletion completed" } });
    }
    const others = allMachines.filter(
      (machine) => !members.some((member) => member.machine.metadata.uid === machine.metadata.uid),
    );
    if (others.length === 0 && pools === 0) return ready();
    const names = others.map(({ metadata }) => metadata.name).sort();
    const message = `KubeadmControlPlane deletion blocked because following objects still exist:\n* ${[
      ...(names.length > 0
        ? [`Machines: ${names.slice(0, 5).join(", ")}${names.length > 5 ? `, ... (${names.length - 5} more)` : ""}`]
        : []),
      ...(pools > 0 ? [`${pools} MachinePools`] : []),
    ].join("\n* ")}`;
    return wait("WaitingForWorkersDeletion", {
      message,
      recheckSeconds: 30,
      facts: { deleting: { reason: "WaitingForWorkersDeletion", message } },
    });
  },
});

/** All at once: with the whole cluster goes its etcd, so there is no quorum left to guard and no member to remove. */
export const deleteMachines = phase<Scope, null, Effect, Facts>({
  name: "deleteMachines",
  observe: () => null,
  decide: (_, { members }) => {
    const effects = members.flatMap(({ machine }): readonly Effect[] => {
      const hooked = Object.hasOwn(machine.metadata.annotations ?? {}, controlPlaneAnnotations.preTerminateHook);
      const body = { metadata: { annotations: { [controlPlaneAnnotations.preTerminateHook]: null } } };
      return [
        ...(hooked ? [{ call: "patch", resource: Machine, ref: refOf(machine), patch: { type: "merge", body } } as const] : []),
        ...(isDeleting(machine)
          ? []
          : [{ call: "delete", resource: Machine, ref: refOf(machine), preconditions: { uid: machine.metadata.uid } } as const]),
      ];
    });
    const names = members.map(({ machine }) => machine.metadata.name).sort();
    const message = `Deleting ${members.length} Machine${members.length === 1 ? "" : "s"}: ${names.join(", ")}`;
    const facts = { deleting: { reason: "WaitingForMachineDeletion", message } };
    if (members.length === 0) return ready();
    return effects.length > 0
      ? act("DeletingMachines", effects, { message, facts })
      : wait("WaitingForMachineDeletion", { message, recheckSeconds: 30, facts });
  },
});

import { annotations, controlPlaneAnnotations, Machine, refOf, type Stored } from "@slipway/api";
import { act, phase, ready, wait } from "@slipway/runtime";
import { atLeast, parseKubernetesVersion } from "../../kubeadmconfig/kubernetesversion.ts";
import { compare, isDeleting, isEtcdManaged, machineCondition, newest } from "../controlplane.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

/**
 * A control plane machine leaves etcd between the end of its drain and the end of its server: earlier, and workloads on it lose their
 * API server; later, and a dead member counts against the quorum. While any machine goes, nothing else changes.
 */
export const preTerminate = phase<Scope, null, Effect, Facts>({
  name: "preTerminate",
  observe: () => null,
  decide: (_, { kcp, members: seen }, { members = seen }) => {
    const machines = members.map(({ machine }) => machine);
    const [machine] = machines
      .filter(isDeleting)
      .toSorted(
        (left, right) =>
          compare(left.metadata.deletionTimestamp ?? "", right.metadata.deletionTimestamp ?? "") ||
          compare(left.metadata.name, right.metadata.name),
      );
    if (machine === undefined) return ready();
    const later = (message: string) => wait("WaitingForMachineDeletion", { message, recheckSeconds: 30 });
    // One at a time: another one waits until this one is gone.
    const without = machines.find((candidate) => isDeleting(candidate) && !hasHook(candidate));
    if (without !== undefined) return later(`waiting for Machine ${without.metadata.name} to be gone`);
    if (atLeast(parseKubernetesVersion(kcp.spec.version), 1, 31) && hasOtherHook(machine)) {
      return later(`Machine ${machine.metadata.name} has other pre-terminate hooks, which go first`);
    }
    const succeeded = machineCondition(machine, "PreTerminateDeleteHookSucceeded");
    if (succeeded?.status !== "False" || succeeded.reason !== "WaitingExternalHook") {
      return later(`Machine ${machine.metadata.name} has not reached its pre-terminate hooks`);
    }
    const removeHook: Effect = {
      call: "patch",
      resource: Machine,
      ref: refOf(machine),
      patch: { type: "merge", body: { metadata: { annotations: { [controlPlaneAnnotations.preTerminateHook]: null } } } },
    };
    if (machines.length <= 1 || !isEtcdManaged(kcp)) return act("RemovingPreTerminateHook", removeHook);
    const heir = newest(machines.filter((other) => !isDeleting(other)));
    const handOver: readonly Effect[] = heir === undefined ? [] : [{ call: "moveLeader", from: machine, to: heir }];
    return act("RemovingEtcdMember", [...handOver, { call: "removeMemberOf", machine }, removeHook]);
  },
});

const hasHook = (machine: Stored<Machine>): boolean =>
  Object.hasOwn(machine.metadata.annotations ?? {}, controlPlaneAnnotations.preTerminateHook);

const hasOtherHook = (machine: Stored<Machine>): boolean =>
  Object.keys(machine.metadata.annotations ?? {}).some(
    (key) => key.startsWith(annotations.preTerminateDeleteHook) && key !== controlPlaneAnnotations.preTerminateHook,
  );

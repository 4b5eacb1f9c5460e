import type { Machine, Stored } from "@slipway/api";
import { type NewCondition, type NewV1Beta2Condition, setCondition, setV1Beta2, v1beta2 } from "@slipway/runtime";
import type { ControlPlane, Member } from "./controlplane.ts";
import type { Inspection } from "./inspect/findings.ts";
import type { Outdated } from "./uptodate.ts";

/** The conditions that a control plane sets on its Machines, in both families; the Machine controller has all others. */
export const ownedMachineConditions = {
  v1beta1: ["APIServerPodHealthy", "ControllerManagerPodHealthy", "SchedulerPodHealthy", "EtcdPodHealthy", "EtcdMemberHealthy"],
  v1beta2: [
    "APIServerPodHealthy",
    "ControllerManagerPodHealthy",
    "SchedulerPodHealthy",
    "EtcdPodHealthy",
    "EtcdMemberHealthy",
    "UpToDate",
  ],
} as const;

/** The machines as this pass saw them: what follows decides from that, not from what an earlier pass wrote. */
export const withFindings = (
  { members, now }: Pick<ControlPlane, "members" | "now">,
  inspection: Inspection,
  outdated: ReadonlyMap<string, readonly Outdated[]>,
): readonly Member[] =>
  members.map((member) => {
    const { name } = member.machine.metadata;
    const findings = inspection.machines.get(name) ?? [];
    return {
      ...member,
      machine: withConditions(
        member.machine,
        findings.flatMap(({ older }) => older ?? []),
        [...findings.map(({ newer }) => newer), upToDate(outdated.get(name) ?? [])],
        now,
      ),
    };
  });

/** The same Machine when nothing changes. */
export const withConditions = (
  machine: Stored<Machine>,
  older: readonly NewCondition[],
  newer: readonly NewV1Beta2Condition[],
  now: Date,
): Stored<Machine> => {
  const status = machine.status ?? {};
  const before = { older: status.conditions ?? [], newer: status.v1beta2?.conditions ?? [] };
  const olderSet = older.reduce((list, wanted) => setCondition(list, wanted, now), before.older);
  const generation = machine.metadata.generation;
  const newerSet = newer.reduce((list, wanted) => setV1Beta2(list, wanted, { now, generation }), before.newer);
  if (olderSet === before.older && newerSet === before.newer) return machine;
  return {
    ...machine,
    status: {
      ...status,
      ...(olderSet.length === 0 ? {} : { conditions: olderSet }),
      v1beta2: { ...status.v1beta2, conditions: newerSet },
    },
  };
};

const upToDate = (reasons: readonly Outdated[]): NewV1Beta2Condition =>
  reasons.length === 0
    ? v1beta2("UpToDate", "True", "UpToDate")
    : v1beta2("UpToDate", "False", "NotUpToDate", reasons.map(({ message }) => message).join("\n"));

import { type Machine, type Stored, scaledValue } from "@slipway/api";
import {
  act,
  type Decision,
  hasStatus,
  isFalse,
  isTrue,
  type NewCondition,
  type NewV1Beta2Condition,
  phase,
  ready,
  removeCondition,
  sameJson,
  setCondition,
  setV1Beta2,
  v1beta2,
  wait,
} from "@slipway/runtime";
import { awaitsRemediation, isDeleting, mustBeRemediated } from "./health.ts";
import { isCurrent, preflight } from "./phases.ts";
import { type MachineSetEffect, type MachineSetFacts, type MachineSetScope, machinesOf } from "./scope.ts";

interface Observed {
  readonly machines: readonly Stored<Machine>[];
  readonly preflightErrors: readonly string[];
}
type RemediationDecision = Decision<MachineSetEffect, MachineSetFacts>;

/** Machines that a health check has given up are deleted; scaling up makes new ones. CORE-299…305 */
export const remediation = phase<MachineSetScope, Observed, MachineSetEffect, MachineSetFacts>({
  name: "remediation",
  independent: true,
  observe: async (scope) => {
    const machines = machinesOf(scope);
    const asked = machines.some((machine) => awaitsRemediation(machine) && !isDeleting(machine));
    return { machines, preflightErrors: asked ? await preflight(scope) : [] };
  },
  decide: ({ machines, preflightErrors }, scope): RemediationDecision => {
    const recovered = machines.filter((machine) => !isDeleting(machine)).flatMap(withoutRemediation);
    const all = inOrder(machines.filter((machine) => awaitsRemediation(machine) && !isDeleting(machine)));
    const young = all.filter((machine) => secondsUntilRipe(machine, scope.now) > 0);
    const sick = all.filter((machine) => !young.includes(machine));
    if (sick.length === 0 && young.length > 0) return ripening(recovered, young, scope);
    if (sick.length === 0) return recovered.length === 0 ? ready() : act("MachinesRecovered", recovered);
    if (scope.deployment && !isCurrent(scope.set, scope.deployment)) return say(recovered, sick, cannotBeRemediated, scope);

    const allowed = slotsFor(machines, scope);
    const [chosen, deferred] = [sick.slice(0, allowed), sick.slice(allowed)];
    const waiting = [...recovered, ...deferred.flatMap((machine) => marked(machine, { v1beta2: tooMany(scope) }, scope))];
    if (chosen.length === 0) return waiting.length === 0 ? ready() : act("RemediationDeferred", waiting);
    if (preflightErrors.length > 0) return preflightFailed(waiting, chosen, preflightErrors, scope);
    // Told before they are deleted: one that is being deleted is not asked again, and must carry the reason.
    const told = chosen.flatMap((machine) =>
      marked(machine, { v1beta1: isTrue("OwnerRemediated"), v1beta2: machineDeleting }, scope),
    );
    return act("Remediating", [
      ...waiting,
      ...told,
      ...chosen.map((machine): MachineSetEffect => ({ call: "deleteMachine", machine })),
    ]);
  },
});

/** How old a machine must be that failed before it had a node. */
const ripeSeconds = 60;

/**
 * A machine that fails at once (its image is gone, say) is most likely followed by one that does the same: without a pause that would be
 * a server a second for as long as nobody looks. Whoever asks for it by hand is not made to wait.
 */
const secondsUntilRipe = (machine: Stored<Machine>, now: Date): number =>
  machine.status?.nodeRef !== undefined || mustBeRemediated(machine)
    ? 0
    : ripeSeconds - (now.getTime() - Date.parse(machine.metadata.creationTimestamp)) / 1000;

const ripening = (
  before: readonly MachineSetEffect[],
  machines: readonly Stored<Machine>[],
  scope: MachineSetScope,
): RemediationDecision => {
  const waiting = remediated(
    "RemediationDeferred",
    `Waiting until the machine is ${ripeSeconds} seconds old: it failed before it had a node`,
  );
  const effects = [...before, ...machines.flatMap((machine) => marked(machine, { v1beta2: waiting }, scope))];
  if (effects.length > 0) return act("RemediationDeferred", effects);
  return wait("RemediationDeferred", {
    recheckSeconds: Math.min(...machines.map((machine) => secondsUntilRipe(machine, scope.now))) + 1,
  });
};

const remediated = (reason: string, message: string): NewV1Beta2Condition => v1beta2("OwnerRemediated", "False", reason, message);
const cannotBeRemediated = remediated(
  "CannotBeRemediated",
  "Machine won't be remediated because it is pending removal due to rollout",
);
const machineDeleting = remediated("MachineDeleting", "Machine is deleting");
const tooMany = ({ deployment }: MachineSetScope): NewV1Beta2Condition =>
  remediated(
    "RemediationDeferred",
    `Waiting because there are already too many remediations in progress (spec.strategy.remediation.maxInFlight is ${deployment?.spec.strategy?.remediation?.maxInFlight})`,
  );

/** How many may be remediated now: the deployment's limit less those that are on their way out already. CORE-302 */
const slotsFor = (machines: readonly Stored<Machine>[], { deployment }: MachineSetScope): number => {
  const limit = deployment?.spec.strategy?.remediation?.maxInFlight;
  if (!deployment || limit === undefined) return machines.length;
  const inFlight = machines.filter(
    (machine) => isDeleting(machine) && hasStatus(machine.status?.conditions, "OwnerRemediated", "True"),
  );
  return Math.max((scaledValue(limit, deployment.spec.replicas ?? 1, "up") ?? 0) - inFlight.length, 0);
};

/** Those a person asked for, then the newest: they may not carry anything yet. CORE-303 */
const inOrder = (machines: readonly Stored<Machine>[]): readonly Stored<Machine>[] =>
  machines.toSorted((a, b) => {
    const [older, newer] = [Date.parse(a.metadata.creationTimestamp), Date.parse(b.metadata.creationTimestamp)];
    return (
      Number(mustBeRemediated(b)) - Number(mustBeRemediated(a)) || newer - older || (a.metadata.name < b.metadata.name ? -1 : 1)
    );
  });

const preflightRecheckSeconds = 15;

const preflightFailed = (
  before: readonly MachineSetEffect[],
  machines: readonly Stored<Machine>[],
  errors: readonly string[],
  scope: MachineSetScope,
): RemediationDecision => {
  const waiting = {
    v1beta1: isFalse("OwnerRemediated", "WaitingForRemediation", "Warning", errors.join("; ")),
    v1beta2: remediated("RemediationDeferred", errors.map((error) => `* ${error}`).join("\n")),
  };
  const effects = [...before, ...machines.flatMap((machine) => marked(machine, waiting, scope))];
  if (effects.length > 0) return act("RemediationDeferred", effects);
  return wait("RemediationDeferred", { message: errors.join("; "), recheckSeconds: preflightRecheckSeconds });
};

const say = (
  before: readonly MachineSetEffect[],
  machines: readonly Stored<Machine>[],
  condition: NewV1Beta2Condition,
  scope: MachineSetScope,
): RemediationDecision => {
  const effects = [...before, ...machines.flatMap((machine) => marked(machine, { v1beta2: condition }, scope))];
  return effects.length === 0 ? ready() : act(condition.reason, effects);
};

const owned = { v1beta1: ["OwnerRemediated"], v1beta2: ["OwnerRemediated"] };

const marked = (
  machine: Stored<Machine>,
  wanted: { readonly v1beta1?: NewCondition; readonly v1beta2: NewV1Beta2Condition },
  { now }: MachineSetScope,
): readonly MachineSetEffect[] =>
  written(
    machine,
    setCondition(machine.status?.conditions, wanted.v1beta1, now),
    setV1Beta2(machine.status?.v1beta2?.conditions, wanted.v1beta2, { now, generation: machine.metadata.generation }),
  );

/** Well again: nobody waits for the owner any more. Each family for itself. CORE-300 */
const withoutRemediation = (machine: Stored<Machine>): readonly MachineSetEffect[] => {
  const { conditions, v1beta2: newer } = machine.status ?? {};
  const recovered = (list: Parameters<typeof hasStatus>[0]) =>
    hasStatus(list, "HealthCheckSucceeded", "True") && hasStatus(list, "OwnerRemediated", "False");
  return written(
    machine,
    recovered(conditions) ? removeCondition(conditions, "OwnerRemediated") : conditions,
    recovered(newer?.conditions) ? removeCondition(newer?.conditions, "OwnerRemediated") : newer?.conditions,
  );
};

const written = (
  machine: Stored<Machine>,
  conditions: NonNullable<Machine["status"]>["conditions"],
  newer: NonNullable<NonNullable<Machine["status"]>["v1beta2"]>["conditions"],
): readonly MachineSetEffect[] => {
  const { status } = machine;
  const older = status?.conditions ?? [];
  if (sameJson(older, conditions ?? []) && sameJson(status?.v1beta2?.conditions ?? [], newer ?? [])) return [];
  const after: Machine = {
    ...machine,
    status: {
      ...status,
      ...(conditions ? { conditions } : {}),
      ...(newer ? { v1beta2: { ...status?.v1beta2, conditions: newer } } : {}),
    },
  };
  return [{ call: "writeMachine", before: machine, after, owned }];
};

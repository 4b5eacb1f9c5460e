import { annotations, type Machine, type MachineSetSpec, type Stored } from "@slipway/api";
import { hasStatus } from "@slipway/runtime";
import { isDeleting } from "./health.ts";

const must = 100;
const should = 75;
const better = 50;
const could = 20;
const tenDaysSeconds = 864_000;

/** Which Machines go first when there are too many: the highest priority, then by name, so that a choice made twice is the same. CORE-288, CORE-289 */
export const machinesToDelete = (
  machines: readonly Stored<Machine>[],
  count: number,
  policy: MachineSetSpec["deletePolicy"],
  now: Date,
): readonly Stored<Machine>[] =>
  machines
    .map((machine) => ({ machine, priority: priorityOf(machine, policy, now) }))
    .toSorted((a, b) => b.priority - a.priority || (a.machine.metadata.name < b.machine.metadata.name ? -1 : 1))
    .slice(0, Math.max(count, 0))
    .map(({ machine }) => machine);

const priorityOf = (machine: Stored<Machine>, policy: MachineSetSpec["deletePolicy"], now: Date): number => {
  if (isDeleting(machine)) return must;
  if (machine.metadata.annotations?.[annotations.deleteMachine] !== undefined) return should;
  if (!isHealthy(machine)) return better;
  switch (policy) {
    case "Oldest":
      return agePriority(machine, now);
    case "Newest":
      return better - agePriority(machine, now);
    default:
      return could;
  }
};

/** From 0 for a new one towards `better` as it grows old. */
const agePriority = ({ metadata: { creationTimestamp } }: Stored<Machine>, now: Date): number => {
  const seconds = (now.getTime() - Date.parse(creationTimestamp)) / 1000;
  return seconds > 0 ? better * (1 - Math.exp(-seconds / tenDaysSeconds)) : 0;
};

/** Not known to be well is enough for being chosen; unknown conditions do not count. CORE-290 */
const isHealthy = ({ status }: Machine): boolean =>
  status?.nodeRef !== undefined &&
  status.failureReason === undefined &&
  status.failureMessage === undefined &&
  !hasStatus(status.conditions, "NodeHealthy", "False") &&
  !hasStatus(status.conditions, "HealthCheckSucceeded", "False");

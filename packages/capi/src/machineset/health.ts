import { annotations, type Machine, type Node, type Stored } from "@slipway/api";
import { findCondition, hasStatus, shorten } from "@slipway/runtime";

/** What a MachineSet and its MachineDeployment read from Machines, by the older conditions, which decide. */

export const isUnhealthy = ({ status }: Machine): boolean => hasStatus(status?.conditions, "HealthCheckSucceeded", "False");

/** CORE-299 */
export const awaitsRemediation = (machine: Machine): boolean =>
  isUnhealthy(machine) && hasStatus(machine.status?.conditions, "OwnerRemediated", "False");

export const isDeleting = ({ metadata }: Machine): boolean => metadata.deletionTimestamp !== undefined;

export const mustBeRemediated = ({ metadata }: Machine): boolean =>
  metadata.annotations?.[annotations.remediateMachine] !== undefined;

export const isNodeReady = (node: Node | undefined): boolean => hasStatus(node?.status?.conditions, "Ready", "True");

/** Ready for so long that it may be relied on. CORE-292 */
export const isNodeAvailable = (node: Node, minReadySeconds: number, now: Date): boolean => {
  if (!isNodeReady(node)) return false;
  if (minReadySeconds === 0) return true;
  const since = findCondition(node.status?.conditions, "Ready")?.lastTransitionTime;
  return since !== undefined && Date.parse(since) + minReadySeconds * 1000 < now.getTime();
};

/** Undefined when there is nothing to wait for. */
export const secondsUntilAvailable = (node: Node, minReadySeconds: number, now: Date): number | undefined => {
  if (!isNodeReady(node) || isNodeAvailable(node, minReadySeconds, now)) return undefined;
  const since = Date.parse(findCondition(node.status?.conditions, "Ready")?.lastTransitionTime ?? "");
  const left = Number.isNaN(since) ? minReadySeconds : minReadySeconds - (now.getTime() - since) / 1000;
  return Math.max(Math.ceil(left), 0) + 1; // longer than minReadySeconds, not just as long
};

const staleMinutes = 15;
const slowDrainMinutes = 5;
const minutesSince = (time: string | undefined, now: Date): number =>
  time === undefined ? 0 : (now.getTime() - Date.parse(time)) / 60_000;

/** Machines that take long to go, and why as far as their drain says. Empty when there are none. CORE-297 */
export const staleMessage = (machines: readonly Stored<Machine>[], now: Date): string => {
  const stale = machines.filter(({ metadata }) => minutesSince(metadata.deletionTimestamp, now) > staleMinutes);
  if (stale.length === 0) return "";
  const reasons = delays.filter(([words]) => stale.some((machine) => drainSays(machine, words, now))).map(([, reason]) => reason);
  const because = reasons.length === 0 ? "" : `, delay likely due to ${reasons.join(", ")}`;
  return `${named(stale)} in deletion since more than ${staleMinutes}m${because}`;
};

const delays = [
  ["cannot evict pod as it would violate the pod's disruption budget.", "PodDisruptionBudgets"],
  ["deletionTimestamp set, but still not removed from the Node", "Pods not terminating"],
  ["failed to evict Pod", "Pod eviction errors"],
  ["waiting for completion", "Pods not completed yet"],
] as const;

const drainSays = ({ status }: Machine, words: string, now: Date): boolean => {
  const deleting = findCondition(status?.v1beta2?.conditions, "Deleting");
  return (
    deleting?.status === "True" &&
    deleting.reason === "DrainingNode" &&
    minutesSince(status?.deletion?.nodeDrainStartTime, now) > slowDrainMinutes &&
    deleting.message.includes(words)
  );
};

/** Unhealthy Machines that nobody asked us to replace. */
export const unhealthyMessage = (machines: readonly Stored<Machine>[], remediator: string): string => {
  const unhealthy = machines.filter(isUnhealthy);
  return unhealthy.length === 0 ? "" : `${named(unhealthy)} not healthy (not to be remediated by ${remediator})`;
};

const named = (machines: readonly Stored<Machine>[]): string => {
  const names = machines.map(({ metadata }) => metadata.name).toSorted();
  const [noun, verb] = names.length === 1 ? ["Machine", "is"] : ["Machines", "are"];
  return `${noun} ${shorten(names, 3)} ${verb}`;
};

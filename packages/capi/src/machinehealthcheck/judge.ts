import { annotations, type Cluster, type Machine, type MachineHealthCheck, type Node, type Stored } from "@slipway/api";
import { formatDuration } from "@slipway/api/meta/duration.ts";
import {
  findCondition,
  hasStatus,
  isFalse,
  isTrue,
  type NewCondition,
  type NewV1Beta2Condition,
  v1beta2,
} from "@slipway/runtime";
import { isControlPlaneMachine } from "../cluster/scope.ts";
import { durationMilliseconds } from "../kubeadmconfig/goduration.ts";
import { isDeleting } from "../machine/scope.ts";
import type { Target } from "./scope.ts";

export type Judgement =
  | { readonly health: "unhealthy"; readonly v1beta1: NewCondition; readonly v1beta2: NewV1Beta2Condition | undefined }
  | { readonly health: "healthy"; readonly v1beta1: NewCondition; readonly v1beta2: NewV1Beta2Condition }
  /** It will be unhealthy if nothing changes until then. */
  | { readonly health: "ailing"; readonly recheckSeconds: number }
  /** Too early to tell: not started, or on its way out. It counts as not healthy. CORE-352 */
  | { readonly health: "unknown" };

const type = "HealthCheckSucceeded";
const defaultNodeStartupTimeout = "10m0s";

const unhealthy = (reason: string, message: string, v1beta2Condition: NewV1Beta2Condition | undefined): Judgement => ({
  health: "unhealthy",
  v1beta1: isFalse(type, reason, "Warning", message),
  v1beta2: v1beta2Condition,
});
const failed = (reason: string, message: string): NewV1Beta2Condition =>
  v1beta2(type, "False", reason, `Health check failed: ${message}`);

/** How a Machine is. The first rule that applies decides. CORE-347…353 */
export const judge = (target: Target, check: MachineHealthCheck, cluster: Cluster, now: Date): Judgement => {
  const { machine, node, nodeMissing } = target;
  const { failureReason, failureMessage, nodeRef } = machine.status ?? {};
  if (machine.metadata.annotations?.[annotations.remediateMachine] !== undefined) {
    return unhealthy(
      "HasRemediateMachineAnnotation",
      "Marked for remediation via remediate-machine annotation",
      failed("HasRemediateAnnotation", `marked for remediation via ${annotations.remediateMachine} annotation`),
    );
  }
  if (failureReason !== undefined) return unhealthy("MachineHasFailure", `FailureReason: ${failureReason}`, undefined);
  if (failureMessage !== undefined) return unhealthy("MachineHasFailure", `FailureMessage: ${failureMessage}`, undefined);
  if (nodeMissing) return unhealthy("NodeNotFound", "", failed("NodeDeleted", `Node ${nodeRef?.name ?? ""} has been deleted`));
  const initialized = hasStatus(cluster.status?.conditions, "ControlPlaneInitialized", "True");
  if (!initialized && !isControlPlaneMachine(machine)) return { health: "unknown" };
  if (!hasStatus(cluster.status?.conditions, "InfrastructureReady", "True")) return { health: "unknown" };
  if (!node) return judgeStartup(machine, check, cluster, now);
  return judgeNode(machine, node, check, now);
};

/** Counted from when the server could have become a Node. CORE-348 */
const judgeStartup = (machine: Stored<Machine>, check: MachineHealthCheck, cluster: Cluster, now: Date): Judgement => {
  const timeout = durationMilliseconds(check.spec.nodeStartupTimeout ?? defaultNodeStartupTimeout);
  if (timeout === 0) return { health: "unknown" };
  const since = Math.max(
    Date.parse(machine.metadata.creationTimestamp),
    trueSince(cluster.status?.conditions, "ControlPlaneInitialized"),
    trueSince(cluster.status?.conditions, "InfrastructureReady"),
    trueSince(machine.status?.conditions, "InfrastructureReady"),
  );
  const left = since + timeout - now.getTime();
  if (left >= 0) return { health: "ailing", recheckSeconds: left / 1000 + 1 };
  const message = `Node failed to report startup in ${formatDuration(timeout)}`;
  return unhealthy("NodeStartupTimeout", message, failed("NodeStartupTimeout", message));
};

const trueSince = (conditions: NonNullable<Machine["status"]>["conditions"], name: string): number => {
  const found = findCondition(conditions, name);
  return found?.status === "True" ? Date.parse(found.lastTransitionTime) : 0;
};

/** CORE-349 */
const judgeNode = (machine: Machine, node: Node, check: MachineHealthCheck, now: Date): Judgement => {
  const rechecks: number[] = [];
  for (const { type: name, status, timeout } of check.spec.unhealthyConditions ?? []) {
    const reported = node.status?.conditions?.find((condition) => condition.type === name);
    if (reported?.status !== status) continue;
    const milliseconds = durationMilliseconds(timeout);
    const left = Date.parse(reported.lastTransitionTime ?? "") + milliseconds - now.getTime();
    if (left >= 0) {
      rechecks.push(left / 1000 + 1);
      continue;
    }
    const message = (where: string) =>
      `Condition ${name} on ${where} is reporting status ${status} for more than ${formatDuration(milliseconds)}`;
    return unhealthy("UnhealthyNode", message("node"), failed("UnhealthyNode", message("Node")));
  }
  if (rechecks.length > 0) return { health: "ailing", recheckSeconds: Math.min(...rechecks) };
  if (isDeleting(machine)) return { health: "unknown" };
  return { health: "healthy", v1beta1: isTrue(type), v1beta2: v1beta2(type, "True", "HealthCheckSucceeded") };
};

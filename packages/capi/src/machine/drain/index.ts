/** Emptying a Node before its server goes: cordon, evict, wait, within disruption budgets and the rules of the operator. */
import { annotations, KubeadmControlPlane, type Machine, type Node, type Stored } from "@slipway/api";
import { act, hasStatus, isFalse, isTrue, ownerOf, phase, ready, type Settled, wait, wholeSeconds } from "@slipway/runtime";
import { isControlPlaneMachine } from "../../cluster/scope.ts";
import { durationMilliseconds } from "../../kubeadmconfig/goduration.ts";
import type { MachineEffect, MachineFacts, MachineScope } from "../scope.ts";
import type { EvictionOutcome } from "./evict.ts";
import { drainMessage } from "./message.ts";
import { gracePeriodFor, observePods } from "./observe.ts";
import { type DrainPlan, isDrained } from "./plan.ts";

type Observed =
  | { readonly state: "not needed" | "done" | "not started" | "node is gone" }
  | { readonly state: "disconnected" | "unreadable"; readonly error: string }
  | { readonly state: "in progress"; readonly node: Stored<Node>; readonly plan: DrainPlan };

const type = "DrainingSucceeded";

export const drain = phase<MachineScope, Observed, MachineEffect, MachineFacts>({
  name: "drain",
  observe: async (scope, facts) => {
    const { machine, workload, now } = scope;
    const { deletion } = machine.status ?? {};
    if (!facts.nodeDeletionAllowed || !isDrainAllowed(machine, now)) return { state: "not needed" };
    if (hasStatus(machine.status?.conditions, type, "True")) return { state: "done" };
    if (deletion?.nodeDrainStartTime === undefined) return { state: "not started" };
    if (!workload) return { state: "disconnected", error: "connection to the workload cluster is down" };
    const node = workload.node((machine.status?.nodeRef ?? facts.nodeRef)?.name ?? "");
    if (!node) return { state: "node is gone" };
    try {
      return { state: "in progress", node, plan: await observePods(scope, workload, node) };
    } catch (error) {
      return { state: "unreadable", error: error instanceof Error ? error.message : String(error) };
    }
  },
  decide: (observed, { machine, now }) => {
    switch (observed.state) {
      case "not needed":
      case "done":
        return ready();
      case "node is gone":
        return ready({ draining: isTrue(type) });
      case "not started": {
        // The time is written down before anything is evicted: a timeout must survive us.
        const draining = isFalse(type, "Draining", "Info", "Draining the node before deletion");
        const drainStarted = wholeSeconds(now);
        const message = `Drain not completed yet (started at ${drainStarted}):`;
        return act("DrainingNode", [], { message, facts: { drainStarted, draining } });
      }
      case "disconnected":
      case "unreadable":
        return wait("DrainingNode", {
          message: "Error draining Node, please check controller logs for errors",
          recheckSeconds: recheckSeconds(machine, now),
          facts: { draining: isFalse(type, "DrainingFailed", "Warning", `failed to drain Node: ${observed.error}`) },
        });
      case "in progress":
        return decideRound(observed.node, observed.plan, machine, now);
    }
  },
});

const decideRound = (node: Stored<Node>, plan: DrainPlan, machine: Stored<Machine>, now: Date) => {
  const cordon = node.spec?.unschedulable !== true;
  const finished = (outcomes: readonly EvictionOutcome[]): Settled<MachineFacts> => {
    const left = { ...plan, evictNow: outcomes.filter(({ result }) => result !== "gone").map(({ pod }) => pod) };
    if (isDrained(left)) return ready({ draining: isTrue(type) });
    const message = drainMessage(machine.status?.deletion?.nodeDrainStartTime ?? "", plan, outcomes);
    return wait("DrainingNode", {
      message,
      recheckSeconds: recheckSeconds(machine, now),
      facts: { draining: isFalse(type, "Draining", "Info", message) },
    });
  };
  if (!cordon && plan.evictNow.length === 0) return finished([]);
  return act<MachineEffect, MachineFacts>(
    "DrainingNode",
    { call: "evict", node: node.metadata.name, cordon, pods: plan.evictNow, gracePeriodSeconds: gracePeriodFor(node) },
    { afterwards: ([outcomes]) => finished(outcomes as readonly EvictionOutcome[]) },
  );
};

/** Soon at first, when most Pods go; upstream's 20 s later on. */
export const recheckSeconds = (machine: Machine, now: Date): number => {
  const since = machine.status?.deletion?.waitForNodeVolumeDetachStartTime ?? machine.status?.deletion?.nodeDrainStartTime;
  const elapsed = since === undefined ? 0 : (now.getTime() - Date.parse(since)) / 1000;
  return Math.min(20, Math.max(1, Math.round(elapsed / 2)));
};

/** CORE-238 */
const isDrainAllowed = (machine: Stored<Machine>, now: Date): boolean =>
  isNodeCareAllowed(machine) &&
  machine.metadata.annotations?.[annotations.excludeNodeDraining] === undefined &&
  !isOver(machine.spec.nodeDrainTimeout, machine.status?.deletion?.nodeDrainStartTime, now);

export const isVolumeWaitAllowed = (machine: Stored<Machine>, now: Date): boolean =>
  isNodeCareAllowed(machine) &&
  machine.metadata.annotations?.[annotations.excludeWaitForNodeVolumeDetach] === undefined &&
  !isOver(machine.spec.nodeVolumeDetachTimeout, machine.status?.deletion?.waitForNodeVolumeDetachStartTime, now);

const kcpCleanupHook = `${annotations.preTerminateDeleteHook}/kcp-cleanup`;

/** Once the control plane has taken the etcd member out, the kubelet cannot reach the API any more: nothing would be confirmed. */
const isNodeCareAllowed = (machine: Stored<Machine>): boolean =>
  !isControlPlaneMachine(machine) ||
  ownerOf(machine, KubeadmControlPlane) === undefined ||
  machine.metadata.annotations?.[kcpCleanupHook] !== undefined;

const isOver = (timeout: string | undefined, started: string | undefined, now: Date): boolean => {
  const limit = timeout === undefined ? 0 : durationMilliseconds(timeout);
  return limit > 0 && started !== undefined && now.getTime() - Date.parse(started) >= limit;
};

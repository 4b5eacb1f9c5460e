import type { Pod, Stored } from "@slipway/api";
import { shorten } from "@slipway/runtime";
import type { EvictionOutcome } from "./evict.ts";
import { type DrainPlan, podName } from "./plan.ts";

const shownPods = 3;
const shownFailures = 5;
const budgetRefusal = "annot evict pod as it would violate the pod's disruption budget.";

/** What keeps a Node from being drained, for the Machine's conditions. CORE-242, CORE-255 */
export const drainMessage = (started: string, plan: DrainPlan, outcomes: readonly EvictionOutcome[]): string => {
  const evicted = outcomes.filter(({ result }) => result === "evicted").map(({ pod }) => pod);
  const failures = new Map<string, Stored<Pod>[]>();
  for (const outcome of outcomes) {
    if (outcome.result !== "refused") continue;
    failures.set(outcome.message, [...(failures.get(outcome.message) ?? []), outcome.pod]);
  }
  const sorted = [...failures].toSorted(([left], [right]) => (left < right ? -1 : 1));
  const hidden = sorted.slice(shownFailures).reduce((sum, [, pods]) => sum + pods.length, 0);
  return [
    `Drain not completed yet (started at ${started}):`,
    ...bullet([...plan.terminating, ...evicted], "deletionTimestamp set, but still not removed from the Node"),
    ...sorted.slice(0, shownFailures).flatMap(([message, pods]) => bullet(pods, failureText(message))),
    ...(hidden === 0 ? [] : [`* ${hidden} ${hidden === 1 ? "Pod" : "Pods"} with other issues`]),
    ...bullet(plan.awaitNow, "waiting for completion"),
    ...later(plan.evictLater, "the following Pods will be evicted"),
    ...later(plan.awaitLater, "waiting for the following Pods to complete without eviction"),
  ].join("\n");
};

const names = (pods: readonly Stored<Pod>[]): string => shorten(pods.map(podName), shownPods);

const bullet = (pods: readonly Stored<Pod>[], text: string): readonly string[] =>
  pods.length === 0 ? [] : [`* ${pods.length === 1 ? "Pod" : "Pods"} ${names(pods)}: ${text}`];

const later = (pods: readonly Stored<Pod>[], text: string): readonly string[] =>
  pods.length === 0 ? [] : [`After above Pods have been removed from the Node, ${text}: ${names(pods)}`];

const failureText = (message: string): string => {
  const lowered = message.replaceAll(`C${budgetRefusal}`, `c${budgetRefusal}`);
  return lowered.startsWith(`c${budgetRefusal}`) ? lowered : `failed to evict Pod, ${lowered}`;
};

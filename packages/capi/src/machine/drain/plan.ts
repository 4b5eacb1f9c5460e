import type { Pod, Stored } from "@slipway/api";
import { type PodContext, type PodPlan, planFor } from "./pods.ts";

type Pods = readonly Stored<Pod>[];

/** One round of a drain. CORE-253 */
export interface DrainPlan {
  readonly evictNow: Pods;
  readonly evictLater: Pods;
  readonly terminating: Pods;
  readonly awaitNow: Pods;
  readonly awaitLater: Pods;
  readonly skipped: Pods;
}

/** Only Pods of the lowest order that is left are evicted or waited for; the others have their turn in a later round. */
export const planDrain = (pods: Pods, context: PodContext): DrainPlan => {
  const planned = pods
    .map((pod) => ({ pod, plan: planFor(pod, context) }))
    .toSorted((left, right) => (podName(left.pod) < podName(right.pod) ? -1 : 1));
  const lowest = Math.min(...planned.flatMap(({ plan }) => (plan.behavior === "Skip" ? [] : [plan.order])));
  const pick = (accepts: (plan: PodPlan, pod: Stored<Pod>) => boolean): Pods =>
    planned.filter(({ plan, pod }) => accepts(plan, pod)).map(({ pod }) => pod);
  const isTerminating = ({ metadata }: Stored<Pod>): boolean => metadata.deletionTimestamp !== undefined;
  return {
    evictNow: pick((plan, pod) => plan.behavior === "Drain" && !isTerminating(pod) && plan.order === lowest),
    evictLater: pick((plan, pod) => plan.behavior === "Drain" && !isTerminating(pod) && plan.order !== lowest),
    terminating: pick((plan, pod) => plan.behavior === "Drain" && isTerminating(pod)),
    awaitNow: pick((plan) => plan.behavior === "WaitCompleted" && plan.order === lowest),
    awaitLater: pick((plan) => plan.behavior === "WaitCompleted" && plan.order !== lowest),
    skipped: pick((plan) => plan.behavior === "Skip"),
  };
};

export const isDrained = ({ skipped: _skipped, ...rest }: DrainPlan): boolean =>
  Object.values(rest).every((pods) => pods.length === 0);

export const podName = ({ metadata }: Stored<Pod>): string => `${metadata.namespace ?? ""}/${metadata.name}`;

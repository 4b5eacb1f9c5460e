import { ApiError, type Client, isNotFound, type KubeObject, Pod, type Resource, type Stored } from "@slipway/api";
import type { Clock } from "@slipway/runtime";

/** Make the Node take no more Pods, then ask for these to be evicted. */
export interface EvictPods {
  readonly call: "evict";
  readonly node: string;
  readonly cordon: boolean;
  readonly pods: readonly Stored<Pod>[];
  /** Absent: each Pod's own. */
  readonly gracePeriodSeconds: number | undefined;
}

export type EvictionOutcome =
  | { readonly pod: Stored<Pod>; readonly result: "evicted" | "gone" }
  | { readonly pod: Stored<Pod>; readonly result: "refused"; readonly message: string };

/** All evictions of a round share this. CORE-254 */
const budgetSeconds = 10;
const atOnce = 10;

interface Eviction extends KubeObject {
  readonly deleteOptions?: { readonly gracePeriodSeconds?: number };
}

/** Through the eviction API, so that disruption budgets are kept. */
export const evictPods = async (
  client: Client,
  clock: Clock,
  { pods, gracePeriodSeconds }: EvictPods,
): Promise<readonly EvictionOutcome[]> => {
  const deadline = clock.now().getTime() + budgetSeconds * 1000;
  const evictOne = async (pod: Stored<Pod>): Promise<EvictionOutcome> => {
    if (clock.now().getTime() >= deadline) {
      return { pod, result: "refused", message: `eviction timeout of ${budgetSeconds}s reached, eviction will be retried` };
    }
    const { name, namespace = "" } = pod.metadata;
    const eviction: Eviction = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace },
      ...(gracePeriodSeconds === undefined ? {} : { deleteOptions: { gracePeriodSeconds } }),
    };
    try {
      await client.create(Pod as Resource<KubeObject>, eviction, { subresource: "eviction" });
      return { pod, result: "evicted" };
    } catch (error) {
      return isNotFound(error) ? { pod, result: "gone" } : { pod, result: "refused", message: refusal(error) };
    }
  };
  const outcomes: EvictionOutcome[] = [];
  for (let from = 0; from < pods.length; from += atOnce) {
    outcomes.push(...(await Promise.all(pods.slice(from, from + atOnce).map(evictOne))));
  }
  return outcomes;
};

const refusal = (error: unknown): string => {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const causes = error.details?.causes ?? [];
  if (error.reason === "Forbidden" && causes.some(({ reason }) => reason === "NamespaceTerminating")) {
    return "Cannot evict pod from terminating namespace: unable to create eviction (kube-controller-manager should set deletionTimestamp)";
  }
  if (error.reason !== "TooManyRequests" || causes.length === 0) return error.message;
  return `${error.message} ${causes.map(({ message }) => message ?? "").join(",")}`;
};

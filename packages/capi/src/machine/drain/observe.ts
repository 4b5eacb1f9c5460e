import { DaemonSet, isNotFound, MachineDrainRule, Namespace, type Node, Pod, type Stored } from "@slipway/api";
import { controllerOf } from "@slipway/runtime";
import type { WorkloadCluster } from "../../workload/index.ts";
import type { MachineScope } from "../scope.ts";
import { type DrainPlan, planDrain } from "./plan.ts";
import { rulesFor } from "./pods.ts";

/** The kubelet of an unreachable Node confirms nothing. CORE-241 */
export const isUnreachable = (node: Node): boolean =>
  node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "Unknown") ?? false;

const unreachableGraceSeconds = 1;
export const gracePeriodFor = (node: Node): number | undefined => (isUnreachable(node) ? unreachableGraceSeconds : undefined);

/** Pods of a Node and what is to happen to them: read anew, because nobody watches the Pods of all tenants. CORE-248 */
export const observePods = async (scope: MachineScope, workload: WorkloadCluster, node: Stored<Node>): Promise<DrainPlan> => {
  const { machine, cluster, context, now } = scope;
  const { items: pods } = await workload.client.list(Pod, { fieldSelector: `spec.nodeName=${node.metadata.name}` });
  if (pods.length === 0) return planDrain([], emptyContext(now));
  const rules = context.caches.list(MachineDrainRule, { namespace: machine.metadata.namespace ?? "" });
  const namespaces = await workload.client.list(Namespace);
  return planDrain(pods, {
    now,
    skipDeletedAfterSeconds: gracePeriodFor(node),
    daemonSets: await existingDaemonSets(workload, pods),
    namespaceLabels: new Map(namespaces.items.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
    rules: rulesFor(rules, machine.metadata.labels, cluster.metadata.labels),
  });
};

const emptyContext = (now: Date) => ({
  now,
  skipDeletedAfterSeconds: undefined,
  daemonSets: new Set<string>(),
  namespaceLabels: new Map<string, { readonly [key: string]: string }>(),
  rules: [],
});

const existingDaemonSets = async ({ client }: WorkloadCluster, pods: readonly Stored<Pod>[]): Promise<ReadonlySet<string>> => {
  const named = new Map<string, { namespace: string; name: string }>();
  for (const pod of pods) {
    const controller = controllerOf(pod);
    const { namespace = "" } = pod.metadata;
    if (controller?.kind === "DaemonSet") named.set(`${namespace}/${controller.name}`, { namespace, name: controller.name });
  }
  const found = await Promise.all(
    [...named].map(async ([key, ref]) => {
      try {
        await client.get(DaemonSet, ref);
        return [key];
      } catch (error) {
        if (isNotFound(error)) return [];
        throw error;
      }
    }),
  );
  return new Set(found.flat());
};

import { type LabelSelector, labels, type MachineDrainRule, type Pod, type Stored } from "@slipway/api";
import { controllerOf, isEmptySelector, matchesSelector } from "@slipway/runtime";

/** What happens to a Pod when its Node is drained. Lower orders go first. */
export type PodPlan =
  | { readonly behavior: "Skip" }
  | { readonly behavior: "Drain"; readonly order: number }
  | { readonly behavior: "WaitCompleted"; readonly order: number };

export interface PodContext {
  readonly now: Date;
  /** Nobody will confirm a deletion: Pods deleted more than this long ago are not waited for. */
  readonly skipDeletedAfterSeconds: number | undefined;
  /** `namespace/name` of those that exist. */
  readonly daemonSets: ReadonlySet<string>;
  readonly namespaceLabels: ReadonlyMap<string, { readonly [key: string]: string }>;
  /** Of the Machine, sorted by name. */
  readonly rules: readonly MachineDrainRule[];
}

const mirrorAnnotation = "kubernetes.io/config.mirror";

/** The first filter that spares the Pod decides; if none does, the rules decide its order. CORE-249 @throws when it cannot be told */
export const planFor = (pod: Stored<Pod>, context: PodContext): PodPlan => {
  const { metadata } = pod;
  if (deletedLongAgo(pod, context) || ofDaemonSet(pod, context)) return { behavior: "Skip" };
  // The kubelet makes a static Pod's mirror again at once.
  if (metadata.annotations?.[mirrorAnnotation] !== undefined) return { behavior: "Skip" };
  const label = metadata.labels?.[labels.drain]?.toLowerCase();
  if (label === "skip") return { behavior: "Skip" };
  if (label?.replace("-", "") === "waitcompleted") return { behavior: "WaitCompleted", order: 0 };
  return byRules(pod, context);
};

const deletedLongAgo = ({ metadata }: Pod, { now, skipDeletedAfterSeconds }: PodContext): boolean =>
  skipDeletedAfterSeconds !== undefined &&
  metadata.deletionTimestamp !== undefined &&
  Math.floor((now.getTime() - Date.parse(metadata.deletionTimestamp)) / 1000) > skipDeletedAfterSeconds;

/** Its controller would put it back on the same Node. CORE-250 */
const ofDaemonSet = (pod: Stored<Pod>, { daemonSets }: PodContext): boolean => {
  const controller = controllerOf(pod);
  const finished = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  return controller?.kind === "DaemonSet" && !finished && daemonSets.has(`${pod.metadata.namespace}/${controller.name}`);
};

/** CORE-251 */
const byRules = (pod: Stored<Pod>, { rules, namespaceLabels }: PodContext): PodPlan => {
  const { name, namespace = "" } = pod.metadata;
  const ofNamespace = namespaceLabels.get(namespace);
  if (!ofNamespace) throw new Error(`the Namespace of Pod ${namespace}/${name} does not exist`);
  const rule = rules.find(
    ({ spec }) =>
      (spec.pods ?? []).length === 0 ||
      spec.pods?.some(
        ({ selector, namespaceSelector }) => selects(selector, pod.metadata.labels) && selects(namespaceSelector, ofNamespace),
      ),
  );
  switch (rule?.spec.drain.behavior) {
    case "Skip":
      return { behavior: "Skip" };
    case "WaitCompleted":
      return { behavior: "WaitCompleted", order: 0 };
    case "Drain":
      return { behavior: "Drain", order: rule.spec.drain.order ?? 0 };
    case undefined:
      return { behavior: "Drain", order: 0 };
  }
};

/** Rules that apply to a Machine, in the order in which they are asked. @throws when a rule of the namespace cannot be read. CORE-252 */
export const rulesFor = (
  rules: readonly Stored<MachineDrainRule>[],
  machineLabels: { readonly [key: string]: string } | undefined,
  clusterLabels: { readonly [key: string]: string } | undefined,
): readonly Stored<MachineDrainRule>[] => {
  for (const { metadata, spec } of rules) {
    const selectors = [
      ...(spec.machines ?? []).flatMap(({ selector, clusterSelector }) => [selector, clusterSelector]),
      ...(spec.pods ?? []).flatMap(({ selector, namespaceSelector }) => [selector, namespaceSelector]),
    ];
    try {
      for (const selector of selectors) selects(selector, {});
    } catch (error) {
      throw new Error(
        `invalid selectors in MachineDrainRule ${metadata.name}: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  return rules
    .filter(
      ({ spec }) =>
        (spec.machines ?? []).length === 0 ||
        spec.machines?.some(
          ({ selector, clusterSelector }) => selects(selector, machineLabels) && selects(clusterSelector, clusterLabels),
        ),
    )
    .toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1));
};

/** None and an empty one match everything here. */
const selects = (selector: LabelSelector | undefined, of: { readonly [key: string]: string } | undefined): boolean =>
  selector === undefined || isEmptySelector(selector) || matchesSelector(selector, of);

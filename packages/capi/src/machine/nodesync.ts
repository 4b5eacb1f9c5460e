import {
  annotations,
  labels,
  type Machine,
  MachineDeployment,
  MachineSet,
  type Node,
  type Stored,
  type Taint,
  taints,
} from "@slipway/api";
import { type Caches, controllerOf, ownerOf } from "@slipway/runtime";

interface Strings {
  readonly [key: string]: string;
}

/** What a Machine wants of its Node. */
export interface NodeIntent {
  readonly labels: Strings;
  readonly annotations: Strings;
  /** Undefined: who could say is not to be found, so the taint stays as it is. CORE-228 */
  readonly outdated: boolean | undefined;
}

const belongsTo = (domain: string, prefix: string): boolean => prefix === domain || prefix.endsWith(`.${domain}`);
const prefixOf = (key: string): string => key.split("/")[0] ?? "";

/** CORE-224 */
export const isSyncedLabel = (key: string, further: readonly RegExp[]): boolean => {
  const prefix = prefixOf(key);
  return (
    prefix === "node-role.kubernetes.io" ||
    belongsTo("node-restriction.kubernetes.io", prefix) ||
    belongsTo("node.cluster.x-k8s.io", prefix) ||
    further.some((pattern) => pattern.test(key))
  );
};

/** CORE-225 */
export const isSyncedAnnotation = (key: string, further: readonly RegExp[]): boolean =>
  belongsTo("node.cluster.x-k8s.io", prefixOf(key)) || further.some((pattern) => pattern.test(key));

const standardAnnotations: readonly string[] = [
  annotations.nodeClusterName,
  annotations.nodeClusterNamespace,
  annotations.nodeMachine,
  annotations.nodeOwnerKind,
  annotations.nodeOwnerName,
];

export const nodeIntent = (
  machine: Stored<Machine>,
  options: {
    readonly interruptible: boolean;
    readonly outdated: boolean | undefined;
    readonly syncLabels: readonly RegExp[];
    readonly syncAnnotations: readonly RegExp[];
  },
): NodeIntent => {
  const only = (values: Strings | undefined, keep: (key: string) => boolean): Strings =>
    Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => keep(key)));
  const owner = controllerOf(machine);
  return {
    labels: {
      ...only(machine.metadata.labels, (key) => isSyncedLabel(key, options.syncLabels)),
      ...(options.interruptible ? { [labels.interruptible]: "" } : {}),
    },
    annotations: {
      ...only(machine.metadata.annotations, (key) => isSyncedAnnotation(key, options.syncAnnotations)),
      [annotations.nodeClusterName]: machine.spec.clusterName,
      [annotations.nodeClusterNamespace]: machine.metadata.namespace ?? "",
      [annotations.nodeMachine]: machine.metadata.name,
      ...(owner ? { [annotations.nodeOwnerKind]: owner.kind, [annotations.nodeOwnerName]: owner.name } : {}),
    },
    outdated: options.outdated,
  };
};

export interface NodePatch {
  readonly metadata: {
    readonly annotations: { readonly [key: string]: string | null };
    readonly labels?: { readonly [key: string]: string | null };
  };
  readonly spec?: { readonly taints: readonly Taint[] | null };
}

/** The merge patch that makes the Node so; undefined when it is so already. Keys of the last sync that are wanted no more go. CORE-226 */
export const nodePatch = (node: Node, intent: NodeIntent): NodePatch | undefined => {
  const { metadata, spec = {} } = node;
  const listed = (key: string): readonly string[] => (metadata.annotations?.[key] ?? "").split(",").filter(Boolean);
  const annotationChanges = changesTo(metadata.annotations, intent.annotations, [
    ...listed(annotations.annotationsFromMachine),
    ...standardAnnotations,
  ]);
  const labelChanges = changesTo(metadata.labels, intent.labels, listed(annotations.labelsFromMachine));
  const wantedTaints = taintsFor(spec.taints ?? [], intent.outdated);
  const taintsChange =
    wantedTaints.length !== (spec.taints ?? []).length || wantedTaints.some((taint) => !spec.taints?.includes(taint));
  if (!annotationChanges && !labelChanges && !taintsChange) return undefined;
  const sorted = (keys: readonly string[]): string => [...keys].sort().join(",");
  const tracked = {
    [annotations.labelsFromMachine]: sorted(Object.keys(intent.labels)),
    [annotations.annotationsFromMachine]: sorted(
      Object.keys(intent.annotations).filter((key) => !standardAnnotations.includes(key)),
    ),
  };
  return {
    metadata: { annotations: { ...annotationChanges, ...tracked }, ...(labelChanges ? { labels: labelChanges } : {}) },
    // A list of taints has no merge key: it is written as a whole.
    ...(taintsChange ? { spec: { taints: wantedTaints.length === 0 ? null : wantedTaints } } : {}),
  };
};

const changesTo = (
  current: Strings | undefined,
  wanted: Strings,
  formerly: readonly string[],
): { readonly [key: string]: string | null } | undefined => {
  const changed = Object.entries(wanted).filter(([key, value]) => current?.[key] !== value);
  const gone = formerly
    .filter((key) => wanted[key] === undefined && current?.[key] !== undefined)
    .map((key) => [key, null] as const);
  const all = [...changed, ...gone];
  return all.length === 0 ? undefined : Object.fromEntries(all);
};

const isTaint = (taint: Taint, { key, effect }: { readonly key: string; readonly effect: string }): boolean =>
  taint.key === key && taint.effect === effect;

/** The first sync makes the Node usable; a Machine of an old revision should get no new Pods if there is another place. CORE-228 */
const taintsFor = (current: readonly Taint[], outdated: boolean | undefined): readonly Taint[] => {
  const usable = current.filter((taint) => !isTaint(taint, taints.nodeUninitialized));
  if (outdated === undefined) return usable;
  const marked = usable.some((taint) => isTaint(taint, taints.nodeOutdatedRevision));
  if (outdated && !marked) return [...usable, { ...taints.nodeOutdatedRevision }];
  return outdated ? usable : usable.filter((taint) => !isTaint(taint, taints.nodeOutdatedRevision));
};

/** Whether the Machine's MachineSet is of an older revision than its MachineDeployment; undefined when one of them is not there. */
export const isOutdated = (machine: Stored<Machine>, caches: Caches): boolean | undefined => {
  const deploymentName = machine.metadata.labels?.[labels.deploymentName];
  if (deploymentName === undefined) return false;
  const namespace = machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace };
  const setName = ownerOf(machine, MachineSet)?.name;
  const set = setName === undefined ? undefined : caches.find(MachineSet, { ...namespace, name: setName });
  const deployment = caches.find(MachineDeployment, { ...namespace, name: deploymentName });
  return set && deployment && revisionOf(set) < revisionOf(deployment);
};

const revisionOf = ({ kind, metadata }: MachineSet | MachineDeployment): number => {
  const text = metadata.annotations?.[annotations.revision] ?? "0";
  if (!/^\d+$/.test(text))
    throw new Error(`${kind} ${metadata.name}: annotation ${annotations.revision} "${text}" is not a number`);
  return Number(text);
};

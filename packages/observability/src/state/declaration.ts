/**
 * How a kind's objects become series, in the terms of kube-state-metrics' custom-resource configuration: the same declaration
 * is read by our own exporter and written as that configuration for a kube-state-metrics of somebody else's.
 */
export type Path = readonly string[];
export type LabelPaths = { readonly [label: string]: Path };

/** One family of a kind. Its name is `<prefix>_<name>`. */
export type FamilyDeclaration = Gauge | StateSet | Info;

interface Common {
  readonly name: string;
  readonly help: string;
  /** What is measured; a list gives one sample an element. Absent: the object. */
  readonly path?: Path;
  /** Labels read from what `path` finds. */
  readonly labels?: LabelPaths;
}
export interface Gauge extends Common {
  readonly type: "Gauge";
  /** The value's place in what `path` finds. */
  readonly valueFrom?: Path;
  /** A missing value counts as 0; otherwise there is no sample. */
  readonly nilIsZero: boolean;
}
/** One sample for each state that there is: 1 for the one it is in. */
export interface StateSet extends Common {
  readonly type: "StateSet";
  readonly valueFrom?: Path;
  readonly labelName: string;
  readonly states: readonly string[];
}
/** Always 1: the labels are the news. */
export interface Info extends Common {
  readonly type: "Info";
}

export interface KindDeclaration {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly prefix: string;
  /** Labels of every sample, read from the object. */
  readonly labels: LabelPaths;
  readonly families: readonly FamilyDeclaration[];
}

/** `spec.template.spec` as a path. Keys with dots are written as lists. */
export const at = (dotted: string): Path => dotted.split(".");

const clusterNameLabel = "cluster.x-k8s.io/cluster-name";
const identity: LabelPaths = { name: at("metadata.name"), namespace: at("metadata.namespace"), uid: at("metadata.uid") };

/** Where an object says to which cluster it belongs. */
export const identityLabels = {
  /** It is no part of a cluster, or a cluster itself. */
  ofItsOwn: identity,
  bySpec: { ...identity, cluster_name: at("spec.clusterName") },
  byLabel: { ...identity, cluster_name: ["metadata", "labels", clusterNameLabel] },
  byOwner: { ...identity, cluster_name: ["metadata", "ownerReferences", "[kind=Cluster]", "name"] },
} satisfies { readonly [how: string]: LabelPaths };

export const gauge = (name: string, path: string, help: string, nilIsZero: boolean): Gauge => ({
  name,
  type: "Gauge",
  help,
  path: at(path),
  nilIsZero,
});

export const phase = (of: string, states: readonly string[]): StateSet => ({
  name: "status_phase",
  type: "StateSet",
  help: `The phase that a ${of} is in.`,
  path: at("status.phase"),
  labelName: "phase",
  states,
});

export const info = (of: string, labels: LabelPaths): Info => ({
  name: "info",
  type: "Info",
  help: `What is worth knowing of a ${of}.`,
  labels,
});

export const annotationPaused = (of: string): Info => ({
  name: "annotation_paused",
  type: "Info",
  help: `A ${of} that controllers leave alone because an annotation says so.`,
  path: ["metadata", "annotations", "cluster.x-k8s.io/paused"],
  labels: { paused_value: [] },
});

export const created = (of: string): Gauge =>
  gauge("created", "metadata.creationTimestamp", `When a ${of} was created, in Unix seconds.`, false);

export const owner = (of: string): Info => ({
  name: "owner",
  type: "Info",
  help: `Whom a ${of} belongs to.`,
  path: at("metadata.ownerReferences"),
  labels: { owner_is_controller: ["controller"], owner_kind: ["kind"], owner_name: ["name"], owner_uid: ["uid"] },
});

export const conditions = (of: string, path: Path = at("status.v1beta2.conditions")): readonly FamilyDeclaration[] => [
  {
    name: "status_condition",
    type: "StateSet",
    help: `A condition of a ${of}.`,
    path,
    valueFrom: ["status"],
    labelName: "status",
    states: ["True", "False", "Unknown"],
    labels: { type: ["type"] },
  },
  {
    name: "status_condition_last_transition_time",
    type: "Gauge",
    help: `When a condition of a ${of} last changed, in Unix seconds.`,
    path,
    valueFrom: ["lastTransitionTime"],
    nilIsZero: false,
    labels: { type: ["type"], status: ["status"] },
  },
];

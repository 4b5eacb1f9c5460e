import { is, maxBy, type Query, rename, series, unless } from "../query/query.ts";

/** Which clusters are in a state that other alerts have to know of; one series each, with `namespace` and `name`. */
const byName = ["namespace", "name"];

export const inPhase = (...phases: readonly string[]): Query =>
  maxBy(byName, series("capi_cluster_status_phase", { phase: phases.length === 1 ? (phases[0] ?? "") : phases }));

/** By its spec or by an annotation. */
export const pausedClusters: readonly Query[] = [
  is(maxBy(byName, series("capi_cluster_spec_paused")), "==", 1),
  is(maxBy(byName, series("capi_cluster_annotation_paused")), "==", 1),
];
export const deletingClusters: Query = is(inPhase("Deleting"), "==", 1);
export const failedClusters: Query = is(inPhase("Failed"), "==", 1);

/** Provisioned, and its control plane has not become available or is not any more. */
export const withoutControlPlane: Query = unless(
  byName,
  inPhase("Provisioned"),
  is(maxBy(byName, series("capi_cluster_status_condition", { type: "ControlPlaneAvailable", status: "True" })), "==", 1),
);

/** Of clusters: not these. */
export const exceptClusters = (question: Query, excepted: readonly Query[]): Query =>
  excepted.reduce((left, right) => unless(byName, left, right), question);

/** Of what belongs to clusters: not what belongs to these. */
export const exceptPartsOf = (question: Query, excepted: readonly Query[]): Query =>
  excepted.reduce((left, right) => unless(["namespace", "cluster_name"], left, rename("name", "cluster_name", right)), question);

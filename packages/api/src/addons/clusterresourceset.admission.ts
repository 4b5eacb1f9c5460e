import { isEmptySelector, selectorErrors } from "../cluster/template.admission.ts";
import { partOf, withFields } from "../kind/edit.ts";
import { invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { deepEqual } from "../schema/equality.ts";
import type { ClusterResourceSet, ClusterResourceSetSpec } from "./clusterresourceset.ts";

export const defaultClusterResourceSet = (set: ClusterResourceSet): ClusterResourceSet => {
  const spec = partOf<ClusterResourceSetSpec>(set.spec, "spec");
  return withFields(set, { spec: withFields(spec, { strategy: spec.strategy || "ApplyOnce" }) });
};

/** What was applied is not taken back, so that neither the clusters nor the way may change. */
export const validateClusterResourceSet = (
  { spec: { clusterSelector, strategy } }: ClusterResourceSet,
  { old }: AdmissionContext<ClusterResourceSet>,
): readonly FieldError[] => [
  ...selectorErrors(clusterSelector, "spec.clusterSelector"),
  ...(isEmptySelector(clusterSelector) ? [invalid("spec.clusterSelector", clusterSelector, "selector must not be empty")] : []),
  ...(old?.spec.strategy && old.spec.strategy !== strategy
    ? [invalid("spec.strategy", strategy ?? "", "field is immutable")]
    : []),
  ...(old && !deepEqual(old.spec.clusterSelector, clusterSelector)
    ? [invalid("spec.clusterSelector", clusterSelector, "field is immutable")]
    : []),
];

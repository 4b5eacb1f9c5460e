import { isEmptySelector, selectorErrors } from "../cluster/template.admission.ts";
import { partOf, withFields } from "../kind/edit.ts";
import { isEnabled } from "../kind/features.ts";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import type { KubeObject } from "../meta/object.ts";
import { deepEqual } from "../schema/equality.ts";
import type { ClusterResourceSet, ClusterResourceSetSpec } from "./clusterresourceset.ts";

export const defaultClusterResourceSet = (set: ClusterResourceSet): ClusterResourceSet => {
  const spec = partOf<ClusterResourceSetSpec>(set.spec, "spec");
  return withFields(set, { spec: withFields(spec, { strategy: spec.strategy || "ApplyOnce" }) });
};

/** The one error while the whole feature is turned off. */
export const unlessEnabled = (
  context: Pick<AdmissionContext<KubeObject>, "featureGates">,
  errors: () => readonly FieldError[],
): readonly FieldError[] =>
  isEnabled("ClusterResourceSet", context)
    ? errors()
    : [forbidden("spec", "can be set only if the ClusterResourceSet feature flag is enabled")];

export const validateClusterResourceSet = (
  set: ClusterResourceSet,
  context: AdmissionContext<ClusterResourceSet>,
): readonly FieldError[] => unlessEnabled(context, () => setErrors(set, context));

/** What was applied is not taken back, so that neither the clusters nor the way may change. */
const setErrors = (
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

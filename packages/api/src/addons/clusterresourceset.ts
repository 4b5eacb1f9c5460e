import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { defaultClusterResourceSet, validateClusterResourceSet } from "./clusterresourceset.admission.ts";
import { convertClusterResourceSet } from "./former.ts";
import { addonsGroup } from "./group.ts";

export const clusterResourceSetSpec = s.object("What is applied to which clusters", {
  clusterSelector: required(s.described("Which Clusters", labelSelector)),
  resources: s.list(
    "ConfigMaps and Secrets whose content is applied",
    s.object({
      kind: required(s.enum("ConfigMap or Secret", ["Secret", "ConfigMap"])),
      name: required(s.string("Name", { minLength: 1, maxLength: 253 })),
    }),
    { maxItems: 100 },
  ),
  strategy: s.enum("ApplyOnce, or Reconcile when the content changes", ["ApplyOnce", "Reconcile"]),
});
export type ClusterResourceSetSpec = TypeOf<typeof clusterResourceSetSpec>;

export const clusterResourceSetStatus = s.object("What has been done", {
  conditions: conditions,
  observedGeneration: s.int64("The generation this status is about"),
  v1beta2: v1Beta2Status,
});
export type ClusterResourceSetStatus = TypeOf<typeof clusterResourceSetStatus>;

export interface ClusterResourceSet extends KubeObject {
  readonly spec: ClusterResourceSetSpec;
  readonly status?: ClusterResourceSetStatus;
}

export const ClusterResourceSet = defineKind<ClusterResourceSet>({
  ...addonsGroup,
  kind: "ClusterResourceSet",
  plural: "clusterresourcesets",
  subresources: { status: true },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  convert: convertClusterResourceSet,
  columns: [ageColumn],
  description: "Objects that are applied to clusters from outside",
  fields: {
    spec: clusterResourceSetSpec,
    status: clusterResourceSetStatus,
  },
  default: defaultClusterResourceSet,
  validate: validateClusterResourceSet,
});

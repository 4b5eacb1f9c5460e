import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { addonsGroup } from "./group.ts";

export const clusterResourceSetSpec = s.object({
  clusterSelector: required(labelSelector),
  resources: s.list(
    s.object({
      kind: required(s.enum(["Secret", "ConfigMap"])),
      name: required(s.string({ minLength: 1, maxLength: 253 })),
    }),
    { maxItems: 100 },
  ),
  strategy: s.enum(["ApplyOnce", "Reconcile"]),
});
export type ClusterResourceSetSpec = TypeOf<typeof clusterResourceSetSpec>;

export const clusterResourceSetStatus = s.object({
  conditions: conditions,
  observedGeneration: s.int64(),
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
  columns: [ageColumn],
  description: "TODO",
  fields: {
    spec: clusterResourceSetSpec,
    status: clusterResourceSetStatus,
  },
});

import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { addonsGroup } from "./group.ts";

export const clusterResourceSetBindingSpec = s.object({
  bindings: s.list(
    s.object({
      clusterResourceSetName: required(s.string({ minLength: 1, maxLength: 253 })),
      resources: s.list(
        s.object({
          applied: required(s.boolean()),
          kind: required(s.enum(["Secret", "ConfigMap"])),
          name: required(s.string({ minLength: 1, maxLength: 253 })),
          hash: s.string({ minLength: 1, maxLength: 256 }),
          lastAppliedTime: s.time(),
        }),
        { maxItems: 100 },
      ),
    }),
    { maxItems: 100 },
  ),
  clusterName: s.string({ minLength: 1, maxLength: 63 }),
});
export type ClusterResourceSetBindingSpec = TypeOf<typeof clusterResourceSetBindingSpec>;

export interface ClusterResourceSetBinding extends KubeObject {
  readonly spec: ClusterResourceSetBindingSpec;
}

export const ClusterResourceSetBinding = defineKind<ClusterResourceSetBinding>({
  ...addonsGroup,
  kind: "ClusterResourceSetBinding",
  plural: "clusterresourcesetbindings",
  subresources: { status: true },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  columns: [ageColumn],
  description: "TODO",
  fields: {
    spec: clusterResourceSetBindingSpec,
  },
});

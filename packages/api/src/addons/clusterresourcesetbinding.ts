import { ageColumn, defineKind } from "../kind/define.ts";
import { invalid } from "../kind/fielderror.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import type { KubeObject } from "../meta/object.ts";
import { unlessEnabled } from "./clusterresourceset.admission.ts";
import { convertClusterResourceSetBinding } from "./former.ts";
import { addonsGroup } from "./group.ts";

export const clusterResourceSetBindingSpec = s.object("What was applied to the cluster", {
  bindings: s.list(
    "By ClusterResourceSet",
    s.object({
      clusterResourceSetName: required(s.string("Name of the ClusterResourceSet", { minLength: 1, maxLength: 253 })),
      resources: s.list(
        "What was applied",
        s.object({
          applied: required(s.boolean("Whether it went well")),
          kind: required(s.enum("ConfigMap or Secret", ["Secret", "ConfigMap"])),
          name: required(s.string("Name", { minLength: 1, maxLength: 253 })),
          hash: s.string("Hash of the content that was applied", { minLength: 1, maxLength: 256 }),
          lastAppliedTime: s.time("When"),
        }),
        { maxItems: 100 },
      ),
    }),
    { maxItems: 100 },
  ),
  clusterName: s.string("Name of the Cluster it belongs to", { minLength: 1, maxLength: 63 }),
});
export type ClusterResourceSetBindingSpec = TypeOf<typeof clusterResourceSetBindingSpec>;

export interface ClusterResourceSetBinding extends KubeObject {
  readonly spec: ClusterResourceSetBindingSpec;
}

/** It is about one Cluster for good. */
const validate = (
  binding: ClusterResourceSetBinding,
  context: AdmissionContext<ClusterResourceSetBinding>,
): readonly FieldError[] =>
  unlessEnabled(context, () => {
    const [before, now] = [context.old?.spec?.clusterName ?? "", binding.spec?.clusterName ?? ""];
    return before === "" || before === now ? [] : [invalid("spec.clusterName", now, "field is immutable")];
  });

export const ClusterResourceSetBinding = defineKind<ClusterResourceSetBinding>({
  ...addonsGroup,
  kind: "ClusterResourceSetBinding",
  plural: "clusterresourcesetbindings",
  subresources: { status: true },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  convert: convertClusterResourceSetBinding,
  columns: [ageColumn],
  description: "What was applied to a cluster",
  fields: {
    spec: clusterResourceSetBindingSpec,
  },
  validate,
});

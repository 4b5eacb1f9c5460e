import { templateMetadata } from "../cluster/fragments.ts";
import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { always } from "../kind/writing.ts";
import type { KubeObject } from "../meta/object.ts";
import { bootstrapGroup } from "./group.ts";
import { defaultKubeadmConfigTemplate, validateKubeadmConfigTemplate } from "./kubeadmconfig.admission.ts";
import { kubeadmConfigSpec } from "./kubeadmconfig.ts";

export const kubeadmConfigTemplateSpec = s.object("What KubeadmConfigs are made from", {
  template: required(
    s.object("The template", {
      metadata: always(templateMetadata),
      spec: always(kubeadmConfigSpec),
    }),
  ),
});
export type KubeadmConfigTemplateSpec = TypeOf<typeof kubeadmConfigTemplateSpec>;

export interface KubeadmConfigTemplate extends KubeObject {
  readonly spec: KubeadmConfigTemplateSpec;
}

export const KubeadmConfigTemplate = defineKind<KubeadmConfigTemplate>({
  ...bootstrapGroup,
  kind: "KubeadmConfigTemplate",
  plural: "kubeadmconfigtemplates",
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  columns: [ageColumn],
  description: "What KubeadmConfigs are made from",
  fields: {
    spec: kubeadmConfigTemplateSpec,
  },
  rewritten: true,
  default: defaultKubeadmConfigTemplate,
  validate: validateKubeadmConfigTemplate,
});

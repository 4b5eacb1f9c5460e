import { partOf, withFields } from "../kind/edit.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { templateMetadataErrors } from "../meta/labels.ts";
import type { KubeadmConfig } from "./kubeadmconfig.ts";
import type { KubeadmConfigTemplate } from "./kubeadmconfigtemplate.ts";
import { defaultedKubeadmConfigSpec, kubeadmConfigSpecErrors } from "./spec.admission.ts";

export const defaultKubeadmConfig = (config: KubeadmConfig): KubeadmConfig =>
  withFields(config, { spec: defaultedKubeadmConfigSpec(config.spec, "spec") });

export const validateKubeadmConfig = (config: KubeadmConfig, context: AdmissionContext<KubeadmConfig>): readonly FieldError[] =>
  kubeadmConfigSpecErrors(config.spec, "spec", context);

type TemplateSpec = KubeadmConfigTemplate["spec"];

export const defaultKubeadmConfigTemplate = (config: KubeadmConfigTemplate): KubeadmConfigTemplate => {
  const spec = partOf<TemplateSpec>(config.spec, "spec");
  const template = partOf<TemplateSpec["template"]>(spec.template, "spec.template");
  return withFields(config, {
    spec: withFields(spec, {
      template: withFields(template, { spec: defaultedKubeadmConfigSpec(template.spec, "spec.template.spec") }),
    }),
  });
};

export const validateKubeadmConfigTemplate = (
  { spec: { template } }: KubeadmConfigTemplate,
  context: AdmissionContext<KubeadmConfigTemplate>,
): readonly FieldError[] => [
  ...kubeadmConfigSpecErrors(template.spec ?? {}, "spec.template.spec", context),
  ...templateMetadataErrors(template.metadata, "spec.template.metadata"),
];

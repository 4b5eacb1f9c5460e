import { defaultedKubeadmConfigSpec, kubeadmConfigSpecErrors } from "../bootstrap/spec.admission.ts";
import { partOf, withFields } from "../kind/edit.ts";
import { isEnabled } from "../kind/features.ts";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { templateMetadataErrors } from "../meta/labels.ts";
import { deepEqual } from "../schema/equality.ts";
import { clusterConfigurationErrors } from "./clusterconfiguration.admission.ts";
import { defaultedRolloutStrategy, rolloutErrors } from "./kubeadmcontrolplane.admission.ts";
import type { KubeadmControlPlaneTemplate } from "./kubeadmcontrolplanetemplate.ts";

type Spec = KubeadmControlPlaneTemplate["spec"];

export const defaultKubeadmControlPlaneTemplate = (object: KubeadmControlPlaneTemplate): KubeadmControlPlaneTemplate => {
  const spec = partOf<Spec>(object.spec, "spec");
  const template = partOf<Spec["template"]>(spec.template, "spec.template");
  const inner = partOf<Spec["template"]["spec"]>(template.spec, "spec.template.spec");
  return withFields(object, {
    spec: withFields(spec, {
      template: withFields(template, {
        spec: withFields(inner, {
          kubeadmConfigSpec: defaultedKubeadmConfigSpec(inner.kubeadmConfigSpec, "spec.template.spec.kubeadmConfigSpec"),
          rolloutStrategy: defaultedRolloutStrategy(inner.rolloutStrategy, "spec.template.spec.rolloutStrategy"),
        }),
      }),
    }),
  });
};

export const validateKubeadmControlPlaneTemplate = (
  object: KubeadmControlPlaneTemplate,
  context: AdmissionContext<KubeadmControlPlaneTemplate>,
): readonly FieldError[] => (context.old ? updateErrors(object, context.old) : createErrors(object, context));

const createErrors = (
  { spec: { template } }: KubeadmControlPlaneTemplate,
  context: AdmissionContext<KubeadmControlPlaneTemplate>,
): readonly FieldError[] => {
  if (!isEnabled("ClusterTopology", context)) {
    return [forbidden("spec", "can be set only if the ClusterTopology feature flag is enabled")];
  }
  const path = "spec.template.spec";
  const { kubeadmConfigSpec, machineTemplate } = template.spec;
  return [
    ...rolloutErrors(template.spec, undefined, path),
    ...templateMetadataErrors(machineTemplate?.metadata, `${path}.machineTemplate.metadata`),
    ...clusterConfigurationErrors(
      kubeadmConfigSpec.clusterConfiguration,
      undefined,
      `${path}.kubeadmConfigSpec.clusterConfiguration`,
    ),
    ...kubeadmConfigSpecErrors(kubeadmConfigSpec, `${path}.kubeadmConfigSpec`, context),
    ...templateMetadataErrors(template.metadata, "spec.template.metadata"),
  ];
};

/** Both are defaulted first, so an object of an older release does not differ by what a newer one fills in. */
const updateErrors = (object: KubeadmControlPlaneTemplate, old: KubeadmControlPlaneTemplate): readonly FieldError[] => {
  const [before, after] = [old, object].map((template) => defaultKubeadmControlPlaneTemplate(template).spec.template.spec);
  return deepEqual(before, after)
    ? []
    : [
        invalid(
          "spec.template.spec",
          after,
          "KubeadmControlPlaneTemplate spec.template.spec field is immutable. Please create new resource instead.",
        ),
      ];
};

import { kubeadmConfigSpec } from "../bootstrap/kubeadmconfig.ts";
import { machineNamingStrategy, templateMetadata } from "../cluster/fragments.ts";
import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { controlPlaneGroup } from "./group.ts";
import { remediationStrategy, rolloutBefore, rolloutStrategy } from "./kubeadmcontrolplane.ts";
import {
  defaultKubeadmControlPlaneTemplate,
  validateKubeadmControlPlaneTemplate,
} from "./kubeadmcontrolplanetemplate.admission.ts";

export const kubeadmControlPlaneTemplateSpec = s.object({
  template: required(
    s.object({
      spec: required(
        s.object({
          kubeadmConfigSpec: required(kubeadmConfigSpec),
          machineNamingStrategy: machineNamingStrategy,
          machineTemplate: s.object({
            metadata: templateMetadata,
            nodeDeletionTimeout: s.duration(),
            nodeDrainTimeout: s.duration(),
            nodeVolumeDetachTimeout: s.duration(),
          }),
          remediationStrategy: remediationStrategy,
          rolloutAfter: s.time(),
          rolloutBefore: rolloutBefore,
          rolloutStrategy: rolloutStrategy,
        }),
      ),
      metadata: templateMetadata,
    }),
  ),
});
export type KubeadmControlPlaneTemplateSpec = TypeOf<typeof kubeadmControlPlaneTemplateSpec>;

export interface KubeadmControlPlaneTemplate extends KubeObject {
  readonly spec: KubeadmControlPlaneTemplateSpec;
}

export const KubeadmControlPlaneTemplate = defineKind<KubeadmControlPlaneTemplate>({
  ...controlPlaneGroup,
  kind: "KubeadmControlPlaneTemplate",
  plural: "kubeadmcontrolplanetemplates",
  formerVersions: [{ name: "v1alpha4", deprecated: true }],
  columns: [ageColumn],
  description: "TODO",
  fields: {
    spec: kubeadmControlPlaneTemplateSpec,
  },
  default: defaultKubeadmControlPlaneTemplate,
  validate: validateKubeadmControlPlaneTemplate,
});

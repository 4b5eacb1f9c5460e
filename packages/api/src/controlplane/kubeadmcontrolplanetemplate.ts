import { kubeadmConfigSpec } from "../bootstrap/kubeadmconfig.ts";
import { machineNamingStrategy, templateMetadata } from "../cluster/fragments.ts";
import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { always } from "../kind/writing.ts";
import type { KubeObject } from "../meta/object.ts";
import { controlPlaneGroup } from "./group.ts";
import { remediationStrategy, rolloutBefore, rolloutStrategy } from "./kubeadmcontrolplane.ts";
import {
  defaultKubeadmControlPlaneTemplate,
  validateKubeadmControlPlaneTemplate,
} from "./kubeadmcontrolplanetemplate.admission.ts";

export const kubeadmControlPlaneTemplateSpec = s.object("What KubeadmControlPlanes are made from", {
  template: required(
    s.object("The template", {
      spec: required(
        s.object("Spec of the control planes, but for what their topology decides", {
          kubeadmConfigSpec: required(kubeadmConfigSpec),
          machineNamingStrategy: machineNamingStrategy,
          machineTemplate: s.object("What control plane Machines are made from", {
            metadata: always(templateMetadata),
            nodeDeletionTimeout: s.duration("How long deleting the Node is tried; 0: for ever"),
            nodeDrainTimeout: s.duration("How long draining may take; 0: for ever"),
            nodeVolumeDetachTimeout: s.duration("How long waiting for volumes may take; 0: for ever"),
          }),
          remediationStrategy: remediationStrategy,
          rolloutAfter: s.time("Once this time has passed, machines made before it are replaced"),
          rolloutBefore: rolloutBefore,
          rolloutStrategy: rolloutStrategy,
        }),
      ),
      metadata: always(templateMetadata),
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
  refusedAs: "cluster.x-k8s.io",
  formerVersions: [{ name: "v1alpha4", deprecated: true }],
  columns: [ageColumn],
  description: "What KubeadmControlPlanes are made from",
  fields: {
    spec: kubeadmControlPlaneTemplateSpec,
  },
  rewritten: true,
  default: defaultKubeadmControlPlaneTemplate,
  validate: validateKubeadmControlPlaneTemplate,
});

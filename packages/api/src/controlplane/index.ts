/** The control plane's machines: KubeadmControlPlane. */

export * from "./group.ts";
export {
  KubeadmControlPlane,
  type KubeadmControlPlaneMachineTemplate,
  type KubeadmControlPlaneSpec,
  type KubeadmControlPlaneStatus,
  type LastRemediation,
  type RemediationStrategy,
  type RolloutBefore,
  type RolloutStrategy,
} from "./kubeadmcontrolplane.ts";
export { KubeadmControlPlaneTemplate, type KubeadmControlPlaneTemplateSpec } from "./kubeadmcontrolplanetemplate.ts";
export * from "./names.ts";

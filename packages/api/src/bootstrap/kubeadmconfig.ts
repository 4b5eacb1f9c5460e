import { ageColumn, column, defineKind } from "../kind/define.ts";
import { s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { commands, diskSetup, file, ignition, ntp, user } from "./cloudinit.ts";
import { clusterConfiguration } from "./clusterconfiguration.ts";
import { bootstrapGroup } from "./group.ts";
import { initConfiguration } from "./initconfiguration.ts";
import { joinConfiguration } from "./joinconfiguration.ts";
import { defaultKubeadmConfig, validateKubeadmConfig } from "./kubeadmconfig.admission.ts";

export const kubeadmConfigSpec = s.object({
  bootCommands: commands,
  clusterConfiguration: clusterConfiguration,
  diskSetup: diskSetup,
  files: s.list(file, { maxItems: 200 }),
  format: s.enum(["cloud-config", "ignition"]),
  ignition: ignition,
  initConfiguration: initConfiguration,
  joinConfiguration: joinConfiguration,
  mounts: s.list(s.list(s.string({ minLength: 1, maxLength: 512 })), { maxItems: 100 }),
  ntp: ntp,
  postKubeadmCommands: commands,
  preKubeadmCommands: commands,
  useExperimentalRetryJoin: s.boolean(),
  users: s.list(user, { maxItems: 100 }),
  verbosity: s.int32(),
});
export type KubeadmConfigSpec = TypeOf<typeof kubeadmConfigSpec>;

export const kubeadmConfigStatus = s.object({
  conditions: conditions,
  dataSecretName: s.string({ minLength: 1, maxLength: 253 }),
  failureMessage: s.string({ minLength: 1, maxLength: 10240 }),
  failureReason: s.string({ minLength: 1, maxLength: 256 }),
  observedGeneration: s.int64(),
  ready: s.boolean(),
  v1beta2: v1Beta2Status,
});
export type KubeadmConfigStatus = TypeOf<typeof kubeadmConfigStatus>;

export interface KubeadmConfig extends KubeObject {
  readonly spec: KubeadmConfigSpec;
  readonly status?: KubeadmConfigStatus;
}

export const KubeadmConfig = defineKind<KubeadmConfig>({
  ...bootstrapGroup,
  kind: "KubeadmConfig",
  plural: "kubeadmconfigs",
  subresources: { status: true },
  formerVersions: [
    { name: "v1alpha3", deprecated: true },
    { name: "v1alpha4", deprecated: true },
  ],
  columns: [column("Cluster", ".metadata.labels['cluster\\.x-k8s\\.io/cluster-name']"), ageColumn],
  description: "TODO",
  fields: {
    spec: kubeadmConfigSpec,
    status: kubeadmConfigStatus,
  },
  default: defaultKubeadmConfig,
  validate: validateKubeadmConfig,
});

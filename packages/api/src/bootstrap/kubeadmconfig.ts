import { ageColumn, column, defineKind } from "../kind/define.ts";
import { s, type TypeOf } from "../kind/fields.ts";
import { asGiven } from "../kind/writing.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { commands, diskSetup, file, ignition, ntp, user } from "./cloudinit.ts";
import { clusterConfiguration } from "./clusterconfiguration.ts";
import { bootstrapGroup } from "./group.ts";
import { initConfiguration } from "./initconfiguration.ts";
import { joinConfiguration } from "./joinconfiguration.ts";
import { defaultKubeadmConfig, validateKubeadmConfig } from "./kubeadmconfig.admission.ts";

export const kubeadmConfigSpec = s.object("What the machine is started with", {
  bootCommands: s.described("Commands early in every boot", commands),
  clusterConfiguration: clusterConfiguration,
  diskSetup: diskSetup,
  files: s.list("Files to write", file, { maxItems: 200 }),
  format: s.enum("cloud-config or ignition", ["cloud-config", "ignition"]),
  ignition: ignition,
  initConfiguration: initConfiguration,
  joinConfiguration: joinConfiguration,
  mounts: s.list("Mounts, as lines of fstab", s.list(s.string({ minLength: 1, maxLength: 512 })), { maxItems: 100 }),
  ntp: ntp,
  postKubeadmCommands: s.described("Commands after kubeadm", commands),
  preKubeadmCommands: s.described("Commands before kubeadm", commands),
  useExperimentalRetryJoin: s.boolean("Join by a script that tries again; do not use it any more"),
  users: s.list("Users to make", user, { maxItems: 100 }),
  verbosity: asGiven(s.int32("How much kubeadm says")),
});
export type KubeadmConfigSpec = TypeOf<typeof kubeadmConfigSpec>;

export const kubeadmConfigStatus = s.object("What has become of it", {
  conditions: conditions,
  dataSecretName: s.string("Secret with the bootstrap data", { minLength: 1, maxLength: 253 }),
  failureMessage: s.string("Why only a person can help; not used any more", { minLength: 1, maxLength: 10240 }),
  failureReason: s.string("Why only a person can help, in one word; not used any more", { minLength: 1, maxLength: 256 }),
  observedGeneration: s.int64("The generation this status is about"),
  ready: s.boolean("The bootstrap data is there"),
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
  description: "How one machine becomes a node by kubeadm",
  fields: {
    spec: kubeadmConfigSpec,
    status: kubeadmConfigStatus,
  },
  rewritten: true,
  default: defaultKubeadmConfig,
  validate: validateKubeadmConfig,
});

import { dump } from "js-yaml";
import { certificateFiles } from "../certificates/files.ts";
import type { FoundCertificate } from "../certificates/lookup.ts";
import { cloudConfig } from "./cloudconfig.ts";
import { clusterConfigurationYaml, initConfigurationYaml, joinConfigurationYaml, kubeadmApiFor } from "./kubeadmyaml.ts";
import { parseKubernetesVersion } from "./kubernetesversion.ts";
import { retryJoinScript, retryJoinScriptPath } from "./retryjoin.ts";
import type { BootstrapFile, BootstrapUser, JoinConfiguration, KubeadmConfigSpec, NodeRegistration } from "./spec.ts";

export type BootstrapMode = "init" | "join-control-plane" | "join-worker";

export interface BootstrapInput {
  readonly mode: BootstrapMode;
  /** Filled in. */
  readonly spec: KubeadmConfigSpec;
  readonly kubernetesVersion: string;
  readonly certificates: readonly FoundCertificate[];
  /** The spec's, with their Secrets' contents in them. */
  readonly files: readonly BootstrapFile[];
  readonly users: readonly BootstrapUser[];
}

const initPath = "/run/kubeadm/kubeadm.yaml";
const joinPath = "/run/kubeadm/kubeadm-join-config.yaml";
/** Infrastructure looks for this file to know that the machine has joined. */
const success = "echo success > /run/cluster-api/bootstrap-success.complete";

/** All that a new machine is told, as one cloud-init document. Pure. */
export const bootstrapDocument = (input: BootstrapInput): string => {
  const { mode, spec } = input;
  const version = parseKubernetesVersion(input.kubernetesVersion);
  const api = kubeadmApiFor(version);
  const verbosity = spec.verbosity === undefined ? "" : `--v ${spec.verbosity}`;
  const common = {
    ...spec,
    users: input.users,
  };
  if (mode === "init") {
    const cluster = spec.clusterConfiguration ?? {};
    const content = `---\n${clusterConfigurationYaml(cluster, api)}---\n${initConfigurationYaml(spec.initConfiguration ?? {}, cluster, api)}`;
    return cloudConfig({
      ...common,
      files: [...certificateFiles(input.certificates), ...input.files, kubeadmFile(initPath, content)],
      kubeadmLine: `'kubeadm init --config ${initPath} ${verbosity} && ${success}'`,
    });
  }
  const controlPlane = mode === "join-control-plane";
  const join = spec.joinConfiguration ?? {};
  if (!controlPlane && join.controlPlane !== undefined) {
    throw new Error(
      "a worker machine must not have joinConfiguration.controlPlane: remove it, or label the Machine as control plane",
    );
  }
  const told = controlPlane ? join : untilInitialized(join);
  const content = joinConfigurationYaml(told, controlPlane ? (spec.clusterConfiguration ?? {}) : undefined, api);
  const retry = spec.useExperimentalRetryJoin === true;
  return cloudConfig({
    ...common,
    files: [
      ...(controlPlane ? certificateFiles(input.certificates) : []),
      ...input.files,
      ...discoveryFile(join),
      ...(retry ? [retryJoinScript({ controlPlane, version, kubeadmVerbosity: verbosity, configPath: joinPath })] : []),
      kubeadmFile(joinPath, controlPlane ? content : `---\n${content}`),
    ],
    kubeadmLine: `${retry ? retryJoinScriptPath : `kubeadm join --config ${joinPath} ${verbosity}`} && ${success}`,
  });
};

const kubeadmFile = (path: string, content: string): BootstrapFile => ({
  path,
  owner: "root:root",
  permissions: "0640",
  content,
});

/** Workloads stay away until Cluster API has labelled the node. Only the machine is told: the object would differ from its template. */
const untilInitialized = (join: JoinConfiguration): JoinConfiguration => {
  const taint = { key: "node.cluster.x-k8s.io/uninitialized", effect: "NoSchedule" };
  const registration: NodeRegistration = join.nodeRegistration ?? {};
  const taints = registration.taints ?? [];
  return taints.some(({ key, effect }) => key === taint.key && effect === taint.effect)
    ? join
    : { ...join, nodeRegistration: { ...registration, taints: [...taints, taint] } };
};

/** `discovery.file.kubeConfig` is Cluster API's own: kubeadm only gets to know the file that is made of it. */
const discoveryFile = (join: JoinConfiguration): readonly BootstrapFile[] => {
  const { kubeConfigPath, kubeConfig } = join.discovery?.file ?? {};
  if (kubeConfigPath === undefined || kubeConfig === undefined) return [];
  const { cluster = {}, user } = kubeConfig;
  const content = dump(
    {
      apiVersion: "v1",
      clusters: [
        {
          cluster: {
            ...given("server", cluster.server),
            ...given("tls-server-name", cluster.tlsServerName),
            ...(cluster.insecureSkipTLSVerify === true ? { "insecure-skip-tls-verify": true } : {}),
            ...given("certificate-authority-data", cluster.certificateAuthorityData),
            ...given("proxy-url", cluster.proxyURL),
          },
          name: "default",
        },
      ],
      contexts: [{ context: { cluster: "default", user: "default" }, name: "default" }],
      "current-context": "default",
      kind: "Config",
      preferences: {},
      users: [
        {
          name: "default",
          user: {
            ...(user.authProvider === undefined
              ? {}
              : { "auth-provider": { config: user.authProvider.config ?? null, name: user.authProvider.name } }),
            ...(user.exec === undefined
              ? {}
              : {
                  exec: {
                    apiVersion: user.exec.apiVersion ?? "client.authentication.k8s.io/v1",
                    args: user.exec.args ?? null,
                    command: user.exec.command,
                    env: user.exec.env ?? null,
                    interactiveMode: "Never",
                    ...(user.exec.provideClusterInfo === true ? { provideClusterInfo: true } : {}),
                  },
                }),
          },
        },
      ],
    },
    { lineWidth: -1, seqNoIndent: true },
  );
  return [{ path: kubeConfigPath, owner: "root:root", permissions: "0640", content }];
};

const given = (key: string, value: string | undefined): { readonly [key: string]: string } =>
  value === undefined || value === "" ? {} : { [key]: value };

import { dump } from "js-yaml";
import { certificateFiles } from "../certificates/files.ts";
import type { FoundCertificate } from "../certificates/lookup.ts";
import { cloudConfig } from "./cloudconfig.ts";
import { ignitionDocument } from "./ignition/document.ts";
import { ignitionConfigPath } from "./ignition/generated.ts";
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

export interface BootstrapDocument {
  readonly format: "cloud-config" | "ignition";
  readonly text: string;
  /** Of what the user added. */
  readonly warnings: readonly string[];
}

/** All that a new machine is told, as one document in the format that its spec names. Pure. */
export const bootstrapDocument = (input: BootstrapInput): BootstrapDocument =>
  input.spec.format === "ignition"
    ? { format: "ignition", ...forIgnition(input) }
    : { format: "cloud-config", text: forCloudInit(input), warnings: [] };

const forIgnition = (input: BootstrapInput): Pick<BootstrapDocument, "text" | "warnings"> => {
  const { spec, users } = input;
  const { command, kubeadmConfig, files } = told(input);
  const verbosity = verbosityOf(spec);
  const kubeadmCommand = `kubeadm ${command} --config ${ignitionConfigPath} ${verbosity}`;
  return ignitionDocument({ ...spec, users, files, kubeadmCommand, kubeadmConfig }, spec.ignition);
};

const verbosityOf = ({ verbosity }: KubeadmConfigSpec): string => (verbosity === undefined ? "" : `--v ${verbosity}`);

/** What kubeadm is told, and the files beside it. */
const told = (
  input: BootstrapInput,
): { readonly command: "init" | "join"; readonly kubeadmConfig: string; readonly files: readonly BootstrapFile[] } => {
  const { mode, spec, certificates } = input;
  const api = kubeadmApiFor(parseKubernetesVersion(input.kubernetesVersion));
  if (mode === "init") {
    const cluster = spec.clusterConfiguration ?? {};
    const kubeadmConfig = `${clusterConfigurationYaml(cluster, api)}---\n${initConfigurationYaml(spec.initConfiguration ?? {}, cluster, api)}`;
    return { command: "init", kubeadmConfig, files: [...certificateFiles(certificates), ...input.files] };
  }
  const controlPlane = mode === "join-control-plane";
  const join = spec.joinConfiguration ?? {};
  if (!controlPlane && join.controlPlane !== undefined) {
    throw new Error(
      "a worker machine must not have joinConfiguration.controlPlane: remove it, or label the Machine as control plane",
    );
  }
  const kubeadmConfig = joinConfigurationYaml(
    controlPlane ? join : untilInitialized(join),
    controlPlane ? (spec.clusterConfiguration ?? {}) : undefined,
    api,
  );
  const files = [...(controlPlane ? certificateFiles(certificates) : []), ...input.files, ...discoveryFile(join)];
  return { command: "join", kubeadmConfig, files };
};

const forCloudInit = (input: BootstrapInput): string => {
  const { mode, spec } = input;
  const { kubeadmConfig, files } = told(input);
  const version = parseKubernetesVersion(input.kubernetesVersion);
  const verbosity = verbosityOf(spec);
  const common = {
    ...spec,
    users: input.users,
  };
  if (mode === "init") {
    return cloudConfig({
      ...common,
      files: [...files, kubeadmFile(initPath, `---\n${kubeadmConfig}`)],
      kubeadmLine: `'kubeadm init --config ${initPath} ${verbosity} && ${success}'`,
    });
  }
  const controlPlane = mode === "join-control-plane";
  const retry = spec.useExperimentalRetryJoin === true;
  return cloudConfig({
    ...common,
    files: [
      ...files,
      ...(retry ? [retryJoinScript({ controlPlane, version, kubeadmVerbosity: verbosity, configPath: joinPath })] : []),
      kubeadmFile(joinPath, controlPlane ? kubeadmConfig : `---\n${kubeadmConfig}`),
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

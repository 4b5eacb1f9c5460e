import { formatDuration } from "@slipway/api/meta/duration.ts";
import { dump } from "js-yaml";
import { durationMilliseconds } from "./goduration.ts";
import { atLeast, type KubernetesVersion } from "./kubernetesversion.ts";
import type {
  ClusterConfiguration,
  ControlPlaneComponent,
  Discovery,
  InitConfiguration,
  JoinConfiguration,
  LocalEtcd,
  NodeRegistration,
  StringMap,
} from "./spec.ts";

/** kubeadm's own configuration files, in the version that a given kubeadm reads. */

export type KubeadmApi = "v1beta2" | "v1beta3" | "v1beta4";

/** kubeadm is as old as the Kubernetes it installs. */
export const kubeadmApiFor = (version: KubernetesVersion): KubeadmApi => {
  if (atLeast(version, 1, 31)) return "v1beta4";
  if (atLeast(version, 1, 22)) return "v1beta3";
  if (atLeast(version, 1, 15)) return "v1beta2";
  throw new Error(
    `Kubernetes ${version.major}.${version.minor}.${version.patch} is too old: kubeadm before 1.15 is not supported`,
  );
};

export const clusterConfigurationYaml = (config: ClusterConfiguration, api: KubeadmApi): string =>
  toYaml({
    ...header("ClusterConfiguration", api),
    ...present({
      kubernetesVersion: config.kubernetesVersion,
      controlPlaneEndpoint: config.controlPlaneEndpoint,
      certificatesDir: config.certificatesDir,
      imageRepository: config.imageRepository,
      featureGates: config.featureGates,
      clusterName: config.clusterName,
    }),
    apiServer: {
      ...component(config.apiServer, api),
      ...present({
        certSANs: config.apiServer?.certSANs,
        // v1beta4 has moved it into the InitConfiguration and JoinConfiguration of control planes.
        timeoutForControlPlane: api === "v1beta4" ? undefined : duration(config.apiServer?.timeoutForControlPlane),
      }),
    },
    controllerManager: component(config.controllerManager, api),
    scheduler: component(config.scheduler, api),
    dns: present({ imageRepository: config.dns?.imageRepository, imageTag: config.dns?.imageTag }),
    etcd: {
      ...(config.etcd?.local === undefined ? {} : { local: localEtcd(config.etcd.local, api) }),
      ...(config.etcd?.external === undefined ? {} : { external: config.etcd.external }),
    },
    networking: present({
      serviceSubnet: config.networking?.serviceSubnet,
      podSubnet: config.networking?.podSubnet,
      dnsDomain: config.networking?.dnsDomain,
    }),
    ...(api === "v1beta4" ? { proxy: {} } : {}),
  });

/** `cluster` only matters for what v1beta4 keeps here and older versions keep there. */
export const initConfigurationYaml = (init: InitConfiguration, cluster: ClusterConfiguration, api: KubeadmApi): string =>
  toYaml({
    ...header("InitConfiguration", api),
    ...present({
      bootstrapTokens: init.bootstrapTokens?.map((token) =>
        present({ ...token, ttl: duration(token.ttl), groups: token.groups, usages: token.usages }),
      ),
      ...sincePhasesCanBeSkipped(init, api),
    }),
    localAPIEndpoint: present({ ...init.localAPIEndpoint }),
    nodeRegistration: nodeRegistration(init.nodeRegistration, api),
    ...timeouts({ controlPlaneComponentHealthCheck: cluster.apiServer?.timeoutForControlPlane }, api),
  });

/** `cluster` is absent for workers. */
export const joinConfigurationYaml = (
  join: JoinConfiguration,
  cluster: ClusterConfiguration | undefined,
  api: KubeadmApi,
): string =>
  toYaml({
    ...header("JoinConfiguration", api),
    ...present({ caCertPath: join.caCertPath, ...sincePhasesCanBeSkipped(join, api) }),
    ...(join.controlPlane === undefined
      ? {}
      : { controlPlane: { localAPIEndpoint: present({ ...join.controlPlane.localAPIEndpoint }) } }),
    discovery: discovery(join.discovery ?? {}, api),
    nodeRegistration: nodeRegistration(join.nodeRegistration, api),
    ...timeouts(
      {
        controlPlaneComponentHealthCheck: join.controlPlane && cluster?.apiServer?.timeoutForControlPlane,
        tlsBootstrap: join.discovery?.timeout,
      },
      api,
    ),
  });

const header = (kind: string, api: KubeadmApi) => ({ apiVersion: `kubeadm.k8s.io/${api}`, kind });

const component = (source: ControlPlaneComponent | undefined, api: KubeadmApi) =>
  present({
    extraArgs: args(source?.extraArgs, api),
    extraVolumes: source?.extraVolumes?.map((volume) => present({ ...volume })),
    extraEnvs: api === "v1beta4" ? source?.extraEnvs : undefined,
  });

const localEtcd = (local: LocalEtcd, api: KubeadmApi) => ({
  ...present({
    imageRepository: local.imageRepository,
    imageTag: local.imageTag,
    extraArgs: args(local.extraArgs, api),
    extraEnvs: api === "v1beta4" ? local.extraEnvs : undefined,
    serverCertSANs: local.serverCertSANs,
    peerCertSANs: local.peerCertSANs,
  }),
  ...(api === "v1beta2" ? present({ dataDir: local.dataDir }) : { dataDir: local.dataDir ?? "" }),
});

const nodeRegistration = (source: NodeRegistration | undefined, api: KubeadmApi) => ({
  ...present({
    name: source?.name,
    criSocket: source?.criSocket,
    kubeletExtraArgs: args(source?.kubeletExtraArgs, api),
    ignorePreflightErrors: source?.ignorePreflightErrors,
    imagePullPolicy: api === "v1beta2" ? undefined : source?.imagePullPolicy,
  }),
  // A pointer in kubeadm: false is not the same as unset.
  ...(api === "v1beta4" && source?.imagePullSerial !== undefined ? { imagePullSerial: source.imagePullSerial } : {}),
  // null is "kubeadm's default taint", [] is "none"; v1beta2 cannot say the latter.
  ...(api === "v1beta2" ? present({ taints: source?.taints }) : { taints: source?.taints ?? null }),
});

const discovery = (source: Discovery, api: KubeadmApi) => ({
  ...(source.bootstrapToken === undefined
    ? {}
    : {
        bootstrapToken: {
          ...present({
            apiServerEndpoint: source.bootstrapToken.apiServerEndpoint,
            caCertHashes: source.bootstrapToken.caCertHashes,
            unsafeSkipCAVerification: source.bootstrapToken.unsafeSkipCAVerification,
          }),
          token: source.bootstrapToken.token ?? "",
        },
      }),
  ...(source.file === undefined ? {} : { file: { kubeConfigPath: source.file.kubeConfigPath } }),
  ...present({
    tlsBootstrapToken: source.tlsBootstrapToken,
    timeout: api === "v1beta4" ? undefined : duration(source.timeout),
  }),
});

const sincePhasesCanBeSkipped = (source: Pick<InitConfiguration, "skipPhases" | "patches">, api: KubeadmApi) =>
  api === "v1beta2" ? {} : { skipPhases: source.skipPhases, patches: source.patches && present({ ...source.patches }) };

const timeouts = (source: { [name: string]: string | undefined }, api: KubeadmApi) => {
  const known = present(Object.fromEntries(Object.entries(source).map(([name, text]) => [name, duration(text)])));
  return api === "v1beta4" && Object.keys(known).length > 0 ? { timeouts: known } : {};
};

/** v1beta4 knows arguments as a list, because some may be given twice. */
const args = (source: StringMap | undefined, api: KubeadmApi) =>
  api !== "v1beta4"
    ? source
    : Object.entries(source ?? {})
        .map(([name, value]) => ({ name, value }))
        .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const duration = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : formatDuration(durationMilliseconds(text));

/** Go's `omitempty`: zero values are not written. */
const present = (fields: { [name: string]: unknown }): { [name: string]: unknown } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !isZero(value)));

const isZero = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0);

const toYaml = (value: object): string => dump(value, { sortKeys: true, lineWidth: -1, noRefs: true, seqNoIndent: true });

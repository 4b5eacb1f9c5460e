import type { KubeadmControlPlane } from "@slipway/api";
import { clusterConfigurationYaml, kubeadmApiFor } from "../../kubeadmconfig/kubeadmyaml.ts";
import { parseKubernetesVersion } from "../../kubeadmconfig/kubernetesversion.ts";
import { readClusterConfiguration } from "../../kubeadmconfig/readkubeadm.ts";
import type { ClusterConfiguration } from "../../kubeadmconfig/spec.ts";
import { withLocalMode } from "../desired.ts";
import { forcedRegistry } from "./images.ts";

/**
 * The ClusterConfiguration that kubeadm left in the cluster and that joining machines read, brought up to the control plane's spec.
 * Undefined: it is so already. DNS has its own pace (`coredns.ts`).
 */
export const updatedClusterConfiguration = (text: string, { spec }: Pick<KubeadmControlPlane, "spec">): string | undefined => {
  const before = readClusterConfiguration(text);
  return changed(before, withSpec(before, spec), spec.version);
};

/** The same text with another DNS image. */
export const withDns = (text: string, dns: NonNullable<ClusterConfiguration["dns"]>, version: string): string | undefined => {
  const before = readClusterConfiguration(text);
  return changed(before, { ...before, dns }, version);
};

const changed = (before: ClusterConfiguration, after: ClusterConfiguration, version: string): string | undefined => {
  const api = kubeadmApiFor(parseKubernetesVersion(version));
  const written = clusterConfigurationYaml(after, api);
  return written === clusterConfigurationYaml(before, api) ? undefined : written;
};

const withSpec = (
  before: ClusterConfiguration,
  { version, kubeadmConfigSpec }: KubeadmControlPlane["spec"],
): ClusterConfiguration => {
  const parsed = parseKubernetesVersion(version);
  const kubernetesVersion = version.startsWith("v") ? version : `v${version}`;
  const wanted = withLocalMode(kubeadmConfigSpec.clusterConfiguration, version);
  const imageRepository = wanted?.imageRepository || forcedRegistry(parsed) || before.imageRepository;
  if (wanted === undefined) return { ...before, kubernetesVersion, imageRepository };
  const { local, external } = before.etcd ?? {};
  return {
    ...before,
    kubernetesVersion,
    imageRepository,
    featureGates: wanted.featureGates,
    apiServer: wanted.apiServer,
    controllerManager: wanted.controllerManager,
    scheduler: wanted.scheduler,
    // Whether etcd is here or elsewhere was decided when the cluster was founded.
    etcd: {
      ...(local === undefined ? {} : { local: wanted.etcd?.local ?? local }),
      ...(external === undefined ? {} : { external: wanted.etcd?.external ?? external }),
    },
  };
};

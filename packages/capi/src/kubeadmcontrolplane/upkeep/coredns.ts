import {
  type ClusterRole,
  type ConfigMap,
  controlPlaneAnnotations,
  type Deployment,
  type KubeadmControlPlane,
} from "@slipway/api";
import { coreDNSMigrationError } from "@slipway/api/controlplane/coredns.ts";
import { atLeast, parseKubernetesVersion } from "../../kubeadmconfig/kubernetesversion.ts";
import { formatImage, isDefaultRegistry, movedRepository, parseImage } from "./images.ts";

export const coreDnsRef = { namespace: "kube-system", name: "coredns" };
export const coreDnsRoleRef = { name: "system:coredns" };

export interface CoreDnsUpgrade {
  readonly image: string;
  readonly tolerations: readonly object[];
  /** What kubeadm-config says of it. */
  readonly dns: { readonly imageRepository: string; readonly imageTag: string };
}

/** From here on every Corefile that kubeadm ever wrote is valid unchanged in all newer releases. */
const stableCorefileSince = { major: 1, minor: 8, patch: 0 };

/**
 * The move that CoreDNS has to make; undefined: none. Its version follows `dns.imageTag` and never the Kubernetes version.
 * @throws when there is no way from here to there
 */
export const coreDnsUpgrade = (
  { spec, metadata }: Pick<KubeadmControlPlane, "spec" | "metadata">,
  seen: { readonly configMap: ConfigMap | undefined; readonly deployment: Deployment | undefined },
): CoreDnsUpgrade | undefined => {
  const { clusterConfiguration } = spec.kubeadmConfigSpec;
  if (Object.hasOwn(metadata.annotations ?? {}, controlPlaneAnnotations.skipCoreDNS) || clusterConfiguration === undefined)
    return undefined;
  if (seen.configMap === undefined || seen.deployment === undefined) return undefined;
  if (seen.configMap.data?.["Corefile"] === undefined) throw new Error('ConfigMap kube-system/coredns has no "Corefile"');
  const podSpec = seen.deployment.spec?.template.spec;
  const container = podSpec?.containers.find(({ name }) => name === "coredns");
  if (container?.image === undefined) throw new Error('Deployment kube-system/coredns has no container "coredns"');

  const current = parseImage(container.image);
  const tag = clusterConfiguration.dns?.imageTag || current.tag;
  const repository =
    clusterConfiguration.dns?.imageRepository ||
    movedRepository(current.repository, clusterConfiguration.imageRepository || current.repository);
  const target = { repository, name: imageName(repository, tag, current.name), tag };
  const image = formatImage(target);
  if (image === container.image) return undefined;
  if (tag !== current.tag) {
    const [from, to] = [versionOf(current.tag), versionOf(tag)];
    const impossible = coreDNSMigrationError(from, to);
    if (impossible !== undefined) throw new Error(`CoreDNS cannot be upgraded: ${impossible}`);
    const { major, minor, patch } = stableCorefileSince;
    if (!atLeast(parseKubernetesVersion(from), major, minor, patch)) {
      throw new Error(
        `CoreDNS ${from} is too old to be upgraded automatically: upgrade it to ${major}.${minor} by hand, or set annotation ${controlPlaneAnnotations.skipCoreDNS}`,
      );
    }
  }
  return {
    image,
    tolerations: [...ownTolerations(spec.version), ...(podSpec?.tolerations ?? []).filter(({ key }) => !isOwn(key))],
    dns: { imageRepository: repository, imageTag: tag },
  };
};

/** In the default registries CoreDNS has a folder of its own. */
const imageName = (repository: string, tag: string, current: string): string =>
  isDefaultRegistry(repository) && atLeast(parseKubernetesVersion(versionOf(tag)), 1, 8) ? "coredns/coredns" : current;

const versionOf = (tag: string): string => /^v?(\d+\.\d+\.\d+)/.exec(tag)?.[1] ?? tag;

const controlPlaneKey = "node-role.kubernetes.io/control-plane";
const masterKey = "node-role.kubernetes.io/master";
const isOwn = (key: string | undefined): boolean => key === controlPlaneKey || key === masterKey;

const ownTolerations = (version: string): readonly object[] => [
  { key: controlPlaneKey, effect: "NoSchedule" },
  ...(atLeast(parseKubernetesVersion(version), 1, 26) ? [] : [{ key: masterKey, effect: "NoSchedule" }]),
];

/** CoreDNS from 1.8.1 reads EndpointSlices; kubeadm's role allows it only since Kubernetes 1.23. */
export const rulesWithEndpointSlices = (
  { spec }: Pick<KubeadmControlPlane, "spec">,
  role: ClusterRole | undefined,
  currentImage: string | undefined,
): ClusterRole["rules"] | undefined => {
  if (role === undefined || currentImage === undefined) return undefined;
  const version = parseKubernetesVersion(spec.version);
  const current = versionOf(parseImage(currentImage).tag);
  const target = versionOf(spec.kubeadmConfigSpec.clusterConfiguration?.dns?.imageTag || current);
  const readsSlices = (tag: string) => atLeast(parseKubernetesVersion(tag), 1, 8, 1);
  if (!atLeast(version, 1, 22) || !readsSlices(target)) return undefined;
  if (atLeast(version, 1, 23) && readsSlices(current)) return undefined;
  const allowed = (role.rules ?? []).some(
    ({ apiGroups, resources }) => apiGroups?.includes("discovery.k8s.io") && resources?.includes("endpointslices"),
  );
  return allowed
    ? undefined
    : [...(role.rules ?? []), { verbs: ["list", "watch"], apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"] }];
};

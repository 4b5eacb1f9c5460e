import { controlPlaneAnnotations, type DaemonSet, type KubeadmControlPlane } from "@slipway/api";
import { parseKubernetesVersion } from "../../kubeadmconfig/kubernetesversion.ts";
import { forcedRegistry, formatImage, parseImage, tagOf } from "./images.ts";

export const kubeProxyRef = { namespace: "kube-system", name: "kube-proxy" };

/** The image that kube-proxy should run; undefined: leave it alone, or it does already. */
export const wantedKubeProxyImage = (
  { spec, metadata }: Pick<KubeadmControlPlane, "spec" | "metadata">,
  daemonSet: DaemonSet | undefined,
): string | undefined => {
  if (Object.hasOwn(metadata.annotations ?? {}, controlPlaneAnnotations.skipKubeProxy)) return undefined;
  const container = daemonSet?.spec?.template.spec?.containers.find(({ name }) => name === "kube-proxy");
  if (container?.image === undefined) return undefined;
  const current = parseImage(container.image);
  const repository =
    spec.kubeadmConfigSpec.clusterConfiguration?.imageRepository ||
    forcedRegistry(parseKubernetesVersion(spec.version)) ||
    current.repository;
  const wanted = formatImage({ ...current, repository, tag: tagOf(spec.version) });
  return wanted === container.image ? undefined : wanted;
};

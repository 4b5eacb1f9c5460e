import { compareVersions, formatVersion, parseVersion, type Version } from "../cluster/version.ts";
import { forbidden, internalError, invalid } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";
import { coreDNSMigrationError } from "./coredns.ts";
import type { KubeadmControlPlane } from "./kubeadmcontrolplane.ts";
import { controlPlaneAnnotations } from "./names.ts";

/** One minor version at a time: kubeadm and etcd know how to go no further. */
export const versionChangeErrors = (old: KubeadmControlPlane, changed: KubeadmControlPlane): readonly FieldError[] => {
  const path = "spec.version";
  const from = parseVersion(old.spec.version);
  if (!from) return [internalError(path, `failed to parse current kubeadmcontrolplane version: ${old.spec.version}`)];
  const to = parseVersion(changed.spec.version);
  if (!to) return [internalError(path, `failed to parse updated kubeadmcontrolplane version: ${changed.spec.version}`)];
  if (compareVersions(from, to) === 0) return [];
  if (formatVersion(to) === "1.19.0")
    return [forbidden(path, "cannot update Kubernetes version to v1.19.0, its kubeadm loses etcd members")];
  const ceiling = { major: from.major, minor: from.minor + 2, patch: 0 };
  const imageRepository = changed.spec.kubeadmConfigSpec.clusterConfiguration?.imageRepository;
  return [
    ...(compareVersions(to, ceiling) >= 0
      ? [forbidden(path, `cannot update Kubernetes version from ${old.spec.version} to ${changed.spec.version}`)]
      : []),
    ...(!imageRepository && usesOldRegistry(to)
      ? [
          forbidden(
            path,
            "cannot upgrade to a Kubernetes/kubeadm version which is using the old default registry. Please use a newer Kubernetes patch release which is using the new default registry (>= v1.22.17, >= v1.23.15, >= v1.24.9)",
          ),
        ]
      : []),
  ];
};

/** Releases whose kubeadm pulls from the registry that was shut down. */
const usesOldRegistry = ({ major, minor, patch }: Version): boolean => {
  const firstWithNew: { readonly [minor: number]: number } = { 22: 17, 23: 15, 24: 9 };
  const first = firstWithNew[minor];
  return major === 1 && first !== undefined && patch < first;
};

export const coreDNSErrors = (old: KubeadmControlPlane, changed: KubeadmControlPlane): readonly FieldError[] => {
  const path = "spec.kubeadmConfigSpec.clusterConfiguration.dns.imageTag";
  const [fromTag, toTag] = [old, changed].map(({ spec }) => spec.kubeadmConfigSpec.clusterConfiguration?.dns?.imageTag);
  if (!fromTag || !toTag) return [];
  const from = parseVersion(fromTag, { vOptional: true });
  if (!from) return [invalid(path, fromTag, "failed to parse current CoreDNS version")];
  const to = parseVersion(toTag, { vOptional: true });
  if (!to) return [invalid(path, toTag, "failed to parse target CoreDNS version")];
  if (compareVersions(from, to) === 0) return [];
  if (changed.metadata.annotations?.[controlPlaneAnnotations.skipCoreDNS] !== undefined) return [];
  const error = coreDNSMigrationError(formatVersion(from), formatVersion(to));
  return error
    ? [forbidden(path, `cannot migrate CoreDNS up to '${formatVersion(to)}' from '${formatVersion(from)}': ${error}`)]
    : [];
};

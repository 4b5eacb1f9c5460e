import semver from "semver";

export interface KubernetesVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Tolerant of a leading `v` and of missing parts; pre-release and build are dropped, as most of kubeadm's version rules want. */
export const parseKubernetesVersion = (text: string): KubernetesVersion => {
  const bare = text.trim().replace(/^v/, "");
  const parsed = semver.parse(bare) ?? (/^\d+(\.\d+)?$/.test(bare) ? semver.coerce(bare) : null);
  if (parsed === null) throw new Error(`"${text}" is not a Kubernetes version: write it like v1.31.2`);
  return { major: parsed.major, minor: parsed.minor, patch: parsed.patch };
};

export const atLeast = (version: KubernetesVersion, major: number, minor: number, patch = 0): boolean =>
  version.major !== major ? version.major > major : version.minor !== minor ? version.minor > minor : version.patch >= patch;

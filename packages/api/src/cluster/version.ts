/** Kubernetes versions as specs spell them: `v1.33.1`, perhaps with `-rc.0` or `+build` behind. */

const strict = /^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)([-0-9a-zA-Z_.+]*)?$/;
const tolerant = /^v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)([-0-9a-zA-Z_.+]*)?$/;

/** The three numbers; what follows them does not take part in comparisons. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

export const isKubernetesVersion = (version: string): boolean => strict.test(version);

/** Undefined when it is not a version. */
export const parseVersion = (version: string, { vOptional = false } = {}): Version | undefined => {
  const match = (vOptional ? tolerant : strict).exec(version);
  return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) } : undefined;
};

/** Negative when `a` is older. */
export const compareVersions = (a: Version, b: Version): number => a.major - b.major || a.minor - b.minor || a.patch - b.patch;

export const formatVersion = ({ major, minor, patch }: Version): string => `${major}.${minor}.${patch}`;

/** People leave the `v` away; nothing else does. */
export const withVersionPrefix = (version: string | undefined): string | undefined =>
  typeof version !== "string" || version.startsWith("v") ? version : `v${version}`;

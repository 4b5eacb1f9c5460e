import { fields } from "../object/fields.ts";

/** A released version, taken apart; pre-release and build as they are written. */
export interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly preRelease: string;
}

/** `v1.10.4`, `1.10.4-rc.0`. Undefined for what is no semantic version. */
export const parseVersion = (text: string): Version | undefined => {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, preRelease = ""] = match;
  return { text, major: Number(major), minor: Number(minor), patch: Number(patch), preRelease };
};

/** Older first; a pre-release is older than its release. */
export const compareVersions = (a: Version, b: Version): number =>
  a.major - b.major || a.minor - b.minor || a.patch - b.patch || comparePreReleases(a.preRelease, b.preRelease);

const comparePreReleases = (a: string, b: string): number => {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  const [left, right] = [a.split("."), b.split(".")];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one, other] = [left[index], right[index]];
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
    if (one === other) continue;
    const bothNumbers = /^\d+$/.test(one) && /^\d+$/.test(other);
    if (bothNumbers) return Number(one) - Number(other);
    if (/^\d+$/.test(one)) return -1;
    if (/^\d+$/.test(other)) return 1;
    return one < other ? -1 : 1;
  }
  return 0;
};

/** Newest first, all pre-releases after the stable ones: the order in which `latest` is looked for (CTL-024). */
export const latestCandidates = (versions: readonly string[]): readonly Version[] =>
  versions
    .map(parseVersion)
    .filter((version): version is Version => version !== undefined)
    .sort((a, b) => Number(a.preRelease !== "") - Number(b.preRelease !== "") || compareVersions(b, a));

/** A minor version of a provider, and the contract it keeps. */
export interface Series {
  readonly major: number;
  readonly minor: number;
  readonly contract: string;
}

/** `releaseSeries` of a metadata.yaml. */
export const releaseSeries = (metadata: unknown): readonly Series[] => {
  const list = fields(metadata)["releaseSeries"];
  return (Array.isArray(list) ? list : []).map(fields).map(({ major, minor, contract }) => ({
    major: Number(major ?? 0),
    minor: Number(minor ?? 0),
    contract: String(contract ?? ""),
  }));
};

export const seriesOf = (version: Version, series: readonly Series[]): Series | undefined =>
  series.find(({ major, minor }) => major === version.major && minor === version.minor);

/** The highest stable version above the current one in any series of the contract (CTL-057). */
export const nextVersion = (
  current: string,
  available: readonly string[],
  { series, contract }: { readonly series: readonly Series[]; readonly contract: string },
): Version | undefined => {
  const now = parseVersion(current);
  if (now === undefined) return undefined;
  return latestCandidates(available).find(
    (version) =>
      version.preRelease === "" && compareVersions(version, now) > 0 && seriesOf(version, series)?.contract === contract,
  );
};

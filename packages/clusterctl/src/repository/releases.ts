import { compare, parse } from "semver";
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
  const parsed = parse(text);
  if (parsed === null) return undefined;
  const { major, minor, patch, prerelease } = parsed;
  return { text, major, minor, patch, preRelease: prerelease.join(".") };
};

/** Older first; a pre-release is older than its release. */
export const compareVersions = (a: Version, b: Version): number => compare(written(a), written(b));

const written = ({ major, minor, patch, preRelease }: Version): string =>
  `${major}.${minor}.${patch}${preRelease === "" ? "" : `-${preRelease}`}`;

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

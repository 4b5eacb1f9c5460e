import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { builtInProviders } from "@slipway/clusterctl/config/builtin.ts";
import type { ProviderConfig } from "@slipway/clusterctl/config/providers.ts";
import { manifestLabel } from "@slipway/clusterctl/config/providertypes.ts";
import { type BundledProvider, bundledFile, findBundled } from "@slipway/clusterctl/repository/bundled.ts";
import { latestCandidates, parseVersion, releaseSeries, seriesOf } from "@slipway/clusterctl/repository/releases.ts";
import { load } from "js-yaml";
import { CommandError } from "../process/exit.ts";
import { createGitHubRepository } from "./github.ts";
import { overridesFolders, type Settings } from "./settings.ts";

/** Where a provider's files are, version by version. */
export interface Repository {
  /** What `latest` in its URL, or no version at all, means. */
  readonly defaultVersion: () => Promise<string>;
  readonly versions: () => Promise<readonly string[]>;
  /** Undefined when that version has no such file. */
  readonly file: (version: string, name: string) => Promise<string | undefined>;
  readonly place: (version: string, name: string) => string;
  readonly componentsFile: string;
}

const contract = "v1beta1";
/** How many releases are looked at for one that is complete. */
const latestAttempts = 5;

/** @throws CommandError for a URL of a kind that is not known (CTL-022) */
export const openRepository = (provider: ProviderConfig, settings: Settings): Repository =>
  withOverrides(plainRepository(provider, settings), provider, settings);

const plainRepository = (provider: ProviderConfig, settings: Settings): Repository => {
  const bundled = findBundled(provider);
  const isOwn = builtInProviders.some(
    ({ name, type, url }) => name === provider.name && type === provider.type && url === provider.url,
  );
  if (bundled !== undefined && isOwn) return bundledRepository(bundled, provider);
  if (!provider.url.includes("://") || provider.url.startsWith("file:")) return localRepository(provider);
  const url = new URL(provider.url);
  if (url.protocol === "https:" && url.hostname === "github.com")
    return withLatest((latest) => createGitHubRepository(url, latest, { token: settings.variables("GITHUB_TOKEN") }));
  throw new CommandError(
    `The provider ${provider.name} is at ${provider.url}: give a release of a GitHub repository (https://github.com/OWNER/NAME/releases/VERSION/FILE) or an absolute path.`,
  );
};

const bundledRepository = (bundled: BundledProvider, { url }: ProviderConfig): Repository => ({
  defaultVersion: async () => bundled.version,
  versions: async () => [bundled.version],
  file: async (version, name) => {
    if (version === bundled.version) return bundledFile(bundled, name);
    throw new CommandError(
      `Version ${version} of the provider ${bundled.name} is not here: Slipway is ${bundled.version}. For another one, name its repository in the providers of clusterctl's configuration.`,
    );
  },
  place: (version, name) => `${url.slice(0, url.indexOf("/latest/"))}/${version}/${name}`,
  componentsFile: url.slice(url.lastIndexOf("/") + 1),
});

/** `…/{provider label}/{version}/{file}`, absolute (CTL-023). */
const localRepository = (provider: ProviderConfig): Repository => {
  const path = provider.url.startsWith("file:") ? fileURLToPath(provider.url) : provider.url;
  const parts = path.split(sep);
  const [label, version = "", file = ""] = parts.slice(-3);
  const wrong = (why: string) => new CommandError(`invalid path ${path} of the provider ${provider.name}: ${why}`);
  if (!path.startsWith(sep)) throw wrong("it must be absolute");
  const expected = manifestLabel(provider.name, provider.type);
  if (parts.length < 4) throw wrong(`it must be {basepath}/${expected}/{version}/{file}`);
  if (label !== expected) throw wrong(`its last folder but one must be ${expected}, not ${label}`);
  if (version !== "latest" && parseVersion(version) === undefined)
    throw wrong(`${version} is no semantic version, and not "latest"`);
  const base = parts.slice(0, -2).join(sep);
  return withLatest((latest) => ({
    defaultVersion: () => (version === "latest" ? latest() : Promise.resolve(version)),
    versions: async () =>
      existsSync(base) ? readdirSync(base).filter((name) => parseVersion(name) !== undefined && isFolder(join(base, name))) : [],
    file: async (wanted, name) => readIfThere(join(base, wanted, name)),
    place: (wanted, name) => join(base, wanted, name),
    componentsFile: file,
  }));
};

/** Lets a repository find its own latest release: the first complete one, of our contract if there is one (CTL-024). */
const withLatest = (make: (latest: () => Promise<string>) => Repository): Repository => {
  const latest = async (): Promise<string> => {
    const candidates = latestCandidates(await repository.versions());
    for (const version of candidates.slice(0, latestAttempts)) {
      const metadata = await repository.file(version.text, "metadata.yaml");
      if (metadata === undefined) continue;
      const series = releaseSeries(load(metadata));
      if (seriesOf(version, series)?.contract === contract) return version.text;
      const ours = candidates.find(
        (candidate) => candidate.preRelease === "" && seriesOf(candidate, series)?.contract === contract,
      );
      return (ours ?? version).text;
    }
    throw new CommandError(
      `No release with a metadata.yaml was found in ${repository.place("latest", "")}: name a version, for example openstack:v0.11.8.`,
    );
  };
  const repository = make(latest);
  return repository;
};

/** A file in the overrides folder is used instead; being there is enough (CTL-026). */
const withOverrides = (repository: Repository, provider: ProviderConfig, settings: Settings): Repository => {
  const label = manifestLabel(provider.name, provider.type);
  const override = (version: string, name: string): string | undefined => {
    const file = overridesFolders(settings)
      .map((folder) => join(folder, label, version, name))
      .find((candidate) => existsSync(candidate));
    return file === undefined ? undefined : readIfThere(file);
  };
  return { ...repository, file: async (version, name) => override(version, name) ?? repository.file(version, name) };
};

const isFolder = (path: string): boolean => statSync(path).isDirectory();

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
};

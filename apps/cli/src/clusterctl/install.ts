import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@slipway/api";
import { type Components, readComponents } from "@slipway/clusterctl/components/components.ts";
import { getProvider } from "@slipway/clusterctl/config/providers.ts";
import { manifestLabel, type ProviderType, providerTypes } from "@slipway/clusterctl/config/providertypes.ts";
import type { InstallTools } from "@slipway/clusterctl/install/apply.ts";
import type { Candidate } from "@slipway/clusterctl/install/validate.ts";
import { type Installed, listInstalled } from "@slipway/clusterctl/inventory/inventory.ts";
import { Problem } from "@slipway/clusterctl/problem.ts";
import { parseVersion, releaseSeries, seriesOf } from "@slipway/clusterctl/repository/releases.ts";
import type { Command } from "commander";
import { load } from "js-yaml";
import { collectList, createLog } from "./command.ts";
import { openRepository, type Repository } from "./repository.ts";
import type { Settings } from "./settings.ts";

/** The seven flags that choose providers. */
export interface ProviderFlags {
  readonly core?: string;
  readonly bootstrap?: readonly string[];
  readonly controlPlane?: readonly string[];
  readonly infrastructure?: readonly string[];
  readonly ipam?: readonly string[];
  readonly runtimeExtension?: readonly string[];
  readonly addon?: readonly string[];
}

export const withProviderFlags = (command: Command, form: string): Command =>
  command
    .option(`--core <${form}>`, "the core provider")
    .option(`-b, --bootstrap <${form}...>`, "bootstrap providers", collectList)
    .option(`-c, --control-plane <${form}...>`, "control plane providers", collectList)
    .option(`-i, --infrastructure <${form}...>`, "infrastructure providers", collectList)
    .option(`--ipam <${form}...>`, "IPAM providers", collectList)
    .option(`--runtime-extension <${form}...>`, "runtime extension providers", collectList)
    .option(`--addon <${form}...>`, "add-on providers", collectList);

/** What the flags name, in the order in which providers are installed. */
export const chosenProviders = (flags: ProviderFlags): readonly { readonly type: ProviderType; readonly text: string }[] => {
  const byType: { readonly [T in ProviderType]: readonly string[] } = {
    CoreProvider: flags.core === undefined || flags.core === "" ? [] : [flags.core],
    BootstrapProvider: flags.bootstrap ?? [],
    ControlPlaneProvider: flags.controlPlane ?? [],
    InfrastructureProvider: flags.infrastructure ?? [],
    IPAMProvider: flags.ipam ?? [],
    RuntimeExtensionProvider: flags.runtimeExtension ?? [],
    AddonProvider: flags.addon ?? [],
  };
  return providerTypes.flatMap((type) => byType[type].map((text) => ({ type, text })));
};

export const toolsFor = (client: Client, settings: Settings): InstallTools => ({ client, log: createLog(settings), sleep });

/** A provider's manifest out of its repository. No version: what the repository says. */
export const fetchComponents = async (
  wanted: { readonly name: string; readonly type: ProviderType; readonly version?: string; readonly namespace?: string },
  settings: Settings,
  { raw = false } = {},
): Promise<Components> => {
  const provider = getProvider(settings.providers, wanted.name, wanted.type);
  const repository = openRepository(provider, settings);
  const version = wanted.version ?? (await repository.defaultVersion());
  const text = await repository.file(version, repository.componentsFile);
  if (text === undefined) throw new Problem(`There is no ${repository.place(version, repository.componentsFile)}.`);
  return readComponents(text, {
    provider,
    version,
    variables: settings.variables,
    images: settings.config("images"),
    raw,
    ...(wanted.namespace === undefined ? {} : { targetNamespace: wanted.namespace }),
  });
};

export const repositoryOf = ({ name, type }: Pick<Installed, "name" | "type">, settings: Settings): Repository =>
  openRepository(getProvider(settings.providers, name, type), settings);

/** The contract that a version keeps, by its own metadata. */
export const contractOfVersion = async (
  provider: Pick<Installed, "name" | "type">,
  version: string,
  settings: Settings,
): Promise<string | undefined> => {
  const metadata = await repositoryOf(provider, settings).file(version, "metadata.yaml");
  const parsed = parseVersion(version);
  if (metadata === undefined || parsed === undefined) return undefined;
  return seriesOf(parsed, releaseSeries(load(metadata)))?.contract;
};

export const candidateOf = async (
  { provider, version, namespace, objects }: Components,
  settings: Settings,
): Promise<Candidate> => ({
  name: provider.name,
  type: provider.type,
  version,
  namespace,
  contract: await contractOfVersion(provider, version, settings),
  objects,
});

/** A Slipway is its providers: they come, go and are upgraded with the program. */
export const findBuiltIn = async (client: Client): Promise<readonly Installed[]> =>
  (await listInstalled(client)).filter(({ builtIn }) => builtIn);

export const builtInText = (builtIn: readonly Installed[]): string =>
  [
    "This management cluster is a Slipway: its providers are part of the program that serves it.",
    ...builtIn.map(
      ({ name, type, version, namespace }) => `  ${manifestLabel(name, type).padEnd(26)}${version.padEnd(10)}${namespace}`,
    ),
  ].join("\n");

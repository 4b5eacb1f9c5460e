import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { listProviders, type ProviderConfig } from "@slipway/clusterctl/config/providers.ts";
import { fields } from "@slipway/clusterctl/object/fields.ts";
import type { Variables } from "@slipway/clusterctl/template/variables.ts";
import { load } from "js-yaml";
import { CommandError } from "../process/exit.ts";

/** What every command of clusterctl is told by its global options, the environment and the configuration file. */
export interface Settings {
  /** Values for templates: the environment first, then the configuration (CTL-016). */
  readonly variables: Variables;
  /** A key of the configuration file that is no variable: `images`, `cert-manager`. */
  readonly config: (key: string) => unknown;
  readonly providers: readonly ProviderConfig[];
  /** Where overrides are looked for when the configuration does not say. */
  readonly folder: string;
  readonly verbosity: number;
}

export interface GlobalOptions {
  readonly config?: string;
  readonly v?: string;
}

const downloadPatienceMilliseconds = 30_000;
const extensions = ["yaml", "yml", "json"] as const;

/** @throws CommandError for a file that is not there or cannot be read, or a verbosity that is no number */
export const loadSettings = async (options: GlobalOptions, environment: NodeJS.ProcessEnv = process.env): Promise<Settings> => {
  const { file, text } = await configuration(options.config, environment);
  const values = new Map(Object.entries(parsed(text, file ?? "")).map(([key, value]) => [variableName(key), value]));
  const config = (key: string) => values.get(variableName(key));
  const variables: Variables = (name) => {
    const given = environment[variableName(name)];
    if (given !== undefined) return given;
    const value = config(name);
    return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
  };
  return {
    variables,
    config,
    providers: listProviders(config("providers"), (name) => environment[name]),
    folder: file === undefined || isUrl(file) ? folders(environment)[0] : dirname(file),
    verbosity: verbosityOf(options.v, variables),
  };
};

/** `a-key` and `A_KEY` are one variable. */
const variableName = (key: string): string => key.toUpperCase().replaceAll("-", "_");

const verbosityOf = (option: string | undefined, variables: Variables): number => {
  if (option !== undefined && option !== "0") {
    if (!/^\d+$/.test(option)) throw new CommandError(`-v ${option}: give a number, 0 to 10.`);
    return Number(option);
  }
  const level = variables("CLUSTERCTL_LOG_LEVEL") ?? "";
  if (level !== "" && !/^-?\d+$/.test(level))
    throw new CommandError(`Failed to convert CLUSTERCTL_LOG_LEVEL string to an int: "${level}" is no number.`);
  return Number(level);
};

const isUrl = (place: string): boolean => /^https?:\/\//.test(place);

/** The configuration's folder now, and the one it had before (CTL-015). */
const folders = (environment: NodeJS.ProcessEnv): readonly [string, string] => {
  const home = environment["HOME"] ?? homedir();
  return [join(environment["XDG_CONFIG_HOME"] || join(home, ".config"), "cluster-api"), join(home, ".cluster-api")];
};

export const overridesFolders = (settings: Settings, environment: NodeJS.ProcessEnv = process.env): readonly string[] => {
  const configured = settings.config("overridesFolder");
  if (typeof configured === "string" && configured !== "") return [configured];
  return [join(settings.folder, "overrides"), join(folders(environment)[1], "overrides")];
};

interface Found {
  readonly file: string | undefined;
  readonly text: string;
}

const configuration = async (option: string | undefined, environment: NodeJS.ProcessEnv): Promise<Found> => {
  if (option !== undefined && isUrl(option)) return { file: option, text: await download(option) };
  if (option !== undefined) {
    if (!existsSync(option)) throw new CommandError(`There is no configuration at ${option}, which --config names.`);
    return { file: option, text: readText(option) };
  }
  const candidates = folders(environment).flatMap((folder) =>
    extensions.map((extension) => join(folder, `clusterctl.${extension}`)),
  );
  const file = candidates.find((candidate) => existsSync(candidate));
  return { file, text: file === undefined ? "" : readText(file) };
};

const download = async (url: string): Promise<string> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(downloadPatienceMilliseconds) }).catch((error: unknown) => {
    throw new CommandError(`The configuration ${url} cannot be fetched: ${error instanceof Error ? error.message : error}`);
  });
  if (!response.ok)
    throw new CommandError(`The configuration ${url} cannot be fetched: it was answered with ${response.status}.`);
  return response.text();
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
};

const parsed = (text: string, file: string): { readonly [key: string]: unknown } => {
  if (text.trim() === "") return {};
  try {
    return fields(load(text));
  } catch (error) {
    throw new CommandError(`${file} is not YAML: ${error instanceof Error ? error.message.split("\n", 1)[0] : error}`);
  }
};

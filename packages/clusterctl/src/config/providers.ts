import { fields } from "../object/fields.ts";
import { Problem } from "../problem.ts";
import { evaluate } from "../template/evaluate.ts";
import { parseTemplate } from "../template/parse.ts";
import { builtInProviders } from "./builtin.ts";
import { isProviderType, type ProviderType, providerTypes } from "./providertypes.ts";

/** Where a provider's manifests are. */
export interface ProviderConfig {
  readonly name: string;
  readonly type: ProviderType;
  readonly url: string;
}

/**
 * The built-in providers and the configuration's own, which replace those of the same name and type (CTL-019).
 * @param environment for variables in the configuration's URLs
 * @throws Problem for an entry that cannot be right
 */
export const listProviders = (
  configured: unknown,
  environment: (name: string) => string | undefined = () => undefined,
): readonly ProviderConfig[] => {
  const own = (Array.isArray(configured) ? configured : []).map((entry) => ownProvider(fields(entry), environment));
  const kept = builtInProviders.filter((known) => !own.some((provider) => isSame(provider, known)));
  const last = own.filter((provider, index) => !own.slice(index + 1).some((later) => isSame(provider, later)));
  return [...kept, ...last].sort(
    (a, b) => providerTypes.indexOf(a.type) - providerTypes.indexOf(b.type) || (a.name < b.name ? -1 : 1),
  );
};

/** @throws Problem when nobody has configured it */
export const getProvider = (providers: readonly ProviderConfig[], name: string, type: ProviderType): ProviderConfig => {
  const found = providers.find((provider) => isSame(provider, { name, type }));
  if (found === undefined)
    throw new Problem(
      `failed to get configuration for the ${type} with name ${name}. Please check the provider name and/or add configuration for new providers using the .clusterctl config file`,
    );
  return found;
};

const isSame = (a: Pick<ProviderConfig, "name" | "type">, b: Pick<ProviderConfig, "name" | "type">): boolean =>
  a.name === b.name && a.type === b.type;

const ownProvider = (
  entry: { readonly [name: string]: unknown },
  environment: (name: string) => string | undefined,
): ProviderConfig => {
  const name = String(entry["name"] ?? "");
  const type = entry["type"];
  const url = evaluate(parseTemplate(String(entry["url"] ?? "")), (variable) => environment(variable) ?? "");
  const wrong = faultOf(name, type, url);
  if (wrong !== undefined || !isProviderType(type))
    throw new Problem(
      `error validating configuration for the ${type} with name ${name}. Please fix the providers value in clusterctl configuration file: ${wrong}`,
    );
  return { name, type, url };
};

const faultOf = (name: string, type: unknown, url: string): string | undefined => {
  if (name === "") return "name value cannot be empty";
  if (name !== name.toLowerCase()) return `provider name ${name} must be in lower case`;
  if ((name === "cluster-api") !== (type === "CoreProvider"))
    return `name cluster-api must be used with the CoreProvider type (name: ${name}, type: ${type})`;
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name))
    return `invalid provider name: "${name}" is no DNS-1123 subdomain`;
  if (url === "") return "provider URL value cannot be empty";
  return isProviderType(type) ? undefined : `invalid provider type. Allowed values are [${providerTypes.join(", ")}]`;
};

/** `config repositories`: a table, or YAML with upstream's capitalised keys (CTL-020). */
export const repositoriesTable = (providers: readonly ProviderConfig[]): string => {
  const rows = [["NAME", "TYPE", "URL", "FILE"], ...providers.map(({ name, type, url }) => [name, type, ...splitUrl(url)])];
  const widths = [0, 1, 2].map((column) => Math.max(7, ...rows.map((row) => row[column]?.length ?? 0)) + 3);
  return `${rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("")).join("\n")}\n`;
};

export const repositoriesYaml = (providers: readonly ProviderConfig[]): readonly object[] =>
  providers.map(({ name, type, url }) => {
    const [directory, file] = splitUrl(url);
    return { File: file, Name: name, ProviderType: type, URL: directory };
  });

export const splitUrl = (url: string): readonly [directory: string, file: string] => {
  const slash = url.lastIndexOf("/") + 1;
  return [url.slice(0, slash), url.slice(slash)];
};

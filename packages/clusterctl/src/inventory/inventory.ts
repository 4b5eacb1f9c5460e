import { type Client, ClusterctlProvider, isNotFound } from "@slipway/api";
import type { ProviderType } from "../config/providertypes.ts";
import { crdResource } from "../move/types.ts";
import { fieldAt } from "../object/fields.ts";
import { Problem } from "../problem.ts";

/** A provider that is installed. */
export interface Installed {
  readonly label: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: ProviderType;
  readonly version: string;
  /** It is part of the program that serves this API: nobody installs, upgrades or deletes it with clusterctl. */
  readonly builtIn: boolean;
}

/** On inventory objects of an embedded Slipway. */
export const builtInLabel = "slipway.dev/built-in";

/** Empty when the inventory's kind is not there: then nothing was installed with clusterctl. */
export const listInstalled = async (client: Client): Promise<readonly Installed[]> => {
  try {
    const { items } = await client.list(ClusterctlProvider);
    return items
      .map(({ metadata, providerName, type, version }) => ({
        label: metadata.name,
        namespace: metadata.namespace ?? "",
        name: providerName ?? "",
        type: (type ?? "") as ProviderType,
        version: version ?? "",
        builtIn: metadata.labels?.[builtInLabel] !== undefined,
      }))
      .sort((a, b) => (a.label < b.label ? -1 : 1));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
};

const only = <T>(values: readonly T[]): T | undefined => {
  const distinct = [...new Set(values)];
  return distinct.length === 1 ? distinct[0] : undefined;
};

/** The one provider of a type; undefined when there is none or a choice (CTL-041). */
export const defaultProviderName = (installed: readonly Installed[], type: ProviderType): string | undefined =>
  only(installed.filter((provider) => provider.type === type).map(({ name }) => name));

const ofProvider = (installed: readonly Installed[], name: string, type: ProviderType) =>
  installed.filter((provider) => provider.type === type && provider.name === name);

export const installedVersion = (installed: readonly Installed[], name: string, type: ProviderType): string | undefined =>
  only(ofProvider(installed, name, type).map(({ version }) => version));

/** @throws Problem when a provider is there twice: upgrading one would break the other (CTL-042) */
export const requireSingleInstances = (installed: readonly Installed[]): void => {
  const twice = installed.filter(({ label }) => installed.filter((other) => other.label === label).length > 1);
  if (twice.length === 0) return;
  const names = twice.map(({ namespace, label }) => `${namespace}/${label}`).join(", ");
  throw new Problem(`detected multiple instances of the same provider: ${names}. Only one instance of each may be installed.`);
};

/** The contract of the Cluster API that is installed; undefined when there is none. */
export const contractOf = async (client: Client): Promise<string | undefined> => {
  try {
    const crd = await client.get(crdResource, { name: "clusters.cluster.x-k8s.io" });
    const versions = fieldAt(crd, "spec", "versions");
    const stored = (Array.isArray(versions) ? versions : []).find((version) => fieldAt(version, "storage") === true);
    return String(fieldAt(stored, "name"));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

/** @throws Problem for a management cluster of another contract, or without any unless `optional` (CTL-014) */
export const checkContract = async (client: Client, { optional = false } = {}): Promise<void> => {
  const contract = await contractOf(client);
  if (contract === undefined && optional) return;
  if (contract === undefined)
    throw new Problem("this is no management cluster: it has no CRD clusters.cluster.x-k8s.io. Run clusterctl init first.");
  if (contract !== "v1beta1")
    throw new Problem(`this version of clusterctl could be used only with "v1beta1" management clusters, "${contract}" detected`);
};

import { type Client, isNotFound, type Resource, refKey, refOf, type UnstructuredObject } from "@slipway/api";
import { clusterctlLabel, providerLabel } from "../components/components.ts";
import type { Installed } from "../inventory/inventory.ts";
import { moveTypes } from "../move/types.ts";
import { resourceOf } from "../object/resource.ts";
import { Problem } from "../problem.ts";
import { withRetries, writeBackoff } from "../retry.ts";
import type { InstallTools } from "./apply.ts";

/** The kinds that providers' manifests are made of; their own kinds are never among them. */
const kinds: readonly (readonly [apiVersion: string, kind: string])[] = [
  ["apps/v1", "Deployment"],
  ["apps/v1", "DaemonSet"],
  ["apps/v1", "StatefulSet"],
  ["batch/v1", "Job"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["rbac.authorization.k8s.io/v1", "Role"],
  ["rbac.authorization.k8s.io/v1", "RoleBinding"],
  ["rbac.authorization.k8s.io/v1", "ClusterRole"],
  ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding"],
  ["admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"],
  ["admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"],
  ["cert-manager.io/v1", "Certificate"],
  ["cert-manager.io/v1", "Issuer"],
  ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
  ["v1", "Namespace"],
  ["clusterctl.cluster.x-k8s.io/v1alpha3", "Provider"],
];

export interface RemoveOptions {
  readonly includeNamespace: boolean;
  readonly includeCrds: boolean;
  /** Keep the inventory's word of it: an upgrade writes it anew. */
  readonly keepInventory?: boolean;
}

const selectorOf = (label: string): string => `${clusterctlLabel},${providerLabel}=${label}`;

/** @throws Problem naming the CRDs of the provider that still have objects anywhere (CTL-068) */
export const requireNoObjects = async (client: Client, { label }: Installed): Promise<void> => {
  const crds = await list(client, "apiextensions.k8s.io/v1", "CustomResourceDefinition", label);
  const used: string[] = [];
  for (const { resource } of moveTypes(crds).filter(({ resource }) => resource.group !== "")) {
    const { items } = await client.list(resource, { limit: 1 });
    if (items.length > 0) used.push(resource.kind);
  }
  if (used.length > 0)
    throw new Problem(
      `found existing objects for provider CRDs "${label}": [${used.join(", ")}]. Please delete these objects first before running clusterctl delete with --include-crd`,
    );
};

/** Deletes a provider's objects; what is gone already is fine, other failures are told at the end (CTL-067…071). */
export const removeProvider = async (
  provider: Installed,
  options: RemoveOptions,
  { client, log, sleep }: InstallTools,
): Promise<void> => {
  log(`Deleting provider="${provider.label}" version="${provider.version}" namespace="${provider.namespace}"`);
  const failures: string[] = [];
  for (const [apiVersion, kind] of kinds) {
    for (const object of await list(client, apiVersion, kind, provider.label)) {
      if (!isToDelete(object, provider, options)) continue;
      const resource = resourceOf({ apiVersion, kind }) as Resource<UnstructuredObject>;
      log(`Deleting ${kind} ${refKey(refOf(object))}`, 5);
      try {
        await withRetries(() => client.delete(resource, refOf(object)), { backoff: writeBackoff, sleep });
      } catch (error) {
        if (!isNotFound(error))
          failures.push(`${kind} ${refKey(refOf(object))}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  if (failures.length > 0) throw new Problem(`Error deleting ${failures.join("; ")}`);
};

/** Whether an object of a provider goes. Pure. */
export const isToDelete = (
  { kind, metadata }: Pick<UnstructuredObject, "kind" | "metadata">,
  { namespace }: Pick<Installed, "namespace">,
  { includeNamespace, includeCrds, keepInventory = false }: RemoveOptions,
): boolean => {
  if (kind === "CustomResourceDefinition") return includeCrds;
  if (kind === "Namespace") return includeNamespace && metadata.name === namespace;
  if (kind === "Provider") return !keepInventory && metadata.namespace === namespace;
  // What is in a namespace that goes, goes with it.
  if (metadata.namespace !== undefined) return metadata.namespace === namespace && !includeNamespace;
  if (kind === "MutatingWebhookConfiguration" || kind === "ValidatingWebhookConfiguration") return true;
  return metadata.name?.startsWith(`${namespace}-`) ?? false;
};

const list = async (client: Client, apiVersion: string, kind: string, label: string): Promise<readonly UnstructuredObject[]> => {
  const resource = resourceOf({ apiVersion, kind });
  if (resource === undefined) return [];
  try {
    const { items } = await client.list(resource, { labelSelector: selectorOf(label) });
    return items.map((object) => ({ ...object, apiVersion, kind }));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
};

import type { ClusterctlProvider, UnstructuredObject } from "@slipway/api";
import type { ProviderConfig } from "../config/providers.ts";
import { manifestLabel } from "../config/providertypes.ts";
import { Problem } from "../problem.ts";
import { substituteVariables, type Variables, variablesOf } from "../template/variables.ts";
import { readObjects } from "../template/yaml.ts";
import { imagesOf, overrideImage, withImages } from "./images.ts";
import { moveToNamespace, namespaceOf } from "./namespace.ts";

type Provider = typeof ClusterctlProvider extends { readonly __object?: infer T } ? NonNullable<T> : never;

/** A provider's manifest, ready to be applied. */
export interface Components {
  readonly provider: Pick<ProviderConfig, "name" | "type">;
  readonly version: string;
  readonly namespace: string;
  readonly variables: readonly string[];
  readonly images: readonly string[];
  readonly objects: readonly UnstructuredObject[];
}

export const clusterctlLabel = "clusterctl.cluster.x-k8s.io";
export const coreLabel = "clusterctl.cluster.x-k8s.io/core";
export const providerLabel = "cluster.x-k8s.io/provider";

/**
 * From a manifest's text to its objects: variables, images, namespace, labels, order (CTL-032…036).
 * @throws Problem for a manifest without a namespace, or with two
 */
export const readComponents = (
  yaml: string,
  {
    provider,
    version,
    variables,
    images,
    targetNamespace,
    raw = false,
  }: {
    readonly provider: Pick<ProviderConfig, "name" | "type">;
    readonly version: string;
    readonly variables: Variables;
    /** The configuration's `images`. */
    readonly images?: unknown;
    readonly targetNamespace?: string;
    /** Leave variables alone: the text must be YAML as it is. */
    readonly raw?: boolean;
  },
): Components => {
  const label = manifestLabel(provider.name, provider.type);
  const text = raw ? yaml : substituteVariables(yaml, variables);
  const read = readObjects(text, `the components of ${label}`).map((object) =>
    withImages(object, (image) => overrideImage(image, label, images)),
  );
  const namespace = targetNamespace ?? namespaceOf(read);
  namespaceOf(read);
  if (namespace === undefined || namespace === "")
    throw new Problem("target namespace can't be defaulted. Please specify a target namespace");
  const objects = moveToNamespace(read, namespace).map((object) => labelled(object, label));
  return {
    provider,
    version,
    namespace,
    variables: variablesOf(yaml).map(({ name }) => name),
    images: imagesOf(read),
    objects: inOrder(objects),
  };
};

const labelled = (object: UnstructuredObject, label: string): UnstructuredObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, [clusterctlLabel]: "", [providerLabel]: label } },
});

/** Namespaces, then certificates, so that their authority reaches webhooks and CRDs in time; then as they were. */
const inOrder = (objects: readonly UnstructuredObject[]): readonly UnstructuredObject[] => {
  const rank = ({ kind, apiVersion }: UnstructuredObject) =>
    kind === "Namespace" ? 0 : apiVersion.startsWith("cert-manager.io/") ? 1 : 2;
  return [...objects].sort((a, b) => rank(a) - rank(b));
};

/** How a management cluster remembers that a provider is installed (CTL-038). */
export const inventoryObject = ({
  provider,
  version,
  namespace,
}: Pick<Components, "provider" | "version" | "namespace">): Provider => {
  const label = manifestLabel(provider.name, provider.type);
  return {
    apiVersion: "clusterctl.cluster.x-k8s.io/v1alpha3",
    kind: "Provider",
    metadata: {
      name: label,
      namespace,
      labels: { [clusterctlLabel]: "", [coreLabel]: "inventory", [providerLabel]: label },
    },
    providerName: provider.name,
    type: provider.type,
    version,
  };
};

/** `generate provider --describe` (CTL-084). @param url of the file @returns lines, with an empty one at the end */
export const describeComponents = ({ provider, version, namespace, variables, images }: Components, place: string): string => {
  const slash = place.lastIndexOf("/");
  const list = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`${title}:`, ...items.map((item) => `  - ${item}`)];
  return [
    `Name:               ${provider.name}`,
    `Type:               ${provider.type}`,
    `URL:                ${place.slice(0, slash + 1)}`,
    `Version:            ${version}`,
    `File:               ${place.slice(slash + 1)}`,
    `TargetNamespace:    ${namespace}`,
    ...list("Variables", variables),
    ...list("Images", images),
    "",
    "",
  ].join("\n");
};

import {
  CustomResourceDefinition,
  customKinds,
  type Kind,
  labels,
  type ObjectReference,
  parseApiVersion,
  type Resource,
  type UnstructuredObject,
} from "@slipway/api";
import { type Caches, plural } from "@slipway/runtime";

/**
 * Which version of a provider's kind keeps the contract we speak: its CRD says so in a label. The newest is taken, whatever the
 * reference said, so that a provider can be upgraded under running clusters. CORE-094…098
 */
export const resolveReference = async (caches: Caches, reference: ObjectReference): Promise<Resource<UnstructuredObject>> => {
  const { kind = "" } = reference;
  const { group } = parseApiVersion(reference.apiVersion ?? "");
  const name = `${plural(kind.toLowerCase())}.${group}`;
  await caches.synced(CustomResourceDefinition);
  const crd = caches.find(CustomResourceDefinition, { name });
  if (crd) {
    const version = newestVersion(crd.metadata.labels?.[labels.contractVersion], name);
    return { group, version, kind, plural: crd.spec.names.plural, scope: crd.spec.scope };
  }
  const ours = customKinds.find((known) => known.group === group && known.kind === kind);
  // Not "not found": what is missing is the kind, not the object.
  if (!ours)
    throw new Error(`the CRD ${name} of ${kind} "${reference.name ?? ""}" does not exist: install the provider that brings it`);
  return ofOurs(ours, name);
};

/** An API of our own serves these kinds without keeping CRD objects for them; the declaration is what the CRD is made from. */
const ofOurs = (kind: Kind, name: string): Resource<UnstructuredObject> => ({
  group: kind.group,
  version: newestVersion(kind.crdLabels?.[labels.contractVersion], name),
  kind: kind.kind,
  plural: kind.plural,
  scope: kind.scope,
});

const newestVersion = (label: string | undefined, crd: string): string => {
  const [newest] = (label ?? "").split("_").filter(Boolean).toSorted(byPriority);
  if (newest !== undefined) return newest;
  throw new Error(`the CRD ${crd} does not say which of its versions keeps contract ${labels.contractVersion}: label it so`);
};

/** Newest first: v2, v1, v1beta2, v1beta1, v1alpha1. */
const byPriority = (left: string, right: string): number => {
  const [a, b] = [rankOf(left), rankOf(right)];
  return b.stability - a.stability || b.major - a.major || b.minor - a.minor || (left < right ? -1 : 1);
};

const rankOf = (version: string): { stability: number; major: number; minor: number } => {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return { stability: -1, major: 0, minor: 0 };
  const stability = match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0;
  return { stability, major: Number(match[1]), minor: Number(match[3] ?? 0) };
};

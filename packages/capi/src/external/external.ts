import {
  apiVersionOf,
  type KubeObject,
  labels,
  type ObjectReference,
  type OwnerReference,
  parseApiVersion,
  type Resource,
  refOf,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import {
  type Caches,
  controllerOf,
  hasPausedAnnotation,
  type Index,
  type KubeEffect,
  type ReconcileContext,
  sameJson,
  toRef,
  type Watch,
  withOwner,
} from "@slipway/runtime";
import { resolveReference } from "./reference.ts";

/** A provider's object that one of ours refers to, and what we know of it. */
export interface External {
  readonly reference: ObjectReference;
  readonly resource: Resource<UnstructuredObject>;
  /** Undefined: it does not exist (yet, or any more). */
  readonly object: Stored<UnstructuredObject> | undefined;
}

/** Finds our objects by those they refer to, so that a provider's object wakes its referrers even before it is owned. */
export const referenceIndex = <T extends KubeObject>(
  resource: Resource<T>,
  references: (object: Stored<T>) => readonly (ObjectReference | undefined)[],
): Index<T> => ({
  resource,
  name: byReference,
  keys: (object) =>
    references(object).flatMap((reference) =>
      reference === undefined
        ? []
        : [keyOf(parseApiVersion(reference.apiVersion ?? "").group, reference.kind, object.metadata.namespace, reference.name)],
    ),
});
const byReference = "spec.externalReferences";
const keyOf = (group: string, kind = "", namespace = "", name = ""): string => `${kind}.${group}/${namespace}/${name}`;

/** Reads what is referred to, from a cache that is started at the first need. `controller` is woken by its changes. CORE-099 */
export const readExternal = async (
  context: Pick<ReconcileContext, "caches">,
  reference: ObjectReference,
  referrer: { readonly resource: Resource; readonly namespace: string | undefined; readonly controller: string },
): Promise<External> => {
  const resource = await resolveReference(context.caches, reference);
  await context.caches.ensure(wakesReferrers(resource, referrer.resource), referrer.controller);
  const { namespace } = referrer;
  const ref = { ...(namespace === undefined ? {} : { namespace }), name: reference.name ?? "" };
  return { reference, resource, object: context.caches.find(resource, ref) };
};

const wakesReferrers = (resource: Resource<UnstructuredObject>, referrers: Resource): Watch => ({
  resource,
  map: ({ metadata }, caches: Caches) =>
    caches.byIndex(referrers, byReference, keyOf(resource.group, resource.kind, metadata.namespace, metadata.name)).map(toRef),
  // CORE-092
  changed: (object) => !hasPausedAnnotation(object),
});

/** The reference with the version that keeps our contract; the same one when it says so already. CORE-095 */
export const byContract = ({ reference, resource }: External): ObjectReference => {
  const apiVersion = apiVersionOf(resource);
  return reference.apiVersion === apiVersion ? reference : { ...reference, apiVersion };
};

/**
 * The write that makes `owner` the controller and names the cluster on it; undefined when it is so already.
 * @throws when somebody else controls it
 */
export const adoption = (
  external: External,
  owner: OwnerReference,
  clusterName: string,
  /** References that end with the adoption: who created the object for us. */
  released: (reference: OwnerReference) => boolean = () => false,
): KubeEffect | undefined => {
  const { object, resource } = external;
  if (!object) return undefined;
  const current = controllerOf(object);
  const kept = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid === owner.uid || !released(reference));
  const others = kept.filter((reference) => reference.uid !== owner.uid && reference.controller === true);
  if (current && others.length > 0) {
    throw new Error(
      `${resource.kind} ${object.metadata.name} is controlled by ${current.kind} ${current.name}: ${owner.kind} ${owner.name} cannot have it too`,
    );
  }
  const ownerReferences = withOwner(kept, owner);
  const named = object.metadata.labels?.[labels.clusterName] === clusterName;
  if (named && sameJson(ownerReferences, object.metadata.ownerReferences ?? [])) return undefined;
  const metadata = {
    ownerReferences,
    ...(named ? {} : { labels: { [labels.clusterName]: clusterName } }),
    resourceVersion: object.metadata.resourceVersion, // the list is replaced as a whole
  };
  return { call: "patch", resource, ref: refOf(object), patch: { type: "merge", body: { metadata } } };
};

/** `infrastructure.cluster.x-k8s.io/v1beta1, Kind=OpenStackCluster` */
export const describeKind = ({ resource }: External): string => `${apiVersionOf(resource)}, Kind=${resource.kind}`;

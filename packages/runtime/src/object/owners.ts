import { apiVersionOf, type KubeObject, type OwnerReference, parseApiVersion, type Resource, type Stored } from "@slipway/api";

type KindName = Pick<Resource, "group" | "kind">;

/** A controller reference: this one is responsible, and is not deleted in the foreground before the dependent. */
export const controllerRef = <T extends KubeObject>(
  owner: Stored<T>,
  resource: Pick<Resource, "group" | "version" | "kind">,
): OwnerReference => ({
  ...ownerRef(owner, resource),
  controller: true,
  blockOwnerDeletion: true,
});

export const ownerRef = <T extends KubeObject>(
  owner: Stored<T>,
  resource: Pick<Resource, "group" | "version" | "kind">,
): OwnerReference => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
});

const isOf = (reference: OwnerReference, kind: KindName): boolean =>
  reference.kind === kind.kind && parseApiVersion(reference.apiVersion).group === kind.group;

/** The one reference with `controller: true`, of that kind if one is given. */
export const controllerOf = (object: KubeObject, kind?: KindName): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((reference) => reference.controller === true && (!kind || isOf(reference, kind)));

/** The first reference to a kind, controller or not; the version does not matter. */
export const ownerOf = (object: KubeObject, kind: KindName): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((reference) => isOf(reference, kind));

export const isOwnedBy = (object: KubeObject, owner: { readonly metadata: { readonly uid?: string } }): boolean =>
  object.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid) ?? false;

export const isControlledBy = (object: KubeObject, owner: { readonly metadata: { readonly uid?: string } }): boolean =>
  controllerOf(object)?.uid === owner.metadata.uid;

/** Adds the reference or replaces the one to the same object (group, kind and name); the same array when nothing changes. */
export const withOwner = (references: readonly OwnerReference[] = [], added: OwnerReference): readonly OwnerReference[] => {
  const { group } = parseApiVersion(added.apiVersion);
  const at = references.findIndex((known) => isOf(known, { group, kind: added.kind }) && known.name === added.name);
  const known = references[at];
  if (known === undefined) return [...references, added];
  const same =
    known.apiVersion === added.apiVersion &&
    known.uid === added.uid &&
    known.controller === added.controller &&
    known.blockOwnerDeletion === added.blockOwnerDeletion;
  return same ? references : references.with(at, added);
};

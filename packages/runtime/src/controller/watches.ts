import { type KubeObject, type ObjectRef, parseApiVersion, type Resource, type Stored } from "@slipway/api";
import type { Caches, Watch } from "./controller.ts";

type KindName = Pick<Resource, "group" | "kind">;

/** Objects of `dependents` wake the `owner` kind's object that controls them. */
export const controlled = (dependents: Resource, owner: KindName): Watch => ({
  resource: dependents,
  map: (object) => refsTo(object, owner, (reference) => reference.controller === true),
});

/** Objects of `dependents` wake every object of the `owner` kind that they name as an owner. */
export const owned = (dependents: Resource, owner: KindName): Watch => ({
  resource: dependents,
  map: (object) => refsTo(object, owner, () => true),
});

/** Objects of `owners` wake those of `dependents` that name them as an owner: `owner(Machine, OpenStackMachine)`. */
export const owner = (owners: Resource, dependents: Resource): Watch => ({
  resource: owners,
  map: (object, caches) => caches.ownedBy(dependents, object.metadata.uid).map(toRef),
});

/** Whatever `map` says. */
export const mapped = <S extends KubeObject>(
  resource: Resource<S>,
  map: (object: Stored<S>, caches: Caches) => readonly ObjectRef[],
  changed?: (object: Stored<S>, old: Stored<S> | undefined) => boolean,
): Watch<S> => (changed ? { resource, map, changed } : { resource, map });

export const toRef = ({ metadata }: KubeObject): ObjectRef =>
  metadata.namespace === undefined ? { name: metadata.name ?? "" } : { namespace: metadata.namespace, name: metadata.name ?? "" };

const refsTo = (
  object: KubeObject,
  { group, kind }: KindName,
  accepts: (reference: { controller?: boolean }) => boolean,
): readonly ObjectRef[] =>
  (object.metadata.ownerReferences ?? [])
    .filter((reference) => reference.kind === kind && parseApiVersion(reference.apiVersion).group === group && accepts(reference))
    .map(({ name }) => (object.metadata.namespace === undefined ? { name } : { namespace: object.metadata.namespace, name }));

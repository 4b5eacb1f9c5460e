import {
  ApiError,
  type Client,
  Cluster,
  ClusterResourceSetBinding,
  isNotFound,
  type KubeObject,
  Machine,
  MachineDeployment,
  MachinePool,
  MachineSet,
  MagnumCluster,
  type ObjectRef,
  type Resource,
  type UnstructuredObject,
} from "@slipway/api";
import { fieldAt } from "../object/fields.ts";
import { findReferenced, type Reference, resourceOf } from "../object/resource.ts";

/** Everything that `describe cluster` shows, read once. */
export interface ClusterObjects {
  readonly cluster: UnstructuredObject;
  readonly infrastructure: UnstructuredObject;
  /** Absent when it cannot be read (CTL-104). */
  readonly controlPlane: UnstructuredObject | undefined;
  readonly machineDeployments: readonly UnstructuredObject[];
  readonly machineSets: readonly UnstructuredObject[];
  readonly machinePools: readonly UnstructuredObject[];
  readonly machines: readonly UnstructuredObject[];
  /** Infrastructure and bootstrap objects of machines and machine pools, by `Kind/name`. */
  readonly related: ReadonlyMap<string, UnstructuredObject>;
  readonly resourceSetBinding?: UnstructuredObject;
}

const clusterNameLabel = "cluster.x-k8s.io/cluster-name";

/**
 * Reads a cluster's objects: a list a kind, since a get a machine would be hundreds of requests.
 * @throws ApiError NotFound for the Cluster or its infrastructure object
 */
export const collect = async (client: Client, wanted: ObjectRef): Promise<ClusterObjects> => {
  const ref = await findCluster(client, wanted);
  const cluster = unstructured(await client.get(Cluster, ref));
  const infrastructure = await infrastructureOf(client, cluster, ref);
  const controlPlane = await findReferenced(client, referenceAt(cluster, "spec", "controlPlaneRef"), ref).catch(() => undefined);
  const [machineDeployments, machineSets, machinePools, machines] = await Promise.all([
    labelled(client, MachineDeployment, ref),
    labelled(client, MachineSet, ref),
    labelled(client, MachinePool, ref),
    labelled(client, Machine, ref),
  ]);
  const references = [
    ...machines.flatMap((machine) => [infrastructureRefOf(machine), bootstrapRefOf(machine)]),
    ...machinePools.flatMap((pool) => [poolInfrastructureRefOf(pool), poolBootstrapRefOf(pool)]),
  ];
  const related = await relatedObjects(client, references, ref);
  const binding = await client.get(ClusterResourceSetBinding, ref).catch(() => undefined);
  return {
    cluster,
    infrastructure,
    controlPlane,
    machineDeployments,
    machineSets,
    machinePools,
    machines,
    related,
    ...(binding === undefined ? {} : { resourceSetBinding: unstructured(binding) }),
  };
};

/**
 * The Cluster that a name means: its own, else that of the one Magnum cluster which its tenant calls so. Magnum allows two of one name,
 * so an ambiguous one is refused with both.
 */
export const findCluster = async (client: Client, ref: ObjectRef): Promise<ObjectRef> => {
  const found = await client.get(Cluster, ref).catch((error: unknown) => {
    if (isNotFound(error)) return error;
    throw error;
  });
  if (!(found instanceof ApiError)) return ref;
  const records = await client
    .list(MagnumCluster, ref.namespace === undefined ? {} : { namespace: ref.namespace })
    .catch(() => undefined);
  const named = (records?.items ?? []).filter(({ spec }) => spec.name === ref.name).map(({ metadata }) => metadata.name);
  if (named.length > 1)
    throw new ApiError(
      "Conflict",
      `${named.length} Magnum clusters are called "${ref.name}": name one of the Clusters ${named.join(", ")}`,
    );
  if (named[0] === undefined) throw found;
  return { ...ref, name: named[0] };
};

export const infrastructureRefOf = (machine: UnstructuredObject): Reference | undefined =>
  referenceAt(machine, "spec", "infrastructureRef");
export const bootstrapRefOf = (machine: UnstructuredObject): Reference | undefined =>
  referenceAt(machine, "spec", "bootstrap", "configRef");
export const poolInfrastructureRefOf = (pool: UnstructuredObject): Reference | undefined =>
  referenceAt(pool, "spec", "template", "spec", "infrastructureRef");
export const poolBootstrapRefOf = (pool: UnstructuredObject): Reference | undefined =>
  referenceAt(pool, "spec", "template", "spec", "bootstrap", "configRef");

export const referenceAt = (object: UnstructuredObject, ...path: readonly string[]): Reference | undefined =>
  fieldAt(object, ...path) as Reference | undefined;

const unstructured = (object: KubeObject): UnstructuredObject => object as UnstructuredObject;

const infrastructureOf = async (client: Client, cluster: UnstructuredObject, ref: ObjectRef): Promise<UnstructuredObject> => {
  const reference = referenceAt(cluster, "spec", "infrastructureRef");
  const found = await findReferenced(client, reference, ref);
  if (found !== undefined) return found;
  const where = `Cluster ${ref.namespace}/${ref.name}`;
  throw new ApiError(
    "NotFound",
    reference === undefined
      ? `${where} has no infrastructureRef: there is nothing to describe yet`
      : `The infrastructure of ${where}, ${reference.kind} "${reference.name}", is not there`,
  );
};

const labelled = async (client: Client, resource: Resource, ref: ObjectRef): Promise<readonly UnstructuredObject[]> => {
  const list = await client.list(resource, {
    ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
    labelSelector: `${clusterNameLabel}=${ref.name}`,
  });
  return list.items.map(unstructured);
};

/** What cannot be read is left out: the machine is shown without it. */
const relatedObjects = async (
  client: Client,
  references: readonly (Reference | undefined)[],
  ref: ObjectRef,
): Promise<ReadonlyMap<string, UnstructuredObject>> => {
  const kinds = new Map<string, Resource>();
  for (const reference of references) {
    const resource = reference === undefined ? undefined : resourceOf(reference);
    if (resource !== undefined) kinds.set(`${resource.group}/${resource.kind}`, resource);
  }
  const related = new Map<string, UnstructuredObject>();
  for (const resource of kinds.values()) {
    for (const object of await labelled(client, resource, ref).catch(() => []))
      related.set(`${object.kind}/${object.metadata.name}`, object);
  }
  for (const reference of references) {
    if (reference === undefined || related.has(`${reference.kind}/${reference.name}`)) continue;
    const object = await findReferenced(client, reference, ref).catch(() => undefined);
    if (object !== undefined) related.set(`${object.kind}/${object.metadata.name}`, object);
  }
  return related;
};

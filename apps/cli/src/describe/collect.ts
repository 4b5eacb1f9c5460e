import {
  ApiError,
  type Client,
  Cluster,
  customKinds,
  isNotFound,
  type KubeObject,
  Machine,
  MachineDeployment,
  MachineSet,
  MagnumCluster,
  type ObjectRef,
  parseApiVersion,
  type Resource,
  type UnstructuredObject,
} from "@slipway/api";

/** Everything that `describe cluster` shows, read once. */
export interface ClusterObjects {
  readonly cluster: UnstructuredObject;
  readonly infrastructure: UnstructuredObject;
  /** Absent when it cannot be read: its machines are then not shown (CTL-104). */
  readonly controlPlane: UnstructuredObject | undefined;
  readonly machineDeployments: readonly UnstructuredObject[];
  readonly machineSets: readonly UnstructuredObject[];
  readonly machines: readonly UnstructuredObject[];
  /** Infrastructure and bootstrap objects of machines, and templates, by `Kind/name`. */
  readonly related: ReadonlyMap<string, UnstructuredObject>;
}

interface Reference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

const clusterNameLabel = "cluster.x-k8s.io/cluster-name";

/** @throws ApiError NotFound for the Cluster or its infrastructure object */
export const collect = async (client: Client, wanted: ObjectRef): Promise<ClusterObjects> => {
  const ref = await findCluster(client, wanted);
  const cluster = unstructured(await client.get(Cluster, ref));
  const spec = fields(cluster.spec);
  const infrastructure = await getReference(client, spec["infrastructureRef"] as Reference | undefined, ref);
  if (infrastructure === undefined)
    throw new Error(`Cluster ${ref.namespace}/${ref.name} has no infrastructureRef: there is nothing to describe yet`);
  const controlPlane = await getReference(client, spec["controlPlaneRef"] as Reference | undefined, ref).catch(() => undefined);
  const listOf = async (resource: Resource): Promise<readonly UnstructuredObject[]> => {
    const list = await client.list(resource, {
      ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
      labelSelector: `${clusterNameLabel}=${ref.name}`,
    });
    return list.items.map(unstructured);
  };
  const [machineDeployments, machineSets, machines] = await Promise.all([
    listOf(MachineDeployment),
    listOf(MachineSet),
    listOf(Machine),
  ]);
  const references = machines.flatMap((machine) => [infrastructureRefOf(machine), bootstrapRefOf(machine)]);
  const related = new Map<string, UnstructuredObject>();
  // A list a kind is one request; a get a machine would be hundreds.
  for (const resource of resourcesOf(references)) {
    for (const object of await listOf(resource)) related.set(`${object.kind}/${object.metadata.name}`, object);
  }
  return { cluster, infrastructure, controlPlane, machineDeployments, machineSets, machines, related };
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
  fields(machine.spec)["infrastructureRef"] as Reference | undefined;
export const bootstrapRefOf = (machine: UnstructuredObject): Reference | undefined =>
  fields(fields(machine.spec)["bootstrap"])["configRef"] as Reference | undefined;

const unstructured = (object: KubeObject): UnstructuredObject => object as UnstructuredObject;
export const fields = (value: unknown): { readonly [name: string]: unknown } =>
  value !== null && typeof value === "object" ? (value as { readonly [name: string]: unknown }) : {};

const getReference = async (
  client: Client,
  reference: Reference | undefined,
  near: ObjectRef,
): Promise<UnstructuredObject | undefined> => {
  const resource = reference === undefined ? undefined : resourceOf(reference);
  if (resource === undefined || reference?.name === undefined) return undefined;
  const namespace = reference.namespace ?? near.namespace;
  return unstructured(await client.get(resource, { ...(namespace === undefined ? {} : { namespace }), name: reference.name }));
};

const resourcesOf = (references: readonly (Reference | undefined)[]): readonly Resource[] => {
  const found = new Map<string, Resource>();
  for (const reference of references) {
    const resource = reference === undefined ? undefined : resourceOf(reference);
    if (resource !== undefined) found.set(`${resource.group}/${resource.kind}`, resource);
  }
  return [...found.values()];
};

/** Kinds of ours are known; others follow the rule that Cluster API itself relies on: the lower-case kind with an s. */
const resourceOf = (reference: Reference): Resource | undefined => {
  if (reference.apiVersion === undefined || reference.kind === undefined) return undefined;
  const { group, version } = parseApiVersion(reference.apiVersion);
  const known = customKinds.find((kind) => kind.group === group && kind.kind === reference.kind);
  return known ?? { group, version, kind: reference.kind, plural: `${reference.kind.toLowerCase()}s`, scope: "Namespaced" };
};

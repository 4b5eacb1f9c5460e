import {
  builtinKinds,
  type Client,
  CustomResourceDefinition,
  isAlreadyExists,
  isNotFound,
  parseApiVersion,
  type Resource,
  refKey,
  refOf,
  Service,
  type UnstructuredObject,
} from "@slipway/api";

/** What is done in the tenant's cluster. */

/** Its API server has made the Service that stands for itself: from then on it takes objects of all kinds. */
export const isServing = async (client: Client): Promise<boolean> => {
  try {
    await client.get(Service, { namespace: "default", name: "kubernetes" });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
};

export type Strategy = "ApplyOnce" | "Reconcile";

/** All of them, whatever becomes of the others. Answers what went wrong. */
export const applyObjects = async (
  client: Client,
  objects: readonly UnstructuredObject[],
  strategy: Strategy,
): Promise<readonly string[]> => {
  const failures: string[] = [];
  for (const object of objects) {
    try {
      const resource = await resourceOf(client, object);
      await (strategy === "ApplyOnce" ? createOnce(client, resource, object) : createOrMerge(client, resource, object));
    } catch (error) {
      const what = `${strategy === "ApplyOnce" ? "creating" : "applying"} object ${object.apiVersion}, Kind=${object.kind} ${refKey(refOf(object))}`;
      failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failures;
};

/** What is there already is somebody's: it stays as it is. */
const createOnce = async (client: Client, resource: Resource<UnstructuredObject>, object: UnstructuredObject): Promise<void> => {
  await client.create(resource, object).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
};

const createOrMerge = async (
  client: Client,
  resource: Resource<UnstructuredObject>,
  object: UnstructuredObject,
): Promise<void> => {
  try {
    const { metadata } = await client.get(resource, refOf(object));
    const body = { ...object, metadata: { ...object.metadata, resourceVersion: metadata.resourceVersion } };
    await client.patch(resource, refOf(object), { type: "merge", body });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create(resource, object);
  }
};

/** Kubernetes' own kinds are known; others are what the cluster's CRDs say, some of which were made a moment ago. */
const resourceOf = async (client: Client, { apiVersion, kind }: UnstructuredObject): Promise<Resource<UnstructuredObject>> => {
  const { group, version } = parseApiVersion(apiVersion);
  const builtin = builtinKinds.find((known) => known.group === group && known.kind === kind);
  if (builtin !== undefined) return { ...(builtin as Resource), version } as Resource<UnstructuredObject>;
  const { items } = await client.list(CustomResourceDefinition);
  const found = items.find(
    ({ spec }) =>
      spec.group === group && spec.names.kind === kind && spec.versions.some((one) => one.name === version && one.served),
  );
  if (found === undefined)
    throw new Error(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
  const { names, scope } = found.spec;
  return { group, version, kind, plural: names.plural, scope };
};

import { type Client, Cluster, isNotFound, type UnstructuredObject } from "@slipway/api";
import { clusterctlLabel } from "../components/components.ts";
import { listInstalled } from "../inventory/inventory.ts";
import { fieldAt, fields } from "../object/fields.ts";
import { findReferenced, type Reference, resourceOf } from "../object/resource.ts";
import { readBackoff, type Sleep, withRetries } from "../retry.ts";
import type { Found } from "./graph.ts";
import { crdResource, type MoveType, moveTypes } from "./types.ts";

/** Reads what may move: the providers' kinds, Secrets and ConfigMaps of the namespace, or of all (CTL-118). */
export const discover = async (
  client: Client,
  { namespace, sleep }: { readonly namespace?: string; readonly sleep: Sleep },
): Promise<readonly Found[]> => {
  const types = await discoverTypes(client, sleep);
  const found: Found[] = [];
  for (const type of types) found.push(...(await objectsOf(client, type, { namespace, sleep })));
  for (const place of await infrastructureNamespaces(client)) {
    if (namespace === undefined || place === namespace) continue;
    const secrets = types.find(({ resource }) => resource.kind === "Secret" && resource.group === "");
    if (secrets !== undefined) found.push(...(await objectsOf(client, secrets, { namespace: place, sleep })));
  }
  if (namespace !== undefined) found.push(...(await foreignClasses(client, found, { namespace, types })));
  return found;
};

export const discoverTypes = async (client: Client, sleep: Sleep): Promise<readonly MoveType[]> => {
  const { items } = await withRetries(() => client.list(crdResource, { labelSelector: clusterctlLabel }), {
    backoff: readBackoff,
    sleep,
  });
  return moveTypes(items);
};

/** Clusters of every namespace: a class that one of them uses is not taken from it. */
export const allClusters = async (client: Client): Promise<readonly UnstructuredObject[]> =>
  (await client.list(Cluster)).items as unknown as readonly UnstructuredObject[];

const objectsOf = async (
  client: Client,
  type: MoveType,
  { namespace, sleep }: { readonly namespace: string | undefined; readonly sleep: Sleep },
): Promise<readonly Found[]> => {
  const place = namespace === undefined || type.resource.scope === "Cluster" ? {} : { namespace };
  try {
    const { items } = await withRetries(() => client.list(type.resource, place), { backoff: readBackoff, sleep });
    return items.map((object) => ({ object, type }));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
};

const infrastructureNamespaces = async (client: Client): Promise<ReadonlySet<string>> =>
  new Set(
    (await listInstalled(client)).filter(({ type }) => type === "InfrastructureProvider").map(({ namespace }) => namespace),
  );

/** ClusterClasses of other namespaces that Clusters of this one use, and the templates that they name. */
const foreignClasses = async (
  client: Client,
  found: readonly Found[],
  { namespace, types }: { readonly namespace: string; readonly types: readonly MoveType[] },
): Promise<readonly Found[]> => {
  const wanted = new Map<string, Reference>();
  for (const { object } of found) {
    const topology = fields(fieldAt(object, "spec", "topology"));
    const place = topology["classNamespace"];
    if (object.kind !== "Cluster" || typeof place !== "string" || place === namespace) continue;
    const name = String(topology["class"]);
    wanted.set(`${place}/${name}`, { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "ClusterClass", name, namespace: place });
  }
  const more: Found[] = [];
  for (const reference of wanted.values()) {
    const near = { name: reference.name ?? "", namespace: reference.namespace ?? "" };
    const one = await findReferenced(client, reference, near);
    if (one === undefined)
      throw new Error(`ClusterClass ${reference.namespace}/${reference.name} is not there, but a Cluster uses it`);
    more.push(...typed(one, types));
    for (const template of templatesOf(one)) {
      const object = await findReferenced(client, template, near);
      if (object !== undefined) more.push(...typed(object, types));
    }
  }
  return more;
};

const typed = (object: UnstructuredObject, types: readonly MoveType[]): readonly Found[] => {
  const type = typeOf(object, types);
  return type === undefined ? [] : [{ object, type }];
};

export const typeOf = (object: UnstructuredObject, types: readonly MoveType[]): MoveType | undefined => {
  const resource = resourceOf(object);
  return types.find((type) => type.resource.kind === object.kind && type.resource.group === resource?.group);
};

const templatesOf = (clusterClass: UnstructuredObject): readonly Reference[] => {
  const list = (name: string) => {
    const classes = fieldAt(clusterClass, "spec", "workers", name);
    return Array.isArray(classes) ? classes : [];
  };
  const workers = [...list("machineDeployments"), ...list("machinePools")];
  return [
    fieldAt(clusterClass, "spec", "infrastructure", "ref"),
    fieldAt(clusterClass, "spec", "controlPlane", "ref"),
    fieldAt(clusterClass, "spec", "controlPlane", "machineInfrastructure", "ref"),
    ...workers.flatMap((worker) => [
      fieldAt(worker, "template", "infrastructure", "ref"),
      fieldAt(worker, "template", "bootstrap", "ref"),
    ]),
  ].filter((reference): reference is Reference => typeof reference === "object" && reference !== null);
};

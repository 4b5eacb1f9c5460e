import {
  apiVersionOf,
  type Client,
  customKinds,
  isNotFound,
  type ObjectRef,
  parseApiVersion,
  type Resource,
  type UnstructuredObject,
} from "@slipway/api";
import { plural } from "@slipway/runtime/object/plural.ts";

/** What an object reference of Cluster API says. */
export interface Reference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** Kinds of ours are known; others follow the rule that Cluster API itself relies on: the lower-case plural. */
export const resourceOf = (reference: Pick<Reference, "apiVersion" | "kind">): Resource<UnstructuredObject> | undefined => {
  if (reference.apiVersion === undefined || reference.kind === undefined) return undefined;
  const { group, version } = parseApiVersion(reference.apiVersion);
  const known = customKinds.find((kind) => kind.group === group && kind.kind === reference.kind);
  if (known !== undefined && apiVersionOf(known) === reference.apiVersion) return known as Resource<UnstructuredObject>;
  const clusterScoped = clusterScopedKinds.has(reference.kind);
  return {
    group,
    version,
    kind: reference.kind,
    plural: known?.plural ?? plural(reference.kind).toLowerCase(),
    scope: known?.scope ?? (clusterScoped ? "Cluster" : "Namespaced"),
  };
};

/** Of the kinds that a provider's manifests hold. */
const clusterScopedKinds = new Set([
  "Namespace",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleBinding",
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "PriorityClass",
  "ClusterIssuer",
  "APIService",
  "Node",
  "PersistentVolume",
  "StorageClass",
]);

/** The object that a reference names, beside `near` unless it says where. Undefined when it is not there. */
export const findReferenced = async (
  client: Client,
  reference: Reference | undefined,
  near: ObjectRef,
): Promise<UnstructuredObject | undefined> => {
  const resource = reference === undefined ? undefined : resourceOf(reference);
  if (resource === undefined || reference?.name === undefined) return undefined;
  const namespace = resource.scope === "Cluster" ? undefined : (reference.namespace ?? near.namespace);
  try {
    return await client.get(resource, { ...(namespace === undefined ? {} : { namespace }), name: reference.name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

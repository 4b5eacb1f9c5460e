import { untypedSchema } from "./schema.ts";
import type { ResourceRules, ServedResource } from "./served.ts";

/** A handful of built-in kinds with the least they need: for tests that want a small API. */
export const basicResource = (
  apiVersion: string,
  kind: string,
  plural: string,
  scope: "Namespaced" | "Cluster",
  more: { readonly hasStatus?: boolean; readonly rules?: ResourceRules } = {},
): ServedResource => {
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return {
    group,
    version,
    kind,
    plural,
    scope,
    origin: "builtin",
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: [],
    categories: [],
    storage: { group, version, kind, plural },
    schema: untypedSchema,
    columns: [],
    hasStatus: more.hasStatus ?? false,
    rules: { generation: false, unconditionalUpdate: true, ...more.rules },
  };
};

export const basicResources: readonly ServedResource[] = [
  basicResource("v1", "Namespace", "namespaces", "Cluster", {
    hasStatus: true,
    rules: {
      name: "label",
      statusTakesMetadata: true,
      selectableFields: ["status.phase"],
      prepare: (object, old) => ({
        ...object,
        metadata: {
          ...object.metadata,
          labels: { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name ?? "" },
        },
        spec: old === undefined ? { finalizers: ["kubernetes"] } : object.spec,
        status: old === undefined ? { phase: "Active" } : object.status,
      }),
    },
  }),
  basicResource("v1", "Secret", "secrets", "Namespaced", { rules: { selectableFields: ["type"] } }),
  basicResource("v1", "ConfigMap", "configmaps", "Namespaced"),
  basicResource("v1", "ServiceAccount", "serviceaccounts", "Namespaced", { rules: { deleteReturnsObject: true } }),
  basicResource("v1", "Service", "services", "Namespaced", { hasStatus: true, rules: { deleteReturnsObject: true } }),
  basicResource("v1", "Event", "events", "Namespaced", { rules: { ttlSeconds: 3600 } }),
  basicResource("v1", "Node", "nodes", "Cluster", {
    hasStatus: true,
    rules: { statusTakesMetadata: true, statusOnCreate: true },
  }),
  basicResource("v1", "Pod", "pods", "Namespaced", {
    hasStatus: true,
    rules: { statusTakesMetadata: true, selectableFields: ["spec.nodeName", "status.phase"], deleteReturnsObject: true },
  }),
  basicResource("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", "Cluster", {
    hasStatus: true,
    rules: { generation: true },
  }),
  basicResource("coordination.k8s.io/v1", "Lease", "leases", "Namespaced", { rules: { unconditionalUpdate: false } }),
  basicResource("apps/v1", "DaemonSet", "daemonsets", "Namespaced", { hasStatus: true, rules: { generation: true } }),
  basicResource("apps/v1", "Deployment", "deployments", "Namespaced", { hasStatus: true, rules: { generation: true } }),
];

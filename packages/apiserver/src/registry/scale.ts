import { ApiError, type FieldError, type UnstructuredObject } from "@slipway/api";
import { badRequest, invalid, invalidValue, notFound } from "./errors.ts";
import { atPath, type StoredObject, setPath } from "./object.ts";
import { untypedSchema } from "./schema.ts";
import type { ServedResource } from "./served.ts";

/** The `autoscaling/v1` Scale that stands for an object. */
export const scaleOf = (served: ServedResource, object: StoredObject): StoredObject => {
  const paths = served.scale;
  if (paths === undefined) throw notFound(served, object.metadata.name);
  const replicas = atPath(object, paths.specReplicasPath);
  if (typeof replicas !== "number") {
    throw new ApiError("InternalError", `the spec replicas field "${paths.specReplicasPath}" does not exist`);
  }
  const current = atPath(object, paths.statusReplicasPath);
  const selector = paths.labelSelectorPath === undefined ? undefined : selectorText(atPath(object, paths.labelSelectorPath));
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas },
    status: {
      replicas: typeof current === "number" ? current : 0,
      ...(selector === undefined || selector === "" ? {} : { selector }),
    },
  };
};

/** A CR holds the serialized selector, a built-in kind a LabelSelector. */
const selectorText = (selector: unknown): string | undefined => {
  if (typeof selector === "string") return selector;
  if (typeof selector !== "object" || selector === null) return undefined;
  const { matchLabels, matchExpressions } = selector as {
    matchLabels?: { [key: string]: string };
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  };
  // ReplicationControllers select by a plain map.
  const labels = matchLabels ?? (matchExpressions === undefined ? (selector as { [key: string]: string }) : {});
  const parts = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values } of matchExpressions ?? []) {
    if (operator === "Exists") parts.push(key);
    else if (operator === "DoesNotExist") parts.push(`!${key}`);
    else parts.push(`${key} ${operator === "In" ? "in" : "notin"} (${[...(values ?? [])].sort().join(",")})`);
  }
  return parts.join(",");
};

const mostReplicas = 2_147_483_647;

/** A Scale written to `/scale` changes one number of the object it stands for. */
export const withScale = (served: ServedResource, object: UnstructuredObject, scale: UnstructuredObject): UnstructuredObject => {
  const paths = served.scale;
  if (paths === undefined) throw notFound(served, object.metadata.name ?? "");
  const replicas = atPath(scale, "spec.replicas");
  if (replicas === undefined || replicas === null) {
    throw badRequest(`the spec replicas field "${paths.specReplicasPath}" cannot be empty`);
  }
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) throw badRequest("spec.replicas must be an integer");
  if (replicas < 0 || replicas > mostReplicas) {
    throw invalid({ group: "autoscaling", kind: "Scale" }, object.metadata.name ?? "", [
      invalidValue("spec.replicas", replicas, "should be a non-negative integer"),
    ]);
  }
  return setPath(object, paths.specReplicasPath, replicas);
};

/** Numbers that a Scale could not show. Absent ones are fine. */
export const scaleErrors = (served: ServedResource, object: UnstructuredObject): readonly FieldError[] => {
  if (served.scale === undefined || served.origin === "builtin") return [];
  return [served.scale.specReplicasPath, served.scale.statusReplicasPath].flatMap((path) => {
    const count = atPath(object, path);
    if (typeof count !== "number") return []; // the schema says what is wrong with another type
    if (count < 0) return [invalidValue(path, count, "should be a non-negative integer")];
    return count > mostReplicas ? [invalidValue(path, count, `should be less than or equal to ${mostReplicas}`)] : [];
  });
};

/** What `/scale` speaks. */
export const scaleResource: ServedResource = {
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  plural: "scales",
  scope: "Namespaced",
  origin: "builtin",
  singular: "scale",
  listKind: "ScaleList",
  shortNames: [],
  categories: [],
  storage: { group: "autoscaling", version: "v1", kind: "Scale", plural: "scales" },
  schema: untypedSchema,
  columns: [],
  hasStatus: true,
  rules: {},
};

import { apiVersionOf, jsonText, parseApiVersion, type UnstructuredObject } from "@slipway/api";
import { badRequest, invalid, invalidOptions, invalidValue, unsupportedValue } from "./errors.ts";
import type { RegistryWriteOptions, RequestContext } from "./registry.ts";
import type { ServedResource } from "./served.ts";

/** The object as the resource's schema knows it: unknown fields dropped, and refused or warned about as the caller asked. */
export const decoded = (
  served: ServedResource,
  sent: UnstructuredObject,
  options: RegistryWriteOptions & { readonly patch?: boolean },
  context: RequestContext,
): UnstructuredObject => {
  if (options.patch === true && served.origin === "crd") checkTypeKept(served, sent);
  const named = withPlainMetadata(served, withTypeMeta(served, sent));
  const { object, unknown } = served.schema.prune(named);
  const problems = [...(options.decodingErrors ?? []), ...unknown.map((path) => `unknown field ${jsonText(path)}`)];
  if (problems.length === 0) return object;
  switch (options.fieldValidation ?? "Warn") {
    case "Ignore":
      return object;
    case "Warn":
      for (const problem of problems) context.warn(problem);
      return object;
    case "Strict": {
      const detail = `strict decoding error: ${problems.join(", ")}`;
      if (options.patch === true) throw invalid(served, sent.metadata?.name ?? "", [invalidValue("patch", sent, detail)]);
      throw badRequest(`${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}: ${detail}`);
    }
    default:
      throw invalidOptions("CreateOptions", [
        unsupportedValue("fieldValidation", options.fieldValidation, ["", "Ignore", "Strict", "Warn"]),
      ]);
  }
};

const metadataShapes: { readonly [field: string]: "string" | "number" | "list" | "map" } = {
  name: "string",
  generateName: "string",
  namespace: "string",
  uid: "string",
  resourceVersion: "string",
  creationTimestamp: "string",
  deletionTimestamp: "string",
  generation: "number",
  deletionGracePeriodSeconds: "number",
  labels: "map",
  annotations: "map",
  finalizers: "list",
  ownerReferences: "list",
  managedFields: "list",
};

/** Metadata without its nulls (clients print `creationTimestamp: null`), each field of the type that it has everywhere. */
const withPlainMetadata = (served: ServedResource, object: UnstructuredObject): UnstructuredObject => {
  const metadata: { readonly [field: string]: unknown } = isObject(object.metadata) ? object.metadata : {};
  const wrong = (what: string) =>
    badRequest(`${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}: ${what}`);
  const given: unknown = object.metadata;
  if (given !== undefined && given !== null && !isObject(given)) throw wrong("metadata must be an object");
  let same = isObject(given);
  for (const [field, value] of Object.entries(metadata)) {
    if (value === null) {
      same = false;
      continue;
    }
    const shape = metadataShapes[field];
    if (shape === undefined) continue;
    const fits =
      shape === "number"
        ? typeof value === "number" || typeof value === "bigint"
        : shape === "list"
          ? Array.isArray(value)
          : shape === "map"
            ? isObject(value)
            : typeof value === shape;
    if (!fits) throw wrong(`metadata.${field} must be a ${shape}`);
    if (shape === "map" && isObject(value)) {
      const odd = Object.entries(value).find(([, one]) => typeof one !== "string");
      if (odd !== undefined) throw wrong(`metadata.${field}[${odd[0]}] must be a string`);
    }
    if (field === "finalizers" && (value as readonly unknown[]).some((one) => typeof one !== "string")) {
      throw wrong("metadata.finalizers must be a list of strings");
    }
    if ((field === "ownerReferences" || field === "managedFields") && !(value as readonly unknown[]).every(isObject)) {
      throw wrong(`metadata.${field} must be a list of objects`);
    }
  }
  if (same) return object;
  return { ...object, metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)) };
};

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A patch makes no other thing of an object. */
const checkTypeKept = (served: ServedResource, sent: UnstructuredObject): void => {
  const errors = [...kept("kind", sent.kind, served.kind), ...kept("apiVersion", sent.apiVersion, apiVersionOf(served))];
  if (errors.length > 0) throw invalid(served, sent.metadata?.name ?? "", errors);
};
const kept = (field: string, sent: string | undefined, expected: string) =>
  !sent || sent === expected ? [] : [invalidValue(field, sent, `must be ${expected}`)];

/** Built-in kinds may leave `kind` and `apiVersion` to the URL; custom resources must say both. */
const withTypeMeta = (served: ServedResource, sent: UnstructuredObject): UnstructuredObject => {
  const expected = apiVersionOf(served);
  const given: unknown = sent;
  if (!isObject(given)) throw badRequest(`the object provided is unrecognized (must be of type ${served.kind}): it is no object`);
  for (const field of ["apiVersion", "kind"]) {
    const value = given[field];
    if (value !== undefined && value !== null && typeof value !== "string")
      throw badRequest(
        `${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}: ${field} must be a string`,
      );
  }
  const apiVersion = sent.apiVersion || (served.origin === "builtin" ? expected : "");
  const kind = sent.kind || (served.origin === "builtin" ? served.kind : "");
  if (kind === "") throw badRequest(`Object 'Kind' is missing in '${summary(sent)}'`);
  if (apiVersion === "") throw badRequest(`Object 'apiVersion' is missing in '${summary(sent)}'`);
  if (apiVersion !== expected) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`);
  }
  if (kind !== served.kind) {
    const { group, version } = parseApiVersion(apiVersion);
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${served.kind}: no kind "${kind}" is registered for version "${group}/${version}"`,
    );
  }
  return apiVersion === sent.apiVersion && kind === sent.kind ? sent : { ...sent, apiVersion, kind };
};

const summary = (object: unknown): string => jsonText(object).slice(0, 200);

/** The body's namespace may be absent or the path's; a cluster-scoped kind has none. */
export const inNamespace = (
  served: ServedResource,
  object: UnstructuredObject,
  namespace: string | undefined,
): UnstructuredObject => {
  const given = object.metadata.namespace;
  if (served.scope === "Cluster") {
    if (given === undefined) return object;
    const { namespace: _dropped, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
  if (given !== undefined && given !== "" && namespace !== undefined && given !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (given === namespace || namespace === undefined) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
};

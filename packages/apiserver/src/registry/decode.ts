import { apiVersionOf, parseApiVersion, type UnstructuredObject } from "@slipway/api";
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
  const named = withTypeMeta(served, sent);
  if (typeof named.metadata !== "object" || named.metadata === null || Array.isArray(named.metadata)) {
    if (named.metadata !== undefined && named.metadata !== null) {
      throw badRequest(
        `${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}: metadata must be an object`,
      );
    }
    return decoded(served, { ...named, metadata: {} }, options, context);
  }
  const { object, unknown } = served.schema.prune(named);
  const problems = [...(options.decodingErrors ?? []), ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`)];
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

/** Built-in kinds may leave `kind` and `apiVersion` to the URL; custom resources must say both. */
const withTypeMeta = (served: ServedResource, sent: UnstructuredObject): UnstructuredObject => {
  const expected = apiVersionOf(served);
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

const summary = (object: unknown): string => JSON.stringify(object).slice(0, 200);

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

import { isBuiltin } from "@slipway/api";
import type { ServedResource } from "../../registry/served.ts";
import { groupVersionPath, type OpenApiSchema, type SchemaCollector } from "./schemas.ts";

/** The paths of one resource in an OpenAPI v3 document, as much of them as clients read: actions, kinds, parameters, media types. */
export const pathsOf = (resource: ServedResource, schemas: SchemaCollector): { readonly [path: string]: OpenApiSchema } => {
  const { group, version, kind, plural, scope } = resource;
  const gvk = { group, version, kind };
  const base = `/${groupVersionPath(resource)}${scope === "Namespaced" ? "/namespaces/{namespace}" : ""}/${plural}`;
  const one = `${base}/{name}`;
  const object = schemas.resource(resource);
  const verbs = new Set<string>(resource.verbs ?? everyVerb);
  const namespaced = scope === "Namespaced" ? [pathParameter("namespace")] : [];
  const operation = (action: string, parameters: readonly OpenApiSchema[], answer: string, body?: OpenApiSchema) => ({
    tags: [groupVersionPath(resource)],
    operationId: `${action}${scope === "Namespaced" ? "Namespaced" : ""}${pascal(group)}${pascal(version)}${kind}`,
    parameters,
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { "200": { description: "OK", content: json(answer) } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk,
  });

  const collection = {
    ...(verbs.has("list") ? { get: operation("list", listParameters, schemas.list(resource)) } : {}),
    ...(verbs.has("create")
      ? { post: operation("post", writeParameters, object, { content: json(object), required: true }) }
      : {}),
    ...(verbs.has("deletecollection") ? { delete: operation("deletecollection", listParameters, status(schemas)) } : {}),
    ...(namespaced.length === 0 ? {} : { parameters: namespaced }),
  };
  const single = {
    ...(verbs.has("get") ? { get: operation("get", [], object) } : {}),
    ...(verbs.has("update") ? { put: operation("put", writeParameters, object, { content: json(object), required: true }) } : {}),
    ...(verbs.has("patch") ? { patch: operation("patch", patchParameters, object, patchBody(resource, schemas)) } : {}),
    ...(verbs.has("delete")
      ? {
          delete: operation("delete", deleteParameters, status(schemas), {
            content: json(schemas.definition("meta.v1.DeleteOptions")),
          }),
        }
      : {}),
    parameters: [pathParameter("name"), ...namespaced],
  };
  const subresource = (name: string) => ({
    [`${one}/${name}`]: {
      get: operation("get", [], object),
      put: operation("put", writeParameters, object, { content: json(object), required: true }),
      patch: operation("patch", patchParameters, object, patchBody(resource, schemas)),
      parameters: [pathParameter("name"), ...namespaced],
    },
  });
  return {
    [base]: collection,
    ...(resource.virtual === undefined && verbs.has("get") ? { [one]: single } : {}),
    ...(resource.hasStatus ? subresource("status") : {}),
    ...(scope === "Namespaced" && verbs.has("list")
      ? { [`/${groupVersionPath(resource)}/${plural}`]: { get: operation("list", listParameters, schemas.list(resource)) } }
      : {}),
  };
};

const everyVerb: readonly string[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

const json = (schema: string) => ({ "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } });
const status = (schemas: SchemaCollector): string => schemas.definition("meta.v1.Status");

/** kubectl applies by strategic merge only where the document offers it. */
const patchBody = (resource: ServedResource, schemas: SchemaCollector): OpenApiSchema => {
  const builtin = resource.kindValue !== undefined && isBuiltin(resource.kindValue);
  const types = [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    ...(builtin ? ["application/strategic-merge-patch+json"] : []),
  ];
  schemas.schemas["io.k8s.apimachinery.pkg.apis.meta.v1.Patch"] ??= { type: "object" };
  const schema = { $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch" };
  return { content: Object.fromEntries(types.map((type) => [type, { schema }])), required: true };
};

const parameter = (name: string, type = "string"): OpenApiSchema => ({ name, in: "query", schema: { type, uniqueItems: true } });
const pathParameter = (name: string): OpenApiSchema => ({
  name,
  in: "path",
  required: true,
  schema: { type: "string", uniqueItems: true },
});

const writeParameters = [parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation"), parameter("pretty")];
const patchParameters = [...writeParameters, parameter("force", "boolean")];
const listParameters = [
  parameter("allowWatchBookmarks", "boolean"),
  parameter("continue"),
  parameter("fieldSelector"),
  parameter("labelSelector"),
  parameter("limit", "integer"),
  parameter("resourceVersion"),
  parameter("resourceVersionMatch"),
  parameter("sendInitialEvents", "boolean"),
  parameter("timeoutSeconds", "integer"),
  parameter("watch", "boolean"),
];
const deleteParameters = [
  parameter("dryRun"),
  parameter("gracePeriodSeconds", "integer"),
  parameter("orphanDependents", "boolean"),
  parameter("propagationPolicy"),
];

const pascal = (text: string): string =>
  text.split(".")[0]?.replace(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase()) ?? "";

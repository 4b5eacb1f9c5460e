import { isBuiltin } from "@slipway/api";
import type { ServedResource } from "../../registry/served.ts";
import { createSchemaCollector, groupVersionPath, type OpenApiSchema } from "./schemas.ts";

/** OpenAPI v2 in one document, for kubectl up to 1.27 and others of that age: all shapes, and of the paths what they look at. */
export interface VersionTwo {
  readonly swagger: "2.0";
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: { readonly [path: string]: { readonly patch: PatchOperation } };
  readonly definitions: { readonly [name: string]: OpenApiSchema };
}

export interface PatchOperation {
  readonly consumes: readonly string[];
  readonly parameters: readonly { readonly in: "query"; readonly name: string; readonly type: "string" | "boolean" }[];
  readonly responses: { readonly "200": { readonly description: string } };
  readonly "x-kubernetes-action": "patch";
  readonly "x-kubernetes-group-version-kind": { readonly group: string; readonly version: string; readonly kind: string };
}

/** The part of one group version, with all shapes that it needs. */
export type Fragment = Pick<VersionTwo, "paths" | "definitions">;

export const fragmentOf = (resources: readonly ServedResource[]): Fragment => {
  const schemas = createSchemaCollector();
  const paths: { [path: string]: { patch: PatchOperation } } = {};
  for (const resource of resources) {
    schemas.resource(resource);
    if (resource.virtual === undefined && (resource.verbs ?? ["patch"]).includes("patch"))
      paths[pathOf(resource)] = { patch: patchOf(resource) };
  }
  const definitions = Object.fromEntries(Object.entries(schemas.schemas).map(([name, schema]) => [name, downgraded(schema)]));
  return { paths, definitions };
};

export const versionTwo = (fragments: readonly Fragment[], version: string): VersionTwo => {
  const definitions: { [name: string]: OpenApiSchema } = {};
  // Where a shape is a resource of its own, it says so.
  for (const fragment of fragments)
    for (const [name, schema] of Object.entries(fragment.definitions))
      if (definitions[name] === undefined || schema[kindMark] !== undefined) definitions[name] = schema;
  const paths = Object.assign({}, ...fragments.map((fragment) => fragment.paths)) as VersionTwo["paths"];
  return { swagger: "2.0", info: { title: "Kubernetes", version }, paths, definitions };
};

const kindMark = "x-kubernetes-group-version-kind";

const pathOf = (resource: ServedResource): string =>
  `/${groupVersionPath(resource)}${resource.scope === "Namespaced" ? "/namespaces/{namespace}" : ""}/${resource.plural}/{name}`;

const patchOf = ({ group, version, kind, kindValue }: ServedResource): PatchOperation => ({
  consumes: [
    "application/json-patch+json",
    "application/merge-patch+json",
    ...(kindValue !== undefined && isBuiltin(kindValue) ? ["application/strategic-merge-patch+json"] : []),
    "application/apply-patch+yaml",
  ],
  parameters: [
    { in: "query", name: "dryRun", type: "string" },
    { in: "query", name: "fieldManager", type: "string" },
    { in: "query", name: "fieldValidation", type: "string" },
    { in: "query", name: "force", type: "boolean" },
  ],
  responses: { "200": { description: "OK" } },
  "x-kubernetes-action": "patch",
  "x-kubernetes-group-version-kind": { group, version, kind },
});

/** What v2 cannot say is left out: alternatives, nullability, and types where anything is let through. */
const downgraded = (schema: OpenApiSchema): OpenApiSchema => {
  const { nullable, oneOf, anyOf, not, allOf, ...rest } = schema;
  const [only] = Array.isArray(allOf) ? (allOf as readonly OpenApiSchema[]) : [];
  const result: { [key: string]: unknown } = { ...rest, ...(typeof only?.["$ref"] === "string" ? { $ref: only["$ref"] } : {}) };
  if (typeof result["$ref"] === "string") result["$ref"] = result["$ref"].replace("#/components/schemas/", "#/definitions/");
  if (oneOf !== undefined && result["type"] === undefined) result["type"] = "string";
  if (rest["x-kubernetes-preserve-unknown-fields"] === true && rest["properties"] === undefined) delete result["type"];
  if (isSchema(rest["properties"]))
    result["properties"] = Object.fromEntries(
      Object.entries(rest["properties"]).map(([name, property]) => [name, downgraded(property as OpenApiSchema)]),
    );
  for (const key of ["items", "additionalProperties"]) if (isSchema(rest[key])) result[key] = downgraded(rest[key]);
  return result;
};

const isSchema = (value: unknown): value is OpenApiSchema => typeof value === "object" && value !== null && !Array.isArray(value);

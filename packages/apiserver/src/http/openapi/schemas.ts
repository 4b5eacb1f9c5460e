import {
  apiVersionOf,
  createDefinitions,
  type DefinitionField,
  type DefinitionType,
  describeDefinition,
  describeField,
  hasDefinition,
  isBuiltin,
  keyDefaultsOf,
  type StructuralSchema,
} from "@slipway/api";
import type { ServedResource } from "../../registry/served.ts";

/** Schemas of one OpenAPI v3 document: built-in shapes by our tables, custom ones as they declare themselves. */

export type OpenApiSchema = { readonly [key: string]: unknown };

export interface SchemaCollector {
  /** The reference to a resource's schema; it and all it needs are collected. */
  resource(resource: ServedResource): string;
  list(resource: ServedResource): string;
  definition(name: string): string;
  readonly schemas: { [name: string]: OpenApiSchema };
}

export const createSchemaCollector = (): SchemaCollector => {
  const definitions = createDefinitions();
  const schemas: { [name: string]: OpenApiSchema } = {};

  const definition = (name: string): string => {
    const published = publishedName(name);
    if (!Object.hasOwn(schemas, published)) {
      schemas[published] = {}; // taken before its fields are walked: JSONSchemaProps contains itself
      const { fields, atomic } = definitions(name);
      const required = [...fields.values()].filter((field) => field.required).map((field) => field.name);
      const description = describeDefinition(name);
      schemas[published] = {
        type: "object",
        ...(description === undefined ? {} : { description }),
        ...(required.length === 0 ? {} : { required }),
        properties: Object.fromEntries([...fields.values()].map((field) => [field.name, ofField(field, name)])),
        ...(atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
      };
    }
    return published;
  };

  const ofField = (field: DefinitionField, owner: string): OpenApiSchema => {
    const { merge } = field;
    const extensions = {
      ...(merge?.patchStrategy === undefined ? {} : { "x-kubernetes-patch-strategy": merge.patchStrategy }),
      ...(merge?.patchMergeKey === undefined ? {} : { "x-kubernetes-patch-merge-key": merge.patchMergeKey }),
      ...(merge?.atomicMap === true ? { "x-kubernetes-map-type": "atomic" } : {}),
      ...(field.type.type === "list"
        ? {
            "x-kubernetes-list-type": merge?.listType ?? "atomic",
            ...(merge?.keys === undefined ? {} : { "x-kubernetes-list-map-keys": merge.keys }),
          }
        : {}),
    };
    const schema = ofType(field.type);
    const defaultValue = keyDefaultsOf(owner)?.[field.name];
    const description = describeField(owner, field.name);
    const known = {
      ...(description === undefined ? {} : { description }),
      ...(defaultValue === undefined ? {} : { default: defaultValue }),
      ...extensions,
    };
    if (Object.keys(known).length === 0) return schema;
    return "$ref" in schema ? { allOf: [schema], ...known } : { ...schema, ...known };
  };

  const ofType = (type: DefinitionType): OpenApiSchema => {
    switch (type.type) {
      case "ref":
        return { $ref: `#/components/schemas/${definition(type.definition)}` };
      case "list":
        return { type: "array", items: ofType(type.of) };
      case "map":
        return { type: "object", additionalProperties: ofType(type.of) };
      default:
        return scalars[type.type] ?? {};
    }
  };

  const own = (resource: ServedResource): string => {
    const { kindValue } = resource;
    if (kindValue !== undefined && isBuiltin(kindValue) && hasDefinition(kindValue.builtin.definition))
      return definition(kindValue.builtin.definition);
    const name = `${reversed(resource.group)}.${resource.version}.${resource.kind}`;
    if (!Object.hasOwn(schemas, name)) {
      const declared = schemaOf(resource);
      const meta = {
        allOf: [{ $ref: `#/components/schemas/${definition("meta.v1.ObjectMeta")}` }],
        description: describeField("", "metadata"),
      };
      schemas[name] = {
        ...(declared as OpenApiSchema),
        type: "object",
        properties: { ...described(declared.properties ?? {}), ...typeMeta, metadata: meta },
      };
    }
    return name;
  };

  return {
    schemas,
    definition,
    resource: (resource) => {
      const name = own(resource);
      const { group, version, kind } = resource;
      schemas[name] = { ...schemas[name], "x-kubernetes-group-version-kind": [{ group, version, kind }] };
      return name;
    },
    list: (resource) => {
      const item = own(resource);
      const name = `${item}List`;
      const { group, version, listKind } = resource;
      schemas[name] ??= {
        type: "object",
        required: ["items"],
        properties: {
          ...typeMeta,
          metadata: { $ref: `#/components/schemas/${definition("meta.v1.ListMeta")}` },
          items: { type: "array", items: { $ref: `#/components/schemas/${item}` } },
        },
        "x-kubernetes-group-version-kind": [{ group, version, kind: listKind }],
      };
      return name;
    },
  };
};

const typeMeta = {
  apiVersion: { type: "string", description: describeField("", "apiVersion") },
  kind: { type: "string", description: describeField("", "kind") },
};

const scalars: { readonly [type: string]: OpenApiSchema } = {
  string: { type: "string" },
  bytes: { type: "string", format: "byte" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  time: { type: "string", format: "date-time" },
  microTime: { type: "string", format: "date-time" },
  intOrString: { oneOf: [{ type: "integer" }, { type: "string" }], format: "int-or-string" },
  quantity: { oneOf: [{ type: "string" }, { type: "number" }] },
  any: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
};

/** The name upstream publishes a shape under: `io.k8s.api.core.v1.Pod`. */
export const publishedName = (definition: string): string => {
  const group = definition.split(".")[0] ?? "";
  return `${prefixes[group] ?? "io.k8s.api"}.${definition}`;
};
const prefixes: { readonly [group: string]: string } = {
  meta: "io.k8s.apimachinery.pkg.apis",
  apiextensions: "io.k8s.apiextensions-apiserver.pkg.apis",
  apiregistration: "io.k8s.kube-aggregator.pkg.apis",
};

/** What `spec` and `status` are needs no telling by each kind. */
const described = (properties: { readonly [name: string]: StructuralSchema }): OpenApiSchema =>
  Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const description = property.description ?? describeField("", name);
      return [name, description === undefined ? property : { ...property, description }];
    }),
  );

const reversed = (group: string): string => group.split(".").reverse().join(".");

/** As declared by the kind or by the CRD of this version; nothing declared lets everything through. */
const schemaOf = (resource: ServedResource): StructuralSchema => {
  const declared = resource.kindValue?.schema;
  if (declared !== undefined) return declared;
  const versions = resource.crd?.spec?.["versions"];
  if (Array.isArray(versions)) {
    const own = versions.find((each: { name?: unknown }) => each.name === resource.version) as
      | { schema?: { openAPIV3Schema?: StructuralSchema } }
      | undefined;
    if (own?.schema?.openAPIV3Schema !== undefined) return own.schema.openAPIV3Schema;
  }
  return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
};

export const groupVersionPath = (resource: Pick<ServedResource, "group" | "version">): string =>
  resource.group === "" ? `api/${resource.version}` : `apis/${apiVersionOf(resource)}`;

import type { StructuralSchema } from "../kind/structural.ts";
import { createDefinitions, type Definition, type DefinitionField, type DefinitionType, keyDefaultsOf } from "./definitions.ts";
import type { BuiltinKind } from "./kind.ts";

/** A structural schema with what strategic merge patch adds. */
export interface BuiltinSchema extends StructuralSchema {
  readonly properties?: { readonly [name: string]: BuiltinSchema };
  readonly additionalProperties?: BuiltinSchema | boolean;
  readonly items?: BuiltinSchema;
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
}

/**
 * Schemas of built-in kinds, in the language of CRDs. Shapes are shared and made when first read (`properties` is a getter), so
 * that the schema of JSONSchemaProps may contain itself and a Pod costs nothing until someone looks.
 */
export const createBuiltinSchemas = (): { of(kind: BuiltinKind): BuiltinSchema; definition(name: string): BuiltinSchema } => {
  const definitions = createDefinitions();
  const made = new Map<string, BuiltinSchema>();

  const ofDefinition = (name: string): BuiltinSchema => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const schema = lazily(definitions(name), ofType);
    made.set(name, schema);
    return schema;
  };

  const ofType = (type: DefinitionType, field?: DefinitionField): BuiltinSchema => {
    const merge = field?.merge;
    const patch = {
      ...(merge?.patchStrategy === undefined ? {} : { "x-kubernetes-patch-strategy": merge.patchStrategy }),
      ...(merge?.patchMergeKey === undefined ? {} : { "x-kubernetes-patch-merge-key": merge.patchMergeKey }),
    };
    switch (type.type) {
      case "ref": {
        const target = ofDefinition(type.definition);
        return merge?.patchStrategy === undefined ? target : withPatch(target, patch);
      }
      case "list":
        return {
          type: "array",
          items: ofItem(type.of, merge?.keys),
          "x-kubernetes-list-type": merge?.listType ?? "atomic",
          ...(merge?.keys === undefined ? {} : { "x-kubernetes-list-map-keys": merge.keys }),
          ...patch,
        };
      case "map":
        return {
          type: "object",
          additionalProperties: ofType(type.of),
          ...(merge?.atomicMap === true ? { "x-kubernetes-map-type": "atomic" as const } : {}),
          ...patch,
        };
      default:
        return scalarSchemas[type.type];
    }
  };

  /** Items of keyed lists say the defaults of their keys: `protocol: TCP`. */
  const ofItem = (type: DefinitionType, keys: readonly string[] | undefined): BuiltinSchema => {
    const schema = ofType(type);
    const defaults = type.type === "ref" && keys !== undefined ? keyDefaultsOf(type.definition) : undefined;
    if (defaults === undefined || schema.properties === undefined) return schema;
    const properties = { ...schema.properties };
    for (const [key, value] of Object.entries(defaults)) {
      const property = properties[key];
      if (keys?.includes(key) === true && property !== undefined) properties[key] = { ...property, default: value };
    }
    return { ...schema, properties };
  };

  return { of: (kind) => ofDefinition(kind.builtin.definition), definition: ofDefinition };
};

const lazily = (
  definition: Definition,
  ofType: (type: DefinitionType, field: DefinitionField) => BuiltinSchema,
): BuiltinSchema => {
  const required = [...definition.fields.values()].filter((field) => field.required).map((field) => field.name);
  let properties: { readonly [name: string]: BuiltinSchema } | undefined;
  return {
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    ...(definition.atomic ? { "x-kubernetes-map-type": "atomic" as const } : {}),
    get properties() {
      properties ??= Object.fromEntries([...definition.fields.values()].map((field) => [field.name, ofType(field.type, field)]));
      return properties;
    },
  };
};

const withPatch = (target: BuiltinSchema, patch: Partial<BuiltinSchema>): BuiltinSchema => ({
  ...("required" in target ? { required: target.required } : {}),
  ...("x-kubernetes-map-type" in target ? { "x-kubernetes-map-type": target["x-kubernetes-map-type"] } : {}),
  type: "object",
  ...patch,
  get properties() {
    return target.properties;
  },
});

const scalarSchemas: { readonly [name: string]: BuiltinSchema } & Record<
  Exclude<DefinitionType["type"], "ref" | "list" | "map">,
  BuiltinSchema
> = {
  string: { type: "string" },
  bytes: { type: "string", format: "byte" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  time: { type: "string", format: "date-time", nullable: true },
  microTime: { type: "string", format: "date-time", nullable: true },
  intOrString: { "x-kubernetes-int-or-string": true },
  quantity: { "x-kubernetes-int-or-string": true },
  any: { "x-kubernetes-preserve-unknown-fields": true },
};

import type { AdmissionContext, FieldError, Kind, KubeObject, UnstructuredObject } from "@slipway/api";
import { structuralSchema, untypedSchema } from "./schema.ts";
import type { ObjectSchema, ServedResource } from "./served.ts";

/** A kind of ours, served: its admission runs in process. */
export const servedFromKind = (
  kind: Kind,
  schema: ObjectSchema = kind.schema === undefined ? untypedSchema : structuralSchema(kind.schema),
): ServedResource => ({
  group: kind.group,
  version: kind.version,
  kind: kind.kind,
  plural: kind.plural,
  scope: kind.scope,
  origin: "kind",
  singular: kind.singular,
  listKind: kind.listKind,
  shortNames: kind.shortNames,
  categories: kind.categories,
  storage: { group: kind.group, version: kind.version, kind: kind.kind, plural: kind.plural },
  schema,
  columns: kind.columns,
  hasStatus: kind.subresources.status === true,
  ...(kind.subresources.scale === undefined ? {} : { scale: kind.subresources.scale }),
  rules: {
    ...(kind.selectableFields === undefined
      ? {}
      : { selectableFields: kind.selectableFields.map((path) => path.replace(/^\./, "")) }),
    ...admissionOf(kind),
  },
  kindValue: kind,
});

/** A Kind's functions speak of its own type; here they meet the untyped object that its schema has let through. */
const admissionOf = (kind: Kind) => {
  type Of<R> = (object: UnstructuredObject, context: AdmissionContext<KubeObject>) => R;
  return {
    ...(kind.default === undefined ? {} : { admit: kind.default as unknown as Of<UnstructuredObject> }),
    ...(kind.validate === undefined ? {} : { validate: kind.validate as unknown as Of<readonly FieldError[]> }),
    ...(kind.refusedAs === undefined ? {} : { refusedAs: kind.refusedAs }),
    ...(kind.validateDelete === undefined ? {} : { validateDelete: kind.validateDelete as unknown as Of<readonly FieldError[]> }),
    ...(kind.forbidDelete === undefined ? {} : { forbidDelete: kind.forbidDelete as unknown as Of<string | undefined> }),
    ...(kind.awaits === undefined ? {} : { awaits: kind.awaits as unknown as Of<boolean> }),
    ...(kind.forbidScale === undefined
      ? {}
      : { forbidScale: kind.forbidScale as unknown as (scaled: UnstructuredObject) => string | undefined }),
  };
};

import type { KubeObject } from "../meta/object.ts";
import { deepEqual } from "../schema/equality.ts";
import { compileRewriting } from "../schema/rewrite.ts";
import { type Fields, required, s } from "./fields.ts";
import type { Column, FormerVersion, Kind } from "./kind.ts";
import type { StructuralSchema } from "./structural.ts";

export interface KindDeclaration<T extends KubeObject>
  extends Pick<
      Kind<T>,
      | "group"
      | "version"
      | "kind"
      | "plural"
      | "default"
      | "validate"
      | "validateDelete"
      | "forbidDelete"
      | "forbidScale"
      | "reads"
      | "awaits"
    >,
    Partial<
      Pick<
        Kind<T>,
        | "scope"
        | "shortNames"
        | "categories"
        | "subresources"
        | "columns"
        | "crdLabels"
        | "selectableFields"
        | "convert"
        | "conversionService"
        | "refusedAs"
      >
    > {
  readonly description: string;
  /** Beside `apiVersion`, `kind` and `metadata`: mostly `spec` and `status`. */
  readonly fields: Fields;
  /** Upstream says so of one kind only. */
  readonly metadataRequired?: true;
  readonly formerVersions?: readonly DeclaredFormerVersion[];
  /** Upstream's webhook decodes the whole object and writes it again, and judges it as it is then. */
  readonly rewritten?: true;
}

export interface DeclaredFormerVersion extends Omit<FormerVersion, "schema"> {
  /** Beside `apiVersion`, `kind` and `metadata`, when they were others. */
  readonly fields?: Fields;
}

/** Names that follow from the kind's name are not written twice. */
export const defineKind = <T extends KubeObject>(declaration: KindDeclaration<T>): Kind<T> => {
  const { description, fields, metadataRequired, formerVersions, rewritten, ...rest } = declaration;
  return {
    scope: "Namespaced",
    singular: rest.kind.toLowerCase(),
    listKind: `${rest.kind}List`,
    shortNames: [],
    categories: [],
    subresources: {},
    columns: [],
    ...rest,
    ...(rewritten && fields["spec"] !== undefined ? rewriting(declaration, fields["spec"]) : {}),
    ...(formerVersions === undefined
      ? {}
      : {
          formerVersions: formerVersions.map(({ fields: former, ...version }) =>
            former === undefined ? version : { ...version, schema: rootSchema(description, { metadata, ...former }) },
          ),
        }),
    schema: rootSchema(description, { metadata: metadataRequired ? required(metadata) : metadata, ...fields }),
  };
};

const specOf = (object: KubeObject): unknown => (object as { readonly spec?: unknown }).spec;

/** Defaults fill what decoding found empty, and what they set is written like everything else. */
const rewriting = <T extends KubeObject>(
  { default: defaulted, validate }: KindDeclaration<T>,
  spec: StructuralSchema,
): Pick<Kind<T>, "default" | "validate"> => {
  const rewriteSpec = compileRewriting(spec, "spec");
  const rewrite = (object: T): T => {
    const before = specOf(object);
    const after = rewriteSpec(before);
    return after === before ? object : { ...object, spec: after };
  };
  // What was stored before it was refused may stay: else nobody could take a finalizer off it, and it could not even go.
  const unlessKept = (object: T, old: T | undefined): T => {
    try {
      return rewrite(object);
    } catch (error) {
      if (old !== undefined && deepEqual(specOf(object), specOf(old))) return object;
      throw error;
    }
  };
  return {
    default: (object, context) => {
      const read = unlessKept(object, context.old);
      return unlessKept(defaulted?.(read, context) ?? read, context.old);
    },
    ...(validate && {
      validate: (object, context) =>
        validate(
          unlessKept(object, context.old),
          context.old === undefined ? context : { ...context, old: unlessKept(context.old, context.old) },
        ),
    }),
  };
};

const metadata = s.object("Name, labels and what else Kubernetes keeps of every object", {});

const rootSchema = (description: string, fields: Fields): StructuralSchema =>
  s.object(description, {
    apiVersion: s.string("Group and version of this representation"),
    kind: s.string("What this object is"),
    ...fields,
  });

type ColumnExtras = Pick<Column, "description" | "priority" | "format">;

export const column = (name: string, jsonPath: string, extras: ColumnExtras & { type?: Column["type"] } = {}): Column => ({
  name,
  jsonPath,
  type: "string",
  ...extras,
});

export const ageColumn: Column = column("Age", ".metadata.creationTimestamp", {
  type: "date",
  description: "Time since it was created",
});

import type { KubeObject, UnstructuredObject } from "../meta/object.ts";
import type { Resource } from "../meta/resource.ts";
import type { StructuralSchema } from "./structural.ts";

/**
 * A kind is a value: path, schema, columns, defaulting and validation come from one declaration, which the API server, clients,
 * command line and console all read, and from which the CRD in `deploy/crds/` is generated. Its hooks are methods, so that a
 * `Kind<Machine>` stands in a list of `Kind`s.
 */
export interface Kind<T extends KubeObject = KubeObject> extends Resource<T> {
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Of the whole object, `spec` and `status` included. Absent for built-in kinds, which have tables of their own. */
  readonly schema?: StructuralSchema;
  readonly subresources: { readonly status?: boolean; readonly scale?: ScalePaths };
  readonly columns: readonly Column[];
  readonly selectableFields?: readonly string[];
  /** Labels of the generated CRD (`cluster.x-k8s.io/v1beta1: v1beta1`, provider labels). */
  readonly crdLabels?: { readonly [key: string]: string };
  /** Older versions that the CRD still lists, so that a cluster which stored objects in them can be taken over. */
  readonly formerVersions?: readonly FormerVersion[];
  /** What its admission must know of other objects. Pure. */
  reads?(object: T, context: AdmissionContext<T>): readonly Read[];
  /** It is worth waiting a moment: what admission needs is on its way. */
  awaits?(object: T, context: AdmissionContext<T>): boolean;
  /** What upstream's mutating webhook does, beyond the defaults in the schema. Pure; returns the same object when nothing changes. */
  default?(object: T, context: AdmissionContext<T>): T;
  /** What upstream's validating webhook does: create when `old` is absent, else update (immutability). Pure. */
  validate?(object: T, context: AdmissionContext<T>): readonly FieldError[];
  validateDelete?(object: T, context: AdmissionContext<T>): readonly FieldError[];
  /** The group that upstream's refusals name, where it is not the kind's own. */
  readonly refusedAs?: string;
  /** Why it may not be deleted now: the cause of a Forbidden. */
  forbidDelete?(object: T, context: AdmissionContext<T>): string | undefined;
  /** `<service>.<namespace>` that converts when the CRD lives in another API server: the CRD's conversion strategy is Webhook then. */
  readonly conversionService?: string;
  /** Between any two of its versions, as upstream's `/convert` does. Pure; the same object when it is in that version already. */
  convert?(object: UnstructuredObject, version: string): UnstructuredObject;
  /** Why `/scale` may not leave the object so; undefined allows. Nothing else of the kind's admission sees a scaling. */
  forbidScale?(scaled: T): string | undefined;
}

export interface FormerVersion {
  readonly name: string;
  readonly served?: boolean;
  readonly deprecated?: true;
  readonly deprecationWarning?: string;
  /** Absent: a served version has the very same fields as the stored one. */
  readonly schema?: StructuralSchema;
}

export interface AdmissionContext<T extends KubeObject> {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly old?: T;
  readonly dryRun: boolean;
  readonly user?: string;
  /** Absent ones stand as in `featureGateDefaults`. */
  readonly featureGates?: { readonly [gate: string]: boolean };
  /** What the kind's `reads` asked for; absent: nobody looked. */
  readonly related?: Related;
  /** Judges the schemas that objects carry in themselves. */
  readonly schemas?: SchemaTools;
  /** Something that the author should know, though it is no error. */
  warn?(text: string): void;
}

/** One look at other objects: a named one, or all with these labels. */
export interface Read {
  readonly group: string;
  readonly kind: string;
  /** Absent with a list: all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: { readonly [key: string]: string };
}

export interface Related {
  find(read: Read): UnstructuredObject | undefined;
  list(read: Read): readonly UnstructuredObject[];
}

/** The schema engine, as admission needs it: it is handed in, so that who only reads kinds need not carry it. */
export interface SchemaTools {
  /** Of a whole schema: what keeps it from being structural, and from being right. */
  errors(schema: StructuralSchema, path: string): readonly FieldError[];
  compile(schema: StructuralSchema): {
    prune<T extends object>(object: T): { readonly object: T; readonly unknown: readonly string[] };
    applyDefaults<T extends object>(object: T): T;
    validate(object: object, old?: object): readonly FieldError[];
  };
}

export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** A printer column, as CRDs declare it. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly jsonPath: string;
  readonly description?: string;
  /** 0 is always shown, above 0 only with `-o wide`. */
  readonly priority?: number;
  readonly format?: string;
}

/** One wrong field, in the words of Kubernetes' `field.Error`; `type` becomes the cause's reason. */
export interface FieldError {
  readonly type:
    | "FieldValueInvalid"
    | "FieldValueRequired"
    | "FieldValueForbidden"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate"
    | "FieldValueNotFound"
    | "FieldValueTypeInvalid"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "InternalError";
  /** `spec.topology.workers.machineDeployments[0].name` */
  readonly field: string;
  /** Whole text after the field: `Invalid value: "x": must …`. */
  readonly message: string;
}

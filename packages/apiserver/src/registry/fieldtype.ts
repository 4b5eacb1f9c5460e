/**
 * What merging must know of a field: server-side apply, managedFields and strategic merge patch walk objects along these. Made from
 * a structural schema (`structuralFieldType`) or from the tables of built-in kinds. Recursive types are reached through functions.
 */
export type FieldType = ScalarType | StructType | MapType | ListType | UntypedType;

/** A string, number, boolean, quantity, int-or-string. */
export interface ScalarType {
  readonly type: "scalar";
}

/** Below `x-kubernetes-preserve-unknown-fields`, `RawExtension`: types are deduced, maps granular, lists atomic. */
export interface UntypedType {
  readonly type: "untyped";
}

/** An object with named fields. */
export interface StructType {
  readonly type: "struct";
  /** Undefined for a field that the schema does not declare. */
  field(name: string): FieldType | undefined;
  /** One leaf: owned and replaced as a whole. */
  readonly atomic?: boolean;
  /** Strategic merge: `x-kubernetes-patch-strategy: retainKeys` or `replace` on this field. */
  readonly patchStrategy?: string;
}

/** An object with free keys: labels, Secret data. */
export interface MapType {
  readonly type: "map";
  values(): FieldType;
  readonly atomic?: boolean;
  readonly patchStrategy?: string;
}

export interface ListType {
  readonly type: "list";
  items(): FieldType;
  readonly listType: "atomic" | "set" | "map";
  /** `x-kubernetes-list-map-keys`. */
  readonly keys?: readonly string[];
  /** Defaults of key fields (`protocol: TCP`): a key that an item omits is completed with these. */
  readonly keyDefaults?: { readonly [key: string]: unknown };
  /** Strategic merge: `merge`, `merge,retainKeys`, `replace`; absent replaces. */
  readonly patchStrategy?: string;
  /** Strategic merge: absent for lists of primitives. */
  readonly patchMergeKey?: string;
}

export const scalar: ScalarType = { type: "scalar" };
export const untyped: UntypedType = { type: "untyped" };

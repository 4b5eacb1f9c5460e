import type { StructuralSchema, ValidationRule } from "./structural.ts";

/**
 * Fields of kinds, declared once: `s.object({ clusterName: required(s.string("Its Cluster", { maxLength: 63 })) })` is both the
 * structural schema (plain data, ready for a CRD) and the TypeScript type (`TypeOf<typeof it>`, readonly). A description, where
 * there is one, comes first and is what `kubectl explain` prints.
 */
export interface Schema<T> extends StructuralSchema {
  /** Never there: it only carries T for the compiler. */
  readonly __type: T;
}
export interface RequiredField<T> extends Schema<T> {
  readonly __required: true;
}
export type TypeOf<S extends Schema<unknown>> = S["__type"];

export interface Fields {
  readonly [name: string]: Schema<unknown>;
}
/** Fields are optional unless marked with `required`. */
export type ObjectOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends RequiredField<unknown> ? K : never]: F[K]["__type"];
} & {
  readonly [K in keyof F as F[K] extends RequiredField<unknown> ? never : K]?: F[K]["__type"];
} extends infer O
  ? { readonly [K in keyof O]: O[K] }
  : never;

type StringLimits = Pick<StructuralSchema, "minLength" | "maxLength" | "pattern" | "format" | "default" | "nullable"> & {
  readonly rules?: readonly ValidationRule[];
};
type NumberLimits = Pick<StructuralSchema, "minimum" | "maximum" | "format" | "default" | "nullable">;
type BooleanLimits = Pick<StructuralSchema, "default" | "nullable">;
type ListLimits = Pick<StructuralSchema, "minItems" | "maxItems" | "default" | "nullable"> & {
  /** How server-side apply merges: as a whole, as a set of scalars, or by the named keys of each item. */
  readonly merge?: "atomic" | "set" | readonly string[];
  readonly rules?: readonly ValidationRule[];
};
type MapLimits = Pick<StructuralSchema, "minProperties" | "maxProperties" | "default" | "nullable">;
type ObjectLimits = MapLimits & {
  readonly atomic?: true;
  readonly preserveUnknownFields?: true;
  readonly embeddedResource?: true;
  readonly rules?: readonly ValidationRule[];
};

/** `(description?, limits?)`: most fields have a description, few have limits. */
type About<Limits> = [description: string, limits?: Limits] | [limits?: Limits];

const about = <Limits extends object>(args: About<Limits>): object => {
  const [first, second] = args;
  return typeof first === "string" ? { description: first, ...withRules(second) } : { ...withRules(first) };
};

const withRules = (limits: object | undefined): object => {
  const { rules, ...plain } = (limits ?? {}) as { rules?: readonly ValidationRule[] };
  return rules === undefined ? plain : { ...plain, "x-kubernetes-validations": rules };
};

const scalar =
  <T, Limits extends object>(fixed: StructuralSchema) =>
  (...args: About<Limits>): Schema<T> =>
    ({ ...fixed, ...about(args) }) as Schema<T>;

const REQUIRED = Symbol("required");

/** The object is invalid without this field. */
export const required = <T>(field: Schema<T>): RequiredField<T> =>
  ({ ...field, [REQUIRED]: true }) as unknown as RequiredField<T>;

const isRequired = (field: object): boolean => REQUIRED in field;

const withoutMark = (field: StructuralSchema): StructuralSchema => {
  if (!isRequired(field)) return field;
  const { [REQUIRED]: _mark, ...schema } = field as StructuralSchema & { [REQUIRED]?: true };
  return schema;
};

function object<const F extends Fields>(description: string, fields: F, limits?: ObjectLimits): Schema<ObjectOf<F>>;
function object<const F extends Fields>(fields: F, limits?: ObjectLimits): Schema<ObjectOf<F>>;
function object<const F extends Fields>(
  ...args: [description: string, fields: F, limits?: ObjectLimits] | [fields: F, limits?: ObjectLimits]
): Schema<ObjectOf<F>> {
  const [description, fields, limits] =
    typeof args[0] === "string" ? [args[0], args[1] as F, args[2]] : [undefined, args[0], args[1] as ObjectLimits | undefined];
  const { atomic, preserveUnknownFields, embeddedResource, rules, ...plain } = limits ?? {};
  const names = Object.keys(fields);
  const mandatory = names.filter((name) => isRequired(fields[name] ?? {}));
  return {
    type: "object",
    ...(description === undefined ? {} : { description }),
    ...plain,
    ...(names.length === 0
      ? {}
      : { properties: Object.fromEntries(names.map((name) => [name, withoutMark(fields[name] as StructuralSchema)])) }),
    ...(mandatory.length === 0 ? {} : { required: mandatory }),
    ...(atomic ? { "x-kubernetes-map-type": "atomic" as const } : {}),
    ...(preserveUnknownFields ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
    ...(embeddedResource ? { "x-kubernetes-embedded-resource": true } : {}),
    ...(rules === undefined ? {} : { "x-kubernetes-validations": rules }),
  } as unknown as Schema<ObjectOf<F>>;
}

const list = <T>(
  ...args: [description: string, item: Schema<T>, limits?: ListLimits] | [item: Schema<T>, limits?: ListLimits]
): Schema<readonly T[]> => {
  const [description, item, limits] =
    typeof args[0] === "string"
      ? [args[0], args[1] as Schema<T>, args[2]]
      : [undefined, args[0], args[1] as ListLimits | undefined];
  const { merge, rules, ...plain } = limits ?? {};
  return {
    type: "array",
    ...(description === undefined ? {} : { description }),
    ...plain,
    items: item,
    ...(merge === undefined ? {} : { "x-kubernetes-list-type": typeof merge === "string" ? merge : "map" }),
    ...(merge === undefined || typeof merge === "string" ? {} : { "x-kubernetes-list-map-keys": merge }),
    ...(rules === undefined ? {} : { "x-kubernetes-validations": rules }),
  } as unknown as Schema<readonly T[]>;
};

const map = <T>(
  ...args: [description: string, value: Schema<T>, limits?: MapLimits] | [value: Schema<T>, limits?: MapLimits]
): Schema<{ readonly [key: string]: T }> => {
  const [description, value, limits] =
    typeof args[0] === "string"
      ? [args[0], args[1] as Schema<T>, args[2]]
      : [undefined, args[0], args[1] as MapLimits | undefined];
  return {
    type: "object",
    ...(description === undefined ? {} : { description }),
    ...limits,
    additionalProperties: value,
  } as unknown as Schema<{ readonly [key: string]: T }>;
};

const choice = <const V extends readonly string[]>(
  ...args: [description: string, values: V, limits?: StringLimits] | [values: V, limits?: StringLimits]
): Schema<V[number]> => {
  const [description, values, limits] =
    typeof args[0] === "string"
      ? [args[0], args[1] as V, args[2]]
      : [undefined, args[0] as V, args[1] as StringLimits | undefined];
  return {
    type: "string",
    ...(description === undefined ? {} : { description }),
    ...withRules(limits),
    enum: values,
  } as unknown as Schema<V[number]>;
};

export const s = {
  string: scalar<string, StringLimits>({ type: "string" }),
  /** One of these words. */
  enum: choice,
  boolean: scalar<boolean, BooleanLimits>({ type: "boolean" }),
  integer: scalar<number, NumberLimits>({ type: "integer" }),
  int32: scalar<number, NumberLimits>({ type: "integer", format: "int32" }),
  int64: scalar<number, NumberLimits>({ type: "integer", format: "int64" }),
  /** `3` or `"30%"`. */
  intOrString: scalar<number | string, StringLimits>({
    anyOf: [{ type: "integer" }, { type: "string" }],
    "x-kubernetes-int-or-string": true,
  }),
  /** RFC 3339. */
  time: scalar<string, StringLimits>({ type: "string", format: "date-time" }),
  /** As Go prints durations: `10s`, `1h30m0s`. */
  duration: scalar<string, StringLimits>({ type: "string" }),
  uuid: scalar<string, StringLimits>({ type: "string", format: "uuid" }),
  object,
  list,
  map,
  /** Any JSON value; nothing in it is checked or pruned. */
  json: scalar<unknown, BooleanLimits>({ "x-kubernetes-preserve-unknown-fields": true }),
  /** The same fields under another description. */
  described: <T>(description: string, schema: Schema<T>): Schema<T> => ({ ...schema, description }),
};

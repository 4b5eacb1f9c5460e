import { canonicalDuration } from "../meta/duration.ts";
import { canonicalTime } from "../meta/time.ts";
import type { StructuralSchema, ValidationRule } from "./structural.ts";
import { spelled } from "./writing.ts";

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

interface ObjectBuilder {
  <const F extends Fields>(description: string, fields: F, limits?: ObjectLimits): Schema<ObjectOf<F>>;
  <const F extends Fields>(fields: F, limits?: ObjectLimits): Schema<ObjectOf<F>>;
}
interface ListBuilder {
  <T>(description: string, item: Schema<T>, limits?: ListLimits): Schema<readonly T[]>;
  <T>(item: Schema<T>, limits?: ListLimits): Schema<readonly T[]>;
}
interface MapBuilder {
  <T>(description: string, value: Schema<T>, limits?: MapLimits): Schema<{ readonly [key: string]: T }>;
  <T>(value: Schema<T>, limits?: MapLimits): Schema<{ readonly [key: string]: T }>;
}
interface EnumBuilder {
  <const V extends readonly string[]>(description: string, values: V, limits?: StringLimits): Schema<V[number]>;
  <const V extends readonly string[]>(values: V, limits?: StringLimits): Schema<V[number]>;
}

/** `(description?, subject, limits?)`, whichever way it was called. */
const sorted = <Subject, Limits>(args: readonly unknown[]): { about: object; subject: Subject; limits: Partial<Limits> } => {
  const [description, subject, limits] = typeof args[0] === "string" ? args : [undefined, ...args];
  return {
    about: description === undefined ? {} : { description },
    subject: subject as Subject,
    limits: (limits ?? {}) as Partial<Limits>,
  };
};

const object = ((...args: readonly unknown[]) => {
  const { about, subject: fields, limits } = sorted<Fields, ObjectLimits>(args);
  const { atomic, preserveUnknownFields, embeddedResource, ...plain } = limits;
  const names = Object.keys(fields);
  const mandatory = names.filter((name) => isRequired(fields[name] ?? {}));
  return {
    type: "object",
    ...about,
    ...withRules(plain),
    ...(names.length === 0
      ? {}
      : { properties: Object.fromEntries(names.map((name) => [name, withoutMark(fields[name] as StructuralSchema)])) }),
    ...(mandatory.length === 0 ? {} : { required: mandatory }),
    ...(atomic ? { "x-kubernetes-map-type": "atomic" as const } : {}),
    ...(preserveUnknownFields ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
    ...(embeddedResource ? { "x-kubernetes-embedded-resource": true } : {}),
  };
}) as unknown as ObjectBuilder;

const list = ((...args: readonly unknown[]) => {
  const { about, subject: items, limits } = sorted<StructuralSchema, ListLimits>(args);
  const { merge, ...plain } = limits;
  return {
    type: "array",
    ...about,
    ...withRules(plain),
    items,
    ...(merge === undefined ? {} : { "x-kubernetes-list-type": typeof merge === "string" ? merge : "map" }),
    ...(merge === undefined || typeof merge === "string" ? {} : { "x-kubernetes-list-map-keys": merge }),
  };
}) as unknown as ListBuilder;

const map = ((...args: readonly unknown[]) => {
  const { about, subject: additionalProperties, limits } = sorted<StructuralSchema, MapLimits>(args);
  return { type: "object", ...about, ...limits, additionalProperties };
}) as unknown as MapBuilder;

const choice = ((...args: readonly unknown[]) => {
  const { about, subject: values, limits } = sorted<readonly string[], StringLimits>(args);
  return { type: "string", ...about, ...withRules(limits), enum: values };
}) as unknown as EnumBuilder;

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
  time: scalar<string, StringLimits>(spelled({ type: "string", format: "date-time" }, canonicalTime, (text) => text)),
  /** As Go prints durations: `10s`, `1h30m0s`. */
  duration: scalar<string, StringLimits>(
    spelled({ type: "string" }, canonicalDuration, (text) => `time: invalid duration ${JSON.stringify(text)}`),
  ),
  uuid: scalar<string, StringLimits>({ type: "string", format: "uuid" }),
  object,
  list,
  map,
  /** Any JSON value; nothing in it is checked or pruned. */
  json: scalar<unknown, BooleanLimits>({ "x-kubernetes-preserve-unknown-fields": true }),
  /** The same fields under another description. */
  described: <T>(description: string, schema: Schema<T>): Schema<T> => ({ ...schema, description }),
};

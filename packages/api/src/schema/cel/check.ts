import { type Environment, serialize } from "@marcbachmann/cel-js";
import type { StructuralSchema } from "../../kind/structural.ts";
import { valuesOf } from "../walk.ts";
import { createEnvironment, desugared } from "./library.ts";
import { escapeName } from "./values.ts";

export interface CheckOptions {
  readonly returns: "bool" | "string";
  readonly optionalOldSelf?: boolean;
}

/** What is wrong with an expression about values of this schema: it cannot be read, names what is not there, mixes types. */
export const expressionError = (expression: string, schema: StructuralSchema, options: CheckOptions): string | undefined => {
  const known = judged.get(schema) ?? new Map<string, string | undefined>();
  judged.set(schema, known);
  const key = `${options.returns} ${options.optionalOldSelf ?? false} ${expression}`;
  if (!known.has(key)) known.set(key, checked(expression, schema, options));
  return known.get(key);
};

/** Kinds share their parts, and a part with its rules is the same in all of them. Only a memo: what is in it never matters. */
const judged = new WeakMap<StructuralSchema, Map<string, string | undefined>>();

const checked = (expression: string, schema: StructuralSchema, options: CheckOptions): string | undefined => {
  try {
    const declare: ((environment: Environment) => void)[] = [];
    const self = typeOf(schema, { expression, declare });
    const environment = createEnvironment({
      self,
      oldSelf: options.optionalOldSelf ? `optional<${self}>` : self,
      declare: (made) => {
        for (const step of declare) step(made);
      },
    });
    const result = environment.check(serialize(desugared(environment.parse(expression).ast)));
    if (!result.valid) return firstLine(result.error);
    const type = String(result.type);
    return type === options.returns || type === "dyn" ? undefined : `must evaluate to ${options.returns}, not ${type}`;
  } catch (error) {
    return firstLine(error);
  }
};

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";

interface Wanted {
  /** What it never names need not be known: declaring types is what costs. */
  readonly expression: string;
  /** Makes types known, inner ones first. */
  readonly declare: ((environment: Environment) => void)[];
}

/** The name of the type of such values. */
const typeOf = (schema: StructuralSchema, wanted: Wanted): string => {
  if (schema["x-kubernetes-int-or-string"] || schema.nullable) return "dyn";
  switch (schema.type) {
    case "integer":
      return "int";
    case "number":
      return "double";
    case "boolean":
      return "bool";
    case "string":
      return stringTypes[schema.format ?? ""] ?? "string";
    case "array":
      return `list<${schema.items ? typeOf(schema.items, wanted) : "dyn"}>`;
    case "object":
      return objectType(schema, wanted);
    default:
      return "dyn";
  }
};

const stringTypes: { readonly [format: string]: string } = {
  date: "google.protobuf.Timestamp",
  "date-time": "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
  byte: "bytes",
};

const objectType = (schema: StructuralSchema, wanted: Wanted): string => {
  const values = valuesOf(schema);
  if (values) return `map<string, ${typeOf(values, wanted)}>`;
  const { expression, declare } = wanted;
  const fields = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([property, field]) => {
      const name = escapeName(property);
      return [name, expression.includes(name) ? typeOf(field, wanted) : "dyn"] as const;
    }),
  );
  const name = `Object${declare.length}`;
  declare.push((environment) => {
    environment.registerType(name, { fields });
    environment.registerOperator(`${name} == ${name}`, () => true);
  });
  return name;
};

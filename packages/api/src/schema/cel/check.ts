import type { Environment } from "@marcbachmann/cel-js";
import type { StructuralSchema } from "../../kind/structural.ts";
import { valuesOf } from "../walk.ts";
import { createEnvironment } from "./library.ts";
import { escapeName } from "./values.ts";

export interface CheckOptions {
  readonly returns: "bool" | "string";
  readonly optionalOldSelf?: boolean;
}

/** What is wrong with an expression about values of this schema: it cannot be read, names what is not there, mixes types. */
export const expressionError = (expression: string, schema: StructuralSchema, options: CheckOptions): string | undefined => {
  try {
    const declare: ((environment: Environment) => void)[] = [];
    const self = typeOf(schema, declare);
    const environment = createEnvironment({
      self,
      oldSelf: options.optionalOldSelf ? `optional<${self}>` : self,
      declare: (made) => {
        for (const step of declare) step(made);
      },
    });
    const checked = environment.check(expression);
    if (!checked.valid) return firstLine(checked.error);
    const type = String(checked.type);
    return type === options.returns || type === "dyn" ? undefined : `must evaluate to ${options.returns}, not ${type}`;
  } catch (error) {
    return firstLine(error);
  }
};

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";

/** The name of the type of such values; what makes it known is added to `declare`, inner types first. */
const typeOf = (schema: StructuralSchema, declare: ((environment: Environment) => void)[]): string => {
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
      return `list<${schema.items ? typeOf(schema.items, declare) : "dyn"}>`;
    case "object":
      return objectType(schema, declare);
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

const objectType = (schema: StructuralSchema, declare: ((environment: Environment) => void)[]): string => {
  const values = valuesOf(schema);
  if (values) return `map<string, ${typeOf(values, declare)}>`;
  const fields = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, field]) => [escapeName(name), typeOf(field, declare)] as const),
  );
  const name = `Object${declare.length}`;
  declare.push((environment) => {
    environment.registerType(name, { fields });
    environment.registerOperator(`${name} == ${name}`, () => true);
  });
  return name;
};

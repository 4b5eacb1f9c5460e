import type { ClusterClassStatus } from "../cluster/clusterclass.ts";
import type { ClusterVariable } from "../cluster/topology.ts";
import { jsonText } from "../json/text.ts";
import { invalid, requiredValue } from "../kind/fielderror.ts";
import type { FieldError, SchemaTools } from "../kind/kind.ts";
import { deepEqual } from "../schema/equality.ts";
import { held, holderOf, isPlain } from "./variableschema.ts";

export type VariableDefinition = NonNullable<ClusterClassStatus["variables"]>[number];
type Errors = readonly FieldError[];

export interface Defaulted {
  readonly values: readonly ClusterVariable[];
  readonly errors: Errors;
}

/**
 * The values with the defaults of their schemas; `create` makes those that are absent and have a default at the root. The user's
 * come first in their order, then the new ones in the class's.
 */
export const defaultedVariables = (
  values: readonly ClusterVariable[] | undefined,
  definitions: readonly VariableDefinition[],
  options: { readonly create: boolean; readonly path: string; readonly schemas: SchemaTools },
): Defaulted => {
  const { create, path, schemas } = options;
  const given = values ?? [];
  const wrong = [...repeated(given, path), ...conflicting(definitions, path)];
  if (wrong.length > 0) return { values: given, errors: wrong };
  const errors: FieldError[] = [];
  const made: ClusterVariable[] = [];
  for (const variable of given) {
    const definition = definitions.find(({ name }) => name === variable.name)?.definitions[0];
    if (definition === undefined) {
      errors.push(invalid(`${path}[${variable.name}]`, jsonText(variable.value), "variable is not defined"));
      continue;
    }
    const holder = { [held]: variable.value };
    const filled = schemas.compile(holderOf(definition.schema.openAPIV3Schema)).applyDefaults(holder);
    made.push(filled[held] === variable.value ? variable : { ...variable, value: filled[held] });
  }
  if (create) {
    for (const { name, definitions: declared } of definitions) {
      const schema = declared[0]?.schema.openAPIV3Schema;
      if (schema?.default === undefined || given.some((variable) => variable.name === name)) continue;
      const filled: { readonly [held]?: unknown } = schemas.compile(holderOf(schema)).applyDefaults({});
      made.push({ name, value: filled[held] });
    }
  }
  return { values: errors.length === 0 && !deepEqual(made, given) ? made : given, errors };
};

/** What is wrong with values; `old` ones are what rules of change compare with. */
export const variableErrors = (
  values: readonly ClusterVariable[] | undefined,
  old: readonly ClusterVariable[] | undefined,
  definitions: readonly VariableDefinition[],
  options: { readonly required: boolean; readonly path: string; readonly schemas: SchemaTools },
): Errors => {
  const { required, path, schemas } = options;
  const given = values ?? [];
  const wrong = [...repeated(given, path), ...conflicting(definitions, path)];
  if (wrong.length > 0) return wrong;
  const missing = required
    ? definitions.filter(
        ({ name, definitions: declared }) => declared[0]?.required && !given.some((variable) => variable.name === name),
      )
    : [];
  return [
    ...missing.map(({ name }) => requiredValue(path, `required variable ${jsonText(name)} must be set`)),
    ...given.flatMap((variable) => {
      const at = `${path}[${variable.name}]`;
      const definition = definitions.find(({ name }) => name === variable.name)?.definitions[0];
      if (definition === undefined) return [invalid(at, jsonText(variable.value), "variable is not defined")];
      const before = old?.find(({ name }) => name === variable.name);
      return valueErrors(variable, before, definition.schema.openAPIV3Schema, at, schemas);
    }),
  ];
};

const valueErrors = (
  variable: ClusterVariable,
  old: ClusterVariable | undefined,
  schema: VariableDefinition["definitions"][number]["schema"]["openAPIV3Schema"],
  path: string,
  schemas: SchemaTools,
): Errors => {
  const compiled = schemas.compile(holderOf(schema));
  const holder = { [held]: variable.value };
  const found = compiled.validate(holder);
  // Rules that compare are judged with the old value; all others have been judged without it, changed or not.
  const compared = old === undefined ? [] : compiled.validate(holder, { [held]: old.value });
  const errors = [...found, ...compared.filter((error) => !found.some((other) => deepEqual(other, error)))];
  if (errors.length > 0) return errors.map((error) => placed(error, variable, path));
  const { unknown } = compiled.prune(holder);
  if (unknown.length === 0) return [];
  const fields = unknown.map((name) => name.replace(`${held}.`, "")).join(",");
  return [
    invalid(
      path,
      jsonText(variable.value),
      `failed validation: ${jsonText(fields)} field(s) are not specified in the variable schema of variable ${jsonText(variable.name)}`,
    ),
  ];
};

const placed = (error: FieldError, { value }: ClusterVariable, path: string): FieldError => {
  const field = error.field.startsWith(held)
    ? `${path}.${error.field}`
    : error.field === "<nil>"
      ? path
      : `${path}.${error.field}`;
  const message = error.message.replaceAll(/\bvalue(\S*) in body /g, "");
  if (!message.startsWith("Invalid value: ")) return { ...error, field, message };
  // The whole value is shown, as it was sent.
  const shown =
    isPlain(value) || Array.isArray(value)
      ? message.replace(/^Invalid value: "(?:object|array)": /, `Invalid value: ${jsonText(jsonText(value))}: `)
      : message;
  return { ...error, field, message: shown };
};

const repeated = (values: readonly ClusterVariable[], path: string): Errors =>
  values.flatMap(({ name, value, definitionFrom = "" }, index) => {
    const wrong = (why: string) => invalid(`${path}[${name}]`, jsonText(value), `variable ${jsonText(name)} ${why}`);
    return [
      ...(definitionFrom === "" ? [] : [wrong("has DefinitionFrom set")]),
      ...(values.findIndex((other) => other.name === name) < index ? [wrong("is set more than once")] : []),
    ];
  });

const conflicting = (definitions: readonly VariableDefinition[], path: string): Errors =>
  definitions.flatMap(({ name, definitionsConflict }) =>
    definitionsConflict
      ? [
          invalid(
            `${path}[${name}]`,
            "",
            `variable ${jsonText(name)} has conflicting definitions in the ClusterClass, which must be solved first`,
          ),
        ]
      : [],
  );

import type { JsonSchemaProps } from "../cluster/jsonschemaprops.ts";
import type { StructuralSchema } from "../kind/structural.ts";

/** The schema of a ClusterClass's variable as a structural schema. */
export const structuralOf = (schema: JsonSchemaProps): StructuralSchema => {
  const { "x-metadata": _metadata, ...rest } = schema as Plain;
  const result: Plain = { ...rest };
  for (const name of ["additionalProperties", "items", "not"]) {
    if (isPlain(result[name])) result[name] = structuralOf(result[name] as JsonSchemaProps);
  }
  for (const name of ["allOf", "anyOf", "oneOf"]) {
    const branches = result[name];
    if (Array.isArray(branches)) result[name] = branches.map((branch) => structuralOf(branch));
  }
  if (isPlain(result["properties"])) {
    result["properties"] = Object.fromEntries(
      Object.entries(result["properties"]).map(([name, field]) => [name, structuralOf(field as JsonSchemaProps)]),
    );
  }
  return result as StructuralSchema;
};

type Plain = { [name: string]: unknown };

export const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);

/** A variable's value may be of any type, an object's fields may not: so it stands in one. */
export const held = "value";
export const holderOf = (schema: JsonSchemaProps): StructuralSchema => ({
  type: "object",
  properties: { [held]: structuralOf(schema) },
});

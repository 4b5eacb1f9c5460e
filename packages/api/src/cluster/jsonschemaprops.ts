import { required, s, type TypeOf } from "../kind/fields.ts";
import { templateMetadata } from "./fragments.ts";

export const jsonSchemaProps = s.object("What a value may be", {
  additionalProperties: s.json("Schema of a map's values"),
  allOf: s.json("All of these must hold"),
  anyOf: s.json("At least one of these must hold"),
  default: s.json("Value when none is given"),
  description: s.string("For people", { minLength: 1, maxLength: 4096 }),
  enum: s.list("Values that are allowed", s.json(), { maxItems: 100 }),
  example: s.json("An example for people"),
  exclusiveMaximum: s.boolean("The maximum itself is not allowed"),
  exclusiveMinimum: s.boolean("The minimum itself is not allowed"),
  format: s.string("Format of a string or number", { minLength: 1, maxLength: 32 }),
  items: s.json("Schema of a list's items"),
  maxItems: s.int64("Most items"),
  maxLength: s.int64("Longest string"),
  maxProperties: s.int64("Most fields"),
  maximum: s.int64("Largest number"),
  minItems: s.int64("Fewest items"),
  minLength: s.int64("Shortest string"),
  minProperties: s.int64("Fewest fields"),
  minimum: s.int64("Smallest number"),
  not: s.json("This must not hold"),
  oneOf: s.json("Exactly one of these must hold"),
  pattern: s.string("Regular expression that a string must match", { minLength: 1, maxLength: 512 }),
  properties: s.json("Fields of an object"),
  required: s.list("Fields that must be there", s.string({ minLength: 1, maxLength: 256 }), { maxItems: 1000 }),
  type: s.enum("object, array, string, integer, number or boolean", [
    "object",
    "array",
    "string",
    "integer",
    "number",
    "boolean",
  ]),
  uniqueItems: s.boolean("No item twice"),
  "x-kubernetes-int-or-string": s.boolean("A whole number or a string"),
  "x-kubernetes-preserve-unknown-fields": s.boolean("Fields that the schema does not know are kept"),
  "x-kubernetes-validations": s.list(
    "Rules in CEL",
    s.object({
      rule: required(s.string("Expression that must be true", { minLength: 1, maxLength: 4096 })),
      fieldPath: s.string("Field that a failure is reported for", { minLength: 1, maxLength: 512 }),
      message: s.string("What a failure says", { minLength: 1, maxLength: 512 }),
      messageExpression: s.string("Expression that makes what a failure says", { minLength: 1, maxLength: 1024 }),
      reason: s.enum(
        "Reason of a failure, for machines",
        ["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"],
        { default: "FieldValueInvalid" },
      ),
    }),
    { maxItems: 100, merge: ["rule"] },
  ),
  "x-metadata": s.described("Labels and annotations of the variable", templateMetadata),
});
export type JsonSchemaProps = TypeOf<typeof jsonSchemaProps>;

export const variableSchema = s.object("What a variable's value may be", {
  openAPIV3Schema: required(s.described("As an OpenAPI schema", jsonSchemaProps)),
});
export type VariableSchema = TypeOf<typeof variableSchema>;

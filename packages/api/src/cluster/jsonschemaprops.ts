import { required, s, type TypeOf } from "../kind/fields.ts";
import { templateMetadata } from "./fragments.ts";

export const jsonSchemaProps = s.object({
  additionalProperties: s.json(),
  allOf: s.json(),
  anyOf: s.json(),
  default: s.json(),
  description: s.string({ minLength: 1, maxLength: 4096 }),
  enum: s.list(s.json(), { maxItems: 100 }),
  example: s.json(),
  exclusiveMaximum: s.boolean(),
  exclusiveMinimum: s.boolean(),
  format: s.string({ minLength: 1, maxLength: 32 }),
  items: s.json(),
  maxItems: s.int64(),
  maxLength: s.int64(),
  maxProperties: s.int64(),
  maximum: s.int64(),
  minItems: s.int64(),
  minLength: s.int64(),
  minProperties: s.int64(),
  minimum: s.int64(),
  not: s.json(),
  oneOf: s.json(),
  pattern: s.string({ minLength: 1, maxLength: 512 }),
  properties: s.json(),
  required: s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 1000 }),
  type: s.enum(["object", "array", "string", "integer", "number", "boolean"]),
  uniqueItems: s.boolean(),
  "x-kubernetes-int-or-string": s.boolean(),
  "x-kubernetes-preserve-unknown-fields": s.boolean(),
  "x-kubernetes-validations": s.list(
    s.object({
      rule: required(s.string({ minLength: 1, maxLength: 4096 })),
      fieldPath: s.string({ minLength: 1, maxLength: 512 }),
      message: s.string({ minLength: 1, maxLength: 512 }),
      messageExpression: s.string({ minLength: 1, maxLength: 1024 }),
      reason: s.enum(["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"], {
        default: "FieldValueInvalid",
      }),
    }),
    { maxItems: 100, merge: ["rule"] },
  ),
  "x-metadata": templateMetadata,
});
export type JsonSchemaProps = TypeOf<typeof jsonSchemaProps>;

export const variableSchema = s.object({
  openAPIV3Schema: required(jsonSchemaProps),
});
export type VariableSchema = TypeOf<typeof variableSchema>;

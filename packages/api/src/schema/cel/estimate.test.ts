import { expect, test } from "vitest";
import type { StructuralSchema, ValidationRule } from "../../kind/structural.ts";
import { customKinds } from "../../kinds.ts";
import { structuralErrors } from "../structure.ts";

const rule = (text: string): { readonly "x-kubernetes-validations": readonly ValidationRule[] } => ({
  "x-kubernetes-validations": [{ rule: text }],
});
const root = (spec: StructuralSchema): StructuralSchema => ({ type: "object", properties: { spec } });
const errors = (spec: StructuralSchema, before?: StructuralSchema) =>
  structuralErrors(root(spec), "s", before && root(before)).map(({ type, field, message }) => `${type} ${field}: ${message}`);

const quadratic = rule("self.all(x, self.all(y, x == y))");
const unbounded: StructuralSchema = { type: "array", items: { type: "string" }, ...quadratic };

test("a rule that could cost too much is refused with what would make it cheaper [API-343]", () => {
  expect(errors(unbounded)[0]).toBe(
    "FieldValueForbidden s.properties[spec].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
  );
  expect(errors({ ...unbounded, maxItems: 10, items: { type: "string", maxLength: 10 } })).toEqual([]);
});

test("rules within lists and maps count as often as there can be values [API-343]", () => {
  const name: StructuralSchema = { type: "string", maxLength: 5000, ...rule("self.matches('^(a|b|c|d|e)+$')") };
  expect(errors(name)).toEqual([]);
  expect(errors({ type: "array", items: name })[0]).toContain("estimated rule cost exceeds budget");
  expect(errors({ type: "array", maxItems: 20, items: name })).toEqual([]);
  expect(errors({ type: "object", additionalProperties: name })[0]).toContain("estimated rule cost exceeds budget");
  expect(errors({ type: "object", maxProperties: 20, additionalProperties: name })).toEqual([]);
  const two = { type: "array", maxItems: 2, items: { type: "array", maxItems: 2, items: name } } as const;
  expect(errors(two)).toEqual([]);
});

test("messages that are computed count too, and so does a schema as a whole [API-343]", () => {
  const message = { rule: "true", messageExpression: "string(self.all(x, self.all(y, x == y)))" };
  expect(errors({ type: "array", items: { type: "string" }, "x-kubernetes-validations": [message] })[0]).toContain(
    "estimated messageExpression cost exceeds budget",
  );
  const heavy: StructuralSchema = {
    type: "array",
    maxItems: 300,
    items: { type: "string", maxLength: 100 },
    ...rule("self.all(x, self.exists(y, x + 'a' == y))"),
  };
  expect(errors(heavy)).toEqual([]);
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, heavy] as const));
  const found = errors({ type: "object", properties: many });
  expect(found[0]).toContain("contributed to estimated rule & messageExpression cost total exceeding cost limit");
  expect(found[found.length - 1]).toContain(
    "FieldValueForbidden s: Forbidden: x-kubernetes-validations estimated rule & messageExpression cost total for entire OpenAPIv3 schema exceeds budget",
  );
});

test("what was let in once is not judged again by limits that came later [API-344]", () => {
  const before: StructuralSchema = { type: "object", properties: { list: unbounded } };
  const after: StructuralSchema = { type: "object", properties: { list: unbounded, more: { type: "string" } } };
  expect(errors(after, before)).toEqual([]);
  const worse: StructuralSchema = {
    type: "object",
    properties: { list: unbounded, other: { ...unbounded, ...rule("self.all(x, self.all(y, x != y))") } },
  };
  expect(errors(worse, before)[0]).toContain("s.properties[spec].properties[other]");
});

test("every rule of our own kinds is within the limits of a kube-apiserver [API-343]", () => {
  for (const kind of customKinds) expect(structuralErrors(kind.schema, kind.kind), kind.kind).toEqual([]);
});

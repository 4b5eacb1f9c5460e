import { describe, expect, test } from "vitest";
import { customKinds } from "../kinds.ts";
import { structuralErrors } from "./structure.ts";

const at = (spec: object) =>
  structuralErrors({ type: "object", properties: { spec } }, "s").map(({ field, message }) => `${field}: ${message}`);
const object = (properties: object, extra: object = {}) => ({ type: "object", properties, ...extra });
const string = { type: "string" };
const list = (items: object, extra: object) => ({ type: "array", items, ...extra });

test("every schema of ours is structural", () => {
  for (const { kind, schema } of customKinds) expect(structuralErrors(schema, kind)).toEqual([]);
});

describe("a schema is refused", () => {
  test.each<[string, object, string[]]>([
    ["without a type", {}, ["s.properties[spec].type: Required value: must not be empty for specified object fields"]],
    [
      "without a type for items",
      { type: "array", items: {} },
      ["s.properties[spec].items.type: Required value: must not be empty for specified array items"],
    ],
    [
      "with fields and values at once",
      object({ a: string }, { additionalProperties: string }),
      ["s.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"],
    ],
    [
      "for a field that only a branch knows",
      object({}, { anyOf: [{ properties: { a: { minLength: 1 } } }] }),
      ["s.properties[spec].properties[a]: Required value: because it is defined in s.properties[spec].anyOf[0].properties[a]"],
    ],
    [
      "for a type within a branch",
      object({ a: string }, { oneOf: [{ properties: { a: { type: "string" } } }] }),
      ["s.properties[spec].oneOf[0].properties[a].type: Forbidden: must be empty to be structural"],
    ],
  ])("%s [API-314]", (_what, spec, expected) => {
    expect(at(spec)).toEqual(expected);
  });

  test.each<[string, object, string]>([
    ["$ref", { type: "object", $ref: "#/x" }, "s.properties[spec].$ref: Forbidden: $ref is not supported"],
    [
      "patternProperties",
      { type: "object", patternProperties: {} },
      "s.properties[spec].patternProperties: Forbidden: patternProperties is not supported",
    ],
    [
      "uniqueItems",
      list(string, { uniqueItems: true }),
      "s.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    ],
    [
      "type null",
      { type: "null" },
      "s.properties[spec].type: Forbidden: type cannot be set to null, use nullable as an alternative",
    ],
  ])("with %s [API-315]", (_what, spec, expected) => {
    expect(at(spec)).toEqual([expected]);
  });

  test("whose root is no object, may be null, or says too much of metadata [API-315] [API-316]", () => {
    const of = (schema: object) => structuralErrors(schema, "s").map(({ field, type }) => `${field} ${type}`);
    expect(of({ type: "array", items: string })).toEqual(["s.type FieldValueInvalid"]);
    expect(of({ type: "object", nullable: true })).toEqual(["s.nullable FieldValueForbidden"]);
    expect(of(object({ metadata: object({ labels: { type: "object" } }), kind: { type: "integer" } }))).toEqual([
      "s.properties[kind].type FieldValueInvalid",
      "s.properties[metadata] FieldValueForbidden",
    ]);
    expect(of(object({ metadata: object({ name: { type: "string", maxLength: 5 } }) }))).toEqual([]);
  });

  test("for a type beside int-or-string, which otherwise may name both [API-317]", () => {
    const both = { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] };
    expect(at(both)).toEqual([]);
    expect(at({ "x-kubernetes-int-or-string": true, allOf: [{ anyOf: both.anyOf }] })).toEqual([]);
    expect(at({ ...both, type: "string" })).toEqual([
      "s.properties[spec].type: Forbidden: must be empty if x-kubernetes-int-or-string is true",
    ]);
  });

  test("for an embedded resource without anything in it [API-318]", () => {
    expect(at({ type: "object", "x-kubernetes-embedded-resource": true })).toHaveLength(1);
    expect(at({ type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true })).toEqual(
      [],
    );
  });

  const keyed = (item: object, keys: unknown = ["name"]) =>
    list(item, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys });
  test.each<[string, object, number]>([
    ["a list type of no list", { type: "string", "x-kubernetes-list-type": "set" }, 1],
    ["a keyed list without keys", keyed(object({ name: string }, { required: ["name"] }), []), 1],
    ["a key that is no field", keyed(object({ a: string })), 1],
    ["a key that may be missing", keyed(object({ name: string })), 1],
    ["a key that may be null", keyed(object({ name: { type: "string", nullable: true } }, { required: ["name"] })), 1],
    ["a key that is an object", keyed(object({ name: object({}) }, { required: ["name"] })), 1],
    ["a set of objects", list(object({}), { "x-kubernetes-list-type": "set" }), 1],
    ["a good keyed list is fine", keyed(object({ name: { type: "string", default: "x" } })), 0],
  ])("for %s [API-319]", (_what, spec, count) => {
    expect(at(spec)).toHaveLength(count);
  });

  test("for a default that its own field would refuse [API-324]", () => {
    expect(at(object({ a: { type: "integer", default: "x" } }))).toEqual([
      's.properties[spec].properties[a].default: Invalid value: "string": value in body must be of type integer: "string"',
    ]);
    expect(at(object({ a: object({ b: string }), c: { type: "object", default: { d: 1 }, properties: {} } }))).toHaveLength(1);
    expect(at(object({ a: object({ b: { type: "string", default: "x" } }, { required: ["b"], default: {} }) }))).toEqual([]);
  });

  const ruled = (rule: object, spec: object) => at({ ...spec, "x-kubernetes-validations": [rule] });
  test("for a rule that cannot be read, names what is not there, or says neither yes nor no [API-344]", () => {
    const spec = object({ a: string, l: list({ type: "integer" }, {}) });
    expect(ruled({ rule: "self.a ==" }, spec)[0]).toMatch(
      /x-kubernetes-validations\[0\].rule: Invalid value: "self.a ==": compilation failed: ERROR/,
    );
    expect(ruled({ rule: "self.b == 'x'" }, spec)[0]).toMatch(/compilation failed: .*No such key: b/);
    expect(ruled({ rule: "self.a == 1" }, spec)[0]).toMatch(/no such overload/);
    expect(ruled({ rule: "self.a" }, spec)[0]).toMatch(/must evaluate to bool/);
    expect(ruled({ rule: "self.a == 'x'", messageExpression: "1" }, spec)[0]).toMatch(/messageExpression/);
    expect(ruled({ rule: "self.l.all(x, x > 1) && self == oldSelf" }, spec)).toEqual([]);
  });

  test("for a rule that looks back where nothing can be known again [API-339]", () => {
    const item = {
      ...object({ name: string }, { required: ["name"] }),
      "x-kubernetes-validations": [{ rule: "self == oldSelf" }],
    };
    expect(at(list(item, {}))[0]).toMatch(
      /oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties\[spec\]/,
    );
    expect(at(keyed(item))).toEqual([]);
  });
});

describe("libraries that rules may use [API-341]", () => {
  const holds = (rule: string) =>
    at({
      ...object({ a: { type: "string", maxLength: 1000 }, l: list({ type: "integer" }, {}) }),
      "x-kubernetes-validations": [{ rule }],
    });
  test.each([
    "self.l.sum() > 1 && self.l.isSorted() && self.l.min() < self.l.max()",
    "quantity(self.a).isGreaterThan(quantity('1Gi'))",
    "cidr('10.0.0.0/8').containsIP(self.a) && ip(self.a).family() == 4",
    "isURL(self.a) && url(self.a).getScheme() == 'https'",
    "sets.contains(self.l, [1])",
    "self.a.find('[a-z]+') == 'x' && self.a.findAll('[0-9]').size() == 2",
    "self.a.split(',').all(x, x.matches('^[a-z]+$'))",
    "cel.bind(x, self.a, x + x) == 'aa'",
  ])("%s", (rule) => {
    expect(holds(rule)).toEqual([]);
  });
});

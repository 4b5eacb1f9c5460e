import { describe, expect, test } from "vitest";
import { s } from "../../kind/fields.ts";
import type { StructuralSchema, ValidationRule } from "../../kind/structural.ts";
import { customKinds } from "../../kinds.ts";
import { compileSchema } from "../compile.ts";

const judged = (spec: StructuralSchema, value: unknown, old?: unknown): string[] =>
  compileSchema(s.object({ spec: spec as never }))
    .validate({ spec: value }, old === undefined ? undefined : { spec: old })
    .map(({ type, field, message }) => `${type} ${field}: ${message}`);

const ruled = (fields: Parameters<typeof s.object>[0], ...rules: ValidationRule[]): StructuralSchema =>
  s.object(fields as never, { rules } as never);

describe("rules", () => {
  test.each<[string, StructuralSchema, unknown, boolean]>([
    [
      "integers are exact and typed",
      ruled({ a: s.integer(), b: s.integer() }, { rule: "self.a / 2 == self.b" }),
      { a: 7, b: 3 },
      true,
    ],
    ["absent fields are asked for with has()", ruled({ a: s.string() }, { rule: "!has(self.a) || self.a == 'x'" }), {}, true],
    [
      "maps are walked by key",
      ruled({ m: s.map(s.integer()) }, { rule: "self.m.all(k, self.m[k] < 3)" }),
      { m: { a: 1, b: 5 } },
      false,
    ],
    [
      "keywords are spelled with underscores",
      ruled({ import: s.string() }, { rule: "has(self.__import__)" }),
      { import: "x" },
      true,
    ],
    [
      "dots, dashes and slashes are spelled out",
      ruled({ "a.b-c/d": s.string() }, { rule: "self.a__dot__b__dash__c__slash__d == 'x'" }),
      { "a.b-c/d": "x" },
      true,
    ],
    [
      "int-or-string is whichever it is",
      ruled({ v: s.intOrString() }, { rule: "type(self.v) == int ? self.v > 1 : self.v.endsWith('%')" }),
      { v: "30%" },
      true,
    ],
    [
      "times compare",
      ruled({ t: s.time() }, { rule: "self.t > timestamp('2020-01-01T00:00:00Z')" }),
      { t: "2026-01-01T00:00:00Z" },
      true,
    ],
    [
      "durations compare",
      ruled({ d: s.string({ format: "duration" }) }, { rule: "self.d < duration('1h')" }),
      { d: "30m" },
      true,
    ],
    ["numbers of two kinds compare", ruled({ a: s.integer() }, { rule: "self.a < 1.5" }), { a: 1 }, true],
    [
      "quantities compare",
      ruled({ a: s.string() }, { rule: "quantity(self.a).isLessThan(quantity('1Gi'))" }),
      { a: "900M" },
      true,
    ],
    [
      "lists have sums",
      ruled({ l: s.list(s.integer()) }, { rule: "self.l.sum() == 6 && self.l.isSorted()" }),
      { l: [1, 2, 3] },
      true,
    ],
    [
      "sets are equal in any order",
      ruled({ a: s.list(s.string(), { merge: "set" }), b: s.list(s.string(), { merge: "set" }) }, { rule: "self.a == self.b" }),
      { a: ["x", "y"], b: ["y", "x"] },
      true,
    ],
  ])("%s [API-338]", (_what, schema, value, passes) => {
    expect(judged(schema, value).length === 0).toBe(passes);
  });

  test("a failed rule says its message, its place and its reason [API-340]", () => {
    const rule = { rule: "self.a > 1", message: "a must be more" };
    const fields = { a: s.integer() };
    expect(judged(ruled(fields, rule), { a: 1 })).toEqual(['FieldValueInvalid spec: Invalid value: "object": a must be more']);
    expect(judged(ruled(fields, { ...rule, fieldPath: ".a", reason: "FieldValueForbidden" }), { a: 1 })).toEqual([
      "FieldValueForbidden spec.a: Forbidden: a must be more",
    ]);
    expect(judged(ruled(fields, { rule: "self.a > 1" }), { a: 1 })).toEqual([
      'FieldValueInvalid spec: Invalid value: "object": failed rule: self.a > 1',
    ]);
    expect(judged(ruled(fields, { ...rule, messageExpression: "'a is ' + string(self.a)" }), { a: 1 })).toEqual([
      'FieldValueInvalid spec: Invalid value: "object": a is 1',
    ]);
  });

  test("a transition rule is judged only where there was something before [API-339]", () => {
    const schema = ruled({ a: s.string() }, { rule: "self.a == oldSelf.a", message: "a is immutable" });
    expect(judged(schema, { a: "1" })).toEqual([]);
    expect(judged(schema, { a: "1" }, { a: "1" })).toEqual([]);
    expect(judged(schema, { a: "2" }, { a: "1" })).toHaveLength(1);
  });

  test("a transition rule with an optional old value is judged on create too [API-339]", () => {
    const schema = ruled(
      { a: s.integer() },
      { rule: "oldSelf.hasValue() ? self.a >= oldSelf.value().a : self.a == 0", optionalOldSelf: true },
    );
    expect(judged(schema, { a: 0 })).toEqual([]);
    expect(judged(schema, { a: 1 })).toHaveLength(1);
    expect(judged(schema, { a: 1 }, { a: 0 })).toEqual([]);
    expect(judged(schema, { a: 0 }, { a: 1 })).toHaveLength(1);
  });

  test("keyed items find their old selves, items of other lists do not [API-339]", () => {
    const item = ruled({ name: s.string(), v: s.string() }, { rule: "self.v == oldSelf.v" });
    const old = { l: [{ name: "a", v: "1" }] };
    const changed = {
      l: [
        { name: "b", v: "9" },
        { name: "a", v: "2" },
      ],
    };
    expect(judged(s.object({ l: s.list(item as never, { merge: ["name"] }) }), changed, old)).toEqual([
      'FieldValueInvalid spec.l[1]: Invalid value: "object": failed rule: self.v == oldSelf.v',
    ]);
    expect(judged(s.object({ l: s.list(item as never) }), changed, old)).toEqual([]);
  });

  test("an unchanged value is not judged again by rules that do not look back [API-335]", () => {
    const schema = s.object({ a: ruled({ x: s.integer() }, { rule: "self.x > 5" }) as never, b: s.string() });
    expect(judged(schema, { a: { x: 1 }, b: "new" }, { a: { x: 1 } })).toEqual([]);
    expect(judged(schema, { a: { x: 2 } }, { a: { x: 1 } })).toHaveLength(1);
  });

  test("rules wait until the object has the shape they were written for [API-336]", () => {
    const schema = ruled({ a: s.integer() }, { rule: "self.a > 5" });
    expect(judged(schema, { a: "x" })).toEqual([
      'FieldValueTypeInvalid spec.a: Invalid value: "string": spec.a in body must be of type integer: "string"',
      "FieldValueInvalid <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
    ]);
  });

  test("an error while judging is a failure that names the rule; a rule that cannot be read is refused with its schema [API-344]", () => {
    expect(judged(ruled({ a: s.string() }, { rule: "self.a == 'x'" }), {})).toEqual([
      "FieldValueInvalid spec: Invalid value: \"object\": No such key: a evaluating rule: self.a == 'x'",
    ]);
    expect(() => compileSchema(s.object({ spec: ruled({}, { rule: "self.a ==" }) as never }))).toThrow(/compilation failed/);
  });

  test("matches() takes linear time however the pattern was meant [API-330]", () => {
    const schema = ruled({ a: s.string() }, { rule: "self.a.matches('^(a+)+$')" });
    const started = performance.now();
    expect(judged(schema, { a: `${"a".repeat(40)}!` })).toHaveLength(1);
    expect(judged(schema, { a: "aaa" })).toHaveLength(0);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("a rule that loops for too long is stopped, and so is judging an object whose rules take too long together [API-342]", () => {
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
    const nested = { rule: "self.l.all(x, self.l.all(y, self.l.exists(z, z + y + x >= 0)))" };
    const list = (...rules: ValidationRule[]) => ruled({ l: s.list(s.integer()) }, ...rules);
    const started = performance.now();
    expect(judged(list(nested, { rule: "false" }), { l: numbers(2000) })).toEqual([
      `FieldValueInvalid spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${nested.rule}`,
    ]);
    expect(performance.now() - started).toBeLessThan(5000);
    const pairs = { rule: "self.l.all(x, self.l.all(y, x + y >= 0))" };
    expect(judged(list(pairs), { l: numbers(300) })).toEqual([]);
    expect(
      judged(s.object({ many: s.list(list(pairs) as never) }), { many: numbers(30).map(() => ({ l: numbers(300) })) }),
    ).toEqual([
      expect.stringMatching(
        /^FieldValueInvalid spec\.many\[\d+\]: .*: validation failed due to running out of cost budget, no further validation rules will be run$/,
      ),
    ]);
    expect(
      judged(list({ rule: "self.l.exists(x, self.l.all(y, self.l.all(z, true))) || true" }), { l: numbers(2000) }),
    ).toHaveLength(1);
  });

  test("rules at the root may read the object's name [API-337]", () => {
    const schema = compileSchema({
      ...s.object({ spec: s.object({}) }),
      "x-kubernetes-validations": [{ rule: "self.metadata.name.startsWith('a') && self.kind == 'K'" }],
    });
    expect(schema.validate({ kind: "K", metadata: { name: "abc" } })).toEqual([]);
    expect(schema.validate({ kind: "K", metadata: { name: "b" } })).toHaveLength(1);
  });
});

test("every rule of every kind compiles", () => {
  for (const kind of customKinds) if (kind.schema) compileSchema(kind.schema);
});

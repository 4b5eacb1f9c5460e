import { describe, expect, test } from "vitest";
import { required, s } from "../kind/fields.ts";
import type { StructuralSchema } from "../kind/structural.ts";
import { compileSchema } from "./compile.ts";

const object = (spec: StructuralSchema): StructuralSchema =>
  s.object({ apiVersion: s.string(), kind: s.string(), metadata: s.object({}), spec: spec as never });
const errorsOf = (spec: StructuralSchema, value: unknown, old?: unknown): string[] =>
  compileSchema(object(spec))
    .validate({ spec: value }, old === undefined ? undefined : { spec: old })
    .map(({ field, message }) => `${field}: ${message}`);

describe("pruning", () => {
  const schema = object(
    s.object({
      known: s.string(),
      list: s.list(s.object({ a: s.string() })),
      map: s.map(s.object({ a: s.string() })),
      any: s.object({ inner: s.object({ a: s.string() }) }, { preserveUnknownFields: true }),
      json: s.json(),
    }),
  );

  test("drops what the schema does not know and says where it was [API-322]", () => {
    const { object: pruned, unknown } = compileSchema(schema).prune({
      apiVersion: "v1",
      extra: 1,
      metadata: { name: "x", foo: 1 },
      spec: { known: "a", b: 1, list: [{ a: "x", c: 1 }], map: { k: { a: "y", d: 2 } } },
    });
    expect(pruned).toEqual({
      apiVersion: "v1",
      metadata: { name: "x" },
      spec: { known: "a", list: [{ a: "x" }], map: { k: { a: "y" } } },
    });
    expect(unknown).toEqual(["extra", "metadata.foo", "spec.b", "spec.list[0].c", "spec.map.k.d"]);
  });

  test("keeps unknown fields where it is told to, but prunes what is declared below [API-322]", () => {
    const { object: pruned, unknown } = compileSchema(schema).prune({
      spec: { any: { x: { y: 1 }, inner: { a: "1", b: 2 } }, json: { a: [1, { b: 2 }] } },
    });
    expect(pruned).toEqual({ spec: { any: { x: { y: 1 }, inner: { a: "1" } }, json: { a: [1, { b: 2 }] } } });
    expect(unknown).toEqual(["spec.any.inner.b"]);
  });

  test("returns the very same object when nothing is to be dropped", () => {
    const kept = { spec: { known: "a", list: [{ a: "x" }] } };
    expect(compileSchema(schema).prune(kept).object).toBe(kept);
  });

  test("prunes an embedded resource's metadata and keeps its type [API-318]", () => {
    const embedded = object(s.object({ t: s.object({}, { embeddedResource: true, preserveUnknownFields: true }) }));
    const { object: pruned } = compileSchema(embedded).prune({
      spec: { t: { apiVersion: "v1", kind: "A", metadata: { x: 1, name: "n" }, y: 1 } },
    });
    expect(pruned).toEqual({ spec: { t: { apiVersion: "v1", kind: "A", metadata: { name: "n" }, y: 1 } } });
  });
});

describe("defaults", () => {
  const defaulted = (spec: StructuralSchema, value: object) => compileSchema(object(spec)).applyDefaults({ spec: value }).spec;

  test("fill what is absent, into what exists or is itself created by a default [API-324]", () => {
    const spec = s.object({
      strategy: s.object(
        { type: s.string({ default: "RollingUpdate" }), inner: s.object({ a: s.string({ default: "x" }) }) },
        { default: {} },
      ),
      absent: s.object({ a: s.string({ default: "x" }) }),
    });
    expect(defaulted(spec, {})).toEqual({ strategy: { type: "RollingUpdate" } });
    expect(defaulted(spec, { absent: {} })).toEqual({ strategy: { type: "RollingUpdate" }, absent: { a: "x" } });
  });

  test("apply to every list item and map value [API-326]", () => {
    const spec = s.object({
      list: s.list(s.object({ a: s.string({ default: "x" }) })),
      map: s.map(s.object({ a: s.string({ default: "y" }) })),
    });
    expect(defaulted(spec, { list: [{}, { a: "1" }], map: { k: {} } })).toEqual({
      list: [{ a: "x" }, { a: "1" }],
      map: { k: { a: "y" } },
    });
  });

  test("replace null only where null is not allowed [API-325]", () => {
    const spec = s.object({ a: s.string({ default: "x" }), b: s.string({ default: "x", nullable: true }), c: s.string() });
    expect(defaulted(spec, { a: null, b: null, c: null })).toEqual({ a: "x", b: null, c: null });
    expect(errorsOf(spec, { c: null })).toEqual(['spec.c: Invalid value: "null": spec.c in body must be of type string: "null"']);
  });

  test("leave the very same object when nothing is missing, and keep {} and [] as sent [API-327]", () => {
    const schema = compileSchema(
      object(s.object({ a: s.string({ default: "x" }), m: s.map(s.string()), l: s.list(s.string()) })),
    );
    const complete = { spec: { a: "1", m: {}, l: [] } };
    expect(schema.applyDefaults(complete)).toBe(complete);
  });
});

describe("validation", () => {
  test.each<[string, StructuralSchema, unknown, string]>([
    ["a wrong type", s.int32(), "string", 'spec: Invalid value: "string": spec in body must be of type integer: "string"'],
    [
      "a number for a whole number",
      s.int32(),
      1.5,
      'spec: Invalid value: "number": spec in body must be of type integer: "number"',
    ],
    [
      "too small a number",
      s.integer({ minimum: 0 }),
      -1,
      "spec: Invalid value: -1: spec in body should be greater than or equal to 0",
    ],
    [
      "too large a number",
      s.integer({ maximum: 3 }),
      4,
      "spec: Invalid value: 4: spec in body should be less than or equal to 3",
    ],
    ["a word that is not in the enum", s.enum(["a", "b"]), "x", 'spec: Unsupported value: "x": supported values: "a", "b"'],
    ["a pattern", s.string({ pattern: "^a$" }), "x", "spec: Invalid value: \"x\": spec in body should match '^a$'"],
    ["too long a text", s.string({ maxLength: 5 }), "123456", "spec: Too long: may not be more than 5 bytes"],
    ["too short a text", s.string({ minLength: 1 }), "", 'spec: Invalid value: "": spec in body should be at least 1 chars long'],
    ["too many items", s.list(s.string(), { maxItems: 1 }), ["a", "b"], "spec: Too many: 2: must have at most 1 items"],
    [
      "too few items",
      s.list(s.string(), { minItems: 1 }),
      [],
      "spec: Invalid value: 0: spec in body should have at least 1 items",
    ],
    ["a missing field", s.object({ name: required(s.string()) }), {}, "spec.name: Required value"],
    [
      "too many fields",
      s.map(s.string(), { maxProperties: 1 }),
      { a: "", b: "" },
      "spec: Too many: 2: must have at most 1 items",
    ],
    ["a wrong format", s.uuid(), "zz", 'spec: Invalid value: "zz": spec in body must be of type uuid: "zz"'],
    [
      "neither int nor string",
      s.intOrString(),
      true,
      'spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"',
    ],
  ])("refuses %s in Kubernetes' words [API-328]", (_what, schema, value, expected) => {
    expect(errorsOf(schema, value)).toEqual([expected]);
  });

  test("refuses what no branch, two branches or a forbidden branch accepts [API-329]", () => {
    const branch = (extra: StructuralSchema): StructuralSchema => ({
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      ...extra,
    });
    const ab = [{ required: ["a"] }, { required: ["b"] }];
    expect(errorsOf(branch({ anyOf: ab }), {})).toEqual([
      'spec: Invalid value: "": "spec" must validate at least one schema (anyOf)',
    ]);
    expect(errorsOf(branch({ oneOf: ab }), { a: "", b: "" })).toEqual([
      'spec: Invalid value: "": "spec" must validate one and only one schema (oneOf)',
    ]);
    expect(errorsOf(branch({ not: { required: ["a"] } }), { a: "" })).toEqual([
      'spec: Invalid value: "": "spec" must not validate the schema (not)',
    ]);
  });

  test("counts code points, not UTF-16 units, and matches patterns as RE2 does [API-330]", () => {
    expect(errorsOf(s.string({ maxLength: 2 }), "😀😀")).toEqual([]);
    expect(errorsOf(s.string({ minLength: 2 }), "😀")).toHaveLength(1);
    expect(() => compileSchema(object(s.string({ pattern: "(?=a)" })))).toThrow();
    const started = performance.now();
    expect(errorsOf(s.string({ pattern: "^(a+)+$" }), `${"a".repeat(5000)}!`)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("refuses a second item of the same key, unless it was there before [API-331]", () => {
    const list = s.list(s.object({ name: required(s.string()), v: s.string() }), { merge: ["name"] });
    const twice = [{ name: "a" }, { name: "a" }];
    expect(errorsOf(list, twice)).toEqual(['spec[1]: Duplicate value: {"name":"a"}']);
    expect(errorsOf(list, [...twice, { name: "b" }], twice)).toEqual([]);
    expect(errorsOf(s.list(s.string(), { merge: "set" }), ["a", "a"])).toEqual(['spec[1]: Duplicate value: "a"']);
  });

  test("does not judge again what an update leaves alone [API-335]", () => {
    const spec = s.object({
      a: s.string({ maxLength: 1 }),
      b: s.string({ maxLength: 1 }),
      list: s.list(s.object({ name: required(s.string()), v: s.string({ maxLength: 1 }) }), { merge: ["name"] }),
      atomic: s.list(s.string({ maxLength: 1 })),
    });
    const old = { a: "long", list: [{ name: "x", v: "long" }], atomic: ["long"] };
    expect(errorsOf(spec, { ...old, b: "1" }, old)).toEqual([]);
    expect(errorsOf(spec, { ...old, list: [{ name: "y", v: "1" }, ...old.list] }, old)).toEqual([]);
    expect(errorsOf(spec, { ...old, a: "longer" }, old)).toEqual(["spec.a: Too long: may not be more than 1 bytes"]);
    expect(errorsOf(spec, { ...old, atomic: ["long", "a"] }, old)).toEqual([
      "spec.atomic[0]: Too long: may not be more than 1 bytes",
    ]);
  });

  test.each([
    ["ipv4", "10.0.0.1", "10.0.0"],
    ["ipv6", "fe80::1", "10.0.0.1"],
    ["cidr", "10.0.0.0/8", "10.0.0.0"],
    ["mac", "fa:16:3e:00:00:01", "fa:16:3e"],
    ["date-time", "2026-11-22T12:00:00Z", "yesterday"],
    ["date", "2026-11-22", "2026-13-22"],
    ["duration", "1h30m", "1 fortnight"],
    ["byte", "aGk=", "*"],
    ["email", "a@b.c", "a"],
    ["hostname", "a.example.com", "-a-"],
    ["uri", "https://a/b", "a b"],
  ])("knows the format %s [API-320]", (format, right, wrong) => {
    expect(errorsOf(s.string({ format }), right)).toEqual([]);
    expect(errorsOf(s.string({ format }), wrong)).toHaveLength(1);
  });
});

import { describe, expect, test } from "vitest";
import { decodeBody, decodeYaml } from "./body.ts";
import { findDuplicates } from "./duplicates.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("bodies", () => {
  test("keys that stand twice are found wherever they are, the last value wins [API-040] [API-272]", () => {
    const text = '{"a":1,"b":{"c":[{"d":1,"d":2},{"d":"\\"}{"}],"c":3},"a":{"a":1}, "\\u0061": 2 }';
    expect(findDuplicates(text)).toEqual(["b.c[0].d", "b.c", "a"]);
    expect(decodeBody(bytes('{"spec":{"x":1,"x":2}}'), "application/json", "Pod")).toEqual({
      value: { spec: { x: 2 } },
      errors: ['duplicate field "spec.x"'],
    });
  });

  test("YAML is read, also with keys that stand twice [API-040] [API-272]", () => {
    expect(decodeBody(bytes("a: {b: [1, two]}\n"), "application/yaml", "Pod").value).toEqual({ a: { b: [1, "two"] } });
    const twice = decodeYaml(bytes("a: 1\na: 2\n"), "Pod");
    expect(twice.value).toEqual({ a: 2 });
    expect(twice.errors[0]).toContain("duplicated mapping key");
  });

  test("what cannot be read is refused with its beginning [API-019] [API-038] [API-039]", () => {
    expect(() => decodeBody(bytes(""), "application/json", "Pod")).toThrow(/must be of type Pod\).*<empty>/);
    expect(() => decodeBody(bytes('{"a":'), undefined, "Pod")).toThrow(/\{"a":\)/);
    expect(() => decodeBody(bytes("nonsense"), "application/vnd.kubernetes.protobuf", "Pod")).toThrow(
      /expected prefix \[107 56 115 0\]/,
    );
    expect(() => decodeBody(bytes("{}"), "application/cbor", "Pod")).toThrow(/accepted media types include/);
  });
});

import { expect, test } from "vitest";
import { fnv1a, labelValueOf } from "./labelvalue.ts";
import { nameFromTemplate, randomSuffix, simpleName } from "./naming.ts";

const never = () => 0;

test("a template is filled with what it names [CORE-282]", () => {
  const variables = { ".cluster.name": "c1", ".machineSet.name": "workers" };
  expect(nameFromTemplate("{{ .machineSet.name }}-{{ .random }}", variables, never)).toBe("workers-bbbbb");
  expect(
    nameFromTemplate("{{.cluster.name}}-{{ .machineSet.name -}}-{{ .random }}", variables, never).startsWith("c1-workers"),
  ).toBe(true);
});

test("a name that comes out too long is cut and made unique again [CORE-282]", () => {
  const name = nameFromTemplate("{{ .machineSet.name }}-{{ .random }}", { ".machineSet.name": "a".repeat(70) }, never);
  expect(name).toBe(`${"a".repeat(58)}bbbbb`);
  expect(simpleName("md-", "xyz12")).toBe("md-xyz12");
  expect(simpleName("a".repeat(63), "xyz12")).toHaveLength(63);
});

test("random ends have no vowels and nothing to mistake [CORE-321]", () => {
  expect(randomSuffix(() => 0.999)).toBe("99999");
  expect(randomSuffix(Math.random)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
});

test("FNV-1a of the field's own examples [CORE-055]", () => {
  expect(fnv1a("")).toBe(0x811c9dc5);
  expect(fnv1a("a")).toBe(0xe40c292c);
  expect(fnv1a("foobar")).toBe(0xbf9cf968);
  expect(labelValueOf("short")).toBe("short");
});

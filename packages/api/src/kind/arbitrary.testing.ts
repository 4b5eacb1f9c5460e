import fc from "fast-check";
import type { StructuralSchema } from "./structural.ts";

/** For tests: any value that a schema's types, enums and simple limits let through. */
export const arbitraryOf = (schema: StructuralSchema): fc.Arbitrary<unknown> => {
  if (schema["x-kubernetes-int-or-string"]) return fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant("10%"));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 70_000, 70_000) });
    case "number":
      return fc.integer({ min: 0, max: 1000 });
    case "string":
      return stringOf(schema);
    case "array":
      return listOf(schema);
    case "object":
      return objectOf(schema);
    default:
      return fc.constantFrom(1, "text", true, null);
  }
};

const words = ["a", "b,c", ",", "x y", "é", "[1-2]", "long".repeat(80)];

const stringOf = ({ format, minLength = 0, maxLength, pattern }: StructuralSchema): fc.Arbitrary<string> => {
  if (format === "uuid") return fc.uuid();
  if (format === "ipv4") return fc.ipV4();
  if (format === "date-time") return fc.constant("2026-01-02T03:04:05Z");
  const fits = (text: string): boolean =>
    text.length >= minLength &&
    text.length <= (maxLength ?? 1000) &&
    (pattern === undefined || new RegExp(pattern, "u").test(text));
  return fc.constantFrom("", ...words).filter(fits);
};

const listOf = (schema: StructuralSchema): fc.Arbitrary<readonly unknown[]> => {
  const item = schema.items ? arbitraryOf(schema.items) : fc.constant(1);
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const id = (value: unknown): string =>
    JSON.stringify(keys.length === 0 ? value : keys.map((key) => (value as { readonly [key: string]: unknown })[key]));
  const maxLength = Math.min(schema.maxItems ?? 3, 3);
  return schema["x-kubernetes-list-type"] === "map" || schema["x-kubernetes-list-type"] === "set"
    ? fc.uniqueArray(item, { maxLength, selector: id })
    : fc.array(item, { maxLength });
};

const objectOf = (schema: StructuralSchema): fc.Arbitrary<object> => {
  if (typeof schema.additionalProperties === "object") {
    return fc.dictionary(fc.constantFrom("k", "other", "k".repeat(300)), arbitraryOf(schema.additionalProperties), {
      maxKeys: 2,
    });
  }
  const fields = Object.entries(schema.properties ?? {});
  const required = schema.required ?? [];
  // Exactly one of several: the rest is left out.
  if (schema.maxProperties === 1) {
    return fc.constantFrom(...fields).chain(([name, field]) => arbitraryOf(field).map((value) => ({ [name]: value })));
  }
  const whole = fc.record(Object.fromEntries(fields.map(([name, field]) => [name, arbitraryOf(field)])), {
    requiredKeys: [...required],
    noNullPrototype: true,
  });
  const least = schema.minProperties ?? 0;
  return least === 0 ? whole : whole.filter((value) => Object.keys(value).length >= least);
};

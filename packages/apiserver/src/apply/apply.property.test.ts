import type { StructuralSchema, UnstructuredObject } from "@slipway/api";
import { isConflict } from "@slipway/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createApiInMemory } from "../inmemory.ts";
import { basicResource, basicResources } from "../registry/basics.ts";
import { structuralSchema } from "../registry/schema.ts";
import { compare } from "./compare.ts";
import { fieldsOf, withNamedFields } from "./fields.ts";
import {
  difference,
  fromFieldsV1,
  intersection,
  isEmptySet,
  pathsOf,
  printPath,
  sameSet,
  toFieldsV1,
  union,
} from "./fieldset.ts";
import "../../../../scripts/propertyseed.ts";

const string = { type: "string" } as const;
const schema: StructuralSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        a: string,
        b: { type: "object", properties: { c: string, d: string } },
        map: { type: "object", additionalProperties: string },
        set: { type: "array", "x-kubernetes-list-type": "set", items: string },
        keyed: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: { type: "object", required: ["name"], properties: { name: string, x: string, y: string } },
        },
        atomic: { type: "array", items: string },
      },
    },
  },
};
const thing = {
  ...basicResource("example.com/v1", "Thing", "things", "Namespaced", { rules: { generation: true } }),
  origin: "crd" as const,
  schema: structuralSchema(schema),
};
const type = thing.schema.fields;

const word = fc.constantFrom("p", "q", "r");
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const spec = fc
  .record({
    a: optional(word),
    b: optional(fc.record({ c: optional(word), d: optional(word) })),
    map: optional(fc.dictionary(word, word, { maxKeys: 3 })),
    set: optional(fc.uniqueArray(word, { minLength: 1 })),
    keyed: optional(
      fc.uniqueArray(fc.record({ name: word, x: optional(word), y: optional(word) }), {
        minLength: 1,
        selector: ({ name }) => name,
      }),
    ),
    atomic: optional(fc.array(word, { maxLength: 2 })),
  })
  .map((value) => JSON.parse(JSON.stringify(value)) as { readonly [field: string]: unknown });

const ref = { namespace: "default", name: "t" };
const object = (body: object): UnstructuredObject => ({
  apiVersion: "example.com/v1",
  kind: "Thing",
  metadata: ref,
  spec: { ...body },
});

/** Everything in `part` is in `whole`: fields with the same values, items by their key. */
const contains = (whole: unknown, part: unknown): boolean => {
  if (Array.isArray(part)) {
    const items = whole as readonly unknown[] | undefined;
    return part.every((item) =>
      typeof item === "object"
        ? contains(
            items?.find((other) => (other as { name: string }).name === (item as { name: string }).name),
            item,
          )
        : items?.includes(item),
    );
  }
  if (typeof part !== "object" || part === null) return whole === part;
  return Object.entries(part).every(([key, value]) => contains((whole as { [key: string]: unknown } | undefined)?.[key], value));
};

test("sets of fields obey the laws of sets, and survive being written down [API-239]", () => {
  const set = spec.map((value) => fieldsOf(type, object(value)));
  fc.assert(
    fc.property(set, set, set, (a, b, c) => {
      expect(sameSet(fromFieldsV1(JSON.parse(JSON.stringify(toFieldsV1(a)))), a)).toBe(true);
      expect(sameSet(union(a, b), union(b, a))).toBe(true);
      expect(sameSet(intersection(a, union(b, c)), union(intersection(a, b), intersection(a, c)))).toBe(true);
      expect(isEmptySet(difference(a, union(a, b)))).toBe(true);
      expect(sameSet(union(difference(a, b), intersection(a, b)), a)).toBe(true);
    }),
  );
});

test("a comparison is empty exactly when nothing differs, and turned round it says the reverse [API-243]", () => {
  fc.assert(
    fc.property(spec, spec, (left, right) => {
      const there = compare(type, object(left), object(right));
      const back = compare(type, object(right), object(left));
      expect(
        sameSet(there.added, back.removed) && sameSet(there.removed, back.added) && sameSet(there.modified, back.modified),
      ).toBe(true);
      const nothing = [there.added, there.modified, there.removed].every(isEmptySet);
      const order = (value: unknown) =>
        JSON.stringify(value, (_key, one) =>
          Array.isArray(one) ? one : one && typeof one === "object" ? Object.fromEntries(Object.entries(one).sort()) : one,
        );
      if (order(left) === order(right)) expect(nothing).toBe(true);
    }),
  );
});

test("whatever several managers apply, each finds its own fields as it wants them, repeating changes nothing, and giving up leaves nothing behind [API-142] [API-250] [API-251] [API-255] [API-256]", async () => {
  const managers = ["one", "two", "three"];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ manager: fc.constantFrom(...managers), body: spec, force: fc.boolean() }), {
        minLength: 1,
        maxLength: 8,
      }),
      async (steps) => {
        const api = await createApiInMemory({ resources: [...basicResources, thing] });
        const apply = (manager: string, body: object, force: boolean) =>
          api.client.patch<UnstructuredObject>(
            thing,
            ref,
            { type: "apply", body: object(body) },
            { fieldManager: manager, force },
          );
        const wanted = new Map<string, object>();
        for (const { manager, body, force } of steps) {
          let result: UnstructuredObject;
          try {
            result = await apply(manager, body, force);
          } catch (error) {
            expect(force).toBe(false);
            expect(error).toSatisfy(isConflict);
            continue;
          }
          wanted.set(manager, body);
          expect(contains(result.spec ?? {}, body)).toBe(true);
          const again = await apply(manager, body, force);
          expect(again.metadata.resourceVersion).toBe(result.metadata.resourceVersion);
          // No field has an owner that is not there, and none that its owner did not apply.
          const present = new Set([...pathsOf(withNamedFields(fieldsOf(type, result), type))].map(printPath));
          for (const entry of result.metadata.managedFields ?? []) {
            const applied = new Set([...pathsOf(fieldsOf(type, object(wanted.get(entry.manager ?? "") ?? {})))].map(printPath));
            for (const path of [...pathsOf(fromFieldsV1(entry.fieldsV1))].map(printPath)) {
              expect(applied).toContain(path);
              // An empty set or keyed list leaves no path of its own.
              if (!path.endsWith("]")) expect(present).toContain(path);
            }
          }
        }
        for (const manager of wanted.keys()) await apply(manager, {}, true);
        const { spec: left } = await api.client.get<UnstructuredObject>(thing, ref).catch(() => object({}));
        expect(JSON.stringify(left ?? {}).replaceAll(/"\w+":(\{\}|\[\]),?/g, "")).toBe("{}");
        await api.close();
      },
    ),
    { numRuns: 60 },
  );
});

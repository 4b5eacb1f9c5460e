import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { frozenJson } from "../storage/frozen.ts";
import type { StoredObject } from "./object.ts";
import { createObjectOptions } from "./objectoptions.ts";

/** Sets of fields as they are, with keys that look like the text around them. */
const fieldName = fc.oneof(fc.constantFrom('k:{"type":"Ready"}', "f:}}", 'f:"', "f:\\", "fieldsV1", '"fieldsV1":{'), fc.string());
const fields = fc.letrec<{ set: unknown }>((tie) => ({
  set: fc.oneof({ maxDepth: 3 }, fc.constant({}), fc.dictionary(fieldName, tie("set"), { maxKeys: 3 })),
})).set;
const entry = fc.record(
  {
    manager: fc.string(),
    operation: fc.constant("Apply"),
    fieldsV1: fc.oneof({ weight: 9, arbitrary: fields }, fc.constantFrom(null, 0, "", [])),
  },
  { requiredKeys: ["manager"] },
);
const object = fc.record(
  {
    kind: fc.constant("Thing"),
    metadata: fc.record(
      { name: fc.string(), resourceVersion: fc.constant("1"), managedFields: fc.array(entry, { maxLength: 3 }) },
      { requiredKeys: ["name"] },
    ),
    spec: fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.record({ metadata: fc.record({ managedFields: fc.array(entry) }), fieldsV1: fields }),
    ),
    data: fc.dictionary(
      fc.string(),
      fc.oneof(
        fc.string(),
        fields.map((set) => jsonText({ fieldsV1: set })),
      ),
    ),
  },
  { requiredKeys: ["metadata"] },
);

test("an object read from the disk is what was written, whatever stands in it", () => {
  const options = createObjectOptions();
  fc.assert(
    fc.property(object, fc.nat(), (value, revision) => {
      const text = jsonText(value);
      const plain = parseJson(text) as StoredObject;
      expect(jsonText(options.read(text, revision))).toBe(
        jsonText({ ...plain, metadata: { ...plain.metadata, resourceVersion: String(revision) } }),
      );
    }),
    { numRuns: 500 },
  );
});

test("objects that say alike who manages which field share that in memory, whether they were read or written", () => {
  const options = createObjectOptions();
  const text = (name: string) =>
    `{"metadata":{"name":"${name}","managedFields":[{"manager":"a","fieldsV1":{"f:spec":{"k:{\\"type\\":\\"}\\"}":{}}}},{"manager":"b"}]}}`;
  const first = options.read(text("first"), 1);
  const second = options.read(text("second"), 2);
  const third = options.stamp(frozenJson(parseJson(text("third")) as StoredObject), 3);
  const sets = [first, second, third].map(({ metadata }) => metadata.managedFields?.[0]?.fieldsV1);
  expect(sets[0]).toEqual({ "f:spec": { 'k:{"type":"}"}': {} } });
  expect(sets[1]).toBe(sets[0]);
  expect(sets[2]).toBe(sets[0]);
  expect(Object.isFrozen(sets[0])).toBe(true);
});

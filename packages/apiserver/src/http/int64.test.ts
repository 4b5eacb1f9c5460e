import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonText, parseJson } from "@slipway/api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { openLmdb } from "../storage/lmdb.node.ts";
import { wireTo } from "../testing/wire.ts";
import { yamlText } from "./yaml.ts";
import "../../../../scripts/propertyseed.ts";

/** Numbers that a double cannot hold, from one end of the server to the other. Answers are compared as text: nothing here may round. */

const path = mkdtempSync(join(tmpdir(), "slipway-int64-"));
let api: KubernetesApi;
let stop: () => Promise<void>;
const start = async () => {
  const stores = openLmdb({ path });
  const storage = stores.store<StoredObject>("management", { stamp: stampObject });
  api = await createKubernetesApi({ storage, authorization: "always" });
  stop = async () => {
    await api.close();
    await stores.close();
  };
};
beforeAll(async () => {
  await start();
  const made = await wire("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
  expect(made.status, made.text).toBe(201);
});
afterAll(async () => {
  await stop();
  rmSync(path, { recursive: true });
});
const wire = wireTo(() => api.server);

const int = { type: "integer", format: "int64" };
const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "sums.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "sums", kind: "Sum" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: ".spec.n" }],
        additionalPrinterColumns: [
          { name: "N", type: "integer", jsonPath: ".spec.n" },
          { name: "Text", type: "string", jsonPath: ".spec.n" },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                ...open,
                properties: {
                  n: int,
                  set: { type: "array", "x-kubernetes-list-type": "set", items: int },
                  keyed: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["id"],
                    items: { type: "object", required: ["id"], properties: { id: int, value: int } },
                  },
                  ruled: {
                    type: "object",
                    properties: { more: int, less: { ...int, minimum: 0 }, even: { ...int, multipleOf: 2 } },
                    "x-kubernetes-validations": [
                      { rule: "!has(self.more) || self.more > self.less", message: "more must be more" },
                    ],
                  },
                  limit: { ...int, default: 9223372036854775807n },
                },
              },
              status: open,
            },
          },
        },
      },
    ],
  },
};
const sums = "/apis/example.com/v1/namespaces/default/sums";
const sum = (name: string, spec: object) => ({ apiVersion: "example.com/v1", kind: "Sum", metadata: { name }, spec });

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 0n),
);
const key = fc.constantFrom("a", "b", "c");
const anywhere = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    { weight: 4, arbitrary: int64 },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    {
      weight: 2,
      arbitrary: fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    },
  ),
})).value;
const spec = fc.record({
  n: int64,
  set: fc.uniqueArray(int64, { minLength: 1, maxLength: 3 }),
  keyed: fc.uniqueArray(fc.record({ id: int64, value: int64 }), { selector: ({ id }) => id, minLength: 1, maxLength: 3 }),
  free: fc.dictionary(key, anywhere, { maxKeys: 3, noNullPrototype: true }),
});
/** As parsed: small numbers are no bigints. */
const plain = (value: unknown): unknown => parseJson(jsonText(value));
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
const specOf = ({ text }: { readonly text: string }): unknown => (parseJson(text) as any).spec;

let count = 0;
test("an int64 stays what it is through create, get, list, watch, each patch, apply and a restart [API-040] [API-T26]", async () => {
  const kept: [string, unknown][] = [];
  await fc.assert(
    fc.asyncProperty(spec, spec, async (first, second) => {
      count += 1;
      const name = `s${count}`;
      const here = `${sums}/${name}`;
      const limit = 9223372036854775807n;
      const created = await wire("POST", sums, sum(name, first));
      expect(created.status, created.text).toBe(201);
      const expected = plain({ ...first, limit });
      expect(specOf(created)).toEqual(expected);
      const watch = wire.watch(`${sums}?watch=true&fieldSelector=spec.n%3D${first.n}`);
      const events = await watch.take(1);
      watch.close();
      expect(events[0]).toMatchObject({ type: "ADDED", object: { spec: { n: plain(first.n) } } });
      expect(specOf(await wire("GET", here))).toEqual(expected);
      const listed = await wire("GET", `${sums}?fieldSelector=metadata.name%3D${name}`);
      expect(listed.body.items[0].spec).toEqual(expected);

      // A patch that does not name a number leaves it alone, and one that says the same changes nothing.
      const touched = await wire.patch(here, "merge-patch+json", { metadata: { labels: { a: "b" } } });
      expect(specOf(touched)).toEqual(expected);
      const same = await wire.patch(here, "merge-patch+json", { spec: first });
      expect(same.body.metadata.resourceVersion).toBe(touched.body.metadata.resourceVersion);

      const patched = await wire.patch(here, "json-patch+json", [
        { op: "test", path: "/spec/n", value: first.n },
        { op: "copy", from: "/spec/keyed", path: "/spec/copied" },
        { op: "move", from: "/spec/free", path: "/spec/moved" },
        { op: "replace", path: "/spec/n", value: second.n },
      ]);
      const { free, ...rest } = first;
      const afterPatch = plain({ ...rest, n: second.n, copied: first.keyed, moved: free, limit });
      expect(patched.status, patched.text).toBe(200);
      expect(specOf(patched)).toEqual(afterPatch);

      const body = yamlText(plain(sum(name, { set: second.set, keyed: second.keyed, applied: second.free })));
      const applied = await wire("PATCH", `${here}?fieldManager=me&force=true`, body, {
        "content-type": "application/apply-patch+yaml",
      });
      expect(applied.status, applied.text).toBe(200);
      const after = applied.body.spec;
      expect(after.applied).toEqual(plain(second.free));
      for (const item of second.set) expect(after.set).toContainEqual(plain(item));
      for (const item of second.keyed) expect(after.keyed).toContainEqual(plain(item));
      expect(after.moved).toEqual(plain(free));
      const again = await wire("PATCH", `${here}?fieldManager=me&force=true`, body, {
        "content-type": "application/apply-patch+yaml",
      });
      expect(again.body.metadata.resourceVersion).toBe(applied.body.metadata.resourceVersion);
      // What was applied is owned by name: leaving it out removes it, and nothing else.
      const fewer = await wire("PATCH", `${here}?fieldManager=me&force=true`, jsonText(sum(name, {})), {
        "content-type": "application/apply-patch+yaml",
      });
      expect(fewer.body.spec.applied).toBeUndefined();

      const yaml = await wire("GET", here, undefined, { accept: "application/yaml" });
      const put = await wire("PUT", here, yaml.text, { "content-type": "application/yaml" });
      expect(put.status, put.text).toBe(200);
      expect(put.body.metadata.resourceVersion).toBe(fewer.body.metadata.resourceVersion);
      kept.push([here, put.body.spec]);
    }),
    { numRuns: 40 },
  );
  await stop();
  await start();
  for (const [here, before] of kept) expect(specOf(await wire("GET", here))).toEqual(before);
});

test("columns, rules, limits and selectors see the digits [API-040] [API-T26]", async () => {
  const n = 9007199254740993n;
  await wire("POST", sums, sum("cells", { n }));
  const table = await wire("GET", `${sums}/cells`, undefined, { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
  expect(table.text).toContain('"cells":["cells",9007199254740993,"9007199254740993"]');
  const pretty = await wire("GET", `${sums}/cells?pretty=true`);
  expect(pretty.text).toContain('\n    "n": 9007199254740993,\n');
  // As doubles these two were one.
  await wire("POST", sums, sum("selected", { n: 1234567890123456789n }));
  expect((await wire("GET", `${sums}?fieldSelector=spec.n%3D1234567890123456789`)).body.items).toHaveLength(1);
  expect((await wire("GET", `${sums}?fieldSelector=spec.n%3D1234567890123456788`)).body.items).toEqual([]);

  const ruled = (name: string, values: object) => wire("POST", sums, sum(name, { ruled: values }));
  expect((await ruled("r1", { more: n, less: 9007199254740992n })).status).toBe(201);
  const equal = await ruled("r2", { more: n, less: n });
  expect(equal.body.message).toContain("more must be more");
  expect((await ruled("r3", { less: -n })).body.message).toContain(
    "spec.ruled.less: Invalid value: -9007199254740993: spec.ruled.less in body should be greater than or equal to 0",
  );
  expect((await ruled("r4", { even: n })).body.message).toContain("should be a multiple of 2");
  expect((await ruled("r5", { even: 9007199254740994n })).status).toBe(201);
  const tooLarge = await wire(
    "POST",
    sums,
    '{"apiVersion":"example.com/v1","kind":"Sum","metadata":{"name":"x"},"spec":{"n":9223372036854775808}}',
  );
  expect(tooLarge.body.message).toContain('must be of type integer: "number"');
});

test("Kubernetes' own kinds have 32 or 64 bits, as each field says [API-040] [API-417]", async () => {
  const pod = (spec: object, container: object = {}) =>
    wire("POST", "/api/v1/namespaces/default/pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { generateName: "p-" },
      spec: { containers: [{ name: "a", image: "b", ...container }], ...spec },
    });
  const long = await pod({ activeDeadlineSeconds: 9007199254740993n });
  expect(long.status, long.text).toBe(201);
  expect(long.text).toContain('"activeDeadlineSeconds":9007199254740993');
  const narrow = await pod({ priority: 3_000_000_000 });
  expect(narrow.body).toMatchObject({ code: 400, reason: "BadRequest" });
  expect(narrow.body.message).toContain(
    "json: cannot unmarshal number 3000000000 into Go struct field Pod.spec.priority of type int32",
  );
  const fraction = await pod({ activeDeadlineSeconds: 1.5 });
  expect(fraction.body.message).toContain(
    "cannot unmarshal number 1.5 into Go struct field Pod.spec.activeDeadlineSeconds of type int64",
  );
});

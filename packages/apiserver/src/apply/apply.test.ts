import { isConflict, type KubeObject, type Stored, type StructuralSchema, type UnstructuredObject } from "@slipway/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";
import { basicResource, basicResources } from "../registry/basics.ts";
import { structuralSchema } from "../registry/schema.ts";
import { fromFieldsV1, pathsOf, printPath, toFieldsV1 } from "./fieldset.ts";

const string = { type: "string" } as const;
const schema: StructuralSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        replicas: { type: "integer" },
        image: string,
        mode: { type: "string", default: "auto" },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["port", "protocol"],
          items: {
            type: "object",
            required: ["port"],
            properties: {
              port: { type: "integer" },
              protocol: { type: "string", default: "TCP" },
              name: string,
              weight: { type: "integer" },
            },
          },
        },
        zones: { type: "array", "x-kubernetes-list-type": "set", items: string },
        args: { type: "array", items: string },
        settings: { type: "object", additionalProperties: string },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
    status: { type: "object", properties: { ready: { type: "boolean" }, phase: string } },
  },
};
const app = {
  ...basicResource("example.com/v1", "App", "apps", "Namespaced", {
    hasStatus: true,
    rules: { generation: true, unconditionalUpdate: false },
  }),
  origin: "crd" as const,
  schema: structuralSchema(schema),
  scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
};

let api: InMemoryApi;
let seconds = 0;
beforeEach(async () => {
  seconds = 0;
  const clock = {
    now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds++)),
    sleep: async () => undefined,
    setTimeout: () => ({ cancel: () => undefined }),
  };
  api = await createApiInMemory({ resources: [...basicResources, app], clock });
});
afterEach(() => api.close());

const ref = { namespace: "default", name: "a" };
const config = (spec: object, metadata: object = {}): UnstructuredObject =>
  ({ apiVersion: "example.com/v1", kind: "App", metadata: { ...ref, ...metadata }, spec }) as UnstructuredObject;
const apply = (manager: string, spec: object, options: object = {}, metadata: object = {}) =>
  api.client.patch(app, ref, { type: "apply", body: config(spec, metadata) }, { fieldManager: manager, ...options });
const spec = (object: KubeObject) => (object as UnstructuredObject).spec;
const owners = (object: Stored<UnstructuredObject>) =>
  Object.fromEntries(
    (object.metadata.managedFields ?? []).map((entry) => [
      `${entry.manager} ${entry.operation}${entry.subresource === undefined ? "" : ` ${entry.subresource}`}`,
      [...pathsOf(fromFieldsV1(entry.fieldsV1))].map(printPath).join(" "),
    ]),
  );

describe("ownership", () => {
  test("whoever creates an object owns all its fields, defaults included, and nothing that the server says [API-237] [API-240] [API-242]", async () => {
    const made = await api.client.create(
      app,
      config({ replicas: 1, ports: [{ port: 80 }], settings: {} }, { labels: { a: "b" } }),
      { fieldManager: "kubectl-create" },
    );
    expect(made.metadata.managedFields).toEqual([
      {
        manager: "kubectl-create",
        operation: "Update",
        apiVersion: "example.com/v1",
        time: expect.any(String),
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
          "f:spec": {
            ".": {},
            "f:mode": {},
            "f:ports": { ".": {}, 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {}, "f:protocol": {} } },
            "f:replicas": {},
            "f:settings": {},
          },
        },
      },
    ]);
  });

  test("an update takes only what it changes, and all lose what it removes [API-243] [API-T22]", async () => {
    const made = await api.client.create(app, config({ replicas: 1, image: "a" }), { fieldManager: "one" });
    const updated = await api.client.update(app, { ...made, spec: { image: "b", mode: "auto" } }, { fieldManager: "two" });
    expect(owners(updated)).toEqual({ "one Update": ".spec .spec.mode", "two Update": ".spec.image" });
  });

  test("status written through its endpoint is its writer's, and scale records the number on the object [API-266] [API-267]", async () => {
    const made = await api.client.create(app, config({ replicas: 1 }), { fieldManager: "one" });
    const written = await api.client.update(
      app,
      { ...made, status: { ready: true } },
      { fieldManager: "ctl", subresource: "status" },
    );
    expect(owners(written)["ctl Update status"]).toBe(".status .status.ready");
    const scale = (await api.client.get({ ...app }, ref)) as UnstructuredObject;
    await api.client.patch(
      app,
      ref,
      { type: "merge", body: { spec: { replicas: 5 } } },
      { fieldManager: "hpa", subresource: "scale" },
    );
    const after = await api.client.get(app, ref);
    expect([spec(after)?.["replicas"], after.metadata.generation, scale.metadata.generation]).toEqual([5, 2, 1]);
    expect(owners(after)).toMatchObject({ "hpa Update scale": ".spec.replicas", "one Update": ".spec .spec.mode" });
  });

  test("managers in a body are input: kept as sent, dropped by an empty list, ignored when wrong [API-246] [API-270] [API-T24]", async () => {
    await api.client.create(app, config({ replicas: 1 }), { fieldManager: "one" });
    const seed = [
      {
        manager: "capi-topology",
        operation: "Apply",
        apiVersion: "example.com/v1",
        time: "2026-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:metadata": { "f:name": {} } },
      },
    ];
    const seeded = await api.client.patch(
      app,
      ref,
      { type: "merge", body: { metadata: { managedFields: seed } } },
      { fieldManager: "two" },
    );
    expect(seeded.metadata.managedFields).toEqual(seed);
    const wrong = await api.client.patch(app, ref, {
      type: "merge",
      body: { metadata: { managedFields: [{ manager: "x", operation: "Nonsense" }] } },
    });
    expect(wrong.metadata.managedFields).toEqual(seed);
    const reset = await api.client.patch(app, ref, { type: "merge", body: { metadata: { managedFields: [{}] } } });
    expect(reset.metadata.managedFields).toBeUndefined();
  });

  test("only ten updaters are told apart, the oldest become one [API-245]", async () => {
    await api.client.create(app, config({ settings: { k: "v" } }), { fieldManager: "m0" });
    for (let index = 1; index < 14; index += 1) {
      await api.client.patch(
        app,
        ref,
        { type: "merge", body: { spec: { settings: { [`k${index}`]: "x" } } } },
        { fieldManager: `m${index}` },
      );
    }
    const managers = ((await api.client.get(app, ref)).metadata.managedFields ?? []).map((entry) => entry.manager);
    expect(managers).toHaveLength(10);
    expect(managers).toContain("ancient-changes");
    expect(managers).toContain("m13");
  });
});

describe("server-side apply", () => {
  test("creates what is missing, and repeating it is no write [API-247] [API-142] [API-244]", async () => {
    const first = await apply("kapply", { replicas: 1, ports: [{ port: 80 }] });
    expect(spec(first)).toEqual({ replicas: 1, mode: "auto", ports: [{ port: 80, protocol: "TCP" }] });
    expect(owners(first)).toEqual({
      "kapply Apply": '.spec.ports[port=80,protocol="TCP"] .spec.ports[port=80,protocol="TCP"].port .spec.replicas',
    });
    const again = await apply("kapply", { replicas: 1, ports: [{ port: 80 }] });
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test("what a manager applies no more goes, unless somebody else has it [API-250] [API-251]", async () => {
    await apply("one", { replicas: 1, image: "a", settings: { x: "1", y: "2" } });
    await apply("two", { image: "a" });
    const less = await apply("one", { settings: { x: "1" } });
    expect(spec(less)).toEqual({ image: "a", mode: "auto", settings: { x: "1" } });
    const nothing = await apply("one", {});
    expect(spec(nothing)).toEqual({ image: "a", mode: "auto" });
    expect(owners(nothing)).toEqual({ "one Apply": ".spec", "two Apply": ".spec.image" });
  });

  test("another value of another's field is a conflict that names all of them; force takes over, agreeing shares [API-252] [API-253] [API-254] [API-255]", async () => {
    await api.client.create(app, config({ replicas: 1, image: "a" }), { fieldManager: "kubectl" });
    const one = await apply("x", { replicas: 2 }).catch((error: unknown) => error);
    expect(one).toMatchObject({
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "kubectl" using example.com/v1: .spec.replicas',
      details: {
        causes: [
          { reason: "FieldManagerConflict", message: 'conflict with "kubectl" using example.com/v1', field: ".spec.replicas" },
        ],
      },
    });
    await expect(apply("x", { replicas: 2, image: "b" })).rejects.toThrow(
      'Apply failed with 2 conflicts: conflicts with "kubectl" using example.com/v1:\n- .spec.image\n- .spec.replicas',
    );
    expect(owners(await apply("x", { replicas: 1 }))["x Apply"]).toBe(".spec.replicas");
    const forced = await apply("x", { replicas: 3 }, { force: true });
    expect(owners(forced)).toEqual({ "kubectl Update": ".spec .spec.image .spec.mode", "x Apply": ".spec.replicas" });
  });

  test("an item of a keyed list that two have fields in stays until nobody has it [API-256] [API-261] [API-T23]", async () => {
    await apply("one", { ports: [{ port: 80, name: "web" }, { port: 90 }] });
    await apply("two", { ports: [{ port: 80, protocol: "TCP", weight: 5 }] });
    const left = await apply("one", { ports: [{ port: 90 }] });
    expect(spec(left)?.["ports"]).toEqual([
      { port: 80, protocol: "TCP", weight: 5 },
      { port: 90, protocol: "TCP" },
    ]);
    const gone = await apply("two", {});
    expect(spec(gone)?.["ports"]).toEqual([{ port: 90, protocol: "TCP" }]);
  });

  test("values of sets add up, and keep an order that respects both sides [API-258]", async () => {
    await apply("one", { zones: ["a", "x", "b"] });
    expect(spec(await apply("two", { zones: ["b", "n", "a"] }))?.["zones"]).toEqual(["x", "b", "n", "a"]);
    expect(spec(await apply("one", { zones: ["b"] }))?.["zones"]).toEqual(["b", "n", "a"]);
  });

  test("lists are atomic unless the schema says otherwise: one owner, replaced whole [API-257] [API-262] [API-T21]", async () => {
    await apply("one", { args: ["a", "b"] });
    await expect(apply("two", { args: ["b"] })).rejects.toSatisfy(isConflict);
    const forced = await apply("two", { args: ["b"] }, { force: true });
    expect([spec(forced)?.["args"], owners(forced)]).toEqual([["b"], { "two Apply": ".spec.args" }]);
  });

  test("undeclared fields and duplicate items are refused, free-form parts are taken key by key [API-259] [API-260]", async () => {
    await expect(apply("one", { bogus: 1 })).rejects.toMatchObject({
      code: 500,
      message:
        "failed to create typed patch object (default/a; example.com/v1, Kind=App): .spec.bogus: field not declared in schema",
    });
    await expect(apply("one", { ports: [{ port: 1 }, { port: 1 }] })).rejects.toThrow(
      '.spec.ports: duplicate entries for key [port=1,protocol="TCP"]',
    );
    await apply("one", { free: { deep: { x: 1 } } });
    expect(spec(await apply("two", { free: { deep: { y: [1] } } }))?.["free"]).toEqual({ deep: { x: 1, y: [1] } });
  });

  test("the first apply to an object without managers meets conflicts with what was there before [API-263]", async () => {
    await api.client.create(app, config({ image: "a" }));
    await api.client.patch(app, ref, { type: "merge", body: { metadata: { managedFields: [] } } });
    await expect(apply("x", { image: "b" })).rejects.toThrow(
      'conflict with "before-first-apply" using example.com/v1: .spec.image',
    );
  });

  test("kubectl moves from client-side to server-side apply without conflicts, and keeps its annotation true [API-264] [API-265]", async () => {
    const annotation = "kubectl.kubernetes.io/last-applied-configuration";
    const plain = config({ image: "a" });
    await api.client.create(app, config({ image: "a" }, { annotations: { [annotation]: JSON.stringify(plain) } }), {
      fieldManager: "kubectl-client-side-apply",
    });
    const applied = await apply("kubectl", { image: "b" });
    expect(spec(applied)?.["image"]).toBe("b");
    expect(JSON.parse(applied.metadata.annotations?.[annotation] ?? "")).toMatchObject({ spec: { image: "b" } });
    await expect(apply("other", { image: "c" })).rejects.toSatisfy(isConflict);
    const migrated = (applied.metadata.managedFields ?? []).filter((entry) => entry.operation === "Apply");
    const patched = await api.client.patch(app, ref, {
      type: "json",
      body: [
        { op: "replace", path: "/metadata/managedFields", value: migrated },
        { op: "replace", path: "/metadata/resourceVersion", value: applied.metadata.resourceVersion },
      ],
    });
    expect(Object.keys(owners(patched))).toEqual(["kubectl Apply"]);
  });

  test("a stale resourceVersion, a uid of nothing, another version and managers in a configuration are refused [API-248] [API-249]", async () => {
    await expect(apply("x", {}, {}, { uid: "u" })).rejects.toThrow(
      /uid mismatch: the provided object specified uid u, and no existing object was found/,
    );
    const first = await apply("x", { image: "a" });
    await apply("x", { image: "b" });
    await expect(apply("x", { image: "c" }, {}, { resourceVersion: first.metadata.resourceVersion })).rejects.toSatisfy(
      isConflict,
    );
    await expect(apply("x", { image: "c" }, {}, { managedFields: [{}] })).rejects.toThrow("metadata.managedFields must be nil");
    const other = { ...config({}), apiVersion: "example.com/v2" };
    await expect(api.client.patch(app, ref, { type: "apply", body: other }, { fieldManager: "x" })).rejects.toThrow(
      "Incorrect version specified in apply patch. Specified patch version: example.com/v2, expected: example.com/v1",
    );
  });

  test("status is applied through its endpoint only, and spec through the other only [API-266]", async () => {
    await apply("x", { image: "a" });
    const body = { ...config({ image: "ignored" }, { labels: { l: "ignored" } }), status: { ready: true } };
    const status = await api.client.patch(app, ref, { type: "apply", body }, { fieldManager: "s", subresource: "status" });
    expect(status).toMatchObject({ spec: { image: "a" }, status: { ready: true } });
    expect(status.metadata.labels).toBeUndefined();
    expect(owners(status)).toEqual({ "s Apply status": ".status.ready", "x Apply": ".spec.image" });
  });

  test("a dry run shows the result with its managers and stores nothing [API-269] [API-276] [API-277]", async () => {
    const before = await apply("x", { image: "a" });
    const dry = await apply("x", { image: "b" }, { dryRun: true });
    const again = await apply("x", { image: "b" }, { dryRun: true });
    expect(spec(dry)?.["image"]).toBe("b");
    expect(dry.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    const timeless = (object: Stored<UnstructuredObject>) =>
      JSON.stringify(object, (key, value) => (key === "time" ? undefined : value));
    expect(timeless(again)).toBe(timeless(dry));
    expect(await api.client.get(app, ref)).toBe(await api.client.get(app, ref));
    expect(spec(await api.client.get(app, ref))?.["image"]).toBe("a");
  });
});

test("sets of fields survive being written down, however others order and space them [API-239]", () => {
  const written = { "f:b": {}, "f:a": { ".": {}, 'k:{ "z": 1, "a":"x"}': { "f:c": {} }, 'v:"q"': {} } };
  const read = fromFieldsV1(written);
  expect(toFieldsV1(read)).toEqual({ "f:a": { ".": {}, 'k:{"a":"x","z":1}': { "f:c": {} }, 'v:"q"': {} }, "f:b": {} });
  expect(toFieldsV1(fromFieldsV1(toFieldsV1(read)))).toEqual(toFieldsV1(read));
});

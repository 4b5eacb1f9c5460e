import { crdOf, isInvalid, isNotFound, type Kind, type StructuralSchema, type UnstructuredObject } from "@slipway/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";
import { Crd, gadget } from "../testing/resources.ts";

const version = (name: string, storage: boolean, properties: object = {}) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: { type: "object", properties: { size: { type: "integer", minimum: 1 }, ...properties } },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
  },
  subresources: { status: {} },
  selectableFields: [{ jsonPath: ".spec.size" }],
});
const crd = (versions: readonly object[] = [version("v1", true)]): UnstructuredObject =>
  ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget", shortNames: ["gd"] },
      versions,
    },
  }) as UnstructuredObject;
const make = (name: string, spec: object, apiVersion = "example.com/v1"): UnstructuredObject =>
  ({ apiVersion, kind: "Gadget", metadata: { name, namespace: "default" }, spec }) as UnstructuredObject;

let api: InMemoryApi;
beforeEach(async () => {
  api = await createApiInMemory();
});
afterEach(() => api.close());

test("a CRD is established and served when its creation is answered, with its schema in force [API-303] [API-305] [API-302]", async () => {
  await expect(api.client.create(gadget("v1"), make("a", {}))).rejects.toSatisfy(isNotFound);
  const made = await api.client.create(Crd, crd());
  expect(made.spec).toMatchObject({ names: { singular: "gadget", listKind: "GadgetList" }, conversion: { strategy: "None" } });
  expect(made.status).toMatchObject({
    acceptedNames: { plural: "gadgets" },
    storedVersions: ["v1"],
    conditions: [
      { type: "NamesAccepted", status: "True", reason: "NoConflicts" },
      { type: "Established", status: "True", reason: "InitialNamesAccepted" },
    ],
  });
  const warnings: string[] = [];
  const client = api.as({ onWarning: (text) => warnings.push(text) });
  const stored = await client.create(gadget("v1"), make("a", { size: 2, colour: "red" }));
  expect(stored.spec).toEqual({ size: 2 });
  expect(warnings).toEqual(['unknown field "spec.colour"']);
  await expect(api.client.create(gadget("v1"), make("b", { size: 0 }))).rejects.toSatisfy(isInvalid);
  expect((await api.client.list(gadget("v1"), { fieldSelector: "spec.size=2" })).items).toHaveLength(1);
  await expect(api.client.list(gadget("v1"), { fieldSelector: "spec.colour=red" })).rejects.toThrow(
    "field label not supported: spec.colour",
  );
});

test("wrong CRDs are refused, and a name that is taken is not accepted [API-302] [API-304] [API-306] [API-308]", async () => {
  const wrong = { ...crd(), metadata: { name: "wrong.example.com" } };
  await expect(api.client.create(Crd, wrong)).rejects.toThrow(
    'metadata.name: Invalid value: "wrong.example.com": must be spec.names.plural+"."+spec.group',
  );
  await expect(api.client.create(Crd, crd([version("v1", false)]))).rejects.toThrow(
    "must have exactly one version marked as storage version",
  );
  await expect(api.client.create(Crd, crd([{ name: "v1", served: true, storage: true }]))).rejects.toThrow(
    "openAPIV3Schema: Required value",
  );
  await api.client.create(Crd, crd());
  const other = {
    ...crd(),
    metadata: { name: "things.example.com" },
    spec: { ...crd().spec, names: { plural: "things", singular: "thing", kind: "Gadget" } },
  };
  const taken = await api.client.create(Crd, other);
  expect(taken.status?.["conditions"]).toMatchObject([
    { type: "NamesAccepted", status: "False", reason: "KindConflict", message: '"Gadget" is already in use' },
    { type: "Established", status: "False", reason: "NotAccepted" },
  ]);
});

test("a changed schema acts on the next request and on old objects, and ends watches cleanly [API-198] [API-311] [API-321] [API-T27]", async () => {
  const made = await api.client.create(Crd, crd());
  await api.client.create(gadget("v1"), make("old", { size: 2 }));
  const events: string[] = [];
  const watching = (async () => {
    for await (const event of api.client.watch(gadget("v1"), {})) events.push(event.type);
  })();
  await Promise.resolve();
  await api.client.update(Crd, {
    ...made,
    spec: crd([version("v1", true, { colour: { type: "string", default: "red" } })]).spec ?? {},
  });
  await watching;
  expect(events).toEqual(["ADDED"]);
  const old = await api.client.get(gadget("v1"), { namespace: "default", name: "old" });
  expect(old.spec).toEqual({ size: 2, colour: "red" });
  expect(await api.client.get(gadget("v1"), { namespace: "default", name: "old" })).toBe(old);
});

test("every served version shows the same objects, and the storage version may move [API-310] [API-345] [API-346] [API-165]", async () => {
  const made = await api.client.create(Crd, crd());
  await api.client.create(gadget("v1"), make("a", { size: 2 }));
  const moved = await api.client.update(Crd, { ...made, spec: crd([version("v1", false), version("v2", true)]).spec ?? {} });
  expect(moved.status?.["storedVersions"]).toEqual(["v1", "v2"]);
  const second = await api.client.get(gadget("v2"), { namespace: "default", name: "a" });
  expect(second).toMatchObject({ apiVersion: "example.com/v2", spec: { size: 2 } });
  const first = await api.client.get(gadget("v1"), { namespace: "default", name: "a" });
  expect(first.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
  await expect(api.client.update(Crd, { ...moved, spec: crd([version("v2", true)]).spec ?? {} })).rejects.toThrow(
    /status.storedVersions\[0\]: Invalid value: "v1": missing from spec.versions/,
  );
});

test("a deprecated version says so to whoever uses it, and names a better one [API-279]", async () => {
  const old = { ...version("v1", false), deprecated: true };
  await api.client.create(
    Crd,
    crd([old, version("v2", true), { ...version("v3", false), deprecated: true, deprecationWarning: "take v2" }]),
  );
  const warnings: string[] = [];
  const client = api.as({ onWarning: (text) => warnings.push(text) });
  await client.create(gadget("v1"), make("a", {}));
  await client.get(gadget("v2"), { namespace: "default", name: "a" });
  await client.list(gadget("v3"));
  expect(warnings).toEqual(["example.com/v1 Gadget is deprecated; use example.com/v2 Gadget", "take v2"]);
});

test("conditions are the server's: a body's status is ignored, except through its endpoint, where storedVersions may be cleaned [API-309] [API-310]", async () => {
  const made = await api.client.create(Crd, { ...crd(), status: { storedVersions: ["v9"], conditions: [] } });
  expect(made.status?.["storedVersions"]).toEqual(["v1"]);
  const both = await api.client.update(Crd, {
    ...made,
    status: {},
    spec: crd([version("v1", false), version("v2", true)]).spec ?? {},
  });
  expect(both.status).toMatchObject({
    storedVersions: ["v1", "v2"],
    conditions: [{ type: "NamesAccepted" }, { type: "Established" }],
  });
  const cleaned = await api.client.update(
    Crd,
    { ...both, status: { ...both.status, storedVersions: ["v2"] } },
    { subresource: "status" },
  );
  expect(cleaned.status?.["storedVersions"]).toEqual(["v2"]);
  const gone = await api.client.update(Crd, { ...cleaned, spec: crd([version("v2", true)]).spec ?? {} });
  expect(gone.status?.["storedVersions"]).toEqual(["v2"]);
  await expect(api.client.list(gadget("v1"))).rejects.toSatisfy(isNotFound);
});

test("a kind of ours is served once, whether its CRD is in the store or not, and keeps its admission [API-303]", async () => {
  const kind: Kind = {
    group: "example.com",
    version: "v1",
    kind: "Gadget",
    plural: "gadgets",
    scope: "Namespaced",
    singular: "gadget",
    listKind: "GadgetList",
    shortNames: [],
    categories: [],
    columns: [],
    subresources: { status: true },
    schema: version("v1", true).schema.openAPIV3Schema as StructuralSchema,
    validate: (object) =>
      (object as UnstructuredObject).spec?.["size"] === 13
        ? [{ type: "FieldValueInvalid", field: "spec.size", message: "Invalid value: 13: brings bad luck" }]
        : [],
  };
  const own = await createApiInMemory({ kinds: [kind] });
  const served = () => own.registry.catalog.all().filter(({ plural }) => plural === "gadgets").length;
  await expect(own.client.create(gadget("v1"), make("a", { size: 13 }))).rejects.toThrow("brings bad luck");
  expect(served()).toBe(1);
  await own.registry.publish([crdOf(kind) as unknown as UnstructuredObject]);
  expect(served()).toBe(1);
  await expect(own.client.create(gadget("v1"), make("a", { size: 13 }))).rejects.toThrow("brings bad luck");
  const before = own.registry.revision();
  await own.registry.publish([crdOf(kind) as unknown as UnstructuredObject]);
  expect(own.registry.revision()).toBe(before);
  await own.close();
});

test("deleting a CRD deletes its objects first, and refuses new ones meanwhile [API-312] [API-313]", async () => {
  await api.client.create(Crd, crd());
  const held = make("held", { size: 1 });
  await api.client.create(gadget("v1"), { ...held, metadata: { ...held.metadata, finalizers: ["example.com/keep"] } });
  await api.client.create(gadget("v1"), make("free", { size: 1 }));
  await api.client.delete(Crd, { name: "gadgets.example.com" });
  await expect(api.client.create(gadget("v1"), make("late", { size: 1 }))).rejects.toThrow(
    'gadgets.example.com "late" is forbidden: create not allowed while custom resource definition is terminating',
  );
  await api.settled();
  expect((await api.client.list(gadget("v1"))).items.map((item) => item.metadata.name)).toEqual(["held"]);
  const conditions = (await api.client.get(Crd, { name: "gadgets.example.com" })).status?.["conditions"];
  expect(conditions).toContainEqual(
    expect.objectContaining({ type: "Terminating", status: "True", reason: "InstanceDeletionCheck" }),
  );
  await api.client.patch(
    gadget("v1"),
    { namespace: "default", name: "held" },
    { type: "merge", body: { metadata: { finalizers: null } } },
  );
  await api.settled();
  await expect(api.client.get(Crd, { name: "gadgets.example.com" })).rejects.toSatisfy(isNotFound);
  await expect(api.client.list(gadget("v1"))).rejects.toSatisfy(isNotFound);
});

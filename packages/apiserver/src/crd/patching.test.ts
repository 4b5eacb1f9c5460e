import type { UnstructuredObject } from "@slipway/api";
import { isInvalid } from "@slipway/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";
import { Crd, gadget as gadgetsOf } from "../testing/resources.ts";

/** What a change of a custom resource is held to. */

const gadgets = gadgetsOf("v1");
const text = { type: "string" };
const schemaOf = (more: object, spec: object = {}) => ({
  type: "object",
  ...more,
  properties: {
    spec: { type: "object", properties: { size: { type: "integer" }, colour: text }, ...spec },
    status: { type: "object", properties: { phase: { ...text, maxLength: 5 } } },
    other: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  },
});
const crd = (schema: object): UnstructuredObject =>
  ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget" },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } }],
    },
  }) as UnstructuredObject;
const a = { namespace: "default", name: "a" };
const gadget = (more: object = {}): UnstructuredObject =>
  ({ apiVersion: "example.com/v1", kind: "Gadget", metadata: { ...a }, ...more }) as UnstructuredObject;

let api: InMemoryApi;
beforeEach(async () => {
  api = await createApiInMemory();
});
afterEach(() => api.close());
const merge = (body: object, options: object = {}) => api.client.patch(gadgets, a, { type: "merge", body }, options);

test("stays the kind of thing that it is [API-332]", async () => {
  await api.client.create(Crd, crd(schemaOf({})));
  await api.client.create(gadgets, gadget());
  const other = merge({ kind: "Gizmo" });
  await expect(other).rejects.toSatisfy(isInvalid);
  await expect(other).rejects.toThrow('Gadget.example.com "a" is invalid: kind: Invalid value: "Gizmo": must be Gadget');
  await expect(merge({ apiVersion: "example.com/v2" })).rejects.toThrow(
    'apiVersion: Invalid value: "example.com/v2": must be example.com/v1',
  );
});

test("/status is held to the schema of the status, not of the rest; the object to all but the status [API-333]", async () => {
  await api.client.create(Crd, crd(schemaOf({})));
  await api.client.create(gadgets, gadget());
  const tightened = crd(schemaOf({ required: ["spec"] }));
  await api.client.patch(Crd, { name: "gadgets.example.com" }, { type: "merge", body: { spec: tightened.spec } });
  await expect(merge({ metadata: { labels: { a: "b" } } })).rejects.toThrow("spec: Required value");
  const told = await merge({ status: { phase: "Ready" } }, { subresource: "status" });
  expect(told).toMatchObject({ status: { phase: "Ready" } });
  await expect(merge({ status: { phase: "Running" } }, { subresource: "status" })).rejects.toThrow(
    "status.phase: Too long: may not be more than 5 bytes",
  );
  const shorter = schemaOf({});
  shorter.properties.status.properties.phase.maxLength = 1;
  await api.client.patch(
    Crd,
    { name: "gadgets.example.com" },
    {
      type: "json",
      body: [{ op: "replace", path: "/spec/versions/0/schema/openAPIV3Schema", value: shorter }],
    },
  );
  expect(await merge({ spec: { size: 1 }, status: { phase: "all of it is ignored here" } })).toMatchObject({
    spec: { size: 1 },
    status: { phase: "Ready" },
  });
});

test("/status is held to the rules of the whole object [API-333]", async () => {
  const rule = { rule: "!has(self.status) || self.status.phase != self.spec.colour", message: "no such phase" };
  await api.client.create(Crd, crd(schemaOf({ "x-kubernetes-validations": [rule] }, { required: ["colour"] })));
  await api.client.create(gadgets, gadget({ spec: { colour: "red" } }));
  await expect(merge({ status: { phase: "red" } }, { subresource: "status" })).rejects.toThrow("no such phase");
  expect(await merge({ status: { phase: "blue" } }, { subresource: "status" })).toMatchObject({ status: { phase: "blue" } });
});

test("unknown is what no schema names, in metadata too, and in that of an embedded object [API-274]", async () => {
  await api.client.create(Crd, crd(schemaOf({})));
  const warnings: string[] = [];
  const client = api.as({ onWarning: (warning) => warnings.push(warning) });
  const other = { apiVersion: "v1", kind: "Thing", metadata: { name: "x", bar: "y" }, anything: { goes: true } };
  const made = await client.create(gadgets, gadget({ metadata: { ...a, foo: "x" }, spec: { weight: 1 }, other } as object));
  expect(warnings.sort()).toEqual([
    'unknown field "metadata.foo"',
    'unknown field "other.metadata.bar"',
    'unknown field "spec.weight"',
  ]);
  expect(made["other"]).toEqual({ ...other, metadata: { name: "x" } });
});

test("who owned items of a list owns it whole when it becomes one value; an owner of the whole stays that [API-268]", async () => {
  const list = (type: object) => crd(schemaOf({}, { properties: { tags: { type: "array", items: text, ...type } } }));
  const replaced = (type: object) =>
    api.client.patch(Crd, { name: "gadgets.example.com" }, { type: "merge", body: { spec: list(type).spec } });
  const apply = (fieldManager: string, tags: readonly string[]) =>
    api.client.patch(gadgets, a, { type: "apply", body: gadget({ spec: { tags } }) }, { fieldManager });
  const owned = (object: UnstructuredObject) =>
    Object.fromEntries((object.metadata.managedFields ?? []).map(({ manager, fieldsV1 }) => [manager, fieldsV1]));
  await api.client.create(Crd, list({ "x-kubernetes-list-type": "set" }));
  await apply("ann", ["x"]);
  expect(owned(await apply("bob", ["y"]))).toMatchObject({ ann: { "f:spec": { "f:tags": { 'v:"x"': {} } } } });
  await replaced({ "x-kubernetes-list-type": "atomic" });
  await expect(apply("cid", ["z"])).rejects.toThrow(
    /conflicts with "ann":\n- \.spec\.tags\nconflicts with "bob":\n- \.spec\.tags$/,
  );
  expect(owned(await merge({ metadata: { labels: { a: "b" } } }))).toMatchObject({
    ann: { "f:spec": { "f:tags": {} } },
    bob: { "f:spec": { "f:tags": {} } },
  });
  await api.client.delete(gadgets, a);
  await apply("ann", ["x"]);
  await replaced({ "x-kubernetes-list-type": "set" });
  const both = await apply("bob", ["y"]);
  expect(both.spec).toEqual({ tags: ["x", "y"] });
  expect(owned(both)["ann"]).toEqual({ "f:spec": { "f:tags": {} } });
});

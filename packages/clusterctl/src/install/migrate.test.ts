import type { Client, Resource, UnstructuredObject } from "@slipway/api";
import { createKubernetesApi, createMemoryStorage, type KubernetesApi, type StoredObject, stampObject } from "@slipway/apiserver";
import { afterEach, beforeEach, expect, test } from "vitest";
import { crdResource } from "../move/types.ts";
import { migrateStorage } from "./migrate.ts";

const thing: Resource<UnstructuredObject> = {
  group: "example.com",
  version: "v2",
  kind: "Thing",
  plural: "things",
  scope: "Namespaced",
};
const crd = (...versions: readonly (readonly [name: string, storage: boolean])[]): UnstructuredObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Thing", plural: "things", singular: "thing", listKind: "ThingList" },
    versions: versions.map(([name, storage]) => ({
      name,
      served: true,
      storage,
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    })),
  },
});
const storedVersions = async () => (await api.client.get(crdResource, { name: "things.example.com" })).status?.["storedVersions"];
let api: KubernetesApi;
let written: string[];
const tools = () => {
  const client: Client = {
    ...api.client,
    update: (resource, object, options) => {
      written.push(object.metadata.name ?? "");
      return api.client.update(resource, object, options);
    },
  };
  return { client, log: () => undefined, sleep: async () => undefined };
};

beforeEach(async () => {
  written = [];
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    authorization: "always",
  });
  await api.client.create(crdResource, crd(["v1", true], ["v2", false]));
  for (const name of ["a", "b"])
    await api.client.create(
      { ...thing, version: "v1" },
      { apiVersion: "example.com/v1", kind: "Thing", metadata: { name, namespace: "default" } },
    );
});
afterEach(() => api.close());

test("objects that may be stored in an older version are written once more, then the version is forgotten [CTL-064]", async () => {
  const { spec } = crd(["v1", false], ["v2", true]);
  await api.client.patch(crdResource, { name: "things.example.com" }, { type: "merge", body: { spec } });
  expect(await storedVersions()).toEqual(["v1", "v2"]);
  const next = crd(["v2", true]);
  await migrateStorage([next], tools());
  expect(written.sort()).toEqual(["a", "b"]);
  expect(await storedVersions()).toEqual(["v2"]);
  // Now there is nothing to do, and the older version can go.
  written = [];
  await migrateStorage([next], tools());
  expect(written).toEqual([]);
});

test("a manifest that no longer knows the stored version is refused; a new kind needs nothing [CTL-064]", async () => {
  await expect(migrateStorage([crd(["v2", true])], tools())).rejects.toThrow('does not contain the storage version "v1"');
  await migrateStorage([{ ...crd(["v2", true]), metadata: { name: "others.example.com" } }], tools());
  expect(written).toEqual([]);
});

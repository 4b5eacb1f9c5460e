import { isAlreadyExists, isConflict, isNotFound, type KubeObject, type Resource, type UnstructuredObject } from "@slipway/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";
import { basicResource, basicResources } from "./basics.ts";

const widget = {
  ...basicResource("example.com/v1", "Widget", "widgets", "Namespaced", { hasStatus: true, rules: { generation: true } }),
  origin: "crd" as const,
};
const Widget: Resource<UnstructuredObject> = widget;
const ConfigMap: Resource<KubeObject & { data?: { [key: string]: string } }> = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
};
const Namespace: Resource<UnstructuredObject> = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
};

let api: InMemoryApi;
beforeEach(async () => {
  api = await createApiInMemory({ resources: [...basicResources, widget] });
});
afterEach(() => api.close());

const make = (name: string, more: object = {}, metadata: object = {}): UnstructuredObject => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name, namespace: "default", ...metadata },
  spec: { size: 1 },
  ...more,
});

test("a created object has uid, creation time, generation and revision, and no status of its own [API-127] [API-136] [API-139]", async () => {
  const made = await api.client.create(Widget, make("a", { status: { x: 1 } }));
  expect(made.metadata).toMatchObject({ name: "a", generation: 1, uid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(Number(made.metadata.resourceVersion)).toBeGreaterThan(0);
  expect(made.status).toBeUndefined();
  expect(Object.isFrozen(made.spec)).toBe(true);
  await expect(api.client.create(Widget, make("a"))).rejects.toSatisfy(isAlreadyExists);
});

test("generation follows the spec and never the status, and a write that changes nothing is no write [API-136] [API-142] [API-T01]", async () => {
  const made = await api.client.create(Widget, make("a"));
  const withStatus = await api.client.update(Widget, { ...made, status: { ready: true } }, { subresource: "status" });
  expect(withStatus.metadata.generation).toBe(1);
  const bigger = await api.client.patch(
    Widget,
    { namespace: "default", name: "a" },
    { type: "merge", body: { spec: { size: 2 } } },
  );
  expect(bigger.metadata.generation).toBe(2);
  expect(bigger.status).toEqual({ ready: true });
  const same = await api.client.patch(
    Widget,
    { namespace: "default", name: "a" },
    { type: "merge", body: { spec: { size: 2 } } },
  );
  expect(same.metadata.resourceVersion).toBe(bigger.metadata.resourceVersion);
  await expect(api.client.update(Widget, made)).rejects.toSatisfy(isConflict);
});

test("an object with finalizers goes when the last one is removed, in that request [API-154] [API-T17]", async () => {
  const made = await api.client.create(Widget, make("a", {}, { finalizers: ["example.com/keep"] }));
  const leaving = await api.client.delete(Widget, { namespace: "default", name: "a" });
  expect(leaving).toMatchObject({ metadata: { generation: 2, deletionGracePeriodSeconds: 0 } });
  const ref = { namespace: "default", name: made.metadata.name };
  await api.client.patch(Widget, ref, { type: "merge", body: { metadata: { finalizers: null } } });
  await expect(api.client.get(Widget, ref)).rejects.toSatisfy(isNotFound);
});

test("deleting an owner collects what it owned, in the background and in the foreground [API-160] [API-161]", async () => {
  for (const propagationPolicy of ["Background", "Foreground"] as const) {
    const owner = await api.client.create(Widget, make("owner"));
    const reference = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      name: "owner",
      uid: owner.metadata.uid,
      blockOwnerDeletion: true,
    };
    const child = await api.client.create(Widget, make("child", {}, { ownerReferences: [reference] }));
    await api.client.create(
      Widget,
      make("grandchild", {}, { ownerReferences: [{ ...reference, name: "child", uid: child.metadata.uid }] }),
    );
    await api.settled();
    expect((await api.client.list(Widget)).items).toHaveLength(3);
    await api.client.delete(Widget, { namespace: "default", name: "owner" }, { propagationPolicy });
    await api.settled();
    expect((await api.client.list(Widget)).items).toEqual([]);
  }
});

test("orphaned dependents live on without the reference [API-162]", async () => {
  const owner = await api.client.create(Widget, make("owner"));
  const ownerReferences = [{ apiVersion: "example.com/v1", kind: "Widget", name: "owner", uid: owner.metadata.uid }];
  await api.client.create(Widget, make("child", {}, { ownerReferences }));
  await api.settled();
  await api.client.delete(Widget, { namespace: "default", name: "owner" }, { propagationPolicy: "Orphan" });
  await api.settled();
  const { items } = await api.client.list(Widget);
  expect(items.map((item) => [item.metadata.name, item.metadata.ownerReferences])).toEqual([["child", undefined]]);
});

test("a deleted namespace refuses new content, empties itself and goes [API-168] [API-169] [API-170] [API-172] [API-T14]", async () => {
  await api.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
  await api.client.create(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "team" } });
  await api.client.create(Widget, { ...make("w"), metadata: { name: "w", namespace: "team", finalizers: ["example.com/keep"] } });
  const leaving = await api.client.delete(Namespace, { name: "team" });
  expect(leaving).toMatchObject({ status: { phase: "Terminating" } });
  await api.settled();
  await expect(
    api.client.create(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "y", namespace: "team" } }),
  ).rejects.toMatchObject({
    reason: "Forbidden",
    details: { causes: [{ reason: "NamespaceTerminating" }] },
  });
  expect((await api.client.list(ConfigMap, { namespace: "team" })).items).toEqual([]);
  const conditions = (await api.client.get(Namespace, { name: "team" })).status?.["conditions"];
  expect(conditions).toContainEqual(
    expect.objectContaining({ type: "NamespaceContentRemaining", status: "True", reason: "SomeResourcesRemain" }),
  );
  await api.client.patch(
    Widget,
    { namespace: "team", name: "w" },
    { type: "json", body: [{ op: "remove", path: "/metadata/finalizers" }] },
  );
  await api.settled();
  await expect(api.client.get(Namespace, { name: "team" })).rejects.toSatisfy(isNotFound);
});

test("a watch from a list misses nothing, and a selector's watch speaks of entering and leaving [API-176] [API-191] [API-T02] [API-T03]", async () => {
  await api.client.create(Widget, make("a", {}, { labels: { color: "red" } }));
  const { metadata } = await api.client.list(Widget);
  const stop = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    const options = { resourceVersion: metadata.resourceVersion ?? "", labelSelector: "color=red", signal: stop.signal };
    for await (const event of api.client.watch(Widget, options)) {
      if (event.type === "BOOKMARK") continue;
      seen.push(`${event.type} ${event.object.metadata.name} ${event.object.metadata.labels?.["color"]}`);
      if (seen.length === 3) stop.abort();
    }
  })();
  await api.client.create(Widget, make("b", {}, { labels: { color: "blue" } }));
  await api.client.patch(
    Widget,
    { namespace: "default", name: "b" },
    { type: "merge", body: { metadata: { labels: { color: "red" } } } },
  );
  const turned = await api.client.patch(
    Widget,
    { namespace: "default", name: "a" },
    { type: "merge", body: { metadata: { labels: { color: "blue" } } } },
  );
  await api.client.delete(Widget, { namespace: "default", name: "b" });
  await watching;
  expect(seen).toEqual(["ADDED b red", "DELETED a red", "DELETED b red"]);
  expect(Number(turned.metadata.resourceVersion)).toBeGreaterThan(0);
});

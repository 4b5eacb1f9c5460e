import { ConfigMap, Namespace, Pod } from "@slipway/api";
import { expect, test } from "vitest";
import { createApiInMemory } from "../inmemory.ts";
import { createKubernetesApi } from "../kubernetesapi.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { stampObject } from "./core.ts";
import { createIndexes } from "./indexes.ts";
import type { StoredObject } from "./object.ts";

const label = "cluster.x-k8s.io/cluster-name";

test("a list by an indexed label or field has what a look at everything finds, just written or just gone [API-219]", async () => {
  const { client, close } = await createApiInMemory();
  await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
  const names = async (selector: object) =>
    (await client.list(ConfigMap, selector)).items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  for (let at = 0; at < 40; at += 1) {
    const name = `c${at}`;
    const labels = { [label]: at % 4 === 0 ? "mine" : "yours", odd: String(at % 8 === 4) };
    const namespace = at % 8 === 0 ? "other" : "default";
    await client.create(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels } });
    // Written a moment ago, and in the list at once.
    if (at % 4 === 0) expect(await names({ labelSelector: `${label}=mine` })).toContain(`${namespace}/${name}`);
  }
  const all = await names({});
  const byHand = (await client.list(ConfigMap)).items
    .filter(({ metadata }) => metadata.labels?.[label] === "mine")
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  expect(all).toHaveLength(40);
  expect(await names({ labelSelector: `${label}=mine` })).toEqual(byHand);
  expect(await names({ labelSelector: `${label} in (mine),odd=true`, namespace: "default" })).toEqual(
    byHand.filter((name) => name.startsWith("default/")),
  );
  await client.patch(ConfigMap, { namespace: "default", name: "c4" }, { type: "merge", body: { metadata: { labels: null } } });
  await client.delete(ConfigMap, { namespace: "default", name: "c12" });
  const left = await names({ labelSelector: `${label}=mine` });
  expect(left).toEqual(byHand.filter((name) => name !== "default/c4" && name !== "default/c12"));
  const list = await client.list(ConfigMap, { labelSelector: `${label}=mine` });
  expect(Number(list.metadata.resourceVersion)).toBeGreaterThan(40);
  expect((await client.list(ConfigMap, { labelSelector: `${label}=mine`, limit: 3 })).items).toHaveLength(3);

  for (const [name, nodeName] of [
    ["p1", "n1"],
    ["p2", "n2"],
  ])
    await client.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: name as string, namespace: "default" },
      spec: { nodeName: nodeName as string, containers: [{ name: "c", image: "i" }] },
    });
  const onNode = await client.list(Pod, { fieldSelector: "spec.nodeName=n2" });
  expect(onNode.items.map(({ metadata }) => metadata.name)).toEqual(["p2"]);
  await close();
});

test("such a list does not look through the store [API-219]", async () => {
  const memory = createMemoryStorage<StoredObject>({ stamp: stampObject });
  let looks = 0;
  const storage: typeof memory = {
    ...memory,
    list: (prefix, options) => {
      if (prefix.includes("configmaps")) looks += 1;
      return memory.list(prefix, options);
    },
  };
  const api = await createKubernetesApi({ storage, authorization: "always" });
  const metadata = { name: "a", namespace: "default", labels: { [label]: "mine" } };
  await api.client.create(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata });
  const before = looks;
  expect((await api.client.list(ConfigMap, { labelSelector: `${label}=mine` })).items).toHaveLength(1);
  expect(looks).toBe(before);
  await api.client.list(ConfigMap, { labelSelector: "other=mine" });
  expect(looks).toBe(before + 1);
  await api.close();
});

test("an index that cannot keep up says so instead of guessing [API-219]", async () => {
  const storage = createMemoryStorage();
  const indexes = createIndexes({ caughtUp: async () => {}, isCurrent: () => false });
  expect(await indexes.keys("/registry/core/pods/", { index: label, value: "x" })).toBeUndefined();
  storage.close();
});

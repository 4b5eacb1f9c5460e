import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isNotFound, type KubeObject, type Resource, type UnstructuredObject } from "@slipway/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { servedBuiltins } from "../builtin/served.ts";
import { createInProcessClient } from "../client/inprocess.ts";
import type { Clock } from "../storage/clock.ts";
import { systemClock } from "../storage/clock.ts";
import { openLmdb } from "../storage/lmdb.node.ts";
import { createStillClock } from "../testing/stillclock.ts";
import { createRegistry } from "./createregistry.ts";
import type { StoredObject } from "./object.ts";
import { createObjectOptions } from "./objectoptions.ts";

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
const Event: Resource<UnstructuredObject> = { group: "", version: "v1", kind: "Event", plural: "events", scope: "Namespaced" };

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "slipway-restart-"));
});
afterEach(() => rmSync(path, { recursive: true }));

/** Everything that a start of the program opens, over what an earlier one left. */
const start = async (clock: Clock = systemClock) => {
  const stores = openLmdb({ path, clock });
  const storage = stores.store<StoredObject>("management", createObjectOptions());
  const registry = createRegistry({ storage, resources: servedBuiltins(), clock });
  await registry.ensure(["default", "team"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
  const stop = async () => {
    await registry.close();
    await stores.close();
  };
  return { storage, registry, client: createInProcessClient(registry), stop };
};
const map = (name: string, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", ...metadata },
});

test("objects, their revisions and their managers are after a restart what they were before [API-441]", async () => {
  const first = await start();
  const made = await first.client.create(ConfigMap, { ...map("a", { labels: { x: "y" } }), data: { k: "v" } });
  await first.stop();
  const second = await start();
  expect(await second.client.get(ConfigMap, { namespace: "default", name: "a" })).toEqual(made);
  const changed = await second.client.patch(
    ConfigMap,
    { namespace: "default", name: "a" },
    { type: "merge", body: { data: { k: "w" } } },
  );
  expect(Number(changed.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
  await second.stop();
});

test("collection that a kill interrupted goes on at the next start, and so does the end of a namespace [API-166] [API-172]", async () => {
  const first = await start();
  const owner = await first.client.create(ConfigMap, map("owner"));
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid }];
  await first.client.create(ConfigMap, map("child", { ownerReferences }));
  await first.client.create(ConfigMap, map("kept"));
  await first.client.create(ConfigMap, map("in-team", { namespace: "team" }));
  await first.registry.settled();
  // As if the program had been killed right after these two were written.
  const { value } = first.storage.get("/registry/core/namespaces/team") ?? {};
  await first.stop();
  const stores = openStoreAlone();
  await stores.storage.delete("/registry/core/configmaps/default/owner");
  await stores.storage.put("/registry/core/namespaces/team", {
    ...(value as StoredObject),
    metadata: { ...(value as StoredObject).metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
  });
  await stores.close();

  const second = await start();
  await second.registry.settled();
  expect((await second.client.list(ConfigMap)).items.map(({ metadata }) => metadata.name)).toEqual(["kept"]);
  await expect(second.client.get(Namespace, { name: "team" })).rejects.toSatisfy(
    (error) => isNotFound(error) || error === undefined,
  );
  await second.stop();
});

/** The store alone, without a registry that would act on what is written. */
const openStoreAlone = () => {
  const stores = openLmdb({ path });
  return { storage: stores.store<StoredObject>("management", createObjectOptions()), close: stores.close };
};

test("Events vanish after an hour, also when the program was down meanwhile [API-443] [API-467]", async () => {
  const before = createStillClock();
  const event = (name: string) => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "default" },
    involvedObject: { kind: "Pod", name: "p", namespace: "default" },
    reason: "R",
    type: "Normal",
  });
  const first = await start(before.clock);
  await first.client.create(Event, event("early"));
  before.advance(1800);
  await first.client.create(Event, event("late"));
  expect((await first.client.list(Event)).items).toHaveLength(2);
  await first.stop();
  const later = createStillClock(before.clock.now().getTime() + 1900 * 1000);
  const second = await start(later.clock);
  const revision = second.storage.revision();
  later.advance(20);
  await second.storage.reached(revision + 1);
  expect((await second.client.list(Event)).items.map(({ metadata }) => metadata.name)).toEqual(["late"]);
  await second.stop();
});

import { ApiError, type Client, type KubeObject, type Resource, type Stored, type WatchEvent } from "@slipway/api";
import { createApiInMemory } from "@slipway/apiserver";
import { afterEach, describe, expect, test } from "vitest";
import { createVirtualClock } from "../clock/clock.ts";
import { nextTurn } from "../clock/turn.ts";
import { silentLog } from "../log/log.ts";
import { createCaches, NotSyncedError } from "./caches.ts";
import { createKindCache, isNewer } from "./kind-cache.ts";
import { learningClient } from "./writes.ts";

interface Data extends KubeObject {
  readonly data?: { readonly [key: string]: string };
}
const ConfigMap: Resource<Data> = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" };
const configMap = (
  name: string,
  parts: { labels?: { [key: string]: string }; owner?: string; data?: Data["data"] } = {},
): Data => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name,
    namespace: "default",
    ...(parts.labels ? { labels: parts.labels } : {}),
    ...(parts.owner ? { ownerReferences: [{ apiVersion: "v1", kind: "X", name: "x", uid: parts.owner }] } : {}),
  },
  ...(parts.data ? { data: parts.data } : {}),
});
const ref = (name: string) => ({ namespace: "default", name });
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await nextTurn();
};

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const start = async (wrap: (client: Client) => Client = (client) => client) => {
  const clock = createVirtualClock();
  const api = await createApiInMemory();
  const stop = new AbortController();
  const caches = createCaches({ client: wrap(api.client), clock, log: silentLog, signal: stop.signal });
  ends.push(api.close, () => stop.abort());
  return { caches, clock, client: api.client, learning: learningClient(api.client, caches) };
};

describe("caches", () => {
  test("start with the first reader, who is told to wait", async () => {
    const { caches, client } = await start();
    await client.create(ConfigMap, configMap("a"));
    expect(() => caches.find(ConfigMap, ref("a"))).toThrow(NotSyncedError);
    await caches.synced(ConfigMap);
    expect(caches.find(ConfigMap, ref("a"))?.metadata.name).toBe("a");
  });

  test("follow what happens, and keep lookups by owner, label and index", async () => {
    const { caches, client } = await start();
    caches.index({ resource: ConfigMap, name: "by key", keys: (object: Stored<Data>) => Object.keys(object.data ?? {}) });
    await caches.synced(ConfigMap);
    await client.create(ConfigMap, configMap("a", { labels: { app: "x" }, owner: "u1", data: { k: "1" } }));
    await client.create(ConfigMap, configMap("b", { labels: { app: "x", tier: "db" } }));
    await turns();
    const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);
    expect(names(caches.ownedBy(ConfigMap, "u1"))).toEqual(["a"]);
    expect(names(caches.list(ConfigMap, { labels: { app: "x" } }))).toEqual(["a", "b"]);
    expect(names(caches.list(ConfigMap, { namespace: "default", labels: { app: "x", tier: "db" } }))).toEqual(["b"]);
    expect(names(caches.byIndex(ConfigMap, "by key", "k"))).toEqual(["a"]);
    await client.patch(ConfigMap, ref("a"), {
      type: "merge",
      body: { metadata: { ownerReferences: null, labels: null }, data: { k: null, l: "2" } },
    });
    await client.delete(ConfigMap, ref("b"));
    await turns();
    expect(names(caches.ownedBy(ConfigMap, "u1"))).toEqual([]);
    expect(names(caches.list(ConfigMap, { labels: { app: "x" } }))).toEqual([]);
    expect(names(caches.byIndex(ConfigMap, "by key", "l"))).toEqual(["a"]);
    expect(caches.find(ConfigMap, ref("b"))).toBeUndefined();
    expect(() => caches.byIndex(ConfigMap, "none", "k")).toThrow('no index "none" is declared');
  });

  test("know our own writes when they are over, whatever the watch says later", async () => {
    const { caches, learning } = await start();
    await caches.synced(ConfigMap);
    const heard: string[] = [];
    caches.listen(ConfigMap, ({ object, deleted }) => {
      if (object.metadata.namespace === "default" && object.metadata.name === "a")
        heard.push(`${deleted ? "-" : ""}${(object as Data).data?.["k"]}`);
    });
    await learning.create(ConfigMap, configMap("a", { data: { k: "1" } }));
    expect(caches.find(ConfigMap, ref("a"))?.data).toEqual({ k: "1" });
    await learning.patch(ConfigMap, ref("a"), { type: "merge", body: { data: { k: "2" } } });
    expect(caches.find(ConfigMap, ref("a"))?.data).toEqual({ k: "2" });
    await learning.delete(ConfigMap, ref("a"));
    expect(caches.find(ConfigMap, ref("a"))).toBeUndefined();
    await turns();
    expect(caches.find(ConfigMap, ref("a"))).toBeUndefined();
    expect(heard).toEqual(["1", "2", "-2"]); // each change once
    await learning.patch(
      ConfigMap,
      ref("b"),
      { type: "apply", body: configMap("b", { data: { k: "dry" } }) },
      { fieldManager: "t", dryRun: true },
    );
    expect(caches.find(ConfigMap, ref("b"))).toBeUndefined();
  });

  test("list again when their revision is compacted, and hear of what went meanwhile", async () => {
    let events: { push(event: WatchEvent<KubeObject> | Error): void } | undefined;
    let lists = 0;
    const { caches, client } = await start((real) => ({
      ...real,
      list: (resource, options) => {
        lists += 1;
        return real.list(resource, options);
      },
      watch: () => {
        const queue: (WatchEvent<KubeObject> | Error)[] = [];
        let wake = () => {};
        events = {
          push: (event) => {
            queue.push(event);
            wake();
          },
        };
        return (async function* () {
          for (;;) {
            const next = queue.shift();
            if (next instanceof Error) throw next;
            if (next) yield next as never;
            else
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
          }
        })();
      },
    }));
    await client.create(ConfigMap, configMap("gone"));
    await caches.synced(ConfigMap);
    const deleted: string[] = [];
    caches.listen(ConfigMap, (change) => {
      if (change.deleted) deleted.push(change.object.metadata.name);
    });
    await client.delete(ConfigMap, ref("gone"));
    await client.create(ConfigMap, configMap("new"));
    await turns();
    expect(caches.find(ConfigMap, ref("gone"))).toBeDefined(); // nobody has told us
    events?.push(new ApiError("Expired", "too old resource version"));
    await turns();
    expect(lists).toBe(2);
    expect(deleted).toEqual(["gone"]);
    expect(caches.find(ConfigMap, ref("new"))).toBeDefined();
  });

  test("give up a watch that its server has forgotten, and go on from where it was", async () => {
    let watches = 0;
    const { caches, client, clock } = await start((real) => ({
      ...real,
      watch: (resource, options) => {
        watches += 1;
        if (watches > 1) return real.watch(resource, options);
        return (async function* () {
          await new Promise<void>((resolve) => options.signal?.addEventListener("abort", () => resolve(), { once: true }));
        })();
      },
    }));
    await caches.synced(ConfigMap);
    await client.create(ConfigMap, configMap("a"));
    await clock.advance(299_000);
    expect([watches, caches.find(ConfigMap, ref("a"))]).toEqual([1, undefined]);
    await clock.advance(400_000);
    await turns();
    expect(watches).toBeGreaterThan(1);
    expect(caches.find(ConfigMap, ref("a"))).toBeDefined();
  });

  test("try again after an error, from where they were", async () => {
    let refuse = true;
    const asked: (string | undefined)[] = [];
    const { caches, client, clock } = await start((real) => ({
      ...real,
      watch: (resource, options) => {
        asked.push(options.resourceVersion);
        if (refuse) throw new ApiError("ServiceUnavailable", "down");
        return real.watch(resource, options);
      },
    }));
    await caches.synced(ConfigMap);
    await client.create(ConfigMap, configMap("a"));
    await clock.advance(800);
    refuse = false;
    await clock.advance(1600);
    await turns();
    expect(asked).toHaveLength(3);
    expect(new Set(asked).size).toBe(1);
    expect(caches.find(ConfigMap, ref("a"))).toBeDefined();
  });
});

describe("the cache of one kind", () => {
  const object = (name: string, resourceVersion: string, uid = "u"): Stored<KubeObject> => ({
    apiVersion: "v1",
    kind: "X",
    metadata: { name, uid, resourceVersion, creationTimestamp: "2026-01-01T00:00:00Z" },
  });

  test("drops older news, and a late event does not bring back what we deleted", () => {
    const changes: string[] = [];
    const cache = createKindCache<KubeObject>(({ object: { metadata }, deleted }) =>
      changes.push(`${deleted ? "-" : "+"}${metadata.resourceVersion}`),
    );
    cache.put(object("a", "10"));
    cache.put(object("a", "9"));
    cache.bury({ name: "a" });
    cache.put(object("a", "11"));
    cache.remove(object("a", "12"));
    cache.put(object("a", "13", "another"));
    expect(changes).toEqual(["+10", "-10", "+13"]);
    expect([isNewer("10", "9"), isNewer("9", "10"), isNewer("9", "9")]).toEqual([true, false, false]);
  });

  test("a name that is another object now is the end of the old one", () => {
    const changes: string[] = [];
    const cache = createKindCache<KubeObject>(({ object: { metadata }, deleted }) =>
      changes.push(`${deleted ? "-" : "+"}${metadata.uid}`),
    );
    cache.put(object("a", "1", "one"));
    cache.put(object("a", "2", "two"));
    expect(changes).toEqual(["+one", "-one", "+two"]);
  });

  test("a list keeps what we wrote after it was taken", () => {
    const cache = createKindCache<KubeObject>(() => {});
    cache.put(object("ours", "20"));
    cache.put(object("old", "5"));
    cache.replace([object("listed", "7")], "10");
    expect(cache.list().map(({ metadata }) => metadata.name)).toEqual(["ours", "listed"]);
  });
});

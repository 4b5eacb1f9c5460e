import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { createCommitter } from "./committer.ts";
import { contractOptions, storageContract, type Value } from "./contract.ts";
import { createEngine } from "./engine.ts";
import { openLmdb } from "./lmdb.node.ts";
import { createMemoryStores } from "./memory.ts";

storageContract("memory", async () => {
  const stores = createMemoryStores();
  return { open: (options) => stores.store<Value>("test", contractOptions(options?.history)), close: stores.close };
});

storageContract("lmdb", async () => {
  const path = mkdtempSync(join(tmpdir(), "slipway-store-"));
  const stores = openLmdb({ path });
  return {
    open: (options) => stores.store<Value>("test", contractOptions(options?.history)),
    close: async () => {
      await stores.close();
      rmSync(path, { recursive: true });
    },
  };
});

describe("lmdb on disk", () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "slipway-store-"));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  test("values and revisions are there again after a restart, and revisions go on above a deletion [API-441] [API-450]", async () => {
    const first = openLmdb({ path });
    const store = first.store<Value>("test", contractOptions());
    await store.create("/a", { text: "1" });
    await store.put("/a", { text: "2" });
    await store.create("/b", { text: "gone" });
    await store.delete("/b");
    const before = { revision: store.revision(), item: store.get("/a") };
    await first.close();

    const second = openLmdb({ path });
    const again = second.store<Value>("test", contractOptions());
    expect(again.revision()).toBe(before.revision);
    expect(again.get("/a")).toEqual(before.item);
    expect(Object.isFrozen(again.get("/a")?.value)).toBe(true);
    expect((await again.create("/c", { text: "3" })).modRevision).toBe(before.revision + 1);
    // Whoever had seen everything goes on watching, whoever had not lists again.
    expect(() => again.watch("/", before.revision)).not.toThrow();
    expect(() => again.watch("/", before.revision - 1)).toThrow(/compacted/);
    await second.close();
  });

  test("several stores share the environment and not their keys or revisions, and one can be dropped", async () => {
    const stores = openLmdb({ path });
    const one = stores.store<Value>("management");
    const two = stores.store<Value>("workload-1");
    await Promise.all([one.create("/a", { text: "one" }), two.create("/a", { text: "two" }), two.create("/b", { text: "two" })]);
    expect([one.revision(), two.revision()]).toEqual([1, 2]);
    const watcher = two.watch("/", 2);
    await stores.drop("workload-1");
    expect(await watcher.next()).toBeUndefined();
    expect(stores.names()).toEqual(["management"]);
    await expect(two.create("/c", { text: "late" })).rejects.toThrow(/closed/);
    expect(stores.store<Value>("workload-1").count("/")).toBe(0);
    await stores.close();
    const again = openLmdb({ path });
    expect(again.store<Value>("management").get("/a")?.value.text).toBe("one");
    expect(again.store<Value>("workload-1").count("/")).toBe(0);
    await again.close();
  });

  test("data of a newer format is refused, with what to do [API-457]", async () => {
    const stores = openLmdb({ path });
    await stores.store<Value>("test").create("/a", { text: "1" });
    await stores.close();
    const env = open({ path: join(path, "store.mdb"), noSubdir: true, encoding: "string", maxDbs: 4 });
    await env.openDB({ name: "meta", encoding: "string" }).put("format", "3");
    await env.close();
    expect(() => openLmdb({ path })).toThrow(/has format 3, written by a newer Slipway; this one reads up to format 2/);
  });

  test("a second opening says who holds the data [API-455]", async () => {
    const stores = openLmdb({ path });
    expect(() => openLmdb({ path })).toThrow(`in use by process ${process.pid}`);
    await stores.close();
    await openLmdb({ path }).close();
  });

  test("a backup taken while writes go on opens as a store of its own [API-456]", async () => {
    const stores = openLmdb({ path });
    const store = stores.store<Value>("test");
    for (let index = 0; index < 20; index += 1) await store.put(`/k${index}`, { text: String(index) });
    const copy = mkdtempSync(join(tmpdir(), "slipway-backup-"));
    await stores.backup(join(copy, "store.mdb"));
    await stores.close();
    const restored = openLmdb({ path: copy });
    expect(restored.store<Value>("test").count("/")).toBe(20);
    await restored.close();
    rmSync(copy, { recursive: true });
  });
});

test("writes that come while one is on its way to the disk share the next flush, and each has its own answer [API-452]", async () => {
  const flushed: number[] = [];
  let finish: () => void = () => undefined;
  const committer = createCommitter({
    append: (records) => {
      flushed.push(records.length);
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
  });
  const store = createEngine<Value>({
    name: "test",
    number: 1,
    committer,
    clock: systemClock,
    encode: (item) => JSON.stringify(item),
    options: {},
    items: [],
    revision: 0,
  });
  const first = store.create("/a", { text: "1" });
  await Promise.resolve();
  const rest = Promise.allSettled([
    ...Array.from({ length: 50 }, (_, index) => store.create(`/k${index}`, { text: "x" })),
    store.create("/a", { text: "2" }),
  ]);
  finish();
  await first;
  await Promise.resolve();
  expect(store.count("/k")).toBe(0);
  finish();
  const results = await rest;
  expect(flushed).toEqual([1, 50]);
  expect(results.map(({ status }) => status)).toEqual([...Array<string>(50).fill("fulfilled"), "rejected"]);
});

test("after a flush that failed nothing of it is there, nor of what was built on it, and later writes are judged by what is there [API-453]", async () => {
  let failures = 1;
  const committer = createCommitter({
    append: async () => {
      await Promise.resolve();
      if (failures > 0) {
        failures -= 1;
        throw new Error("no");
      }
    },
  });
  const store = createEngine<Value>({
    name: "test",
    number: 1,
    committer,
    clock: systemClock,
    encode: (item) => JSON.stringify(item),
    options: {},
    items: [],
    revision: 0,
  });
  const watcher = store.watch("/", 0);
  const results = await Promise.allSettled([store.create("/a", { text: "1" }), store.create("/b", { text: "1" })]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect([store.get("/a"), store.revision()]).toEqual([undefined, 0]);
  const made = await store.create("/a", { text: "2" });
  expect(await watcher.next()).toMatchObject([{ key: "/a", type: "created", revision: made.modRevision, previous: undefined }]);
});

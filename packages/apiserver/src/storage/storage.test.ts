import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contractOptions, storageContract, type Value } from "./contract.ts";
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

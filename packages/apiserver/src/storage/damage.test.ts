import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Value } from "./contract.ts";
import { openLmdb } from "./lmdb.node.ts";

describe("damaged data", () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "slipway-damage-"));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  const file = () => join(path, "store.mdb");

  test("of which one bit changed is refused by the name of the record, not served [API-451]", async () => {
    const stores = openLmdb({ path });
    await stores.store<Value>("management").create("/registry/x/a", { text: "the quick brown fox" });
    await stores.close();
    const bytes = readFileSync(file());
    for (let at = bytes.indexOf("quick brown"); at >= 0; at = bytes.indexOf("quick brown", at + 1))
      bytes[at] = (bytes[at] ?? 0) ^ 2;
    writeFileSync(file(), bytes);
    const again = openLmdb({ path });
    expect(() => again.store<Value>("management")).toThrow(
      /The data in .* is damaged: the record \/registry\/x\/a is not what was written: its checksum differs.*Restore a snapshot/,
    );
    await again.close();
  });

  test("that stands under another key than it was written for is refused [API-451]", async () => {
    const stores = openLmdb({ path });
    await stores.store<Value>("management").create("/a", { text: "1" });
    await stores.close();
    const env = open({ path: file(), noSubdir: true, encoding: "string", maxDbs: 4 });
    const items = env.openDB<string, [number, string]>({ name: "items", encoding: "string" });
    await items.put([1, "/b"], items.get([1, "/a"]) ?? "");
    await env.close();
    const again = openLmdb({ path });
    expect(() => again.store<Value>("management")).toThrow(/the record \/b is not what was written/);
    await again.close();
  });

  test("data of the first format, without checksums, is read, and kept as it was beside the new [API-457]", async () => {
    const stores = openLmdb({ path });
    await stores.store<Value>("management").create("/a", { text: "1" });
    await stores.close();
    const env = open({ path: file(), noSubdir: true, encoding: "string", maxDbs: 4 });
    const items = env.openDB<string, [number, string]>({ name: "items", encoding: "string" });
    const meta = env.openDB<string, string>({ name: "meta", encoding: "string" });
    await items.put([1, "/a"], '{"m":1,"c":1,"v":{"text":"of old"}}');
    await meta.put("format", "1");
    await env.close();
    const again = openLmdb({ path });
    expect(again.store<Value>("management").get("/a")).toMatchObject({ value: { text: "of old" }, modRevision: 1 });
    await again.store<Value>("management").put("/a", { text: "new" });
    await again.close();

    const kept = mkdtempSync(join(tmpdir(), "slipway-damage-"));
    writeFileSync(join(kept, "store.mdb"), readFileSync(join(path, "store.format1.mdb")));
    const old = openLmdb({ path: kept });
    expect(old.store<Value>("management").get("/a")?.value.text).toBe("of old");
    await old.close();
    rmSync(kept, { recursive: true });
  });
});

describe("compaction", () => {
  test("gives space back while writers and watchers go on, and a restart finds everything [API-449]", async () => {
    const path = mkdtempSync(join(tmpdir(), "slipway-compact-"));
    const stores = openLmdb({ path });
    const store = stores.store<Value>("management");
    const text = "x".repeat(4000);
    await Promise.all(Array.from({ length: 4000 }, (_, n) => store.create(`/k${n}`, { text })));
    await Promise.all(Array.from({ length: 3900 }, (_, n) => store.delete(`/k${n}`)));
    const watcher = store.watch("/", store.revision());
    let stop = false;
    let written = 0;
    const writing = (async () => {
      while (!stop) {
        await store.put("/counter", { text: String(written) });
        written += 1;
      }
    })();
    const { before, after } = await stores.compact();
    // A store that appears while the file is being copied is in the new one.
    const second = stores.compact();
    await stores.store<Value>("late").create("/a", { text: "1" });
    await second;
    stop = true;
    await writing;
    expect(after.fileBytes).toBeLessThan(before.fileBytes / 4);
    const told = await watcher.next(1_000_000);
    expect(told?.map(({ value }) => value.text)).toEqual(Array.from({ length: written }, (_, n) => String(n)));
    const revision = store.revision();
    await stores.close();
    const again = openLmdb({ path });
    expect(again.store<Value>("management").count("/")).toBe(101);
    expect(again.store<Value>("management").revision()).toBe(revision);
    expect(again.store<Value>("late").get("/a")?.value.text).toBe("1");
    await again.close();
    rmSync(path, { recursive: true });
  });

  test("and giving pages back go on while stores are made, dropped and written, and nothing of it is lost [API-449]", async () => {
    const path = mkdtempSync(join(tmpdir(), "slipway-pages-"));
    const stores = openLmdb({ path });
    const store = stores.store<Value>("management");
    let stop = false;
    let written = 0;
    const writing = (async () => {
      while (!stop) {
        await store.put("/counter", { text: String(written) });
        written += 1;
      }
    })();
    for (let turn = 0; turn < 30; turn += 1) {
      const working = turn % 3 === 0 ? stores.compact() : stores.forgetPages();
      // In the very moment in which there may be no file.
      const made = Array.from({ length: 5 }, async (_, n) => {
        for (let wait = 0; wait < n; wait += 1) await new Promise((resolve) => setImmediate(resolve));
        return stores.store<Value>(`made-${turn}-${n}`).create("/a", { text: String(turn) });
      });
      await Promise.all([working, ...made]);
      if (turn % 2 === 0) await stores.drop(`made-${turn}-0`);
    }
    stop = true;
    await writing;
    expect(stores.names()).toHaveLength(1 + 150 - 15);
    await stores.close();
    const again = openLmdb({ path });
    expect(again.store<Value>("management").get("/counter")?.value.text).toBe(String(written - 1));
    expect(again.names()).toHaveLength(136);
    for (const name of again.names().filter((one) => one !== "management")) {
      expect(again.store<Value>(name).get("/a")?.value.text, name).toBe(name.split("-")[1]);
    }
    await again.close();
    rmSync(path, { recursive: true });
  });
});

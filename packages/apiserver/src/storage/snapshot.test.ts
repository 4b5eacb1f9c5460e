import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Value } from "./contract.ts";
import { openLmdb } from "./lmdb.node.ts";
import { restoreStores } from "./restore.node.ts";
import { createSealer } from "./sealing.node.ts";
import { readSnapshot, SnapshotError, writeSnapshot } from "./snapshot.node.ts";

const sealer = createSealer([{ name: "key-1", secret: Buffer.alloc(32, 7) }]);
const secretKey = "/registry/core/secrets/default/a";
const about = { program: "1.2.3", now: new Date("2026-11-22T10:00:00Z"), files: { "secrets.json": "{}" } };

describe("a snapshot", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-snapshot-"));
    file = join(folder, "backup");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = (name: string) => openLmdb({ path: join(folder, name), sealer });

  test("taken while writes go on is one moment of all stores, and restores to the same objects [API-456] [API-446]", async () => {
    const stores = open("data");
    const [one, two] = [stores.store<Value>("management"), stores.store<Value>("workload-1")];
    await one.create(secretKey, { text: "hunter2" });
    for (let n = 0; n < 1500; n += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => one.put(`/registry/x/${n + index}`, { text: `before-${n + index}` })),
      );
    }
    await two.create("/registry/y", { text: "guest" });
    const before = { items: one.list("/").items, revision: one.revision() };
    let stop = false;
    const writing = (async () => {
      for (let n = 0; !stop; n += 1) {
        await one.put(`/registry/x/${n % 3000}`, { text: `after-${n}` });
        if (n % 3 === 0) await one.delete(`/registry/x/${n % 3000}`);
      }
    })();
    const summary = await writeSnapshot(stores.dump(), file, about);
    stop = true;
    await writing;
    await stores.close();

    expect(summary).toMatchObject({
      takenAt: "2026-11-22T10:00:00.000Z",
      program: "1.2.3",
      count: 1502,
      stores: [
        { name: "management", revision: before.revision, count: 1501 },
        { name: "workload-1", revision: 1, count: 1 },
      ],
      files: ["secrets.json"],
      sealed: { "key-1": 1 },
    });
    expect(await readSnapshot(file)).toEqual(summary);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(gunzipSync(readFileSync(file)).toString()).not.toContain("hunter2");
    expect(readdirSync(folder)).not.toContain("backup.part");

    expect(await restoreStores(file, join(folder, "restored"))).toEqual(summary);
    const restored = open("restored");
    const again = restored.store<Value>("management");
    expect(again.list("/").items).toEqual(before.items);
    expect(restored.store<Value>("workload-1").get("/registry/y")?.value.text).toBe("guest");
    expect(restored.sealedWith()).toBe("key-1");
    await restored.close();
  });

  test("restored has higher revisions than anybody has seen: an old watch is told to list again, not left without events [API-441] [API-456]", async () => {
    const stores = open("data");
    const store = stores.store<Value>("management");
    const seen = await store.create("/a", { text: "1" });
    await writeSnapshot(stores.dump(), file, about);
    // Given out after the snapshot, and seen by a client.
    const later = await store.put("/a", { text: "2" });
    await stores.close();
    await restoreStores(file, join(folder, "restored"));
    const restored = open("restored");
    const again = restored.store<Value>("management");
    expect(again.get("/a")).toMatchObject({ modRevision: seen.modRevision, value: { text: "1" } });
    expect(again.revision()).toBeGreaterThan(later.modRevision);
    expect(() => again.watch("/", later.modRevision)).toThrow(/compacted/);
    expect((await again.put("/a", { text: "3" })).modRevision).toBeGreaterThan(later.modRevision);
    await restored.close();
  });

  test("that is cut short, changed in any part, or no snapshot at all is refused, and nothing is restored [API-456]", async () => {
    const stores = open("data");
    const store = stores.store<Value>("management");
    for (let n = 0; n < 40; n += 1) await store.put(`/k${n}`, { text: `${n} ${Math.random()}` });
    await writeSnapshot(stores.dump(), file, about);
    await stores.close();
    const whole = readFileSync(file);
    const refused = async (pattern: RegExp) => {
      await expect(readSnapshot(file)).rejects.toThrow(SnapshotError);
      await expect(restoreStores(file, join(folder, "restored"))).rejects.toThrow(pattern);
      expect(readdirSync(folder).sort()).toEqual(["backup", "data"]);
    };
    for (let at = 12; at < whole.length; at += 23) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      writeFileSync(file, changed);
      await refused(/damaged/);
    }
    for (const part of [0, 0.3, 0.9, 0.999]) {
      writeFileSync(file, whole);
      truncateSync(file, Math.floor(whole.length * part));
      await refused(/damaged/);
    }
    const lines = gunzipSync(whole).toString().split("\n");
    const written = (content: readonly string[]) => writeFileSync(file, gzipSync(content.join("\n")));
    written(lines.filter((line) => !line.includes("/k7")));
    await refused(/checksum differs/);
    written(lines.slice(0, -2).concat(""));
    await refused(/its end is missing/);
    written([(lines[0] ?? "").replace('"format":1', '"format":9'), ...lines.slice(1)]);
    await refused(/taken by a newer Slipway/);
    written(['{"kind":"List"}', ""]);
    await refused(/not a snapshot of Slipway/);
    writeFileSync(file, "hello");
    await refused(/damaged/);
  });

  test("is not restored over data that is there", async () => {
    const stores = open("data");
    await stores.store<Value>("management").create("/a", { text: "1" });
    await writeSnapshot(stores.dump(), file, about);
    await stores.close();
    await expect(restoreStores(file, join(folder, "data"))).rejects.toThrow(/data in .* already/);
  });

  test("that cannot be written leaves nothing behind, and the store goes on", async () => {
    const stores = open("data");
    const store = stores.store<Value>("management");
    await store.create("/a", { text: "1" });
    await expect(writeSnapshot(stores.dump(), join(folder, "nowhere", "backup"), about)).rejects.toThrow(/ENOENT/);
    await store.put("/a", { text: "2" });
    await stores.compact();
    await stores.close();
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Value } from "./contract.ts";
import { openLmdb } from "./lmdb.node.ts";
import { createSealer, type SealingKey } from "./sealing.node.ts";
import { coversSecrets, SealingError } from "./sealing.ts";

const key = (name: string, fill: number): SealingKey => ({ name, secret: Buffer.alloc(32, fill) });
const secretKey = "/registry/core/secrets/default/password";

describe("a sealed value", () => {
  test("names its provider and its key, tells nothing of its content, and opens again [API-455]", () => {
    const sealer = createSealer([key("key-1", 1)]);
    const sealed = sealer.seal("management", secretKey, '{"data":"hunter2"}');
    expect(sealed).toMatch(/^slipway:enc:aesgcm:v1:key-1:[A-Za-z0-9+/=]+$/);
    expect(Buffer.from(sealed.split(":").at(-1) ?? "", "base64").toString("latin1")).not.toContain("hunter2");
    expect(sealer.open("management", secretKey, sealed)).toBe('{"data":"hunter2"}');
    expect(sealer.seal("management", secretKey, '{"data":"hunter2"}')).not.toBe(sealed);
  });

  test("opens under no other name, in no other store, and not when a bit of it was changed [API-455]", () => {
    const sealer = createSealer([key("key-1", 1)]);
    const sealed = sealer.seal("management", secretKey, "text");
    expect(() => sealer.open("management", `${secretKey}2`, sealed)).toThrow(/cannot be decrypted with the key "key-1"/);
    expect(() => sealer.open("workload-1", secretKey, sealed)).toThrow(SealingError);
    const [head = "", body = ""] = [sealed.slice(0, sealed.lastIndexOf(":") + 1), sealed.slice(sealed.lastIndexOf(":") + 1)];
    for (let at = 0; at < Buffer.from(body, "base64").length; at += 7) {
      const bytes = Buffer.from(body, "base64");
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(() => sealer.open("management", secretKey, head + bytes.toString("base64"))).toThrow(SealingError);
    }
    for (const cut of [0, 1, 40, 60, 80]) {
      expect(() => sealer.open("management", secretKey, head + body.slice(0, cut))).toThrow(SealingError);
    }
  });

  test("whose key is gone says which one is missing and which are there [API-455]", () => {
    const sealed = createSealer([key("key-1", 1)]).seal("management", secretKey, "text");
    const open = (keys: readonly SealingKey[]) => () => createSealer(keys).open("management", secretKey, sealed);
    expect(open([key("key-3", 3), key("key-2", 2)])).toThrow(/encrypted with the key "key-1", and there are only key-3, key-2/);
    expect(open([])).toThrow(/there is no key/);
    expect(open([key("key-1", 9)])).toThrow(/another key of the same name/);
    expect(open([key("key-2", 2), key("key-1", 1)])()).toBe("text");
  });

  test("needs keys of 32 bytes with plain names, each once", () => {
    expect(() => createSealer([{ name: "short", secret: Buffer.alloc(16) }])).toThrow(/"short" has 16 bytes; AES-256 needs 32/);
    expect(() => createSealer([key("a:b", 1)])).toThrow(/lower case/);
    expect(() => createSealer([key("a", 1), key("a", 2)])).toThrow(/two keys named "a"/);
  });

  test("is what Secrets of every API are, and the simulated cloud's records, and nothing else", () => {
    expect(coversSecrets("management", "/registry/core/secrets/x/y")).toBe(true);
    expect(coversSecrets("workload-7", "/registry/core/secrets/x/y")).toBe(true);
    expect(coversSecrets("cloud", "servers/1")).toBe(true);
    expect(coversSecrets("management", "/registry/core/configmaps/x/secrets")).toBe(false);
  });
});

describe("a store with keys", () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "slipway-sealed-"));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  const onDisk = (): string => readFileSync(join(path, "store.mdb"), "latin1");
  const plain = "/registry/core/configmaps/default/a";

  test("writes Secrets sealed and the rest readable, and reads both after a restart [API-455]", async () => {
    const first = openLmdb({ path, sealer: createSealer([key("key-1", 1)]) });
    const store = first.store<Value>("management");
    await store.create(secretKey, { text: "hunter2" });
    await store.create(plain, { text: "everybody may read this" });
    expect(store.get(secretKey)?.value.text).toBe("hunter2");
    await first.close();
    expect(onDisk()).toContain("slipway:enc:aesgcm:v1:key-1:");
    expect(onDisk()).toContain("everybody may read this");
    expect(onDisk()).not.toContain("hunter2");
    const second = openLmdb({ path, sealer: createSealer([key("key-1", 1)]) });
    expect(second.store<Value>("management").get(secretKey)).toMatchObject({ value: { text: "hunter2" }, modRevision: 1 });
    await second.close();
  });

  test("does not start without the key that its data needs, and says which [API-455]", async () => {
    const first = openLmdb({ path, sealer: createSealer([key("key-1", 1)]) });
    await first.store<Value>("management").create(secretKey, { text: "hunter2" });
    await first.close();
    for (const sealer of [createSealer([key("key-2", 2)]), undefined]) {
      const stores = openLmdb({ path, ...(sealer === undefined ? {} : { sealer }) });
      expect(() => stores.store("management")).toThrow(/encrypted with the key "key-1"/);
      await stores.close();
    }
  });

  test("takes a new key while it runs: everything is rewritten, no reader, watcher or revision notices, the old key can go [API-455]", async () => {
    const sealer = createSealer([]);
    const stores = openLmdb({ path, sealer });
    const store = stores.store<Value>("management");
    // Written before there were keys, then under the first.
    for (let n = 0; n < 700; n += 1) await store.put(`${secretKey}-${n % 600}`, { text: `plain-hunter-${n}` });
    sealer.use([key("key-1", 1)]);
    await stores.store<Value>("workload-1").create(secretKey, { text: "guest" });
    expect([...(await stores.sealed())].sort()).toEqual([
      ["", 600],
      ["key-1", 1],
    ]);
    const watcher = store.watch("/", store.revision());
    expect(stores.sealedWith()).toBe("");
    sealer.use([key("key-2", 2), key("key-1", 1)]);
    let stop = false;
    let written = 0;
    const writing = (async () => {
      while (!stop) {
        await store.put(`${secretKey}-${written % 50}`, { text: `new-${written}` });
        written += 1;
      }
    })();
    expect(await stores.reseal()).toBeGreaterThanOrEqual(601);
    stop = true;
    await writing;
    expect([...(await stores.sealed())]).toEqual([["key-2", 601]]);
    expect(stores.sealedWith()).toBe("key-2");
    const told = await watcher.next(100_000);
    expect(told?.every(({ value }) => value.text.startsWith("new-"))).toBe(true);
    const before = store.list("/").items;
    const { before: larger, after: smaller } = await stores.compact();
    expect(smaller.fileBytes).toBeLessThanOrEqual(larger.fileBytes);
    // Compaction takes the pages away on which the old texts still stood.
    expect(onDisk()).not.toContain("plain-hunter");
    expect(onDisk()).not.toContain("key-1");
    const { modRevision } = await store.put(plain, { text: "after" });
    await stores.close();

    const again = openLmdb({ path, sealer: createSealer([key("key-2", 2)]) });
    const reopened = again.store<Value>("management");
    expect(reopened.list("/registry/core/secrets").items).toEqual(before);
    expect(reopened.get(plain)?.modRevision).toBe(modRevision);
    expect(again.store<Value>("workload-1").get(secretKey)?.value.text).toBe("guest");
    await again.close();
    expect(existsSync(join(path, "store.mdb-lock"))).toBe(true);
  });

  test("writes plain values again when encryption is switched off, as long as the old keys are there [API-455]", async () => {
    const sealer = createSealer([key("key-1", 1)]);
    const stores = openLmdb({ path, sealer });
    await stores.store<Value>("management").create(secretKey, { text: "hunter2" });
    const off = createSealer([key("key-1", 1)], coversSecrets, { seals: false });
    await stores.close();
    const again = openLmdb({ path, sealer: off });
    await again.reseal();
    expect([...(await again.sealed())]).toEqual([["", 1]]);
    await again.close();
  });
});

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { Value } from "./contract.ts";
import { openLmdb } from "./lmdb.node.ts";
import { withScript } from "./testing/script.node.ts";

describe("a store without space", () => {
  test("refuses writes and goes on with reads, watches and deletes; takes writes again when there is space, and has lost nothing [API-454]", {
    timeout: 120_000,
  }, async () => {
    const outcome = await withScript("writeuntilfull", async (script) => {
      const { stdout } = await promisify(execFile)(process.execPath, [script]);
      return JSON.parse(stdout) as { readonly [name: string]: unknown };
    });
    expect(outcome).toMatchObject({
      whenFull: { reads: true, listed: true },
      deleted: 1200,
      told: 1200,
      inTheHoles: 160,
      withSpaceAgain: 160,
      kept: true,
      failures: [],
      refusals: ["full: etcdserver: mvcc: database space exceeded"],
    });
    expect(outcome["beforeFull"]).toBeGreaterThan(0);
    expect(outcome["beforeFull"]).toBeLessThan(3200);
    expect(outcome["stillFull"]).toBeLessThan(3840);
  });

  test("takes only deletes beyond its quota, and writes again once enough is gone [API-439] [API-454]", async () => {
    const path = mkdtempSync(join(tmpdir(), "slipway-quota-"));
    const stores = openLmdb({ path, maximumBytes: 4 * 1024 * 1024 });
    const store = stores.store<Value>("management");
    const text = "x".repeat(10_000);
    let made = 0;
    const fill = async (): Promise<unknown> => {
      for (; made < 5000; made += 1) await store.create(`/k${made}`, { text });
      return undefined;
    };
    await expect(fill()).rejects.toMatchObject({ kind: "full", message: "etcdserver: mvcc: database space exceeded" });
    expect(made).toBeGreaterThan(100);
    expect(made).toBeLessThan(1000);
    expect(store.list("/").items).toHaveLength(made);
    await expect(store.put("/k0", { text: "smaller" })).rejects.toMatchObject({ kind: "full" });
    for (let n = 0; n < made - 50; n += 1) await store.delete(`/k${n}`);
    expect((await store.put("/k0", { text: "again" })).value.text).toBe("again");
    await stores.close();
    rmSync(path, { recursive: true });
  });
});

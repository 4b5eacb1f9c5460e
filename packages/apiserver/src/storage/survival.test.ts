import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { openLmdb } from "./lmdb.node.ts";

/** SLIPWAY_KILL_ROUNDS=100 for the long form. */
const rounds = Number(process.env["SLIPWAY_KILL_ROUNDS"] ?? "6");

test("every acknowledged write survives kill -9 at any moment, whole, with its revision [API-450] [API-441] [API-435]", {
  timeout: 30_000 + rounds * 2000,
}, async () => {
  const home = mkdtempSync(join(tmpdir(), "slipway-killed-"));
  // Where the script finds the same libraries as this test.
  const script = join(import.meta.dirname, `../../../../node_modules/.slipway/writeuntilkilled-${process.pid}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, "testing/writeuntilkilled.node.ts")],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["lmdb"],
    logLevel: "silent",
  });
  try {
    let highest = 0;
    for (let round = 0; round < rounds; round += 1) {
      const path = join(home, "data");
      const notes = join(home, `notes-${round}`);
      await writeAndKill(script, [path, notes, String(round * 1_000_000)], notes, 5 + Math.random() * 120);
      const acknowledged = readAcknowledged(notes);
      expect(acknowledged.started).toBeGreaterThanOrEqual(highest);

      const stores = openLmdb({ path });
      const store = stores.store<{ readonly n: number }>("test");
      for (const [key, { n, revision }] of acknowledged.kept) {
        const item = store.get(key);
        expect(item, `${key} was acknowledged with ${n} at revision ${revision}`).toBeDefined();
        expect(item?.value.n).toBeGreaterThanOrEqual(n);
        if (item?.value.n === n) expect(item.modRevision).toBe(revision);
      }
      for (const key of acknowledged.gone) expect(store.get(key), `${key} was deleted`).toBeUndefined();
      const [left, right] = [store.get("/pair/left"), store.get("/pair/right")];
      expect([left?.value.n, left?.modRevision]).toEqual([right?.value.n, right?.modRevision]);
      expect(left?.value.n ?? -1).toBeGreaterThanOrEqual(acknowledged.pair);
      highest = Math.max(highest, acknowledged.highest);
      expect(store.revision()).toBeGreaterThanOrEqual(highest);
      expect((await store.put("/after", { n: round })).modRevision).toBeGreaterThan(highest);
      highest = store.revision();
      await stores.close();
    }
    expect(highest).toBeGreaterThan(rounds);
  } finally {
    rmSync(script, { force: true });
    rmSync(home, { recursive: true, force: true });
  }
});

const writeAndKill = (script: string, args: readonly string[], notes: string, afterMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (text: Buffer) => {
      complaint += text.toString();
    });
    const waiting = setInterval(() => {
      if (!existsSync(notes)) return;
      clearInterval(waiting);
      setTimeout(() => child.kill("SIGKILL"), afterMs);
    }, 2);
    child.once("exit", (code, signal) => {
      clearInterval(waiting);
      if (signal === "SIGKILL") resolve();
      else reject(new Error(`the writer ended by itself (${code}): ${complaint}`));
    });
  });

const readAcknowledged = (notes: string) => {
  const kept = new Map<string, { n: number; revision: number }>();
  const gone = new Set<string>();
  let pair = -1;
  let highest = 0;
  // Killed before it came to say so.
  let started = Number.POSITIVE_INFINITY;
  const lines = readFileSync(notes, "utf8").split("\n");
  // The last line may be half written: it was not told to anybody.
  for (const line of lines.slice(0, -1)) {
    const [word, ...rest] = line.split(" ");
    if (word === "started") started = Number(rest[1]);
    if (word === "put") {
      kept.set(rest[0] ?? "", { n: Number(rest[1]), revision: Number(rest[2]) });
      highest = Math.max(highest, Number(rest[2]));
    }
    // From here on it may be there or not, until its deletion is acknowledged.
    if (word === "leaving") kept.delete(rest[0] ?? "");
    if (word === "gone") {
      kept.delete(rest[0] ?? "");
      gone.add(rest[0] ?? "");
      highest = Math.max(highest, Number(rest[1]));
    }
    if (word === "pair") {
      pair = Number(rest[0]);
      highest = Math.max(highest, Number(rest[1]));
    }
  }
  return { kept, gone, pair, highest, started };
};

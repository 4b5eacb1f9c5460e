import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLmdb } from "./lmdb.node.ts";
import { createSealer } from "./sealing.node.ts";
import { testKeys } from "./testing/keys.node.ts";
import { withScript } from "./testing/script.node.ts";

/** `KILLS=1000` for the long form. */
const kills = Number(process.env["KILLS"] ?? "8");
/** Then a new store: how long a start takes is not what this is about. */
const killsOfOneStore = 20;
/** Every other round goes on until so many writes were acknowledged, however slow the machine is; the rest are killed at any moment. */
const leastAcknowledged = 20;

test(`every acknowledged write survives ${kills} times kill -9 at any moment, whole, with its revision, compactions and new keys included [API-450] [API-441] [API-435] [API-455]`, {
  timeout: 30_000 + kills * 2000,
}, async () => {
  const home = mkdtempSync(join(tmpdir(), "slipway-killed-"));
  try {
    await withScript("writeuntilkilled", async (script) => {
      let checked = 0;
      for (let done = 0; done < kills; done += killsOfOneStore) {
        const folder = mkdtempSync(join(home, "store-"));
        checked += await killAgainAndAgain(script, folder, Math.min(killsOfOneStore, kills - done));
        rmSync(folder, { recursive: true });
      }
      expect(checked).toBeGreaterThan(kills);
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

/** How many acknowledged writes were looked for afterwards. */
const killAgainAndAgain = async (script: string, folder: string, rounds: number): Promise<number> => {
  let highest = 0;
  let checked = 0;
  for (let round = 0; round < rounds; round += 1) {
    const path = join(folder, "data");
    const notes = join(folder, `notes-${round}`);
    const least = round % 2 === 0 ? leastAcknowledged : 0;
    await writeAndKill(script, [path, notes, String(round * 1_000_000)], notes, least, 5 + Math.random() * 120);
    const acknowledged = readAcknowledged(notes);
    expect(acknowledged.started).toBeGreaterThanOrEqual(highest);

    const stores = openLmdb({ path, sealer: createSealer(testKeys) });
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
    checked += acknowledged.kept.size + acknowledged.gone.size;
    highest = Math.max(highest, acknowledged.highest);
    expect(store.revision()).toBeGreaterThanOrEqual(highest);
    expect((await store.put("/after", { n: round })).modRevision).toBeGreaterThan(highest);
    highest = store.revision();
    await stores.close();
  }
  expect(highest).toBeGreaterThan(rounds);
  return checked;
};

const writeAndKill = (
  script: string,
  args: readonly string[],
  notes: string,
  leastPuts: number,
  afterMs: number,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (text: Buffer) => {
      complaint += text.toString();
    });
    const waiting = setInterval(() => {
      if (!existsSync(notes) || (readFileSync(notes, "utf8").match(/^put /gm)?.length ?? 0) < leastPuts) return;
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

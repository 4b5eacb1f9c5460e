import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openLmdb } from "../lmdb.node.ts";
import { createSealer } from "../sealing.node.ts";
import { testKeys } from "./keys.node.ts";

/**
 * Writes as fast as it can until somebody kills it, and notes each acknowledged write in a file: `put <key> <n> <revision>`,
 * `leaving <key>`, `gone <key> <revision>`, `pair <n> <revision>`. Meanwhile the file is compacted and written with new keys again and
 * again. Started by the test of survival.
 */
const [, , path = "", notes = "", from = "0"] = process.argv;
// Some of what is written, so that there are sealed and plain records.
const sealer = createSealer(testKeys, (_store, key) => key.startsWith("/kept/"));
const stores = openLmdb({ path, sealer });
const store = stores.store<{ readonly n: number; readonly padding: string }>("test");
const file = openSync(notes, "a");
const note = (...words: readonly (string | number)[]): void => void writeSync(file, `${words.join(" ")}\n`);
const padding = "x".repeat(500);

const write = async (writer: number): Promise<void> => {
  for (let n = Number(from); ; n += 1) {
    const kept = await store.put(`/kept/${writer}`, { n, padding });
    note("put", kept.key, n, kept.modRevision);
    const made = await store.create(`/made/${writer}-${n}`, { n, padding });
    note("put", made.key, n, made.modRevision);
    if (n % 2 === 0) {
      note("leaving", made.key);
      const gone = await store.delete(made.key, made.modRevision);
      note("gone", gone.key, gone.modRevision);
    }
  }
};
const writePairs = async (): Promise<void> => {
  for (let n = Number(from); ; n += 1) {
    const value = { n, padding };
    const [left] = await store.write([
      { op: "put", key: "/pair/left", value },
      { op: "put", key: "/pair/right", value },
    ]);
    note("pair", n, left?.modRevision ?? 0);
  }
};
const disturb = async (): Promise<void> => {
  for (let turn = 0; ; turn += 1) {
    await sleep(Math.random() * 20);
    await stores.compact();
    sealer.use(turn % 2 === 0 ? [...testKeys].reverse() : testKeys);
    await stores.reseal();
    await stores.forgetPages();
  }
};

note("started", process.pid, store.revision());
await Promise.all([disturb(), writePairs(), ...Array.from({ length: 16 }, (_, writer) => write(writer))]);

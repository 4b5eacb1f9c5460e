import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdb } from "../lmdb.node.ts";
import { isStorageError } from "../storage.ts";

/**
 * Writes until its files may not grow any more, as on a full disk, and on from there; prints what happened as JSON. The limit is the
 * kernel's (RLIMIT_FSIZE), so that no disk has to be filled.
 */
const path = mkdtempSync(join(tmpdir(), "slipway-full-"));
// Without this the signal ends the process; with it the write fails with EFBIG.
process.on("SIGXFSZ", () => undefined);
const limit = (bytes: number | "unlimited"): void => {
  execFileSync("/usr/bin/prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);
};
const failures: string[] = [];
const open = () => openLmdb({ path, onFailure: (error) => failures.push(error.message) });
const stores = open();
const store = stores.store<{ readonly n: number; readonly padding: string }>("test");
const acknowledged = new Map<string, number>();
const refusals = new Map<string, number>();
const padding = "x".repeat(6000);

/** How many of them were acknowledged. */
const write = async (from: number, to: number): Promise<number> => {
  let done = 0;
  const one = async (n: number): Promise<void> => {
    try {
      await store.put(`/k${n}`, { n, padding });
      acknowledged.set(`/k${n}`, n);
      done += 1;
    } catch (error) {
      const kind = isStorageError(error) ? `${error.kind}: ${error.message}` : String(error);
      refusals.set(kind, (refusals.get(kind) ?? 0) + 1);
    }
  };
  for (let n = from; n < to; n += 16) await Promise.all(Array.from({ length: 16 }, (_, index) => one(n + index)));
  return done;
};
const isThere = (of: typeof store): boolean => [...acknowledged].every(([key, n]) => of.get(key)?.value.n === n);

try {
  await write(0, 800);
  limit(28 * 1024 * 1024);
  const beforeFull = await write(800, 4000);
  const whenFull = { reads: isThere(store), listed: store.list("/").items.length === acknowledged.size };
  const watcher = store.watch("/", store.revision());
  let deleted = 0;
  for (let n = 0; n < 1200; n += 1) {
    await store.delete(`/k${n}`);
    acknowledged.delete(`/k${n}`);
    deleted += 1;
  }
  const told = (await watcher.next(2000))?.length;
  const inTheHoles = await write(10_000, 10_160);
  const stillFull = await write(10_160, 14_000);
  limit("unlimited");
  const withSpaceAgain = await write(20_000, 20_160);
  await stores.close();
  const again = open();
  const kept = isThere(again.store("test")) && again.store("test").count("/") === acknowledged.size;
  await again.close();
  const outcome = { beforeFull, whenFull, deleted, told, inTheHoles, stillFull, withSpaceAgain, kept, failures };
  process.stdout.write(JSON.stringify({ ...outcome, refusals: [...refusals.keys()] }));
} finally {
  rmSync(path, { recursive: true, force: true });
}

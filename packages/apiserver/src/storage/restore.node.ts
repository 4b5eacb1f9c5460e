import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SnapshotSummary } from "@slipway/api/program/snapshot.ts";
import { inOneTransaction, openLmdbFile, storeFileOf } from "./lmdbfile.node.ts";
import { readSnapshot, SnapshotError } from "./snapshot.node.ts";

/**
 * How far revisions are set forward at a restore. Clients may have seen revisions that were given out after the snapshot was taken: they
 * must find theirs too old (and list again) instead of one that now means something else. A thousand writes a second for eleven days.
 */
const revisionsAhead = 1_000_000_000;

const recordsAtOnce = 1000;

/**
 * Puts a snapshot's stores into `path`, which must hold no data yet. The file is read whole and checked first; the data appears only
 * when all of it is on the disk.
 *
 * @throws SnapshotError when the file is no whole snapshot, or data is there already
 */
export const restoreStores = async (
  file: string,
  path: string,
  /** Called when all is ready, before the data appears. */
  ready: (summary: SnapshotSummary) => void = () => undefined,
): Promise<SnapshotSummary> => {
  if (existsSync(storeFileOf(path))) {
    throw new SnapshotError(`There is data in ${path} already. Restore into a new home, or move that directory away first.`);
  }
  const summary = await readSnapshot(file);
  const building = `${path}.restoring`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true, mode: 0o700 });
  try {
    await fill(file, building);
    ready(summary);
    // What else there is in it is somebody's: then this fails.
    rmSync(join(path, "reserve"), { force: true });
    if (existsSync(path)) rmdirSync(path);
    renameSync(building, path);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    throw error;
  }
  return summary;
};

const fill = async (file: string, path: string): Promise<void> => {
  const { env, meta, items } = openLmdbFile(path);
  try {
    let number = 0;
    let waiting: { readonly key: string; readonly record: string }[] = [];
    const flush = async (): Promise<void> => {
      const batch = waiting;
      waiting = [];
      await inOneTransaction(meta, (part) => {
        for (const { key, record } of batch) part(items.put([number, key], record));
      });
    };
    await readSnapshot(file, {
      head: ({ sealedWith }) => {
        meta.putSync("sealed-with", sealedWith);
      },
      store: async (name, revision) => {
        await flush();
        number += 1;
        await inOneTransaction(meta, (part) => {
          part(meta.put("stores", String(number)));
          part(meta.put(`store/${name}`, String(number)));
          part(meta.put(`revision/${number}`, String(revision + revisionsAhead)));
        });
      },
      item: (key, record) => {
        waiting.push({ key, record });
        return waiting.length < recordsAtOnce ? undefined : flush();
      },
    });
    await flush();
    await meta.remove("holder");
  } finally {
    await env.close();
  }
};

import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Journal, JournalRecord } from "./committer.ts";
import { inOneTransaction, type LmdbFile, sizeOf } from "./lmdbfile.node.ts";
import { hasHoles, makeRoom, needOf } from "./room.node.ts";
import { isStorageError, StorageError } from "./storage.ts";

export interface LmdbJournalOptions {
  /** The directory of the data. */
  readonly path: string;
  /** The one of now: compaction puts another in its place. */
  readonly file: () => LmdbFile;
  /** The file's content may take this much; then only deletes are taken. */
  readonly maximumBytes?: number;
  readonly onFailure?: (error: StorageError) => void;
}

/** The quota is looked at again after so much was written. */
const quotaStepBytes = 1024 * 1024;

/** Each batch is one transaction of LMDB, flushed when it has resolved. */
export const createLmdbJournal = ({ path, file, maximumBytes, onFailure }: LmdbJournalOptions): Journal => {
  let state: "writing" | "full" | StorageError = "writing";
  let unlooked = Number.POSITIVE_INFINITY;
  let overQuota = false;
  // Of an earlier version, which kept room so.
  rmSync(join(path, "reserve"), { force: true });

  const exceedsQuota = (): boolean => {
    if (maximumBytes === undefined) return false;
    if (overQuota || unlooked > quotaStepBytes) {
      overQuota = sizeOf(file(), path).usedBytes > maximumBytes;
      unlooked = 0;
    }
    return overQuota;
  };

  /** Whether these may be written; else the disk is too full for them. */
  const fits = (records: readonly JournalRecord[]): boolean => {
    const need = needOf(textsOf(records), pageSize);
    const room = makeRoom(file(), path, need);
    state = room === "free" ? "writing" : "full";
    if (room !== "reserve") return room === "free";
    return records.every(onlyDeletes) || hasHoles(sizeOf(file(), path), need);
  };

  const failure = async (cause: unknown): Promise<StorageError> => {
    const reason = await reasonOf(cause);
    // After a failed flush nobody knows what the disk holds: trying the same file again would acknowledge what may be lost.
    state = new StorageError("failed", `the disk refused a write: ${reason}`, { cause });
    onFailure?.(state);
    return state;
  };

  return {
    refuses: (record) => {
      if (state instanceof StorageError) return state;
      try {
        if (exceedsQuota() && !onlyDeletes(record)) return spaceExceeded();
        return state === "writing" || fits([record]) ? undefined : spaceExceeded();
      } catch (error) {
        // There is no file to look at for a moment: it is looked at when this is written.
        if (isStorageError(error, "unavailable")) return undefined;
        throw error;
      }
    },
    append: async (records) => {
      if (state instanceof StorageError) throw state;
      if (!fits(records)) throw spaceExceeded();
      try {
        await write(file(), records);
        for (const text of textsOf(records)) unlooked += text?.length ?? 0;
      } catch (cause) {
        throw await failure(cause);
      }
    },
  };
};

const pageSize = 4096;

function* textsOf(records: readonly JournalRecord[]): Generator<string | undefined> {
  for (const { puts } of records) for (const { text } of puts) yield text;
}

const write = ({ meta, items }: LmdbFile, records: readonly JournalRecord[]): Promise<void> => {
  const revisions = new Map<number, number>();
  return inOneTransaction(meta, (part) => {
    for (const { store, revision, puts } of records) {
      revisions.set(store, revision);
      for (const { key, text } of puts) part(text === undefined ? items.remove([store, key]) : items.put([store, key], text));
    }
    // A deletion leaves nothing behind that tells its revision, and a revision is never used twice.
    for (const [store, revision] of revisions) part(meta.put(`revision/${store}`, String(revision)));
  });
};

/** LMDB tells the true cause in a promise beside the error. */
const reasonOf = async (cause: unknown): Promise<string> => {
  if (typeof cause !== "object" || cause === null) return String(cause);
  const nested: unknown =
    "commitError" in cause ? await Promise.resolve(cause.commitError).catch((error: unknown) => error) : cause;
  const { message = String(nested), code } = nested as { message?: string; code?: unknown };
  return code === undefined ? message : `${message} (${code})`;
};

/** In etcd's words, which operators and their tools know. */
export const spaceExceeded = (): StorageError => new StorageError("full", "etcdserver: mvcc: database space exceeded");

const onlyDeletes = ({ puts }: JournalRecord): boolean => puts.every(({ text }) => text === undefined);

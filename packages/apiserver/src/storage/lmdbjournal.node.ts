import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "lmdb";
import type { Journal, JournalRecord } from "./committer.ts";
import { StorageError } from "./storage.ts";

export type Meta = Database<string, string>;
export type Items = Database<string, [number, string]>;

/** Kept free for deletions: they too need a few pages on a disk that is full. */
const reserveBytes = 4 * 1024 * 1024;

export interface LmdbJournalOptions {
  /** The directory of the data. */
  readonly path: string;
  readonly meta: Meta;
  readonly items: Items;
  readonly onFailure?: (error: StorageError) => void;
}

/** Each batch is one transaction of LMDB, flushed when it has resolved. */
export const createLmdbJournal = ({ path, meta, items, onFailure }: LmdbJournalOptions): Journal => {
  const reserve = join(path, "reserve");
  let state: "writing" | "full" | StorageError = "writing";
  keepReserve(reserve);

  const failure = async (cause: unknown): Promise<StorageError> => {
    const reason = await reasonOf(cause);
    // LMDB calls a write that was cut short an I/O error, so a full disk is told by looking at it.
    if (/ENOSPC|no space|MDB_MAP_FULL|quota/i.test(reason) || freeBytes(path) < reserveBytes) {
      rmSync(reserve, { force: true });
      state = "full";
      return new StorageError("full", "mvcc: database space exceeded", { cause });
    }
    // After a failed flush nobody knows what the disk holds: trying the same file again would acknowledge what may be lost.
    state = new StorageError("failed", `the disk refused a write: ${reason}`, { cause });
    onFailure?.(state);
    return state;
  };

  return {
    refuses: (record) => {
      if (state === "writing") return undefined;
      if (state !== "full") return state;
      if (freeBytes(path) > 3 * reserveBytes) {
        keepReserve(reserve);
        state = "writing";
        return undefined;
      }
      return onlyDeletes(record) ? undefined : new StorageError("full", "mvcc: database space exceeded");
    },
    append: async (records) => {
      if (state instanceof StorageError) throw state;
      try {
        await write(meta, items, records);
      } catch (cause) {
        throw await failure(cause);
      }
    },
  };
};

const write = (meta: Meta, items: Items, records: readonly JournalRecord[]): Promise<void> => {
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

/** LMDB answers each part and the whole: every answer must be waited for, or a failure would end the program. */
export const inOneTransaction = async (meta: Meta, work: (part: (answer: Promise<boolean>) => void) => void): Promise<void> => {
  const answers: Promise<boolean>[] = [];
  const whole = meta.batch(() => work((answer) => answers.push(answer)));
  await Promise.all([whole, ...answers]);
};

/** LMDB tells the true cause in a promise beside the error. */
const reasonOf = async (cause: unknown): Promise<string> => {
  if (typeof cause !== "object" || cause === null) return String(cause);
  const nested: unknown =
    "commitError" in cause ? await Promise.resolve(cause.commitError).catch((error: unknown) => error) : cause;
  const { message = String(nested), code } = nested as { message?: string; code?: unknown };
  return code === undefined ? message : `${message} (${code})`;
};

const onlyDeletes = ({ puts }: JournalRecord): boolean => puts.every(({ text }) => text === undefined);

const freeBytes = (path: string): number => {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
};

const keepReserve = (file: string): void => {
  try {
    writeFileSync(file, Buffer.alloc(reserveBytes), { mode: 0o600 });
  } catch {
    rmSync(file, { force: true }); // a disk this full will be noticed soon enough
  }
};

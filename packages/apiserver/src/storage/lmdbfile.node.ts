import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { type Claim, claimData, formatVersion } from "./claim.node.ts";
import { freeBytes } from "./freebytes.node.ts";

export type Meta = Database<string, string>;
export type Items = Database<string, [number, string]>;

/** An open LMDB environment: the items of all stores by store's number and key, and what is known about the stores. */
export interface LmdbFile {
  readonly env: RootDatabase;
  readonly meta: Meta;
  readonly items: Items;
}

const fileName = "store.mdb";
const copyName = "store.mdb.compact";

export const storeFileOf = (path: string): string => join(path, fileName);

/** Opens and claims the data. @throws Error when another process holds it, or when a newer program wrote it */
export const openLmdbFile = (path: string): LmdbFile => {
  for (const name of readdirSync(path)) if (name.startsWith(copyName)) rmSync(join(path, name), { force: true });
  const first = !existsSync(storeFileOf(path));
  const file = openEnvironment(storeFileOf(path));
  try {
    const claim = claimData(file, path, statSync(storeFileOf(path)));
    if (!first) keepOldFormat(file, path, claim);
    file.meta.putSync("format", String(formatVersion));
  } catch (error) {
    void file.env.close();
    throw error;
  }
  return file;
};

const openEnvironment = (file: string): LmdbFile => {
  const env = open({
    path: file,
    noSubdir: true,
    // A commit that has resolved has been flushed: an acknowledged write survives a power cut, not only a kill.
    overlappingSync: false,
    // Every write is batched by hand; by itself LMDB would make batches whose failure nobody could catch.
    eventTurnBatching: false,
    encoding: "string",
    cache: false,
    maxDbs: 4,
  });
  // Secrets are in it.
  for (const name of [file, `${file}-lock`]) chmodSync(name, 0o600);
  return {
    env,
    meta: env.openDB<string, string>({ name: "meta", encoding: "string" }),
    items: env.openDB<string, [number, string]>({ name: "items", encoding: "string" }),
  };
};

/** Upgrades are one way: the data as the older program left it stays beside the new. */
const keepOldFormat = ({ meta }: LmdbFile, path: string, claim: Claim): void => {
  const written = claim.format;
  if (written === undefined || written >= formatVersion || meta.get("stores") === undefined) return;
  const copy = join(path, `store.format${written}.mdb`);
  if (existsSync(copy)) return;
  // This process is the only one that writes, and it has not begun to.
  copyFileSync(storeFileOf(path), `${copy}.new`);
  chmodSync(`${copy}.new`, 0o600);
  renameSync(`${copy}.new`, copy);
};

/**
 * Writes what the file still holds into a new one without its holes, and puts that in its place. Nobody may write meanwhile. A kill at
 * any point leaves the old file or the new one, each whole.
 *
 * @param last what is written into the new file before it takes the old one's place
 */
export const compacted = async (old: LmdbFile, path: string, last: (file: LmdbFile) => void): Promise<LmdbFile> => {
  const { usedBytes } = sizeOf(old, path);
  const free = freeBytes(path);
  if (free < usedBytes + marginBytes) {
    throw new Error(
      `compaction needs ${Math.ceil((usedBytes + marginBytes) / 1024 / 1024)} MiB beside the file in ${path}, and the disk has ${Math.floor(free / 1024 / 1024)} MiB left`,
    );
  }
  // LMDB knows an open file by its name: each copy has one of its own.
  const copy = join(path, `${copyName}.${Date.now().toString(36)}`);
  let next: LmdbFile | undefined;
  try {
    await old.env.backup(copy, true);
    flush(copy);
    next = openEnvironment(copy);
    claimData(next, path, statSync(copy));
    last(next);
    renameSync(copy, storeFileOf(path));
  } catch (error) {
    await next?.env.close();
    rmSync(copy, { force: true });
    rmSync(`${copy}-lock`, { force: true });
    throw error;
  }
  renameSync(`${copy}-lock`, `${storeFileOf(path)}-lock`);
  flush(path);
  await old.env.close();
  return next;
};

/** The same file again, after it was closed: it keeps its place, its content and its claim. */
export const reopened = (path: string): LmdbFile => openEnvironment(storeFileOf(path));

const marginBytes = 32 * 1024 * 1024;

/** A file's content, or a folder's names, on the disk. */
const flush = (path: string): void => {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

export interface LmdbSize {
  readonly fileBytes: number;
  /** Of it, what pages with content take. */
  readonly usedBytes: number;
  /** Of it, what lies behind the last page that was ever used. */
  readonly tailBytes: number;
}

export const sizeOf = ({ env, meta, items }: LmdbFile, path: string): LmdbSize => {
  const pagesOf = (stats: Statistics): number => stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
  const whole = env.getStats() as Statistics & { readonly free: Statistics; readonly lastPageNumber: number };
  const pages = [whole, whole.free, meta.getStats() as Statistics, items.getStats() as Statistics];
  const fileBytes = statSync(storeFileOf(path)).size;
  return {
    fileBytes,
    tailBytes: Math.max(0, fileBytes - (whole.lastPageNumber + 1) * whole.pageSize),
    usedBytes: (2 + pages.reduce((sum, stats) => sum + pagesOf(stats), 0)) * whole.pageSize,
  };
};

interface Statistics {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** LMDB answers each part and the whole: every answer must be waited for, or a failure would end the program. */
export const inOneTransaction = async (meta: Meta, work: (part: (answer: Promise<boolean>) => void) => void): Promise<void> => {
  const answers: Promise<boolean>[] = [];
  const whole = meta.batch(() => work((answer) => answers.push(answer)));
  await Promise.all([whole, ...answers]);
};

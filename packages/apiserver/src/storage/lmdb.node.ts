import { chmodSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { type Clock, systemClock } from "./clock.ts";
import { createCommitter } from "./committer.ts";
import { createEngine, type ItemRecord } from "./engine.ts";
import { freezeFresh } from "./frozen.ts";
import { createLmdbJournal, type Items, inOneTransaction, type Meta } from "./lmdbjournal.node.ts";
import { type Item, type Storage, StorageError, type StoreOptions, type Stores } from "./storage.ts";

export interface LmdbOptions {
  /** A directory; made when it is not there. */
  readonly path: string;
  readonly clock?: Clock;
  /** Told when the disk refused a flush: nothing is acknowledged from then on, the process should end. */
  readonly onFailure?: (error: StorageError) => void;
}

export interface LmdbStores extends Stores {
  /** A consistent copy of everything into one new file, while writes go on. */
  backup(file: string): Promise<void>;
}

/** What this program writes; it reads this and what came before. */
const formatVersion = 1;

/**
 * Stores on disk: one LMDB environment, one flush for all writes that wait together. Everything is read into memory when a store is
 * opened; the disk is only written from then on.
 *
 * @throws Error when another process has it open, or when a newer program wrote it
 */
export const openLmdb = (options: LmdbOptions): LmdbStores => {
  mkdirSync(options.path, { recursive: true, mode: 0o700 });
  const env = open({
    path: join(options.path, "store.mdb"),
    noSubdir: true,
    // A commit that has resolved has been flushed: an acknowledged write survives a power cut, not only a kill.
    overlappingSync: false,
    // Every write is batched by hand; by itself LMDB would make batches whose failure nobody could catch.
    eventTurnBatching: false,
    encoding: "string",
    cache: false,
    maxDbs: 4,
  });
  const meta = env.openDB<string, string>({ name: "meta", encoding: "string" });
  const items = env.openDB<string, [number, string]>({ name: "items", encoding: "string" });
  // Secrets are in it.
  for (const name of ["store.mdb", "store.mdb-lock"]) chmodSync(join(options.path, name), 0o600);
  try {
    claim(env, meta, options.path, idOf(join(options.path, "store.mdb")));
  } catch (error) {
    void env.close();
    throw error;
  }
  return createStores(env, meta, items, options);
};

const createStores = (env: RootDatabase, meta: Meta, items: Items, options: LmdbOptions): LmdbStores => {
  const clock = options.clock ?? systemClock;
  const committer = createCommitter(
    createLmdbJournal({
      path: options.path,
      meta,
      items,
      ...(options.onFailure === undefined ? {} : { onFailure: options.onFailure }),
    }),
  );
  const openStores = new Map<string, Storage>();
  let closed = false;
  // What an earlier run had dropped and not finished sweeping.
  for (const key of meta.getKeys({ start: "dropped/", end: "dropped0" })) {
    void sweep(meta, items, Number(key.slice("dropped/".length))).catch(() => undefined); // tried again at the next start
  }

  const numberOf = (name: string): number => {
    const known = meta.get(`store/${name}`);
    if (known !== undefined) return Number(known);
    const number = Number(meta.get("stores") ?? "0") + 1;
    env.transactionSync(() => {
      meta.putSync("stores", String(number));
      meta.putSync(`store/${name}`, String(number));
    });
    return number;
  };

  return {
    store: <V extends object>(name: string, storeOptions: StoreOptions<V> = {}): Storage<V> => {
      if (closed) throw new StorageError("closed", `the store at ${options.path} is closed`);
      const known = openStores.get(name);
      if (known !== undefined) return known as unknown as Storage<V>;
      const number = numberOf(name);
      const made = createEngine<V>({
        name,
        number,
        committer,
        clock,
        durable: true,
        options: storeOptions,
        items: loaded<V>(items, number, storeOptions.stamp, options.path),
        revision: Number(meta.get(`revision/${number}`) ?? "0"),
      });
      openStores.set(name, made as unknown as Storage);
      return made;
    },
    names: () => [...meta.getKeys({ start: "store/", end: "store0" })].map((key) => key.slice("store/".length)),
    drop: async (name) => {
      const known = meta.get(`store/${name}`);
      openStores.get(name)?.close();
      openStores.delete(name);
      await committer.settled();
      if (known === undefined) return;
      const number = Number(known);
      // Out of sight at once; its content follows piece by piece, so that a big store does not hold others up.
      await inOneTransaction(meta, (part) => {
        part(meta.put(`dropped/${number}`, name));
        part(meta.remove(`store/${name}`));
      });
      await sweep(meta, items, number);
    },
    backup: async (file) => {
      await committer.settled();
      await env.backup(file, true);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      for (const store of openStores.values()) store.close();
      await committer.settled();
      // On a full disk the mark stays; it is nobody's as soon as this process has ended.
      await meta.remove("holder").catch(() => false);
      await env.close();
    },
  };
};

function* loaded<V extends object>(
  items: Items,
  number: number,
  stamp: ((value: V, revision: number) => V) | undefined,
  path: string,
): Generator<Item<V>> {
  for (const { key, value: text } of items.getRange({ start: [number, ""], end: [number + 1, ""] })) {
    const record = parsed<V>(text, key[1], path);
    yield {
      key: key[1],
      value: freezeFresh(stamp?.(record.v, record.m) ?? record.v),
      createRevision: record.c,
      modRevision: record.m,
      ...(record.e === undefined ? {} : { expiresAt: record.e }),
    };
  }
}

const parsed = <V>(text: string, key: string, path: string): ItemRecord & { readonly v: V } => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`The data in ${path} is damaged: the record ${key} cannot be read. Restore a backup of that directory.`, {
      cause,
    });
  }
};

const sweepAtOnce = 500;

const sweep = async (meta: Meta, items: Items, number: number): Promise<void> => {
  for (;;) {
    const keys = [...items.getKeys({ start: [number, ""], end: [number + 1, ""], limit: sweepAtOnce })];
    if (keys.length === 0) break;
    await inOneTransaction(meta, (part) => {
      for (const key of keys) part(items.remove(key));
    });
  }
  await inOneTransaction(meta, (part) => {
    part(meta.remove(`revision/${number}`));
    part(meta.remove(`dropped/${number}`));
  });
};

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one with the same number. */
  readonly started: string;
  /** Which file it holds: a copy of it (a backup) is held by nobody. */
  readonly file: string;
}

const idOf = (file: string): string => {
  const { dev, ino } = statSync(file);
  return `${dev}:${ino}`;
};

/** Inside a write transaction, which LMDB lets only one process at a time into. */
const claim = (env: RootDatabase, meta: Meta, path: string, file: string): void => {
  env.transactionSync(() => {
    const format = Number(meta.get("format") ?? formatVersion);
    if (format > formatVersion) {
      throw new Error(
        `The data in ${path} has format ${format}, written by a newer Slipway; this one reads up to format ${formatVersion}. ` +
          "Start the newer program, or restore a backup made by this one.",
      );
    }
    const text = meta.get("holder");
    const holder: Holder | undefined = text === undefined ? undefined : JSON.parse(text);
    if (holder !== undefined && holder.file === file && isRunning(holder)) {
      throw new Error(
        `The data in ${path} is in use by process ${holder.pid}. Stop that process first; two cannot write the same data.`,
      );
    }
    meta.putSync("format", String(formatVersion));
    const self: Holder = { pid: process.pid, started: startOf(process.pid) ?? "", file };
    meta.putSync("holder", JSON.stringify(self));
  });
};

const isRunning = ({ pid, started }: Holder): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM" && startOf(pid) === started;
  }
  return started === "" || startOf(pid) === started;
};

/** When a process began, as the kernel counts; undefined where there is no /proc. */
const startOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A killed process that nobody has waited for yet is there in name only: it holds no file any more.
    if (fields[0] === "Z" || fields[0] === "X") return "dead";
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
};

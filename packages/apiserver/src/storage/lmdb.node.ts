import { mkdirSync } from "node:fs";
import { parseJson } from "@slipway/api/json/index.ts";
import { type Clock, systemClock } from "./clock.ts";
import { createCommitter } from "./committer.ts";
import { createEngine } from "./engine.ts";
import { freezeFresh } from "./frozen.ts";
import { compacted, inOneTransaction, type LmdbFile, type LmdbSize, openLmdbFile, reopened, sizeOf } from "./lmdbfile.node.ts";
import { createLmdbJournal, spaceExceeded } from "./lmdbjournal.node.ts";
import { createRecordCodec, DamagedRecordError, parsed, type RecordCodec } from "./record.node.ts";
import { makeRoom, needOf } from "./room.node.ts";
import { type Sealer, sealedWith } from "./sealing.ts";
import { dumpOf, type SnapshotSource } from "./snapshotsource.node.ts";
import { type Item, type Storage, StorageError, type StoreOptions, type Stores } from "./storage.ts";

export interface LmdbOptions {
  /** A directory; made when it is not there. */
  readonly path: string;
  readonly clock?: Clock;
  /** Encryption of what it covers; without it values are written as they are. */
  readonly sealer?: Sealer;
  /** The file may grow to this many bytes; then only deletes are taken until something is gone. Default: as far as the disk goes. */
  readonly maximumBytes?: number;
  /** Told when the disk refused a flush: nothing is acknowledged from then on, the process should end. */
  readonly onFailure?: (error: StorageError) => void;
}

export interface LmdbStores extends Stores {
  /** A consistent copy of everything into one new file, while writes go on. */
  backup(file: string): Promise<void>;
  /** Everything as it is now, to be read while writes go on. */
  dump(): SnapshotSource;
  /** Gives the space of what is gone back to the disk; writes wait meanwhile, reads do not. */
  compact(): Promise<{ readonly before: LmdbSize; readonly after: LmdbSize }>;
  /**
   * Gives the file's pages that reading has brought into memory back: after a start, when all that is needed of them is in objects.
   * Writes wait for a moment.
   */
  forgetPages(): Promise<void>;
  /** Writes everything that the sealer covers again, with its present key. Resolves with the number of records. */
  reseal(): Promise<number>;
  /**
   * The key that everything covered is known to be sealed with (`""`: with none). Another one than the sealer's present key: a
   * `reseal` is due, or was cut short.
   */
  sealedWith(): string;
  /** Reads every record that the sealer covers; how many are sealed with which key (`""`: with none). */
  sealed(): Promise<ReadonlyMap<string, number>>;
  size(): LmdbSize;
}

/**
 * Stores on disk: one LMDB environment, one flush for all writes that wait together. Everything is read into memory when a store is
 * opened; the disk is only written from then on.
 *
 * @throws Error when another process has it open, or when a newer program wrote it
 */
export const openLmdb = (options: LmdbOptions): LmdbStores => {
  mkdirSync(options.path, { recursive: true, mode: 0o700 });
  return createStores(openLmdbFile(options.path), options);
};

const createStores = (opened: LmdbFile, options: LmdbOptions): LmdbStores => {
  const { path, sealer } = options;
  const clock = options.clock ?? systemClock;
  const codec = createRecordCodec(sealer);
  /** Undefined for the moment in which it is opened anew. */
  let file: LmdbFile | undefined = opened;
  const disk = (): LmdbFile => {
    if (file === undefined) throw new StorageError("unavailable", `the store at ${path} is being opened anew: try again`);
    return file;
  };
  /** Stores by name, as the disk has them: a new one can be made while there is no file. */
  const numbers = new Map(namesIn(opened));
  let lastNumber = Number(opened.meta.get("stores") ?? "0");
  /** What was written beside the committer while a compaction copied the file, or there was none. */
  let beside: [string, string][] | undefined;
  const committer = createCommitter(
    createLmdbJournal({
      path,
      file: disk,
      ...(options.maximumBytes === undefined ? {} : { maximumBytes: options.maximumBytes }),
      ...(options.onFailure === undefined ? {} : { onFailure: options.onFailure }),
    }),
  );
  // Nothing is in it yet that would be sealed otherwise.
  if (opened.meta.get("stores") === undefined) putNow(opened, [[sealedWithKey, sealer?.current() ?? ""]]);
  const openStores = new Map<string, Storage>();
  const dumps = new Set<SnapshotSource>();
  let closed = false;

  const sweep = async (number: number): Promise<void> => {
    let left = true;
    while (left) left = await committer.exclusive(() => sweepSome(disk(), number));
    await committer.exclusive(() => {
      const { meta } = disk();
      return inOneTransaction(meta, (part) => {
        part(meta.remove(`revision/${number}`));
        part(meta.remove(`dropped/${number}`));
      });
    });
  };
  // What an earlier run had dropped and not finished sweeping.
  for (const key of opened.meta.getKeys({ start: "dropped/", end: "dropped0" })) {
    void sweep(Number(key.slice("dropped/".length))).catch(() => undefined); // tried again at the next start
  }

  const numberOf = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    const number = lastNumber + 1;
    const entries: [string, string][] = [
      ["stores", String(number)],
      [`store/${name}`, String(number)],
    ];
    if (file !== undefined) {
      if (makeRoom(file, path, needOf(["", ""], 4096)) === "none") throw spaceExceeded();
      putNow(file, entries);
    }
    beside?.push(...entries);
    lastNumber = number;
    numbers.set(name, number);
    return number;
  };

  return {
    store: <V extends object>(name: string, storeOptions: StoreOptions<V> = {}): Storage<V> => {
      if (closed) throw new StorageError("closed", `the store at ${path} is closed`);
      const known = openStores.get(name);
      if (known !== undefined) return known as unknown as Storage<V>;
      const isNew = !numbers.has(name);
      const number = numberOf(name);
      const made = createEngine<V>({
        name,
        number,
        committer,
        clock,
        encode: (item, plain) => codec.encode(name, item, plain),
        options: storeOptions,
        items: isNew ? [] : loaded<V>(disk(), { name, number, options: storeOptions, path, codec }),
        revision: isNew ? 0 : Number(disk().meta.get(`revision/${number}`) ?? "0"),
      });
      openStores.set(name, made as unknown as Storage);
      return made;
    },
    names: () => [...numbers.keys()].sort(),
    drop: async (name) => {
      openStores.get(name)?.close();
      openStores.delete(name);
      const number = numbers.get(name);
      if (number === undefined) return;
      numbers.delete(name);
      await committer.exclusive(async () => {
        const { meta } = disk();
        // Out of sight at once; its content follows piece by piece, so that a big store does not hold others up.
        await inOneTransaction(meta, (part) => {
          part(meta.put(`dropped/${number}`, name));
          // Unless there is another one of that name by now.
          if (meta.get(`store/${name}`) === String(number)) part(meta.remove(`store/${name}`));
        });
      });
      await sweep(number);
    },
    backup: (to) => committer.exclusive(() => disk().env.backup(to, true)),
    dump: () => {
      if (closed) throw new StorageError("closed", `the store at ${path} is closed`);
      const source = dumpOf(disk(), namesIn(disk()), () => dumps.delete(source));
      dumps.add(source);
      return source;
    },
    compact: () =>
      committer.exclusive(async () => {
        if (dumps.size > 0) throw new Error("a snapshot is being taken: compact again when it is done");
        const before = sizeOf(disk(), path);
        beside = [];
        try {
          file = await compacted(disk(), path, (next) => putNow(next, beside ?? []));
        } finally {
          beside = undefined;
        }
        return { before, after: sizeOf(disk(), path) };
      }),
    forgetPages: () =>
      committer.exclusive(async () => {
        if (dumps.size > 0) return;
        const old = disk();
        beside = [];
        file = undefined;
        await old.env.close();
        file = reopened(path);
        putNow(file, beside);
        beside = undefined;
      }),
    reseal: async () => {
      if (sealer === undefined) return 0;
      const key = sealer.current() ?? "";
      let done = 0;
      for (const [name, number] of [...numbers]) {
        for (let from: string | undefined = ""; from !== undefined; ) {
          const start: string = from;
          const piece = await committer.exclusive(() => resealSome(disk(), { path, name, number, start, codec, sealer }));
          done += piece.written;
          from = piece.next;
        }
      }
      await committer.exclusive(() => inOneTransaction(disk().meta, (part) => part(disk().meta.put(sealedWithKey, key))));
      return done;
    },
    sealedWith: () => disk().meta.get(sealedWithKey) ?? "",
    sealed: async () => {
      const counts = new Map<string, number>();
      for (const [name, number] of [...numbers]) {
        for (const { key, value } of disk().items.getRange({ start: [number, ""], end: [number + 1, ""] })) {
          if (sealer?.covers(name, key[1]) !== true) continue;
          const { v } = parsed(key[1], value);
          const by = typeof v === "string" ? (sealedWith(v) ?? "") : "";
          counts.set(by, (counts.get(by) ?? 0) + 1);
        }
      }
      return counts;
    },
    size: () => sizeOf(disk(), path),
    close: async () => {
      if (closed) return;
      closed = true;
      for (const store of openStores.values()) store.close();
      for (const dump of dumps) dump.close();
      await committer.settled();
      // On a full disk the mark stays; it is nobody's as soon as this process has ended.
      const { env, meta } = disk();
      await meta.remove("holder").catch(() => false);
      await env.close();
    },
  };
};

const sealedWithKey = "sealed-with";

const putNow = ({ env, meta }: LmdbFile, entries: readonly (readonly [string, string])[]): void => {
  env.transactionSync(() => {
    for (const [key, value] of entries) meta.putSync(key, value);
  });
};

/** Of the stores, with their numbers. */
const namesIn = ({ meta }: LmdbFile): readonly (readonly [string, number])[] =>
  [...meta.getRange({ start: "store/", end: "store0" })].map(({ key, value }) => [key.slice("store/".length), Number(value)]);

interface Loading<V> {
  readonly name: string;
  readonly number: number;
  readonly options: StoreOptions<V>;
  readonly path: string;
  readonly codec: RecordCodec;
}

function* loaded<V extends object>({ items }: LmdbFile, { name, number, options, path, codec }: Loading<V>): Generator<Item<V>> {
  const { stamp = (value) => value } = options;
  const read = options.read ?? ((text: string, revision: number) => stamp(parseJson(text) as V, revision));
  for (const { key, value: text } of items.getRange({ start: [number, ""], end: [number + 1, ""] })) {
    yield readable(path, (): Item<V> => {
      const { m, c, e, value } = codec.decodeText(name, key[1], text);
      return {
        key: key[1],
        value: freezeFresh(parsedValue(key[1], () => read(value, m))),
        createRevision: c,
        modRevision: m,
        ...(e === undefined ? {} : { expiresAt: e }),
      };
    });
  }
}

const parsedValue = <V>(key: string, read: () => V): V => {
  try {
    return read();
  } catch (cause) {
    throw new DamagedRecordError(`the record ${key} cannot be read`, { cause });
  }
};

const readable = <T>(path: string, read: () => T): T => {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof DamagedRecordError)) throw cause;
    throw new Error(
      `The data in ${path} is damaged: ${cause.message}. Nothing was changed. Restore a snapshot (slipway snapshot restore), or a copy of that directory.`,
      { cause },
    );
  }
};

/** Few enough that writes, which wait for these, are not held up. */
const atOnce = 500;

/** Whether there may be more. */
const sweepSome = async ({ meta, items }: LmdbFile, number: number): Promise<boolean> => {
  const keys = [...items.getKeys({ start: [number, ""], end: [number + 1, ""], limit: atOnce })];
  if (keys.length === 0) return false;
  await inOneTransaction(meta, (part) => {
    for (const key of keys) part(items.remove(key));
  });
  return true;
};

interface Resealing {
  readonly path: string;
  readonly name: string;
  readonly number: number;
  readonly start: string;
  readonly codec: RecordCodec;
  readonly sealer: Sealer;
}

const resealSome = async (
  file: LmdbFile,
  { path, name, number, start, codec, sealer }: Resealing,
): Promise<{ readonly written: number; readonly next: string | undefined }> => {
  const { meta, items } = file;
  const puts: { readonly key: string; readonly text: string }[] = [];
  let looked = 0;
  let next: string | undefined;
  for (const { key, value } of items.getRange({ start: [number, start], end: [number + 1, ""] })) {
    if (puts.length >= atOnce || looked >= 20 * atOnce) {
      next = key[1];
      break;
    }
    looked += 1;
    if (!sealer.covers(name, key[1])) continue;
    const { m, c, e, v } = codec.decode(name, key[1], value);
    const item = { key: key[1], value: v, modRevision: m, createRevision: c, ...(e === undefined ? {} : { expiresAt: e }) };
    puts.push({ key: key[1], text: codec.encode(name, item, v) });
  }
  if (
    makeRoom(
      file,
      path,
      needOf(
        puts.map(({ text }) => text),
        4096,
      ),
    ) !== "free"
  )
    throw spaceExceeded();
  await inOneTransaction(meta, (part) => {
    for (const { key, text } of puts) part(items.put([number, key], text));
  });
  return { written: puts.length, next };
};

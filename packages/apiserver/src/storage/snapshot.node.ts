import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import type { SnapshotSummary } from "@slipway/api/program/snapshot.ts";
import { parsed } from "./record.node.ts";
import { sealedWith } from "./sealing.ts";
import type { SnapshotSource } from "./snapshotsource.node.ts";

/** The file is no snapshot, or not whole. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

export interface SnapshotAbout {
  readonly program: string;
  readonly now: Date;
  /** Of the home, by name: keys and certificates without which the data is of little use. */
  readonly files: { readonly [name: string]: string };
}

export interface SnapshotHead {
  readonly snapshot: "slipway";
  readonly format: number;
  readonly takenAt: string;
  readonly program: string;
  readonly sealedWith: string;
  readonly files: { readonly [name: string]: string };
}

interface SnapshotEnd {
  readonly end: true;
  readonly count: number;
  readonly sha256: string;
}

const format = 1;
/** A header, a store, an item, the end: told apart by their first member. */
type Line =
  | SnapshotHead
  | { readonly store: string; readonly revision: number }
  | readonly [key: string, record: string]
  | SnapshotEnd;

/**
 * A snapshot: gzip of JSON lines, so that `zcat FILE | head` shows what it is. First what it is and what else of the home is in it, then
 * store by store a line and its items as they are written down (sealed values stay sealed), last the count and a SHA-256 of all before.
 *
 * Writes it beside its place and moves it there when it is whole and flushed: the file is a whole snapshot or is not there. 0600.
 *
 * @throws Error as the file system has it (no space, no permission)
 */
export const writeSnapshot = async (source: SnapshotSource, file: string, about: SnapshotAbout): Promise<SnapshotSummary> => {
  const part = `${file}.part`;
  const tally = createTally();
  const hash = createHash("sha256");
  let checksum = "";
  const lines = async function* (): AsyncGenerator<Buffer> {
    let text = "";
    const add = (line: Line): void => {
      text += `${jsonText(line)}\n`;
    };
    const piece = (): Buffer => {
      const bytes = Buffer.from(text);
      text = "";
      hash.update(bytes);
      return bytes;
    };
    const { program, now, files } = about;
    add({ snapshot: "slipway", format, takenAt: now.toISOString(), program, sealedWith: source.sealedWith, files });
    for (const { name, revision, items } of source.stores) {
      add({ store: name, revision });
      tally.store(name, revision);
      for (const [key, record] of items()) {
        add([key, record]);
        tally.item(key, record);
        if (text.length < pieceLength) continue;
        yield piece();
        // Requests have their turn between two pieces.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
    yield piece();
    checksum = hash.digest("hex");
    yield Buffer.from(`${jsonText({ end: true, count: tally.count(), sha256: checksum })}\n`);
  };
  try {
    await pipeline(lines, createGzip({ level: 1 }), createWriteStream(part, { mode: 0o600 }));
    await flushToDisk(part);
    renameSync(part, file);
    await flushToDisk(dirname(file));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    source.close();
  }
  return {
    takenAt: about.now.toISOString(),
    program: about.program,
    ...tally.summary(),
    checksum,
    fileBytes: statSync(file).size,
    files: Object.keys(about.files),
  };
};

export interface SnapshotReader {
  head?(head: SnapshotHead): void | Promise<void>;
  store?(name: string, revision: number): void | Promise<void>;
  item?(key: string, record: string): void | Promise<void>;
}

/**
 * Reads all of it. What the reader is told counts only when this resolves: damage may show at the end.
 *
 * @throws SnapshotError when it is no snapshot, of a newer format, cut short or changed
 */
export const readSnapshot = async (file: string, reader: SnapshotReader = {}): Promise<SnapshotSummary> => {
  const tally = createTally();
  const hash = createHash("sha256");
  let head: SnapshotHead | undefined;
  let end: SnapshotEnd | undefined;
  try {
    for await (const text of linesOf(createReadStream(file).pipe(createGunzip()), file)) {
      if (end !== undefined) throw damaged(file, "there is more behind its end");
      const line = parseJson(text) as Line;
      if (head === undefined) {
        head = headOf(line, file);
        await reader.head?.(head);
      } else if ("end" in line) {
        end = line;
        continue;
      } else if ("store" in line) {
        tally.store(line.store, line.revision);
        await reader.store?.(line.store, line.revision);
      } else if (Array.isArray(line)) {
        const [key, record] = line as readonly [string, string];
        tally.item(key, record);
        await reader.item?.(key, record);
      }
      hash.update(text).update("\n");
    }
  } catch (error) {
    throw error instanceof SyntaxError || isGzipFault(error) ? damaged(file, (error as Error).message, error) : error;
  }
  if (head === undefined || end === undefined) throw damaged(file, "its end is missing");
  const checksum = hash.digest("hex");
  if (checksum !== end.sha256) throw damaged(file, "its checksum differs from its content");
  if (tally.count() !== end.count) throw damaged(file, `it has ${tally.count()} records, not ${end.count}`);
  return {
    takenAt: head.takenAt,
    program: head.program,
    ...tally.summary(),
    checksum,
    fileBytes: statSync(file).size,
    files: Object.keys(head.files),
  };
};

const headOf = (line: Line, file: string): SnapshotHead => {
  if (!("snapshot" in line) || line.snapshot !== "slipway") throw new SnapshotError(`${file} is not a snapshot of Slipway.`);
  if (line.format > format) {
    throw new SnapshotError(
      `${file} is a snapshot of format ${line.format}, taken by a newer Slipway (${line.program}); this one reads up to format ${format}.`,
    );
  }
  return line;
};

const damaged = (file: string, why: string, cause?: unknown): SnapshotError =>
  new SnapshotError(`The snapshot ${file} is damaged: ${why}. Nothing was changed. Use another one.`, { cause });

/** zlib's own codes, and a file that is not gzip at all. */
const isGzipFault = (error: unknown): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");

async function* linesOf(stream: Readable, file: string): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      const last = chunk.subarray(from, at);
      yield rest.length === 0 ? last.toString() : Buffer.concat([...rest, last]).toString();
      rest = [];
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) throw damaged(file, "its last line is cut off");
}

const newline = 10;
const pieceLength = 256 * 1024;

const createTally = () => {
  const stores: { readonly name: string; readonly revision: number; count: number }[] = [];
  const sealed: { [key: string]: number } = {};
  let count = 0;
  return {
    store: (name: string, revision: number): void => void stores.push({ name, revision, count: 0 }),
    item: (key: string, record: string): void => {
      count += 1;
      const store = stores.at(-1);
      if (store !== undefined) store.count += 1;
      const { v } = parsed(key, record);
      const by = typeof v === "string" ? sealedWith(v) : undefined;
      if (by !== undefined) sealed[by] = (sealed[by] ?? 0) + 1;
    },
    count: () => count,
    summary: () => ({ stores, count, sealed }),
  };
};

const flushToDisk = async (path: string): Promise<void> => {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

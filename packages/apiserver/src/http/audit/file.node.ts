import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { AuditSink } from "./trail.ts";

export interface AuditFileOptions {
  readonly path: string;
  /** A file that has grown beyond it is put aside. Default 100 MiB. */
  readonly maximumBytes?: number;
  /** So many files put aside are kept. Default 10. */
  readonly backups?: number;
  /** Lines that wait to be written; more are lost, and counted. Default 10,000, and 16 MiB of them. */
  readonly waitingLines?: number;
  readonly waitingBytes?: number;
  readonly now?: () => Date;
  /** Told once when writing begins to fail, and once when it works again (undefined). */
  readonly onTrouble?: (error: unknown) => void;
}

export interface AuditFile extends AuditSink {
  /** Lost because the disk was too slow, or full. */
  readonly lost: number;
  /** Everything taken so far is in the file, or lost. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

/** Appends lines to a file that only its owner may read, in the background: requests never wait for it. */
export const openAuditFile = (options: AuditFileOptions): AuditFile => {
  const { path, maximumBytes = 100 * 1024 * 1024, backups = 10 } = options;
  const mostLines = options.waitingLines ?? 10_000;
  const mostBytes = options.waitingBytes ?? 16 * 1024 * 1024;
  const now = options.now ?? (() => new Date());
  let waiting: string[] = [];
  let bytes = 0;
  let lost = 0;
  let troubled = false;
  let closed = false;
  let handle: FileHandle | undefined;
  let size = 0;
  let writing: Promise<void> | undefined;

  const file = async (): Promise<FileHandle> => {
    if (handle !== undefined && size < maximumBytes) return handle;
    if (handle !== undefined) {
      await handle.close();
      handle = undefined;
      await putAside(path, now(), backups);
    }
    handle = await open(path, "a", 0o600);
    size = (await handle.stat()).size;
    return handle;
  };

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      bytes = 0;
      const text = Buffer.from(`${lines.join("\n")}\n`);
      try {
        const target = await file();
        await target.appendFile(text);
        size += text.length;
        if (troubled) options.onTrouble?.(undefined);
        troubled = false;
      } catch (error) {
        lost += lines.length;
        if (!troubled) options.onTrouble?.(error);
        troubled = true;
        await handle?.close().catch(() => {});
        handle = undefined;
      }
    }
  };

  return {
    get lost() {
      return lost;
    },
    write: (line) => {
      if (closed || waiting.length >= mostLines || bytes + line.length > mostBytes) {
        lost += 1;
        return false;
      }
      waiting.push(line);
      bytes += line.length;
      writing ??= writeAll().finally(() => {
        writing = undefined;
      });
      return true;
    },
    flushed: async () => {
      while (writing !== undefined) await writing;
    },
    close: async () => {
      closed = true;
      while (writing !== undefined) await writing;
      await handle?.close();
    },
  };
};

/** `audit.log` becomes `audit-2026-01-31T12-00-00.000.log`; the oldest beyond the number kept go. */
const putAside = async (path: string, at: Date, keep: number): Promise<void> => {
  const folder = dirname(path);
  const name = basename(path);
  const dot = name.lastIndexOf(".");
  const stem = dot <= 0 ? name : name.slice(0, dot);
  const ending = dot <= 0 ? "" : name.slice(dot);
  const stamp = at.toISOString().replaceAll(":", "-").slice(0, -1);
  const taken = await readdir(folder);
  let aside = `${stem}-${stamp}${ending}`;
  for (let more = 1; taken.includes(aside); more += 1) aside = `${stem}-${stamp}.${more}${ending}`;
  await rename(path, join(folder, aside));
  const old = [...taken, aside].filter((each) => each !== name && each.startsWith(`${stem}-`) && each.endsWith(ending)).sort();
  for (const each of old.slice(0, Math.max(0, old.length - keep))) await rm(join(folder, each), { force: true });
};

import { readFileSync, type Stats } from "node:fs";
import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import type { LmdbFile } from "./lmdbfile.node.ts";

/** What this program writes; it reads this and what came before. 2: records have checksums and may be sealed. */
export const formatVersion = 2;

export interface Claim {
  /** Of the program that wrote it last; undefined in a new file. */
  readonly format: number | undefined;
}

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one with the same number. */
  readonly started: string;
  /** Which file it holds: a copy of it (a backup) is held by nobody. */
  readonly file: string;
}

/** Inside a write transaction, which LMDB lets only one process at a time into. @throws Error when another process holds the data */
export const claimData = ({ env, meta }: Pick<LmdbFile, "env" | "meta">, path: string, { dev, ino }: Stats): Claim => {
  const file = `${dev}:${ino}`;
  let format: number | undefined;
  env.transactionSync(() => {
    const written = meta.get("format");
    format = written === undefined ? undefined : Number(written);
    if (format !== undefined && format > formatVersion) {
      throw new Error(
        `The data in ${path} has format ${format}, written by a newer Slipway; this one reads up to format ${formatVersion}. ` +
          "Start the newer program, or restore a backup made by this one.",
      );
    }
    const text = meta.get("holder");
    const holder = text === undefined ? undefined : (parseJson(text) as Holder);
    if (holder !== undefined && holder.file === file && isRunning(holder)) {
      throw new Error(
        `The data in ${path} is in use by process ${holder.pid}. Stop that process first; two cannot write the same data.`,
      );
    }
    const self: Holder = { pid: process.pid, started: startOf(process.pid) ?? "", file };
    meta.putSync("holder", jsonText(self));
  });
  return { format };
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

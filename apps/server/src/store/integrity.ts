import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HomeError } from "../home/home.ts";

/** What the store's file looked like when the program had closed it. */
interface Closed {
  readonly size: number;
  readonly modified: number;
}

const storeFile = (dataPath: string) => join(dataPath, "store.mdb");
const closedFile = (dataPath: string) => join(dataPath, "closed.json");

const lookOf = (dataPath: string): Closed => {
  const { size, mtimeMs } = statSync(storeFile(dataPath));
  return { size, modified: mtimeMs };
};

/** The file is whole: the next start need not read it twice. */
export const noteClosed = (dataPath: string): void => {
  writeFileSync(closedFile(dataPath), JSON.stringify(lookOf(dataPath)), { mode: 0o600 });
};

/**
 * Reads the whole store once before it is used, unless it is as this program left it: after a crash, a copy, a repair. That is done by
 * a process of its own, because the database ends the process that meets a broken page.
 *
 * @param check the command that reads `dataPath` and ends with 0 when it could
 * @throws HomeError when it is damaged
 */
export const checkStore = async (dataPath: string, check: readonly [program: string, ...args: string[]]): Promise<void> => {
  if (!existsSync(storeFile(dataPath)) || isAsClosed(dataPath)) {
    rmSync(closedFile(dataPath), { force: true });
    return;
  }
  const [program, ...args] = check;
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (piece: Buffer) => {
    said = (said + piece.toString()).slice(-4096);
  });
  const why = await new Promise<string | undefined>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) return resolve(undefined);
      resolve(signal === null ? said.trim().split("\n").at(-1) || `exit ${code}` : `reading it ended with ${signal}`);
    });
  });
  if (why !== undefined) {
    throw new HomeError(
      `The store in ${dataPath} is damaged: ${why}. Nothing was changed. Move that directory away and restore a snapshot (slipway snapshot restore), or put a copy of the home in its place.`,
    );
  }
  rmSync(closedFile(dataPath), { force: true });
};

const isAsClosed = (dataPath: string): boolean => {
  try {
    const noted = JSON.parse(readFileSync(closedFile(dataPath), "utf8")) as Closed;
    const now = lookOf(dataPath);
    return noted.size === now.size && noted.modified === now.modified;
  } catch {
    return false;
  }
};

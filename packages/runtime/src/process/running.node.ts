import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Who runs on a home. Written by the server, read by the command line. */
export interface RunFile {
  readonly pid: number;
  /** Tells this process from a later one with the same pid: its start time in clock ticks (Linux), else "". */
  readonly started: string;
  readonly version: string;
  /** Base URL of its status endpoint. */
  readonly status: string;
  readonly home: string;
  /** Opens the program's `/control/…` paths to whoever can read this file. */
  readonly token?: string;
}

/** Where a home's program says that it runs. */
export const runFileOf = (home: string) => join(home, "run.json");

/** The program that runs on this home now, if any. A run file of a dead process means nothing. */
export const findRunning = (home: string): RunFile | undefined => {
  const file = runFileOf(home);
  if (!existsSync(file)) return undefined;
  try {
    const run = JSON.parse(readFileSync(file, "utf8")) as RunFile;
    return isRunning(run) ? run : undefined;
  } catch {
    return undefined;
  }
};

const isRunning = (run: RunFile): boolean => {
  try {
    process.kill(run.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return startOf(run.pid) === run.started;
};

/** Field 22 of /proc/PID/stat; the command's name before it may hold blanks, so count from its closing parenthesis. */
export const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A killed process that nobody has waited for yet is there in name only.
    return fields[0] === "Z" || fields[0] === "X" ? "dead" : (fields[19] ?? "");
  } catch {
    return "";
  }
};

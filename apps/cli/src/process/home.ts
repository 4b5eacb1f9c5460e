import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CommandError, exitCode } from "./exit.ts";

/** `--home`, else SLIPWAY_HOME, else ./.slipway. */
export const homePath = (option: string | undefined): string => resolve(option ?? process.env["SLIPWAY_HOME"] ?? ".slipway");

/** What the server wrote about itself when it took the home. */
export interface RunFile {
  readonly pid: number;
  readonly started: string;
  readonly version: string;
  /** Base URL of its status endpoint. */
  readonly status: string;
}

export const findRunning = (home: string): RunFile | undefined => {
  const file = join(home, "run.json");
  if (!existsSync(file)) return undefined;
  let run: RunFile;
  try {
    run = JSON.parse(readFileSync(file, "utf8")) as RunFile;
    process.kill(run.pid, 0);
  } catch {
    return undefined;
  }
  return startOf(run.pid) === run.started ? run : undefined;
};

/** Tells a process from a later one with the same pid: field 22 of /proc/PID/stat, counted from the end of the command's name. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A killed process that nobody has waited for yet is there in name only.
    return fields[0] === "Z" || fields[0] === "X" ? "dead" : (fields[19] ?? "");
  } catch {
    return "";
  }
};

export const requireRunning = (home: string): RunFile => {
  const run = findRunning(home);
  if (run === undefined)
    throw new CommandError(
      `Slipway does not run on ${home}. Start it with \`slipway up\`, or name another home with --home.`,
      exitCode.failed,
    );
  return run;
};

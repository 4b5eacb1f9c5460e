import { resolve } from "node:path";
import { findRunning, type RunFile } from "@slipway/runtime/process/running.node.ts";
import { CommandError, exitCode } from "./exit.ts";

/** `--home`, else SLIPWAY_HOME, else ./.slipway. */
export const homePath = (option: string | undefined): string => resolve(option ?? process.env["SLIPWAY_HOME"] ?? ".slipway");

export const requireRunning = (home: string): RunFile => {
  const run = findRunning(home);
  if (run === undefined)
    throw new CommandError(
      `Slipway does not run on ${home}. Start it with \`slipway up\`, or name another home with --home.`,
      exitCode.failed,
    );
  return run;
};

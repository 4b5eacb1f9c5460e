import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CommandError, exitCode } from "../process/exit.ts";
import { homePath } from "../process/home.ts";

/** The program's log: one JSON line an event. */
export const logs = async (options: {
  readonly home?: string;
  readonly follow?: boolean;
  readonly tail?: string;
}): Promise<void> => {
  const lines = options.tail ?? "100";
  if (!/^\d+$/.test(lines)) throw new CommandError(`--tail ${lines}: give a number of lines.`, exitCode.usage);
  const file = join(homePath(options.home), "logs", "slipway.log");
  if (!existsSync(file)) throw new CommandError(`There is no log at ${file}: Slipway has not run on this home.`);
  const tail = spawn("tail", ["-n", lines, ...(options.follow ? ["-F"] : []), file], { stdio: ["ignore", "inherit", "inherit"] });
  await new Promise<void>((resolve) => tail.once("exit", () => resolve()));
};

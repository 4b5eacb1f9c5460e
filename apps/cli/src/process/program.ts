import { type Command, CommanderError } from "commander";
import { CommandError, exitCode } from "./exit.ts";

/** Runs a program: one clear sentence on stderr and the right code when it cannot. */
export const runProgram = async (program: Command, usageCode: number = exitCode.usage): Promise<void> => {
  inheritManners(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommandError) {
      process.stderr.write(`${error.message}\n`);
      process.exit(error.code);
    }
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? exitCode.ok : usageCode);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(exitCode.failed);
  }
};

/** Every command of the tree throws instead of exiting and points to its help, also those that were made on their own. */
const inheritManners = (command: Command): void => {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritManners(child);
  }
};

import { type Command, CommanderError } from "commander";
import { CommandError, exitCode } from "./exit.ts";
import { plainBooleans } from "./flags.ts";

export interface Manners {
  /** The one code for everything that fails, for a program that knows only 0 and 1. */
  readonly only?: number;
  /** Whether to say where an error came from. */
  readonly verbose?: () => boolean;
}

/** Runs a program: one clear sentence on stderr and the right code when it cannot. */
export const runProgram = async (program: Command, { only, verbose = () => false }: Manners = {}): Promise<void> => {
  inheritManners(program);
  try {
    await program.parseAsync([...plainBooleans(program, process.argv.slice(2))], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? exitCode.ok : (only ?? exitCode.usage));
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (verbose() && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    process.exit(only ?? (error instanceof CommandError ? error.code : exitCode.failed));
  }
};

/** Every command of the tree throws instead of exiting and points to its help, also those that were made on their own. */
const inheritManners = (command: Command): void => {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritManners(child);
  }
};

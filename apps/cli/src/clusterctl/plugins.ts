import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { CommandError } from "../process/exit.ts";

/**
 * A command that is not ours may be a program on PATH: `clusterctl foo bar-baz` is `clusterctl-foo-bar_baz`, else `clusterctl-foo`
 * (CTL-007). @returns its exit code, or undefined when there is none such
 * @throws CommandError for an option before the command
 */
export const runPlugin = (words: readonly string[], environment: NodeJS.ProcessEnv = process.env): number | undefined => {
  const names = words.slice(0, words.findIndex((word) => word.startsWith("-")) >>> 0).map((word) => word.replaceAll("-", "_"));
  if (names.length === 0) throw new CommandError(`flags cannot be placed before plugin name: ${words[0]}`);
  for (let length = names.length; length > 0; length--) {
    const program = onPath(`clusterctl-${names.slice(0, length).join("-")}`, environment);
    if (program !== undefined) {
      const ended = spawnSync(program, words.slice(length), { stdio: "inherit", env: environment });
      return ended.status ?? 1;
    }
  }
  return undefined;
};

const onPath = (name: string, { PATH = "" }: NodeJS.ProcessEnv): string | undefined =>
  PATH.split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

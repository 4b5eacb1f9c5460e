import type { Command } from "commander";
import { type GlobalOptions, loadSettings, type Settings } from "./settings.ts";

/** Headings of the help (CTL-006). */
export const groups = {
  management: "Cluster Management Commands:",
  debug: "Troubleshooting and Debugging Commands:",
  other: "Other Commands:",
} as const;

/** Where the management cluster is. */
export interface KubeOptions {
  readonly kubeconfig?: string;
  readonly kubeconfigContext?: string;
}

export const withKubeconfig = (command: Command): Command =>
  command
    .option("--kubeconfig <file>", "kubeconfig of the management cluster (default: KUBECONFIG, then ~/.kube/config)")
    .option("--kubeconfig-context <name>", "which context of it (default: the current one)");

export const withNamespace = (command: Command, about: string): Command =>
  command.option("-n, --namespace <namespace>", `${about} (default: the context's namespace)`);

/** What an action is given: its words, its options, and what the global options say. */
export type Run<Options> = (words: readonly string[], options: Options, settings: Settings) => Promise<void>;

/** Runs `run` for a command; `--config` and `-v` are read first. */
export const act = <Options>(command: Command, run: Run<Options>): Command =>
  command.action(async (...given: readonly unknown[]) => {
    const own = given.at(-1) as Command;
    // A command above takes options that it knows too, wherever they stand.
    const options = own.optsWithGlobals<Options & GlobalOptions>();
    await run(own.args, options, await loadSettings(options));
  });

export const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`;

/** A list that may be given several times and with commas. */
export const collectList = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  ...value
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== ""),
];

export const deprecated = (what: string, instead: string): void => {
  process.stderr.write(`${what} is deprecated, ${instead}\n`);
};

/** Progress for people, on stderr: only what `-v` asks for. */
export const createLog =
  ({ verbosity }: Pick<Settings, "verbosity">) =>
  (message: string, level = 0): void => {
    if (level <= verbosity) process.stderr.write(`${message}\n`);
  };

import { resolve } from "node:path";
import type { SnapshotSummary } from "@slipway/api/program/snapshot.ts";
import { findRunning } from "@slipway/runtime/process/running.node.ts";
import type { Command } from "commander";
import { askStore, runStoreTool } from "../process/control.ts";
import { CommandError, exitCode } from "../process/exit.ts";
import { homePath } from "../process/home.ts";

interface Options {
  readonly home?: string;
  readonly withoutSecrets?: boolean;
  readonly output?: string;
}

const home = ["--home <dir>", "where Slipway keeps its data (SLIPWAY_HOME; default ./.slipway)"] as const;
const output = ["-o, --output <format>", "json: for scripts"] as const;

/** `slipway snapshot …`: backups of everything that one Slipway knows. */
export const addSnapshotCommands = (program: Command): void => {
  const group = program.command("snapshot").description("back up everything, look into a backup, restore it");
  group
    .command("save <file>")
    .description("write everything as it is at one moment into a file, also while Slipway runs")
    .option(...home)
    .option("--without-secrets", "leave the home's certificate authority, passwords and encryption keys out")
    .option(...output)
    .addHelpText("after", "\nExample:\n  slipway snapshot save /backup/slipway-$(date +%F).snapshot\n")
    .action(save);
  group
    .command("restore <file>")
    .description("put a snapshot into a new home; refuses a home with data, or a damaged file")
    .option(...home)
    .option(...output)
    .addHelpText("after", "\nExample:\n  slipway snapshot restore /backup/slipway-2026-11-22.snapshot --home ./restored\n")
    .action(restore);
  group
    .command("status <file>")
    .description("check a snapshot and tell what is in it; exit 1 when it is damaged")
    .option(...output)
    .addHelpText("after", "\nExample:\n  slipway snapshot status /backup/slipway-2026-11-22.snapshot\n")
    .action(status);
};

const save = async (file: string, options: Options): Promise<void> => {
  const path = resolve(file);
  const where = homePath(options.home);
  const run = findRunning(where);
  const withoutSecrets = options.withoutSecrets === true;
  const summary =
    run === undefined
      ? await runStoreTool<SnapshotSummary>(
          "save",
          "--home",
          where,
          "--file",
          path,
          ...(withoutSecrets ? ["--without-secrets"] : []),
        )
      : await askStore<SnapshotSummary>(run, "POST", "snapshot", { file: path, withoutSecrets });
  const warning = summary.files.length > 0 ? "It holds passwords and keys: keep it as safe as the home itself.\n" : "";
  print(options, summary, `Saved ${summary.count} objects into ${path} (${bytes(summary.fileBytes)}).\n${warning}`);
};

const restore = async (file: string, options: Options): Promise<void> => {
  const where = homePath(options.home);
  const summary = await runStoreTool<SnapshotSummary>("restore", "--home", where, "--file", resolve(file));
  print(
    options,
    summary,
    `Restored ${summary.count} objects of ${summary.takenAt} into ${where}. Start it with: slipway up --home ${where}\n`,
  );
};

const status = async (file: string, options: Options): Promise<void> => {
  const summary = await runStoreTool<SnapshotSummary>("status", "--file", resolve(file));
  const sealed = Object.entries(summary.sealed).map(([key, count]) => `${count} with ${key}`);
  const lines = [
    `taken      ${summary.takenAt}, by Slipway ${summary.program}`,
    `size       ${bytes(summary.fileBytes)}, ${summary.count} objects`,
    `checksum   ${summary.checksum} (checked)`,
    `encrypted  ${sealed.length === 0 ? "nothing" : sealed.join(", ")}`,
    `files      ${summary.files.length === 0 ? "none: keys and certificates are not in it" : summary.files.join(", ")}`,
    "",
    "STORE                                          OBJECTS   REVISION",
    ...summary.stores.map(
      ({ name, count, revision }) => `${name.padEnd(44)} ${String(count).padStart(9)} ${String(revision).padStart(10)}`,
    ),
  ];
  print(options, summary, `${lines.join("\n")}\n`);
};

const print = ({ output: format }: Options, value: object, text: string): void => {
  if (format !== undefined && format !== "json")
    throw new CommandError(`--output ${format}: json is what there is.`, exitCode.usage);
  process.stdout.write(format === "json" ? `${JSON.stringify(value, undefined, 2)}\n` : text);
};

export const bytes = (count: number): string =>
  count < 1024 * 1024 ? `${Math.ceil(count / 1024)} KiB` : `${(count / 1024 / 1024).toFixed(1)} MiB`;

import { findRunning } from "@slipway/runtime/process/running.node.ts";
import type { Command } from "commander";
import { askStore, runStoreTool } from "../process/control.ts";
import { homePath, requireRunning } from "../process/home.ts";
import { bytes } from "./snapshot.ts";

interface Options {
  readonly home?: string;
  readonly json?: boolean;
  readonly forgetOldKeys?: boolean;
}

interface StoreStatus {
  readonly stores: readonly { readonly name: string; readonly revision: number; readonly count: number }[];
  readonly fileBytes: number;
  readonly usedBytes: number;
  readonly encryption: {
    readonly writesWith?: string;
    readonly keys: readonly string[];
    readonly records: { readonly [key: string]: number };
  };
}

const home = ["--home <dir>", "where Slipway keeps its data (SLIPWAY_HOME; default ./.slipway)"] as const;

/** `slipway secrets …` and `slipway store …`: what an operator does with the store. */
export const addStoreCommands = (program: Command): void => {
  const secrets = program.command("secrets").description("encryption of Secrets in the store");
  secrets
    .command("rotate")
    .description("encrypt all Secrets with a new key, while Slipway runs")
    .option(...home)
    .option("--forget-old-keys", "remove the old keys: snapshots of before keep their own")
    .addHelpText("after", "\nExample:\n  slipway secrets rotate\n")
    .action(rotate);
  secrets
    .command("status")
    .description("which keys there are, and how many records each has encrypted")
    .option(...home)
    .option("--json", "for scripts")
    .addHelpText("after", "\nExample:\n  slipway secrets status\n")
    .action(secretsStatus);
  const store = program.command("store").description("the store's file");
  store
    .command("status")
    .description("stores, their objects and revisions, and the file's size")
    .option(...home)
    .option("--json", "for scripts")
    .addHelpText("after", "\nExample:\n  slipway store status\n")
    .action(storeStatus);
  store
    .command("compact")
    .description("give the space of what was deleted back to the disk, also while Slipway runs")
    .option(...home)
    .addHelpText("after", "\nExample:\n  slipway store compact\n")
    .action(compact);
};

const rotate = async (options: Options): Promise<void> => {
  const run = requireRunning(homePath(options.home));
  const { key, rewritten, oldKeys } = await askStore<{
    readonly key: string;
    readonly rewritten: number;
    readonly oldKeys: readonly string[];
  }>(run, "POST", "secrets/rotate", { forgetOldKeys: options.forgetOldKeys === true });
  const old = oldKeys.length === 0 ? "" : ` Old keys kept, to read old copies with: ${oldKeys.join(", ")}.`;
  process.stdout.write(`${rewritten} records are encrypted with ${key} now.${old}\n`);
};

const secretsStatus = async (options: Options): Promise<void> => {
  const { encryption } = await askStore<StoreStatus>(requireRunning(homePath(options.home)), "GET", "store");
  if (options.json) {
    process.stdout.write(`${JSON.stringify(encryption, undefined, 2)}\n`);
    return;
  }
  const names = [...new Set([...encryption.keys, ...Object.keys(encryption.records)])];
  const lines = names.map((name) => {
    const written = `${encryption.records[name] ?? 0} records`;
    const role = name === "" ? "not encrypted" : name === encryption.writesWith ? "writes" : "reads";
    return `${(name || "-").padEnd(24)}${role.padEnd(16)}${written}`;
  });
  process.stdout.write(`${encryption.writesWith === undefined ? "Encryption is switched off.\n" : ""}${lines.join("\n")}\n`);
};

const storeStatus = async (options: Options): Promise<void> => {
  const status = await askStore<StoreStatus>(requireRunning(homePath(options.home)), "GET", "store");
  if (options.json) {
    process.stdout.write(`${JSON.stringify(status, undefined, 2)}\n`);
    return;
  }
  const rows = status.stores.map(
    ({ name, count, revision }) => `${name.padEnd(44)} ${String(count).padStart(9)} ${String(revision).padStart(10)}`,
  );
  process.stdout.write(
    `${bytes(status.fileBytes)} on disk, ${bytes(status.usedBytes)} in use\n\n${"STORE".padEnd(44)}   OBJECTS   REVISION\n${rows.join("\n")}\n`,
  );
};

const compact = async (options: Options): Promise<void> => {
  const where = homePath(options.home);
  const run = findRunning(where);
  const { beforeBytes, afterBytes } = await (run === undefined
    ? runStoreTool<{ readonly beforeBytes: number; readonly afterBytes: number }>("compact", "--home", where)
    : askStore<{ readonly beforeBytes: number; readonly afterBytes: number }>(run, "POST", "compact"));
  process.stdout.write(`${bytes(beforeBytes)} before, ${bytes(afterBytes)} now.\n`);
};

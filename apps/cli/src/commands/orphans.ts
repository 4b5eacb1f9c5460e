import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { age } from "@slipway/api";
import { type AuditOptions, auditDocument, auditOrphans, type Orphan, removeOrphans } from "@slipway/doctor";
import type { Command } from "commander";
import { adminCloud, type CloudOptions, withClouds } from "../process/cloud.ts";
import { type ClusterOptions, withCluster } from "../process/cluster.ts";
import { CommandError, exitCode } from "../process/exit.ts";
import { homePath } from "../process/home.ts";

export interface OrphanOptions extends ClusterOptions, CloudOptions {
  readonly home?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** Exit codes: 0 there are none (or all were deleted), 1 there are some (or some stay), 2 wrong usage. */
export const addOrphanCommands = (program: Command): void => {
  const orphans = common(program.command("orphans"))
    .description("list cloud resources of clusters that are no more; exit 0: none, 1: some")
    .option("--json", "for scripts: {orphans, clusters_without_record, clusters_without_project, problems}")
    .addHelpText("after", "\nExample:\n  slipway orphans --json | jq -r '.orphans[].id'\n")
    .action(list);
  common(orphans.command("delete <id...>"))
    .description("delete orphans by their ids, after looking at each again; asks first")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", "\nExample:\n  slipway orphans delete 6f1c1a3e-… 0b7d… --yes\n")
    .action((ids: readonly string[], _own, command) => remove(ids, command.optsWithGlobals()));
};

export const common = (command: Command): Command =>
  command
    .option("--home <dir>", "where Slipway keeps its data (SLIPWAY_HOME; default ./.slipway)")
    .option("--kubeconfig <file>", "the management cluster's kubeconfig (default: KUBECONFIG, else the home's)")
    .option("--kubeconfig-context <name>", "which context of it")
    .option("--os-cloud <name>", "an administrator's cloud (default: slipway-admin of the home, else OS_CLOUD)")
    .option("--os-client-config <file>", "the clouds.yaml that it is in (default: the home's, else OS_CLIENT_CONFIG_FILE)");

export const withBoth = <T>(options: OrphanOptions, use: (both: AuditOptions) => Promise<T>): Promise<T> => {
  const home = homePath(options.home);
  const identity = adminCloud(home, options);
  return withCluster(
    options,
    (client) => withClouds((connect) => use({ client, cloud: connect(identity).everywhere })),
    join(home, "kubeconfig"),
  );
};

const list = async (options: OrphanOptions): Promise<void> => {
  const audit = await withBoth(options, auditOrphans);
  const now = new Date();
  if (options.json) process.stdout.write(`${JSON.stringify(auditDocument(audit, now), undefined, 2)}\n`);
  else {
    process.stdout.write(audit.orphans.length === 0 ? "There are no orphans.\n" : table(audit.orphans, now));
    for (const { namespace, name } of audit.clusters)
      process.stdout.write(
        `Cluster ${namespace}/${name} has no Magnum record any more. If nobody needs it: kubectl delete cluster ${name} -n ${namespace}\n`,
      );
  }
  for (const { name, projectId, title } of options.json ? [] : audit.abandoned)
    process.stdout.write(
      `Magnum cluster ${name} (${title}) is in project ${projectId}, which is gone: it cannot clean up after itself. Delete it as an administrator, then see \`slipway orphans\` again.\n`,
    );
  for (const problem of audit.problems) process.stderr.write(`${problem}\n`);
  if (audit.orphans.length > 0 || audit.clusters.length > 0 || audit.abandoned.length > 0 || audit.problems.length > 0)
    process.exitCode = exitCode.failed;
};

export const table = (orphans: readonly Orphan[], now: Date): string => {
  const rows = [
    ["KIND", "ID", "NAME", "PROJECT", "AGE", "CLUSTER", "WHY"],
    ...orphans.map(({ kind, id, name, projectId, createdAt, cluster, why }) => [
      kind,
      id,
      name,
      projectId,
      age(createdAt?.toISOString(), now.getTime()),
      `${cluster.name} (${cluster.title})`,
      why,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
};

const remove = async (ids: readonly string[], options: OrphanOptions): Promise<void> => {
  const results = await withBoth(options, async (both) => {
    if (!options.yes) await ask(ids, (await auditOrphans(both)).orphans);
    return removeOrphans(ids, both);
  });
  for (const { id, kind, name, result, message } of results)
    process.stdout.write(
      `${kind ?? "?"} ${id}${name === "" ? "" : ` (${name})`}: ${result}${message === "" ? "" : `. ${message}`}\n`,
    );
  if (results.some(({ result }) => result === "refused" || result === "not an orphan")) process.exitCode = exitCode.failed;
};

/** @throws CommandError when the answer is not yes */
const ask = async (ids: readonly string[], orphans: readonly Orphan[]): Promise<void> => {
  if (process.stdin.isTTY !== true)
    throw new CommandError("Nobody is there to be asked: say --yes to delete them.", exitCode.usage);
  const wanted = orphans.filter(({ id }) => ids.includes(id));
  process.stdout.write(wanted.length === 0 ? "None of these is an orphan.\n" : table(wanted, new Date()));
  const questions = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await questions.question(`Delete these ${wanted.length} for good? (yes/no) `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError("Nothing was deleted.");
  } finally {
    questions.close();
  }
};

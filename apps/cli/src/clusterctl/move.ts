import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, Cluster, MagnumCluster } from "@slipway/api";
import { checkContract } from "@slipway/clusterctl/inventory/inventory.ts";
import { move, moveFromDirectory, moveToDirectory, rehearse } from "@slipway/clusterctl/move/move.ts";
import { readObjects, writeYaml } from "@slipway/clusterctl/template/yaml.ts";
import { Command } from "commander";
import { withCluster } from "../process/cluster.ts";
import { CommandError } from "../process/exit.ts";
import { writePrivate } from "../process/private.ts";
import { act, createLog, examples, groups, type KubeOptions, withKubeconfig } from "./command.ts";

interface MoveCommandOptions extends KubeOptions {
  readonly toKubeconfig?: string;
  readonly toKubeconfigContext?: string;
  readonly toDirectory?: string;
  readonly fromDirectory?: string;
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly hideApiWarnings?: string;
  readonly leaveRecords?: boolean;
}

/** `move`: the Cluster API objects of a namespace to another management cluster, or to files and back (CTL-116…130). */
export const moveCommand = (): Command => {
  const command = withKubeconfig(new Command("move"))
    .helpGroup(groups.management)
    .description("move Cluster API objects and all that they depend on to another management cluster")
    .option("--to-kubeconfig <file>", "kubeconfig of the management cluster to move to")
    .option("--to-kubeconfig-context <name>", "which context of it (default: the current one)")
    .option("-n, --namespace <namespace>", "whose objects (default: the context's namespace)")
    .option("--dry-run", "say what would be done, change nothing")
    .option("--to-directory <folder>", "write the objects into this folder instead; the source keeps them")
    .option("--from-directory <folder>", "make the objects of this folder in the management cluster")
    .option("--leave-records", "also move Clusters of Magnum's tenants; their records stay here and say that the Cluster is gone")
    .option("--hide-api-warnings <which>", "default, all or none; kept for scripts, has no effect")
    .addHelpText(
      "after",
      examples(
        "clusterctl move --to-kubeconfig new.kubeconfig -n tenants",
        "clusterctl move --dry-run -n tenants",
        "clusterctl move --to-directory /backup/tenants -n tenants",
        "clusterctl move --from-directory /backup/tenants --to-kubeconfig new.kubeconfig",
      ),
    );
  return act<MoveCommandOptions>(command, async (_words, options, settings) => {
    requireOneTarget(options);
    const { toDirectory, fromDirectory } = options;
    const transfer = { log: createLog(settings), sleep };
    if (fromDirectory !== undefined) {
      const objects = readFolder(fromDirectory);
      await withCluster(targetOf(options), (client) => moveFromDirectory(client, { ...transfer, objects }));
      return;
    }
    if (toDirectory !== undefined) requireFolder(toDirectory);
    await withCluster(options, async (source, namespace) => {
      await checkContract(source);
      const from = { ...transfer, namespace };
      if (options.dryRun) return rehearse(source, from);
      if (toDirectory !== undefined)
        return moveToDirectory(source, {
          ...from,
          // They hold credentials.
          save: ({ file, object }) => writePrivate(join(toDirectory, file), writeYaml(object)),
        });
      if (!options.leaveRecords) await refuseTenants(source, namespace);
      return withCluster(targetOf(options), async (target) => {
        await checkContract(target);
        await move({ source, target }, from);
      });
    });
  });
};

const requireOneTarget = (options: MoveCommandOptions): void => {
  const { toDirectory, fromDirectory, toKubeconfig, kubeconfig, dryRun, hideApiWarnings } = options;
  const together = (a: unknown, b: unknown, names: string) => {
    if (a !== undefined && b !== undefined) throw new CommandError(`please set only one of ${names}`);
  };
  together(toDirectory, toKubeconfig, "--to-directory or --to-kubeconfig");
  together(fromDirectory, toDirectory, "--from-directory or --to-directory");
  together(fromDirectory, kubeconfig, "--from-directory or --kubeconfig");
  if (!dryRun && toDirectory === undefined && fromDirectory === undefined && toKubeconfig === undefined)
    throw new CommandError(
      "please specify a target cluster using the --to-kubeconfig flag when not using --dry-run, --to-directory or --from-directory",
    );
  if (hideApiWarnings !== undefined && !["default", "all", "none"].includes(hideApiWarnings))
    throw new CommandError('set hide-api-warnings to "default", "all" or "none"');
};

const targetOf = ({ toKubeconfig, toKubeconfigContext }: MoveCommandOptions): KubeOptions => ({
  ...(toKubeconfig === undefined ? {} : { kubeconfig: toKubeconfig }),
  ...(toKubeconfigContext === undefined ? {} : { kubeconfigContext: toKubeconfigContext }),
});

const requireFolder = (folder: string): void => {
  if (!isFolder(folder)) throw new CommandError(`There is no folder ${folder}: make it first.`);
};

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const readFolder = (folder: string) => {
  requireFolder(folder);
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((file) => !isFolder(file))
    .flatMap((file) => readObjects(readFileSync(file, "utf8"), file));
};

/** A Magnum cluster's record is known by its uid, which no other management cluster can give it: its Cluster stays unless asked (RUN-077). */
const refuseTenants = async (source: Client, namespace: string): Promise<void> => {
  const records = await source.list(MagnumCluster, { namespace }).catch(() => undefined);
  if (records === undefined || records.items.length === 0) return;
  const clusters = new Set((await source.list(Cluster, { namespace })).items.map(({ metadata }) => metadata.name));
  const owned = records.items.filter(({ metadata }) => clusters.has(metadata.name));
  if (owned.length === 0) return;
  const names = owned.map(({ metadata, spec }) => `${metadata.name} ("${spec.name}")`).join(", ");
  throw new CommandError(
    `The Clusters ${names} belong to tenants of Magnum, who know them by a uuid that would be another one elsewhere: nothing was moved. To leave Slipway's Magnum for another one, add --leave-records, and delete none of the records that stay: that would take the moved clusters' credentials and server groups away. --dry-run and --to-directory work without it.`,
  );
};

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, Cluster, isNotFound, type KubeObject, MagnumCluster, refOf, type Stored } from "@slipway/api";
import { labels } from "@slipway/api/cluster/names.ts";
import { discover } from "@slipway/clusterctl/move/discover.ts";
import { belongingTo, type MovePlan, planMove } from "@slipway/clusterctl/move/graph.ts";
import { deleteFromSource, describeNode, setPaused } from "@slipway/clusterctl/move/transfer.ts";
import { type AuditOptions, auditOrphans, type Orphan, removeOrphans } from "@slipway/doctor";
import type { Command } from "commander";
import { type ClusterOptions, withCluster } from "../process/cluster.ts";
import { CommandError, exitCode } from "../process/exit.ts";
import { homePath } from "../process/home.ts";
import { common, type OrphanOptions, table, withBoth } from "./orphans.ts";

interface ReapplyOptions extends ClusterOptions {
  readonly home?: string;
}

interface PurgeOptions extends OrphanOptions {
  readonly iUnderstand?: boolean;
}

const namespace = "magnum-system";
/** A load balancer and a server take a moment to go, and what hangs on them waits for that. */
const sweeps = 60;
const sweepPauseMilliseconds = 2000;

/** `slipway cluster reapply|purge`: what an operator does for a Magnum cluster that cannot help itself. */
export const addClusterCommands = (program: Command): void => {
  const cluster = program.command("cluster").description("help a Magnum cluster that cannot help itself");
  cluster
    .command("reapply <cluster>")
    .description("make a Cluster again that somebody deleted behind Magnum's back")
    .option("--home <dir>", "where Slipway keeps its data (SLIPWAY_HOME; default ./.slipway)")
    .option("--kubeconfig <file>", "the management cluster's kubeconfig (default: KUBECONFIG, else the home's)")
    .option("--kubeconfig-context <name>", "which context of it")
    .addHelpText(
      "after",
      "\n<cluster> is Magnum's uuid, the Cluster's name, or the tenant's name for it.\n\nExample:\n  slipway cluster reapply kube-w7li2\n",
    )
    .action(reapply);
  common(cluster.command("purge <cluster>"))
    .description("remove a hopeless cluster by force: its objects, its record, and what it has in the cloud")
    .option("--i-understand", "do it; without this nothing is changed, only listed")
    .addHelpText(
      "after",
      "\n<cluster> is Magnum's uuid, the Cluster's name, or the tenant's name for it.\n\nExample:\n  slipway cluster purge 9f5af759-43d5-444f-bba1-ecfb3274d9db\n  slipway cluster purge 9f5af759-43d5-444f-bba1-ecfb3274d9db --i-understand\n",
    )
    .action(purge);
};

type Record = Stored<MagnumCluster>;

/** @throws CommandError for none, or for two that a tenant calls alike */
const findRecord = async (client: Client, wanted: string): Promise<Record> => {
  const { items } = await client.list(MagnumCluster, { namespace });
  const exact = items.filter(({ metadata }) => metadata.uid === wanted || metadata.name === wanted);
  const found = exact.length > 0 ? exact : items.filter(({ spec }) => spec.name === wanted);
  const [record] = found;
  if (record === undefined) throw new CommandError(`There is no Magnum cluster ${wanted}.`, exitCode.usage);
  if (found.length > 1)
    throw new CommandError(
      `${found.length} Magnum clusters are called ${wanted}: name one by its uuid, ${found.map(({ metadata }) => metadata.uid).join(" or ")}.`,
      exitCode.usage,
    );
  return record;
};

const findCluster = async (client: Client, name: string): Promise<Stored<Cluster> | undefined> => {
  try {
    return await client.get(Cluster, { namespace, name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

/** Forgets that there was a Cluster: then the driver makes it, as for a new record (RUN-028). */
const reapply = async (wanted: string, options: ReapplyOptions): Promise<void> => {
  await withCluster(
    options,
    async (client) => {
      const record = await findRecord(client, wanted);
      const { name } = record.metadata;
      if (record.metadata.deletionTimestamp !== undefined)
        throw new CommandError(`The Magnum cluster ${name} is being deleted: it is not made again.`);
      if ((await findCluster(client, name)) !== undefined)
        throw new CommandError(
          `The Cluster ${name} is there: there is nothing to make again. See \`slipway doctor cluster ${name}\`.`,
        );
      await client.patch(
        MagnumCluster,
        refOf(record),
        { type: "merge", body: { status: { clusterUid: null } } },
        { subresource: "status" },
      );
      process.stdout.write(`The Cluster ${name} is made again. Follow it: slipway describe cluster ${name}\n`);
    },
    join(homePath(options.home), "kubeconfig"),
  );
};

/**
 * First the objects, so that no controller makes anything any more, then what is theirs in the cloud by the rules of `slipway orphans`:
 * what stays, because a service refuses, is listed there, and can be deleted later (RUN-078).
 */
const purge = async (wanted: string, options: PurgeOptions): Promise<void> => {
  await withBoth(options, async (both) => {
    const client = both.client as Client;
    const record = await findRecord(client, wanted);
    const { name } = record.metadata;
    const plan = await objectsOf(client, name);
    const things = await thingsOf({ ...both, client: without(client, record) }, record);
    process.stdout.write(
      `Magnum cluster ${record.metadata.uid} (${record.spec.name}), project ${record.spec.projectId}\n\nObjects:\n${plan.groups
        .flat()
        .map((node) => `  ${describeNode(node)}\n`)
        .join("")}\nIn the cloud:\n${things.length === 0 ? "  nothing\n" : table(things, new Date())}\n`,
    );
    if (!options.iUnderstand) {
      process.stdout.write(
        "Nothing was changed. To remove all of this for good, without asking the cluster's controllers: --i-understand\n",
      );
      return;
    }
    const tools = { log: (line: string, level = 0) => void (level === 0 && process.stderr.write(`${line}\n`)), sleep };
    await setPaused(client, plan, { paused: true, sleep });
    await dropRecord(client, record);
    await deleteFromSource(client, plan, tools);
    process.stdout.write("The record and its objects are gone.\n");
    const left = await sweep(both, record);
    if (left.length === 0) process.stdout.write("Nothing of the cluster is left in the cloud.\n");
    else {
      process.stdout.write(
        `${left.length} resources are still in the cloud; \`slipway orphans\` lists them:\n${table(left, new Date())}`,
      );
      process.exitCode = exitCode.failed;
    }
  });
};

const objectsOf = async (client: Client, name: string): Promise<MovePlan> => {
  const plan = planMove(await discover(client, { namespace, sleep }));
  const uid = (await findCluster(client, name))?.metadata.uid;
  return belongingTo(plan, uid ?? "");
};

/** The management cluster as it is after the purge: what it looks like to `slipway orphans` then. */
const without = (client: Client, { metadata: { name } }: Record): AuditOptions["client"] => ({
  get: client.get,
  list: async (resource, options) => {
    const list = await client.list(resource, options);
    const isOther = ({ metadata }: KubeObject) => metadata.name !== name && metadata.labels?.[labels.clusterName] !== name;
    return { ...list, items: resource.kind === "ConfigMap" ? list.items : list.items.filter(isOther) };
  },
});

const thingsOf = async (options: AuditOptions, { metadata }: Record): Promise<readonly Orphan[]> =>
  (await auditOrphans(options)).orphans.filter(({ cluster }) => cluster.name === metadata.name);

const dropRecord = async (client: Client, record: Record): Promise<void> => {
  const ref = refOf(record);
  await client.patch(MagnumCluster, ref, { type: "merge", body: { metadata: { finalizers: [] } } });
  await client.delete(MagnumCluster, ref).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
};

const sweep = async (both: AuditOptions, record: Record): Promise<readonly Orphan[]> => {
  for (let round = 0; round < sweeps; round++) {
    const things = await thingsOf(both, record);
    if (things.length === 0) return [];
    const removals = await removeOrphans(
      things.map(({ id }) => id),
      both,
    );
    for (const { kind, id, name } of removals.filter(({ result }) => result === "deleted"))
      process.stdout.write(`deleted ${kind} ${id} (${name})\n`);
    await sleep(sweepPauseMilliseconds);
  }
  return thingsOf(both, record);
};

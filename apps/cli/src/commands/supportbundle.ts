import { createWriteStream, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Client, customKinds, Event, labels, Secret } from "@slipway/api";
import { diagnose, diagnosisDocument, diagnosisText, type Evidence, gather } from "@slipway/doctor";
import type { Command } from "commander";
import { dump } from "js-yaml";
import { pack } from "tar-stream";
import { fetchAlerts } from "../process/alerts.ts";
import { withClouds } from "../process/cloud.ts";
import { type ClusterOptions, withCluster } from "../process/cluster.ts";
import { CommandError } from "../process/exit.ts";
import { homePath, requireRunning } from "../process/home.ts";
import { recentLines } from "../support/lines.ts";
import { redacted } from "../support/redact.ts";
import { findSubject } from "./doctor.ts";

type Options = ClusterOptions & { readonly home?: string; readonly output?: string };

/** One file for a ticket: everything that is known of a cluster, and nothing that somebody could sign in with (RUN-082). */
export const addSupportBundleCommand = (program: Command): void => {
  program
    .command("support-bundle <name>")
    .description(
      "write what is known of a cluster into one archive for a ticket: objects (without secrets), events, logs, OpenStack's view, alerts, diagnosis",
    )
    .option("--home <dir>", "where Slipway keeps its data (SLIPWAY_HOME; default ./.slipway)")
    .option("-n, --namespace <namespace>", "where the Cluster is", "magnum-system")
    .option("--kubeconfig <file>", "the management cluster's kubeconfig (default: KUBECONFIG, else the home's)")
    .option("--kubeconfig-context <name>", "which context of it")
    .option("-o, --output <file>", "the archive (default: CLUSTER-support.tar.gz)")
    .addHelpText("after", "\nExample:\n  slipway support-bundle blue\n  tar -tzf kube-x7k2p-support.tar.gz\n")
    .action(writeBundle);
};

const writeBundle = async (name: string, options: Options): Promise<void> => {
  const home = homePath(options.home);
  const now = new Date();
  const { stack, files } = await withCluster(
    options,
    async (client, namespace) => {
      const { ref, record } = await findSubject(client, { namespace, name });
      const evidence = await withClouds((connect) => gather(ref, record, { client, connect, now: () => now }));
      const diagnosis = diagnose(evidence);
      return {
        stack: ref.name,
        files: {
          "diagnosis.txt": `${diagnosisText(ref.name, diagnosis)}\n`,
          "diagnosis.json": json(diagnosisDocument(diagnosis, record?.metadata.uid, "operator")),
          "openstack.json": json(redacted(cloudOf(evidence))),
          ...(await objectFiles(client, namespace, ref.name)),
        },
      };
    },
    join(home, "kubeconfig"),
  );
  const output = resolve(options.output ?? `${stack}-support.tar.gz`);
  if (existsSync(output)) throw new CommandError(`${output} is there already: name another file with --output.`);
  const archive = pack();
  const written = pipeline(archive, createGzip(), createWriteStream(output, { flags: "wx", mode: 0o600 }));
  const all = {
    ...files,
    "controllers.log": await recentLines(join(home, "logs", "slipway.log"), {
      naming: stack,
      since: new Date(now.getTime() - 2 * 3_600_000),
    }),
    "alerts.json": await alertsOf(home),
  };
  for (const [file, content] of Object.entries(all))
    archive.entry({ name: `${stack}/${file}`, mtime: now, mode: 0o600 }, content);
  archive.finalize();
  await written;
  process.stdout.write(`${output}\n`);
};

const cloudOf = ({ cloud }: Evidence): object =>
  cloud ?? { problems: ["OpenStack was not asked: the cluster has no credential"] };

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** The cluster's objects, a file a kind, and the events about them. */
const objectFiles = async (client: Client, namespace: string, stack: string): Promise<{ readonly [file: string]: string }> => {
  const files: { [file: string]: string } = {};
  const names = new Set<string>([stack]);
  for (const kind of [...customKinds, Secret]) {
    const options = kind.scope === "Namespaced" ? { namespace } : {};
    const { items } = await client.list(kind, options).catch(() => ({ items: [] }));
    const own = items.filter(({ metadata }) => metadata.name === stack || metadata.labels?.[labels.clusterName] === stack);
    if (own.length === 0) continue;
    for (const { metadata } of own) names.add(metadata.name);
    files[`objects/${kind.plural}.${kind.group === "" ? "core" : kind.group}.yaml`] = own
      .map((object) => dump(redacted(object), { skipInvalid: true }))
      .join("---\n");
  }
  const { items: events } = await client.list(Event, { namespace });
  const lines = events
    .filter(({ involvedObject }) => names.has(involvedObject.name ?? ""))
    .toSorted((left, right) => `${left.lastTimestamp}`.localeCompare(`${right.lastTimestamp}`))
    .map(
      ({ lastTimestamp, type, reason, involvedObject, count, message }) =>
        `${lastTimestamp}  ${type}  ${reason}  ${involvedObject.kind}/${involvedObject.name}  x${count ?? 1}  ${message}`,
    );
  return { ...files, "events.txt": `${lines.join("\n")}\n` };
};

const alertsOf = async (home: string): Promise<string> => {
  try {
    return json(await fetchAlerts(requireRunning(home)));
  } catch (error) {
    return json({ problem: error instanceof Error ? error.message : String(error) });
  }
};

import { join } from "node:path";
import { ApiError, type Client, Cluster, isNotFound, MagnumCluster, type ObjectRef, type Stored } from "@slipway/api";
import { diagnosisDocument, diagnosisText, examine } from "@slipway/doctor";
import type { Command } from "commander";
import { checkPlatform, platformText } from "../doctor/platform.ts";
import { type CloudOptions, withClouds } from "../process/cloud.ts";
import { type ClusterOptions, withCluster } from "../process/cluster.ts";
import { CommandError, exitCode } from "../process/exit.ts";
import { homePath } from "../process/home.ts";

const home = ["--home <dir>", "where Slipway keeps its data (SLIPWAY_HOME; default ./.slipway)"] as const;

/** Exit codes of both: 0 well, 1 something is wrong, 2 wrong usage. */
export const addDoctorCommands = (program: Command): void => {
  const doctor = program
    .command("doctor")
    .description("say what is wrong with the platform, or with one cluster; exit 0: nothing, 1: something, 2: wrong usage")
    .option(...home)
    .option("--os-cloud <name>", "an administrator's cloud (default: slipway-admin of the home, else OS_CLOUD)")
    .option("--os-client-config <file>", "the clouds.yaml that it is in (default: the home's, else OS_CLIENT_CONFIG_FILE)")
    .option("--json", "for scripts")
    .addHelpText("after", "\nExample:\n  slipway doctor\n  slipway doctor cluster blue\n")
    .action(doctorPlatform);
  doctor
    .command("cluster <name>")
    .description(
      "why a cluster is stuck: the first cause, the evidence, what to do. NAME: the Cluster's, its tenant's or its uuid",
    )
    .option(...home)
    .option("-n, --namespace <namespace>", "where the Cluster is", "magnum-system")
    .option("--kubeconfig <file>", "the management cluster's kubeconfig (default: KUBECONFIG, else the home's)")
    .option("--kubeconfig-context <name>", "which context of it")
    .option("--json", "for scripts: {cluster, cluster_uuid, state, summary, findings}")
    .addHelpText("after", "\nExample:\n  slipway doctor cluster kube-x7k2p --json | jq -r .findings[0].code\n")
    .action((name, _own, command) => doctorCluster(name, command.optsWithGlobals()));
};

const doctorPlatform = async (options: CloudOptions & { readonly home?: string; readonly json?: boolean }): Promise<void> => {
  const report = await checkPlatform(homePath(options.home), options);
  process.stdout.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : platformText(report));
  if (!report.healthy) process.exitCode = exitCode.failed;
};

const doctorCluster = async (
  name: string,
  options: ClusterOptions & { readonly home?: string; readonly json?: boolean },
): Promise<void> => {
  const fallback = join(homePath(options.home), "kubeconfig");
  const { stack, uuid, diagnosis } = await withCluster(
    options,
    async (client, namespace) => {
      const { ref, record } = await findSubject(client, { namespace, name });
      const found = await withClouds((connect) => examine(ref, record, { client, connect, now: () => new Date() }));
      return { stack: ref.name, uuid: record?.metadata.uid, diagnosis: found };
    },
    fallback,
  );
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ cluster: stack, ...diagnosisDocument(diagnosis, uuid, "operator") }, undefined, 2)}\n`
      : `${diagnosisText(stack, diagnosis)}\n`,
  );
  if (diagnosis.findings.some(({ severity }) => severity !== "info")) process.exitCode = exitCode.failed;
};

export interface Subject {
  readonly ref: ObjectRef;
  readonly record: Stored<MagnumCluster> | undefined;
}

/** By the Cluster's name, the tenant's own name for it, or Magnum's uuid; a cluster of which there is only the record counts too. */
export const findSubject = async (client: Client, ref: ObjectRef): Promise<Subject> => {
  const records = await client
    .list(MagnumCluster, ref.namespace === undefined ? {} : { namespace: ref.namespace })
    .then(({ items }) => items)
    .catch((error: unknown) => {
      // A management cluster without Magnum has no such kind.
      if (error instanceof ApiError && isNotFound(error)) return [];
      throw error;
    });
  const named = records.filter(({ metadata }) => metadata.name === ref.name || metadata.uid === ref.name.toLowerCase());
  const titled = records.filter(({ spec }) => spec.name === ref.name);
  const [found, second] = named.length > 0 ? named : titled;
  if (found !== undefined && second === undefined) return { ref: { ...ref, name: found.metadata.name }, record: found };
  if (second !== undefined)
    throw new CommandError(
      `${titled.length} clusters are called "${ref.name}": name one of ${titled.map(({ metadata }) => metadata.name).join(", ")}.`,
      exitCode.usage,
    );
  const cluster = await client.get(Cluster, ref).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (cluster === undefined)
    throw new CommandError(
      `There is no cluster "${ref.name}" in namespace ${ref.namespace ?? "default"}. \`kubectl get clusters -A\` lists them.`,
      exitCode.usage,
    );
  return { ref, record: undefined };
};

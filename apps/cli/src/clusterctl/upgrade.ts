import { type Client, type Resource, refOf, type UnstructuredObject } from "@slipway/api";
import { type Components, clusterctlLabel, providerLabel } from "@slipway/clusterctl/components/components.ts";
import { ensureInventory, type InstallTools, installComponents, waitForManagers } from "@slipway/clusterctl/install/apply.ts";
import { planCertManager, printCertManagerPlan } from "@slipway/clusterctl/install/certmanager.ts";
import { migrateStorage } from "@slipway/clusterctl/install/migrate.ts";
import { inOrder, type Offer, planUpgrades, printPlan, type UpgradeItem } from "@slipway/clusterctl/install/plan.ts";
import { removeProvider } from "@slipway/clusterctl/install/remove.ts";
import { contract as supported } from "@slipway/clusterctl/install/validate.ts";
import { checkContract, type Installed, listInstalled, requireSingleInstances } from "@slipway/clusterctl/inventory/inventory.ts";
import { fieldAt } from "@slipway/clusterctl/object/fields.ts";
import { Problem } from "@slipway/clusterctl/problem.ts";
import { latestCandidates, releaseSeries } from "@slipway/clusterctl/repository/releases.ts";
import { Command } from "commander";
import { load } from "js-yaml";
import { withCluster } from "../process/cluster.ts";
import { CommandError } from "../process/exit.ts";
import { certificatesNeeded, ensureCertManager, upgradeCertManager, wantedCertManager } from "./certmanager.ts";
import { act, createLog, deprecated, examples, groups, type KubeOptions, withKubeconfig } from "./command.ts";
import {
  builtInText,
  chosenProviders,
  contractOfVersion,
  fetchComponents,
  findBuiltIn,
  type ProviderFlags,
  repositoryOf,
  toolsFor,
  withProviderFlags,
} from "./install.ts";
import { parseProvider } from "./provideroption.ts";
import type { Settings } from "./settings.ts";

interface ApplyOptions extends ProviderFlags, KubeOptions {
  readonly contract?: string;
  readonly waitProviders?: boolean;
  readonly waitProviderTimeout: string;
  readonly enableCrdStorageVersionMigration?: boolean;
}

/** `upgrade plan` and `upgrade apply` (CTL-054…064). */
export const upgradeCommand = (): Command => {
  const upgrade = new Command("upgrade").helpGroup(groups.management).description("upgrade a management cluster's providers");
  const plan = withKubeconfig(upgrade.command("plan"))
    .description("show which newer versions there are")
    .addHelpText("after", examples("clusterctl upgrade plan"));
  act<KubeOptions>(plan, showPlan);
  const apply = withProviderFlags(withKubeconfig(upgrade.command("apply")), "name:version")
    .description("install newer versions")
    .option("--contract <version>", "take the newest of every provider that keeps this contract: v1beta1")
    .option("--wait-providers", "wait until their Deployments are available")
    .option("--wait-provider-timeout <seconds>", "how long to wait for each", "300")
    .option(
      "--enable-crd-storage-version-migration",
      "deprecated; first write objects once more that may be stored in an older version",
    )
    .addHelpText(
      "after",
      examples("clusterctl upgrade apply --contract v1beta1", "clusterctl upgrade apply --infrastructure openstack:v0.12.0"),
    );
  act<ApplyOptions>(apply, applyUpgrade);
  return upgrade;
};

const showPlan = async (_words: readonly string[], options: KubeOptions, settings: Settings): Promise<void> => {
  await withCluster(options, async (client) => {
    await checkContract(client);
    const installed = await listInstalled(client);
    if (installed.length === 0) {
      process.stdout.write(
        "There are no providers in the cluster. Please use clusterctl init to initialize a Cluster API management cluster.\n",
      );
      return;
    }
    process.stdout.write(printCertManagerPlan(await planCertManager(client, wantedCertManager(settings))));
    createLog(settings)("Checking new release availability...");
    for (const plan of planUpgrades(await offersFor(installed, settings))) process.stdout.write(printPlan(plan));
    const builtIn = await findBuiltIn(client);
    if (builtIn.length > 0) createLog(settings)(`${builtInText(builtIn)}\nThey are upgraded with Slipway itself.`);
  });
};

/** Built-in providers have one version each: their own. */
const offersFor = async (installed: readonly Installed[], settings: Settings): Promise<readonly Offer[]> => {
  const offers: Offer[] = [];
  for (const provider of installed) {
    if (provider.builtIn) {
      const [major = 0, minor = 0] = provider.version.slice(1).split(".").map(Number);
      offers.push({ provider, versions: [provider.version], series: [{ major, minor, contract: supported }] });
      continue;
    }
    const repository = repositoryOf(provider, settings);
    const versions = await repository.versions();
    const newest = latestCandidates(versions)[0]?.text ?? provider.version;
    const metadata = await repository.file(newest, "metadata.yaml");
    if (metadata === undefined) throw new Problem(`The release ${newest} of ${provider.label} has no metadata.yaml.`);
    offers.push({ provider, versions, series: releaseSeries(load(metadata)) });
  }
  return offers;
};

const applyUpgrade = async (_words: readonly string[], options: ApplyOptions, settings: Settings): Promise<void> => {
  const chosen = chosenProviders(options);
  if (options.enableCrdStorageVersionMigration)
    deprecated(
      "Flag --enable-crd-storage-version-migration",
      "it will be removed in an upcoming release: providers migrate their objects themselves.",
    );
  if (options.contract === undefined && chosen.length === 0)
    throw new Problem("Either the --contract flag or at least one of the provider flags has to be set");
  if (options.contract !== undefined && chosen.length > 0)
    throw new Problem("The --contract flag can't be used in combination with provider flags");
  if (options.contract !== undefined && options.contract !== supported)
    throw new Problem(`current version of clusterctl could only upgrade to ${supported} contract, requested ${options.contract}`);
  if (!/^\d+$/.test(options.waitProviderTimeout))
    throw new CommandError(`--wait-provider-timeout ${options.waitProviderTimeout}: give a number of seconds.`);
  await withCluster(options, async (client) => {
    const tools = toolsFor(client, settings);
    await checkContract(client);
    const builtIn = await findBuiltIn(client);
    if (builtIn.length > 0)
      throw new Problem(
        `${builtInText(builtIn)}\nThey are upgraded with Slipway itself: install its new version and start it on the same home.`,
      );
    await ensureInventory(tools);
    const installed = await listInstalled(client);
    requireSingleInstances(installed);
    const items = chosen.length > 0 ? await chosenItems(chosen, installed, settings) : await newestItems(installed, settings);
    tools.log("Performing upgrade...");
    await upgradeCertManager(tools, settings);
    const queue: { readonly item: UpgradeItem; readonly components: Components }[] = [];
    for (const item of [...items].sort((a, b) => inOrder(a.provider, b.provider))) {
      const { name, type, namespace } = item.provider;
      if (item.next === undefined) continue;
      queue.push({ item, components: await fetchComponents({ name, type, namespace, version: item.next }, settings) });
    }
    if (queue.some(({ components }) => certificatesNeeded(components))) await ensureCertManager(tools, settings);
    if (options.enableCrdStorageVersionMigration)
      for (const { components } of queue) await migrateStorage(components.objects, tools);
    for (const { item } of queue) await scaleDown(item.provider, tools);
    for (const { item, components } of queue) {
      await removeProvider(item.provider, { includeNamespace: false, includeCrds: false, keepInventory: true }, tools);
      await installComponents(components, tools);
    }
    if (options.waitProviders) {
      const seconds = Number(options.waitProviderTimeout);
      for (const { components } of queue) await waitForManagers(components, { ...tools, seconds });
    }
  });
};

const newestItems = async (installed: readonly Installed[], settings: Settings): Promise<readonly UpgradeItem[]> =>
  planUpgrades(await offersFor(installed, settings)).find(({ contract }) => contract === supported)?.items ?? [];

/** `name:version`, or the older `namespace/name:version`; all must keep the core's contract (CTL-060). */
const chosenItems = async (
  chosen: ReturnType<typeof chosenProviders>,
  installed: readonly Installed[],
  settings: Settings,
): Promise<readonly UpgradeItem[]> => {
  const items = chosen.map(({ type, text }): UpgradeItem => {
    const [namespace, rest] = text.includes("/") ? text.split("/", 2) : [undefined, text];
    if (namespace !== undefined) deprecated(`namespace/name:version (${text})`, "give name:version.");
    const { name, version } = parseProvider(rest ?? "");
    if (version === undefined)
      throw new Problem(
        `invalid provider name "${text}". Provider name should be in the form name:version and version cannot be empty`,
      );
    const provider = installed.find(
      (one) => one.name === name && one.type === type && (namespace === undefined || one.namespace === namespace),
    );
    if (provider === undefined)
      throw new Problem(`unable to complete that upgrade: the provider ${text} in not part of the management cluster`);
    return { provider, next: version };
  });
  for (const provider of installed) {
    const next = items.find((item) => item.provider === provider)?.next ?? provider.version;
    const contract = await contractOfVersion(provider, next, settings);
    if (contract !== supported)
      throw new Problem(
        `unable to complete that upgrade: version ${next} of the provider ${provider.label} supports the ${contract ?? "unknown"} API Version of Cluster API (contract), while the management cluster is using ${supported}`,
      );
  }
  return items;
};

const deployments: Resource<UnstructuredObject> = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  scope: "Namespaced",
};
const scaleDownAttempts = 60;

/** No Pod of the old version may answer conversion requests while the new one starts (CTL-061, CTL-062). */
const scaleDown = async ({ label, namespace }: Installed, { client, log, sleep }: InstallTools): Promise<void> => {
  log(`Scaling down provider="${label}"`);
  const labelSelector = `${clusterctlLabel},${providerLabel}=${label}`;
  const { items } = await client.list(deployments, { namespace, labelSelector });
  for (const deployment of items) {
    await client.patch(deployments, refOf(deployment), { type: "merge", body: { spec: { replicas: 0 } } });
    await untilEmpty(client, deployment, sleep);
  }
};

const untilEmpty = async (client: Client, deployment: UnstructuredObject, sleep: InstallTools["sleep"]): Promise<void> => {
  for (let attempt = 0; attempt < scaleDownAttempts; attempt++) {
    const replicas = fieldAt(await client.get(deployments, refOf(deployment)), "status", "replicas") ?? 0;
    if (replicas === 0) return;
    await sleep(1000);
  }
  throw new Problem(`Deployment ${deployment.metadata.namespace}/${deployment.metadata.name} still has replicas after a minute`);
};

import type { Components } from "@slipway/clusterctl/components/components.ts";
import type { ProviderType } from "@slipway/clusterctl/config/providertypes.ts";
import { ensureInventory, installComponents, waitForManagers } from "@slipway/clusterctl/install/apply.ts";
import { requireKubernetesVersion } from "@slipway/clusterctl/install/kubernetesversion.ts";
import { faultsOfInstall, isInstalled } from "@slipway/clusterctl/install/validate.ts";
import { checkContract, defaultProviderName, listInstalled } from "@slipway/clusterctl/inventory/inventory.ts";
import { fieldAt } from "@slipway/clusterctl/object/fields.ts";
import { Problem } from "@slipway/clusterctl/problem.ts";
import type { KubeTransport } from "@slipway/runtime/client/transport.ts";
import { Command, Option } from "commander";
import { withCluster } from "../process/cluster.ts";
import { CommandError } from "../process/exit.ts";
import { certificatesNeeded, ensureCertManager } from "./certmanager.ts";
import { act, createLog, examples, groups, type KubeOptions, withKubeconfig } from "./command.ts";
import {
  builtInText,
  candidateOf,
  chosenProviders,
  fetchComponents,
  findBuiltIn,
  type ProviderFlags,
  toolsFor,
  withProviderFlags,
} from "./install.ts";
import { parseProvider } from "./provideroption.ts";
import type { Settings } from "./settings.ts";

interface InitOptions extends ProviderFlags, KubeOptions {
  readonly targetNamespace?: string;
  readonly waitProviders?: boolean;
  readonly waitProviderTimeout: string;
  readonly validate: boolean;
}

/** `init` and `init list-images` (CTL-043…051). */
export const initCommand = (): Command => {
  const command = withProviderFlags(withKubeconfig(new Command("init")), "name[:version]")
    .helpGroup(groups.management)
    .description("make a Kubernetes cluster a management cluster: install providers")
    .option("-n, --target-namespace <namespace>", "where to install them (default: each provider's own)")
    .option("--wait-providers", "wait until their Deployments are available")
    .option("--wait-provider-timeout <seconds>", "how long to wait for each", "300")
    .option("--validate", "check first whether the result can work; =false: only say so", true)
    .addOption(new Option("--no-validate").hideHelp())
    .addHelpText(
      "after",
      examples("clusterctl init --infrastructure openstack", "clusterctl init list-images --infrastructure openstack"),
    );
  act<InitOptions>(command, init);
  const images = withProviderFlags(withKubeconfig(command.command("list-images")), "name[:version]")
    .description("list the images that init would need")
    .addHelpText("after", examples("clusterctl init list-images --infrastructure openstack"));
  act<ProviderFlags & KubeOptions>(images, listImages);
  return command;
};

const init = async (_words: readonly string[], options: InitOptions, settings: Settings): Promise<void> => {
  const log = createLog(settings);
  const seconds = secondsOf(options.waitProviderTimeout);
  await withCluster(options, async (client, _namespace, transport) => {
    const tools = toolsFor(client, settings);
    const builtIn = await findBuiltIn(client);
    requireKubernetesVersion(await serverVersion(transport), { topology: settings.variables("CLUSTER_TOPOLOGY") === "true" });
    if (builtIn.length === 0) await ensureInventory(tools);
    await checkContract(client, { optional: true });
    const installed = await listInstalled(client);
    const firstRun = defaultProviderName(installed, "CoreProvider") === undefined;
    const chosen = withDefaults(options, firstRun);
    if (builtIn.length > 0) {
      const others = chosen.filter(({ type, text }) => {
        const { name, version } = parseProvider(text);
        return !builtIn.some(
          (one) => one.name === name && one.type === type && (version === undefined || version === one.version),
        );
      });
      log(builtInText(builtIn));
      if (others.length === 0) return log("There is nothing to install.");
      throw new Problem(
        `${others.map(({ text }) => text).join(", ")} cannot be added: there is nothing here that would run a provider's Pods. Other versions of the built-in ones come with another version of Slipway.`,
      );
    }
    log("Fetching providers");
    const queue: Components[] = [];
    for (const { type, text } of chosen) {
      const choice = {
        ...parseProvider(text),
        type,
        ...(options.targetNamespace === undefined ? {} : { namespace: options.targetNamespace }),
      };
      const components = await fetchComponents(choice, settings);
      const identity = { ...components.provider, version: components.version, namespace: components.namespace };
      if (!isInstalled(identity, installed)) queue.push(components);
    }
    const faults = faultsOfInstall(await Promise.all(queue.map((components) => candidateOf(components, settings))), installed);
    if (faults.length > 0 && options.validate) throw new Problem(faults.join("\n"));
    for (const fault of faults) log(`Ignoring validation errors: ${fault}`);
    if (queue.some(certificatesNeeded)) await ensureCertManager(tools, settings);
    for (const components of queue) {
      await installComponents(components, tools);
      if (!components.objects.some(({ kind }) => kind === "Deployment")) log(onlyKinds(components));
    }
    if (options.waitProviders) {
      log("Waiting for providers to be available...");
      for (const components of queue) await waitForManagers(components, { ...tools, seconds });
    }
    if (firstRun)
      log(
        "\nYour management cluster has been initialized successfully!\n\nYou can now create your first workload cluster by running the following:\n\n  clusterctl generate cluster [name] --kubernetes-version [version] | kubectl apply -f -\n",
      );
  });
};

const serverVersion = async (transport: KubeTransport): Promise<string> => {
  const answer = await transport({ method: "GET", path: "/version", headers: { accept: "application/json" } });
  return String(fieldAt(JSON.parse(await answer.text()), "gitVersion"));
};

const onlyKinds = ({ provider, version }: Components): string =>
  `Of ${provider.name} ${version} only its kinds were installed: its manifest holds no controllers. Slipway's own controllers run in the program that \`slipway up\` starts.`;

const secondsOf = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new CommandError(`--wait-provider-timeout ${text}: give a number of seconds.`);
  return Number(text);
};

/** On the first run the core and kubeadm providers come without being asked for; `-` keeps the latter two away (CTL-045). */
export const withDefaults = (
  flags: ProviderFlags,
  firstRun: boolean,
): readonly { readonly type: ProviderType; readonly text: string }[] => {
  if (flags.core === "-") throw new Problem("the '-' value can not be used for the core provider");
  const empty = (list: readonly string[] | undefined) => list === undefined || list.length === 0;
  const all: ProviderFlags = firstRun
    ? {
        ...flags,
        core: flags.core ?? "cluster-api",
        ...(empty(flags.bootstrap) ? { bootstrap: ["kubeadm"] } : {}),
        ...(empty(flags.controlPlane) ? { controlPlane: ["kubeadm"] } : {}),
      }
    : flags;
  return chosenProviders(all).filter(({ text }) => text !== "-");
};

const listImages = async (_words: readonly string[], options: ProviderFlags & KubeOptions, settings: Settings): Promise<void> => {
  const firstRun = await withCluster(options, async (client) => {
    await checkContract(client, { optional: true });
    return defaultProviderName(await listInstalled(client), "CoreProvider") === undefined;
  }).catch((error: unknown) => {
    if (error instanceof CommandError && /There is no kubeconfig|cannot be reached/.test(error.message)) return true;
    throw error;
  });
  const images = new Set<string>();
  for (const { type, text } of withDefaults(options, firstRun)) {
    const components = await fetchComponents({ ...parseProvider(text), type }, settings, { raw: true });
    for (const image of components.images) images.add(image);
  }
  for (const image of [...images].sort()) process.stdout.write(`${image}\n`);
};

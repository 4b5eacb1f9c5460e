import { removeProvider, requireNoObjects } from "@slipway/clusterctl/install/remove.ts";
import { checkContract, type Installed, listInstalled } from "@slipway/clusterctl/inventory/inventory.ts";
import { Problem } from "@slipway/clusterctl/problem.ts";
import { Command } from "commander";
import { withCluster } from "../process/cluster.ts";
import { act, examples, groups, type KubeOptions, withKubeconfig } from "./command.ts";
import { builtInText, chosenProviders, findBuiltIn, type ProviderFlags, toolsFor, withProviderFlags } from "./install.ts";
import { parseProvider } from "./provideroption.ts";

interface DeleteOptions extends ProviderFlags, KubeOptions {
  readonly all?: boolean;
  readonly includeNamespace?: boolean;
  readonly includeCrd?: boolean;
}

/** `delete` (CTL-065…071). */
export const deleteCommand = (): Command => {
  const command = withProviderFlags(withKubeconfig(new Command("delete")), "name[:version]")
    .helpGroup(groups.management)
    .description("remove providers from a management cluster; workload clusters' objects stay unless --include-crd")
    .option("--all", "all of them")
    .option("--include-namespace", "with their namespaces")
    .option("--include-crd", "with their kinds; refused while objects of these kinds exist")
    .addHelpText("after", examples("clusterctl delete --infrastructure openstack", "clusterctl delete --all"));
  return act<DeleteOptions>(command, async (_words, options, settings) => {
    const chosen = chosenProviders(options);
    if (options.all && chosen.length > 0) throw new Problem("The --all flag can't be used in combination with provider flags");
    if (!options.all && chosen.length === 0)
      throw new Problem("Either the --all flag or at least one of the provider flags has to be set");
    await withCluster(options, async (client) => {
      await checkContract(client);
      const builtIn = await findBuiltIn(client);
      if (builtIn.length > 0)
        throw new Problem(`${builtInText(builtIn)}\nThey cannot be deleted; \`slipway uninstall\` removes a whole Slipway.`);
      const installed = await listInstalled(client);
      const providers = options.all
        ? installed
        : chosen.map(({ type, text }) => find(installed, { ...parseProvider(text), type }));
      const tools = toolsFor(client, settings);
      if (options.includeCrd) for (const provider of providers) await requireNoObjects(client, provider);
      const what = { includeNamespace: options.includeNamespace ?? false, includeCrds: options.includeCrd ?? false };
      for (const provider of providers) await removeProvider(provider, what, tools);
    });
  });
};

const find = (
  installed: readonly Installed[],
  { name, type, version }: { readonly name: string; readonly type: string; readonly version?: string },
): Installed => {
  const there = installed.filter((provider) => provider.name === name && provider.type === type);
  const [provider] = there;
  if (provider === undefined || there.length > 1)
    throw new Problem(`failed to identify the namespace for the "${name}" provider`);
  if (version !== undefined && version !== provider.version)
    throw new Problem(`failed to identify the provider "${name}" with version "${version}"`);
  return provider;
};

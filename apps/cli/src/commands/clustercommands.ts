import { Command, Option } from "commander";
import { describeCluster } from "./describe.ts";
import { getKubeconfig } from "./kubeconfig.ts";

/** What to use when neither --kubeconfig nor KUBECONFIG says: Slipway's own home, for `slipway`. */
export interface ClusterCommandSettings {
  readonly program: string;
  readonly defaultNamespace?: string;
  readonly fallbackKubeconfig?: () => string;
}

const connection = (command: Command, settings: ClusterCommandSettings): Command =>
  command
    .option(
      "-n, --namespace <namespace>",
      "where the Cluster is (default: the context's, else default)",
      settings.defaultNamespace,
    )
    .option("--kubeconfig <file>", "the management cluster's kubeconfig (default: KUBECONFIG)")
    .option("--kubeconfig-context <name>", "which context of it");

/** `describe cluster` and `get kubeconfig`, which `slipway` and `clusterctl` share. */
export const clusterCommands = (settings: ClusterCommandSettings): readonly Command[] => {
  const describe = new Command("describe").description("describe workload clusters");
  connection(describe.command("cluster <name>"), settings)
    .description("show a cluster's objects as a tree, with what each says of itself")
    .option("--show-conditions <list>", 'also show all conditions of these: "all", or Kind and Kind/name, comma-separated')
    .option("--show-machinesets", "show the MachineSets between MachineDeployments and Machines")
    .option("--show-resourcesets", "show the ClusterResourceSets that apply to the cluster")
    .option("--show-cluster-resource-sets", "the same")
    .option("--show-templates", "show the templates that machines are made from")
    .option("--echo", "show infrastructure and bootstrap objects even when they only repeat their Machine")
    .option("--grouping", "collapse Machines in the same state into one row; =false: one row each", true)
    .addOption(new Option("--no-grouping").hideHelp())
    .addOption(new Option("--disable-grouping", "deprecated: use --grouping=false").hideHelp())
    .option("--v1beta2", "show counters and the v1beta2 conditions")
    .option("-c, --color", "colours; =false: none (default: on a terminal; NO_COLOR turns them off)")
    .addOption(new Option("--no-color").hideHelp())
    .addHelpText(
      "after",
      `
Example:
  ${settings.program} describe cluster demo -n magnum-system
  ${settings.program} describe cluster demo -n magnum-system --show-conditions all
  ${settings.program} describe cluster demo -n magnum-system --grouping=false --echo --v1beta2
`,
    )
    .action((name, { showClusterResourceSets, ...options }) =>
      describeCluster(
        name,
        showClusterResourceSets ? { ...options, showResourcesets: true } : options,
        settings.fallbackKubeconfig?.(),
      ),
    );
  const get = new Command("get").description("get information of workload clusters");
  connection(get.command("kubeconfig <name>"), settings)
    .description("print the kubeconfig of a workload cluster")
    .addHelpText("after", `\nExample:\n  ${settings.program} get kubeconfig demo -n magnum-system > demo.kubeconfig\n`)
    .action((name, options) => getKubeconfig(name, options, settings.fallbackKubeconfig?.()));
  return [describe, get];
};

import { buildTree, collect, printTree, printTreeV1Beta2 } from "@slipway/clusterctl/describe/index.ts";
import { type ClusterOptions, withCluster } from "../process/cluster.ts";

export interface DescribeOptions extends ClusterOptions {
  readonly showConditions?: string;
  readonly showMachinesets?: boolean;
  readonly showResourcesets?: boolean;
  readonly showTemplates?: boolean;
  readonly echo?: boolean;
  readonly grouping?: boolean;
  readonly disableGrouping?: boolean;
  readonly v1beta2?: boolean;
  readonly color?: boolean;
}

/** `describe cluster NAME`: why a cluster is as it is, in one tree. */
export const describeCluster = async (name: string, options: DescribeOptions, fallbackKubeconfig?: string): Promise<void> => {
  if (options.disableGrouping) process.stderr.write("Flag --disable-grouping has been deprecated, use --grouping instead.\n");
  const objects = await withCluster(options, (client, namespace) => collect(client, { namespace, name }), fallbackKubeconfig);
  const family = options.v1beta2 ? "v1beta2" : "v1beta1";
  const tree = buildTree(objects, {
    showConditions: options.showConditions ?? "",
    showMachineSets: options.showMachinesets ?? false,
    showResourceSets: options.showResourcesets ?? false,
    showTemplates: options.showTemplates ?? false,
    echo: options.echo ?? false,
    grouping: !options.disableGrouping && (options.grouping ?? true),
    family,
  });
  const print = family === "v1beta2" ? printTreeV1Beta2 : printTree;
  process.stdout.write(`${print(tree, { now: new Date(), color: wantsColor(options.color) })}\n`);
};

/** NO_COLOR beats --color, which beats what the output is (CTL-113). */
const wantsColor = (option: boolean | undefined): boolean => {
  if ((process.env["NO_COLOR"] ?? "") !== "") return false;
  return option ?? (process.stdout.isTTY === true && process.env["TERM"] !== "dumb");
};

import { collect } from "../describe/collect.ts";
import { printTree } from "../describe/print.ts";
import { buildTree } from "../describe/tree.ts";
import { type ClusterOptions, withCluster } from "../process/cluster.ts";

export interface DescribeOptions extends ClusterOptions {
  readonly showConditions?: string;
  readonly showMachinesets?: boolean;
  readonly echo?: boolean;
  readonly grouping?: boolean | string;
  readonly disableGrouping?: boolean;
  readonly color?: boolean;
}

/** `describe cluster NAME`: why a cluster is as it is, in one tree. */
export const describeCluster = async (name: string, options: DescribeOptions, fallbackKubeconfig?: string): Promise<void> => {
  const objects = await withCluster(options, (client, namespace) => collect(client, { namespace, name }), fallbackKubeconfig);
  const tree = buildTree(objects, {
    showConditions: options.showConditions ?? "",
    showMachineSets: options.showMachinesets ?? false,
    echo: options.echo ?? false,
    grouping: !(options.disableGrouping ?? false) && String(options.grouping ?? true) !== "false",
  });
  const color = process.env["NO_COLOR"] === undefined && (options.color ?? process.stdout.isTTY === true);
  process.stdout.write(`${printTree(tree, { now: new Date(), color })}\n`);
};

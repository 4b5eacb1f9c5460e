import type { RolloutVerb } from "@slipway/clusterctl/rollout/patches.ts";
import { parseResources } from "@slipway/clusterctl/rollout/resources.ts";
import { rollout, undoRollout } from "@slipway/clusterctl/rollout/rollout.ts";
import { Command } from "commander";
import { withCluster } from "../process/cluster.ts";
import { CommandError } from "../process/exit.ts";
import { act, deprecated, examples, groups, type KubeOptions, withKubeconfig, withNamespace } from "./command.ts";

interface RolloutOptions extends KubeOptions {
  readonly namespace?: string;
}

const verbs: { readonly [V in RolloutVerb]: string } = {
  restart: "replace all machines of a MachineDeployment or KubeadmControlPlane, one after the other",
  pause: "hold rollouts back",
  resume: "let rollouts go on",
};

/** `alpha rollout …` and `alpha topology plan`. */
export const alphaCommand = (): Command => {
  const alpha = new Command("alpha").helpGroup(groups.other).description("commands that may still change");
  const rollouts = alpha.command("rollout").description("manage rollouts of machinedeployment and kubeadmcontrolplane");
  for (const verb of Object.keys(verbs) as RolloutVerb[]) addVerb(rollouts, verb);
  addUndo(rollouts);
  addTopologyPlan(alpha.command("topology").description("commands for managed topologies"));
  return alpha;
};

const target = (command: Command): Command => withKubeconfig(withNamespace(command, "where the objects are"));

const addVerb = (parent: Command, verb: RolloutVerb): void => {
  const command = target(parent.command(`${verb} <resource...>`))
    .description(verbs[verb])
    .addHelpText(
      "after",
      examples(
        `clusterctl alpha rollout ${verb} machinedeployment/my-md-0`,
        `clusterctl alpha rollout ${verb} kubeadmcontrolplane/my-kcp -n tenants`,
      ),
    );
  act<RolloutOptions>(command, async (words, options) => {
    const refs = parseResources(words);
    await withCluster(options, async (client, namespace) => {
      for (const ref of refs) await rollout(client, { verb, namespace, ref, now: new Date() });
    });
  });
};

const addUndo = (parent: Command): void => {
  const command = target(parent.command("undo <resource...>"))
    .description("go back to an earlier revision of a MachineDeployment (deprecated)")
    .option("--to-revision <number>", "which; 0: the one before the latest", "0")
    .addHelpText("after", examples("clusterctl alpha rollout undo machinedeployment/my-md-0 --to-revision=3"));
  act<RolloutOptions & { readonly toRevision: string }>(command, async (words, options) => {
    deprecated('Command "undo"', "it will be removed in one of the upcoming releases.");
    if (!/^-?\d+$/.test(options.toRevision)) throw new CommandError(`--to-revision ${options.toRevision}: give a number.`);
    const refs = parseResources(words);
    await withCluster(options, async (client, namespace) => {
      for (const ref of refs) await undoRollout(client, { namespace, ref, toRevision: Number(options.toRevision) });
    });
  });
};

const addTopologyPlan = (parent: Command): void => {
  const command = withKubeconfig(withNamespace(parent.command("plan"), "where the objects are"))
    .description("not here: Slipway has no managed topologies yet (deprecated upstream)")
    .option("-f, --file <file...>", "objects to plan with")
    .option("-c, --cluster <name>", "the cluster to plan")
    .option("-o, --output-directory <folder>", "where to write what would change");
  act(command, async () => {
    deprecated('Command "plan"', "it will be removed in one of the upcoming releases.");
    throw new CommandError(
      "alpha topology plan is not available: this release has no controller for managed topologies (Clusters with spec.topology), so there is nothing whose plan could be shown.",
    );
  });
};

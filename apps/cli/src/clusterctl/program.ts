import { Command } from "commander";
import { clusterCommands } from "../commands/clustercommands.ts";
import { alphaCommand } from "./alpha.ts";
import { groups } from "./command.ts";
import { completionCommand } from "./completion.ts";
import { configCommand } from "./config.ts";
import { deleteCommand } from "./delete.ts";
import { generateCommand } from "./generate.ts";
import { initCommand } from "./init.ts";
import { moveCommand } from "./move.ts";
import { upgradeCommand } from "./upgrade.ts";
import { versionCommand } from "./version.ts";

/** clusterctl, top to bottom. */
export const createProgram = (): Command => {
  const program = new Command("clusterctl")
    .description("clusterctl controls the lifecycle of a Cluster API management cluster and its workload clusters.")
    .option(
      "--config <place>",
      "its configuration: a file or an http(s) URL (default: $XDG_CONFIG_HOME/cluster-api/clusterctl.yaml)",
    )
    .option("-v, --v <number>", "how much to tell on stderr; 5 and more adds where an error came from (CLUSTERCTL_LOG_LEVEL)")
    .addHelpCommand(new Command("help").argument("[command]").description("show a command's help").helpGroup(groups.other))
    .showHelpAfterError("(clusterctl --help shows what there is)")
    .exitOverride();
  const [describe, get] = clusterCommands({ program: "clusterctl" });
  if (describe === undefined || get === undefined) throw new Error("describe and get are missing");
  const commands = [
    get.helpGroup(groups.management),
    generateCommand(),
    moveCommand(),
    initCommand(),
    upgradeCommand(),
    deleteCommand(),
    configCommand(),
    describe.helpGroup(groups.debug),
    alphaCommand(),
    versionCommand(),
    completionCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  return program;
};

import { Command } from "commander";
import { clusterCommands } from "./commands/clustercommands.ts";
import { exitCode } from "./process/exit.ts";
import { runProgram } from "./process/program.ts";

const program = new Command("clusterctl")
  .description("Cluster API's command: describes workload clusters and gets their kubeconfigs.")
  .showHelpAfterError("(clusterctl --help shows what there is)")
  .exitOverride();
for (const command of clusterCommands({ program: "clusterctl" })) program.addCommand(command);
program
  .command("version")
  .description("print the version of Cluster API whose behaviour this command keeps")
  .option("-o, --output <format>", "short")
  .action((options: { output?: string }) => {
    process.stdout.write(
      options.output === "short"
        ? "v1.10.4\n"
        : 'clusterctl version: &version.Info{Major:"1", Minor:"10", GitVersion:"v1.10.4", Compiler:"slipway"}\n',
    );
  });

await runProgram(program, exitCode.failed);

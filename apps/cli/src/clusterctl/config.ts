import { repositoriesTable, repositoriesYaml } from "@slipway/clusterctl/config/providers.ts";
import { writeYaml } from "@slipway/clusterctl/template/yaml.ts";
import { Command } from "commander";
import { CommandError } from "../process/exit.ts";
import { act, examples, groups } from "./command.ts";

/** `config repositories`: which providers are known, and where their manifests are. */
export const configCommand = (): Command => {
  const config = new Command("config").helpGroup(groups.management).description("show what clusterctl is configured with");
  act<{ readonly output: string }>(
    config
      .command("repositories")
      .description("list the providers that are known, and where their manifests are")
      .option("-o, --output <format>", "text or yaml", "text")
      .addHelpText("after", examples("clusterctl config repositories", "clusterctl config repositories -o yaml")),
    async (_words, { output }, { providers }) => {
      if (output !== "text" && output !== "yaml")
        throw new CommandError(`invalid output format "${output}", valid values: [yaml text]`);
      process.stdout.write(output === "yaml" ? writeYaml(repositoriesYaml(providers)) : repositoriesTable(providers));
    },
  );
  return config;
};

import { writeYaml } from "@slipway/clusterctl/template/yaml.ts";
import { Command } from "commander";
import { CommandError } from "../process/exit.ts";
import { examples, groups } from "./command.ts";

/** The Cluster API release whose behaviour this command keeps. */
export const clusterctlVersion = "v1.10.4";

const info = {
  major: "1",
  minor: "10",
  gitVersion: clusterctlVersion,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "",
  goVersion: "",
  compiler: "slipway",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
};

/** `version [-o yaml|json|short]` (CTL-009). */
export const versionCommand = (): Command =>
  new Command("version")
    .helpGroup(groups.other)
    .description("print clusterctl's version: the Cluster API release whose behaviour it keeps")
    .option("-o, --output <format>", "yaml, json or short")
    .addHelpText("after", examples("clusterctl version", "clusterctl version -o short"))
    .action(({ output }: { readonly output?: string }) => {
      process.stdout.write(versionText(output));
    });

const versionText = (output: string | undefined): string => {
  switch (output ?? "") {
    case "":
      return `clusterctl version: &version.Info{${Object.entries(info).map(goField).join(", ")}}\n`;
    case "short":
      return `${info.gitVersion}\n`;
    case "yaml":
      return writeYaml({ clusterctl: info });
    case "json":
      return `${JSON.stringify({ clusterctl: info }, undefined, 2)}\n`;
    default:
      throw new CommandError(`invalid output format: ${output}`);
  }
};

const goField = ([name, value]: readonly [string, string]): string =>
  `${name.slice(0, 1).toUpperCase()}${name.slice(1)}:${JSON.stringify(value)}`;

import { Cluster } from "@slipway/api";
import { Command } from "commander";
import { withCluster } from "../process/cluster.ts";
import { CommandError } from "../process/exit.ts";
import { examples, groups } from "./command.ts";

/** How the shells' scripts ask for candidates: followed by the words so far, the last one unfinished. */
export const completeCommand = "__complete";

const scripts: { readonly [shell: string]: string } = {
  bash: `# bash completion for clusterctl
_clusterctl() {
  local IFS=$'\\n'
  COMPREPLY=($(clusterctl ${completeCommand} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _clusterctl clusterctl
`,
  zsh: `#compdef clusterctl
compdef _clusterctl clusterctl
_clusterctl() {
  local -a candidates
  candidates=("\${(@f)$(clusterctl ${completeCommand} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates
}
if [ "$funcstack[1]" = "_clusterctl" ]; then
  _clusterctl
fi
`,
  fish: `# fish completion for clusterctl
function __clusterctl_complete
  set -l words (commandline -opc)
  set -e words[1]
  clusterctl ${completeCommand} $words (commandline -ct) 2>/dev/null
end
complete -c clusterctl -f -a '(__clusterctl_complete)'
`,
  powershell: `# powershell completion for clusterctl
Register-ArgumentCompleter -Native -CommandName clusterctl -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  & clusterctl ${completeCommand} @words 2>$null | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`,
};

export const completionCommand = (): Command =>
  new Command("completion")
    .helpGroup(groups.other)
    .argument("<shell>", "bash, zsh, fish or powershell")
    .description("print a shell's completion script")
    .addHelpText("after", examples("source <(clusterctl completion bash)", "clusterctl completion zsh > ~/.zsh/_clusterctl"))
    .action((shell: string) => {
      const script = scripts[shell];
      if (script === undefined)
        throw new CommandError(`unsupported shell type "${shell}": bash, zsh, fish and powershell are known`);
      process.stdout.write(script);
    });

/** What may stand where the last word is. */
export const candidates = async (program: Command, words: readonly string[]): Promise<readonly string[]> => {
  const last = words.at(-1) ?? "";
  let command = program;
  for (const word of words.slice(0, -1)) command = command.commands.find((child) => child.name() === word) ?? command;
  if (last.startsWith("-")) {
    const options = [...command.options, ...program.options]
      .filter(({ hidden }) => !hidden)
      .map(({ long, short }) => long ?? short ?? "");
    return [...new Set(["--help", ...options])].filter((option) => option.startsWith(last)).sort();
  }
  const names = command.commands.map((child) => child.name()).filter((name) => !name.startsWith("__"));
  const known =
    command.name() === "completion" ? Object.keys(scripts) : namesClusters(command) ? await clusterNames(words) : names;
  return known.filter((name) => name.startsWith(last)).sort();
};

const namesClusters = (command: Command): boolean => {
  const path = `${command.parent?.name()} ${command.name()}`;
  return path === "describe cluster" || path === "get kubeconfig";
};

/** Nothing when the management cluster cannot be asked: completion is never an error. */
const clusterNames = async (words: readonly string[]): Promise<readonly string[]> => {
  const value = (...names: readonly string[]): string | undefined => {
    const index = words.findIndex((word) => names.includes(word));
    return index < 0 ? undefined : words[index + 1];
  };
  const [namespace, kubeconfig, context] = [value("-n", "--namespace"), value("--kubeconfig"), value("--kubeconfig-context")];
  const options = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { kubeconfigContext: context }),
  };
  try {
    return await withCluster(options, async (client, chosen) =>
      (await client.list(Cluster, { namespace: chosen })).items.map(({ metadata }) => metadata.name),
    );
  } catch {
    return [];
  }
};

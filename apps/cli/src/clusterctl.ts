import { candidates, completeCommand } from "./clusterctl/completion.ts";
import { runPlugin } from "./clusterctl/plugins.ts";
import { createProgram } from "./clusterctl/program.ts";
import { runProgram } from "./process/program.ts";

const program = createProgram();
const words = process.argv.slice(2);
const [first] = words;

if (first === completeCommand) {
  const found = await candidates(program, words.slice(1));
  if (found.length > 0) process.stdout.write(`${found.join("\n")}\n`);
} else {
  const isOwn =
    first === undefined ||
    first.startsWith("-") ||
    first === "help" ||
    program.commands.some((command) => command.name() === first);
  const pluginExit = isOwn ? undefined : runPlugin(words);
  if (pluginExit === undefined) await runProgram(program, { only: 1, verbose: () => Number(program.opts()["v"] ?? 0) >= 5 });
  else process.exitCode = pluginExit;
}

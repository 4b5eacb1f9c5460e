import { Command } from "commander";
import { expect, test } from "vitest";
import { plainBooleans } from "./flags.ts";

const parse = (...words: string[]) => {
  const seen: object[] = [];
  const program = new Command("p").exitOverride();
  program
    .command("show <name>")
    .option("--grouping", "", true)
    .option("--no-grouping")
    .option("--echo")
    .option("-c, --color")
    .option("--no-color")
    .option("--level <number>")
    .action((name: string, options: object) => void seen.push({ name, ...options }));
  program.parse([...plainBooleans(program, ["show", ...words])], { from: "user" });
  return seen[0];
};

test.each([
  [["a"], { name: "a", grouping: true }],
  [["--grouping=false", "a"], { name: "a", grouping: false }],
  [["a", "--grouping=True"], { name: "a", grouping: true }],
  [["--echo=false", "a"], { name: "a", grouping: true }],
  [["--echo", "a"], { name: "a", grouping: true, echo: true }],
  [["-c", "a"], { name: "a", grouping: true, color: true }],
  [["--color=false", "a"], { name: "a", grouping: true, color: false }],
  [["--level=1", "a"], { name: "a", grouping: true, level: "1" }],
])("%j is read as Go's flags are [CTL-096]", (words, options) => {
  expect(parse(...words)).toEqual(options);
});

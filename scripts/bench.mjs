#!/usr/bin/env node
/**
 * `npm run bench [-- store etcd large http customresources handlers workloads capi start fleet metrics]`: runs the benchmarks one after the other and
 * prints their figures beside the goals. Close other programs first: the figures are of this machine, now.
 *
 *   --check          end with 1 when a figure is twice as bad as the one recorded for this kind of machine in bench/baseline.json
 *   --save           record the figures there
 *   --figures FILE   take the figures from a file of JSON lines (bench-results/latest.jsonl) and run nothing
 *
 * The raw figures are JSON lines in bench-results/latest.jsonl; which rows of spec/ they hold, in bench-results/rows.json for `npm run spec`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { flatten, goals, missed, report, worsened } from "./bench/figures.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const all = [
  { name: "store", file: "packages/apiserver/bench/store.ts", args: [] },
  { name: "etcd", file: "packages/apiserver/bench/etcd.ts", args: [] },
  { name: "large", file: "packages/apiserver/bench/large.ts", args: [] },
  { name: "http", file: "packages/apiserver/bench/http.ts", args: [] },
  { name: "customresources", file: "packages/apiserver/bench/customresources.ts", args: [] },
  { name: "handlers", file: "packages/apiserver/bench/handlers.ts", args: [] },
  { name: "workloads", file: "apps/server/bench/workloads.ts", args: [] },
  { name: "capi", file: "apps/server/bench/capi.ts", args: [] },
  { name: "start", file: "apps/server/bench/start.ts", args: [] },
  { name: "fleet", file: "apps/server/bench/fleet.ts", args: ["20", "3", "3"] },
  { name: "metrics", file: "apps/server/bench/metrics.ts", args: ["1000", "20"] },
];

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    figures: { type: "string" },
    baseline: { type: "string", default: join(root, "bench/baseline.json") },
  },
});
const unknown = wanted.filter((name) => !all.some((each) => each.name === name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}. There are: ${all.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}

/** Figures of unlike machines say nothing of each other. */
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).stdout?.trim() || "unknown";
console.log(`${machine}, Node ${process.version}, commit ${commit}\n`);

const runAll = () => {
  const chosen = all.filter(({ name, file }) => (wanted.length === 0 || wanted.includes(name)) && existsSync(join(root, file)));
  const build = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
  if (build.status !== 0) process.exit(1);
  let good = true;
  const lines = chosen.flatMap(({ name, file, args }) => {
    console.log(`running ${name} …`);
    const run = spawnSync("npx", ["tsx", file, ...args], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 2 ** 26,
    });
    if (run.status !== 0) {
      console.error(`${name} ended with ${run.status ?? run.signal}`);
      good = false;
    }
    return run.stdout
      .split("\n")
      .filter((text) => text.startsWith("{"))
      .map((text) => JSON.stringify({ bench: name, ...JSON.parse(text) }));
  });
  mkdirSync(join(root, "bench-results"), { recursive: true });
  writeFileSync(join(root, "bench-results/latest.jsonl"), `${lines.join("\n")}\n`);
  // A part of the benchmarks leaves what the others said before.
  const file = join(root, "bench-results/rows.json");
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const known = { ...(before.machine === machine ? before.figures : {}), ...Object.fromEntries(figuresOf(lines)) };
  writeFileSync(file, `${JSON.stringify({ machine, commit, figures: known, ...report(Object.entries(known)) }, null, 2)}\n`);
  return { lines, good };
};

const figuresOf = (lines) =>
  lines.flatMap((line) => {
    const { bench, ...figures } = JSON.parse(line);
    return flatten(figures, `${bench}.`);
  });

const { lines, good } =
  options.figures === undefined
    ? runAll()
    : { lines: readFileSync(options.figures, "utf8").split("\n").filter(Boolean), good: true };
const figures = figuresOf(lines);

const goalOf = (figure) => goals.find((each) => each.figure === figure);
const table = [
  ["figure", "value", "goal", "rows"],
  ...figures.map(([figure, value]) => {
    const { goal = "", rows = [] } = goalOf(figure) ?? {};
    return [figure, String(value), goal, rows.join(" ")];
  }),
];
const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column].length)));
console.log("");
for (const row of table)
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
for (const message of missed(figures)) console.log(`goal missed: ${message}`);

const baseline = existsSync(options.baseline) ? JSON.parse(readFileSync(options.baseline, "utf8")) : {};
if (options.save) {
  const known = baseline[machine]?.figures ?? {};
  baseline[machine] = { node: process.version, commit, figures: { ...known, ...Object.fromEntries(figures) } };
  mkdirSync(dirname(options.baseline), { recursive: true });
  writeFileSync(options.baseline, `${JSON.stringify(baseline, null, 2)}\n`);
  console.log(`\nrecorded ${figures.length} figures for ${machine}`);
}
if (options.check) {
  const recorded = baseline[machine];
  if (recorded === undefined) {
    console.error(
      `\nNothing is recorded for ${machine} in ${options.baseline}. Run \`npm run bench -- --save\` on it while it is quiet, and commit that file.`,
    );
    process.exit(2);
  }
  const worse = worsened(figures, recorded.figures);
  for (const { figure, value, recorded: before } of worse)
    console.error(`twice as bad as at commit ${recorded.commit}: ${figure} is ${value}, and was ${before}`);
  if (worse.length > 0) process.exit(1);
  console.log(`\nno figure is twice as bad as at commit ${recorded.commit}`);
}
process.exit(good ? 0 : 1);

#!/usr/bin/env node
/**
 * `npm run bench [-- store etcd large http start fleet]`: runs the benchmarks one after the other and prints their figures beside the goals. The
 * raw figures are JSON lines in bench-results/latest.jsonl. Close other programs first: the figures are of this machine, now.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const all = [
  { name: "store", file: "packages/apiserver/bench/store.ts", args: [] },
  { name: "etcd", file: "packages/apiserver/bench/etcd.ts", args: [] },
  { name: "large", file: "packages/apiserver/bench/large.ts", args: [] },
  { name: "http", file: "packages/apiserver/bench/http.ts", args: [] },
  { name: "start", file: "apps/server/bench/start.ts", args: [] },
  { name: "fleet", file: "apps/server/bench/fleet.ts", args: ["20", "3", "3"] },
  { name: "metrics", file: "apps/server/bench/metrics.ts", args: ["1000", "20"] },
];
/** What DESIGN asks for, and which way is better. */
const goals = {
  "start.apiSeconds": "<= 1",
  "start.demoSeconds": "<= 5",
  "store.storage64.writesPerSecond": ">= 5000",
  "store.watch.p99Ms": "<= 20",
  "large.startSeconds": "<= 3",
  "large.residentMiB": "<= 700",
  "metrics.gzipWithReadingSeconds": "<= 2",
  "metrics.plainWithReadingSeconds": "<= 2",
  "metrics.exporterPeakMiB": "<= 512",
};

const flatten = (figures, prefix = "") =>
  Object.entries(figures).flatMap(([key, value]) =>
    value !== null && typeof value === "object" ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value]],
  );

const wanted = process.argv.slice(2);
const chosen = all.filter(({ name, file }) => (wanted.length === 0 || wanted.includes(name)) && existsSync(join(root, file)));
const build = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
if (build.status !== 0) process.exit(1);
console.log(`${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`);

const rows = [];
const raw = [];
let failed = false;
for (const { name, file, args } of chosen) {
  console.log(`running ${name} …`);
  const run = spawnSync("npx", ["tsx", file, ...args], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 26,
  });
  if (run.status !== 0) failed = true;
  for (const line of run.stdout.split("\n").filter((text) => text.startsWith("{"))) {
    raw.push(line);
    const { bench = name, ...figures } = JSON.parse(line);
    for (const [key, value] of flatten(figures)) rows.push([`${bench}.${key}`, String(value), goals[`${bench}.${key}`] ?? ""]);
  }
}
const widths = [0, 1, 2].map((column) => Math.max(...[["figure", "value", "goal"], ...rows].map((row) => row[column].length)));
console.log("");
for (const row of [["figure", "value", "goal"], ...rows])
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
mkdirSync(join(root, "bench-results"), { recursive: true });
writeFileSync(join(root, "bench-results/latest.jsonl"), `${raw.join("\n")}\n`);
process.exit(failed ? 1 : 0);

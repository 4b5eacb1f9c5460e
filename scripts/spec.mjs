#!/usr/bin/env node
/**
 * `npm run spec [-- --missing PREFIX | --surface]`: how many rows of spec/ have a passing test that names them, after `npm test`.
 * A row is covered when a passed test carries its id in square brackets at the end of its name and no failed one does.
 * `--surface` lists the rows about the shape and the rules of the kinds themselves that no test holds yet.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const missingAt = process.argv.indexOf("--missing");
const missing = missingAt < 0 ? undefined : process.argv[missingAt + 1];
const surfaceAsked = process.argv.includes("--surface");
const ROW = /^\s*(?:[-*]|\|)\s*(?:\[.\]\s*)?\**([A-Z]{3,6}-\d{2,3})\b/;
const NOT_ROWS = ["TRAP", "WANT", "ASK", "SCALE"];

/** What a kind is to whoever writes it: names, fields, defaults, validation, conversion, webhooks. Both ends belong to a range. */
const SURFACE = {
  CORE: [
    [1, 81], // groups, names, value rules, conditions
    [131, 142], // Cluster
    [197, 204], // Machine, MachineDrainRule
    [268, 273], // MachineSet
    [311, 315], // MachineDeployment
    [340, 344], // MachineHealthCheck
    [363, 365], // MachinePool
    [379, 379], // ClusterResourceSet
    [393, 403], // ClusterResourceSetBinding, IPAM
  ],
  TOPO: [
    [1, 49], // ClusterClass, Cluster.spec.topology, variables
    [108, 108], // ExtensionConfig
  ],
  BOOT: [[1, 41]],
  KCP: [[1, 51]],
  CAPO: [[1, 88]],
};
const onSurface = (id) => {
  const [prefix, number] = id.split("-");
  return (SURFACE[prefix] ?? []).some(([first, last]) => Number(number) >= first && Number(number) <= last);
};

const rows = new Map();
for (const file of readdirSync(join(root, "spec")).filter((name) => name.endsWith(".md"))) {
  for (const line of readFileSync(join(root, "spec", file), "utf8").split("\n")) {
    const id = ROW.exec(line)?.[1];
    if (id && !NOT_ROWS.some((prefix) => id.startsWith(prefix)))
      rows.set(id, { text: line.trim().slice(0, 160), passed: 0, failed: 0 });
  }
}

const results = join(root, "test-results");
const files = existsSync(results) ? readdirSync(results).filter((name) => name.endsWith(".json")) : [];
if (files.length === 0) {
  console.error("No test results yet. Run `npm test` first: it leaves them in test-results/.");
  process.exit(2);
}
const unknown = new Set();
const reports = files.map((file) => JSON.parse(readFileSync(join(results, file), "utf8")));
// Rows about speed and memory are held by figures: `npm run bench` says which.
const benched = join(root, "bench-results/rows.json");
if (existsSync(benched)) reports.push(JSON.parse(readFileSync(benched, "utf8")));
const tests = reports.flatMap((report) => report.testResults ?? []).flatMap((suite) => suite.assertionResults ?? []);
for (const test of tests) {
  for (const [, group] of (test.fullName ?? test.title).matchAll(/\[([^\]]*)\]/g)) {
    for (const id of group.match(/[A-Z]{3,6}-\d{2,3}\b/g) ?? []) {
      const row = rows.get(id);
      if (row === undefined) unknown.add(id);
      else if (test.status === "passed") row.passed++;
      else if (test.status === "failed") row.failed++;
    }
  }
}

const covered = (row) => row.passed > 0 && row.failed === 0;
const tally = new Map();
for (const [id, row] of rows) {
  const prefix = id.split("-")[0];
  const count = tally.get(prefix) ?? { rows: 0, covered: 0, failing: 0 };
  count.rows++;
  if (covered(row)) count.covered++;
  if (row.failed > 0) count.failing++;
  tally.set(prefix, count);
  const asked = missing === "ALL" || missing === prefix || (surfaceAsked && onSurface(id));
  if (asked && !covered(row)) console.log(row.text);
}
for (const [prefix, count] of [...tally].sort()) {
  const failing = count.failing > 0 ? `, ${count.failing} failing` : "";
  console.log(
    `${prefix.padEnd(6)} ${String(count.covered).padStart(4)} of ${String(count.rows).padStart(4)} rows covered${failing}`,
  );
}
if (unknown.size > 0) console.log(`ids in tests that no row has: ${[...unknown].sort().join(" ")}`);
const surface = [...rows].filter(([id]) => onSurface(id)).map(([, row]) => row);
console.log(`surface  ${surface.filter(covered).length} of ${surface.length} rows covered`);
console.log(`spec coverage: ${[...rows.values()].filter(covered).length} of ${rows.size} rows`);

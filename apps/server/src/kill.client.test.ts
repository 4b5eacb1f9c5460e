/**
 * The program is killed (SIGKILL) at random moments while a tenant's cluster is made, grown and deleted by the real clients, and started
 * again each time. The work must end as if nothing had happened, and nothing may be made twice.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePortOffset } from "../../../scripts/freeports.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "slipway-kill-"));
const home = join(folder, "home");
const inventory = join(folder, "inventory.yaml");
const offset = await freePortOffset();
const kills = Number(process.env["KILLS"] ?? 3);

const slipway = (...args: string[]) => run(process.execPath, [join(root, "apps/cli/bin/slipway.mjs"), ...args], { cwd: folder });
const up = () => slipway("up", "--detach", "--if-needed", "--home", home, "--inventory", inventory, "--port-offset", `${offset}`);
const openstack = async (...args: string[]): Promise<string> => {
  // `coe cluster config` reads SHELL, which a bare environment does not have.
  const env = { SHELL: "/bin/sh", ...process.env, OS_CLIENT_CONFIG_FILE: join(home, "clouds.yaml"), OS_CLOUD: "slipway-demo" };
  return (await run("/usr/bin/openstack", args, { env, cwd: folder })).stdout.trim();
};
const count = async (kind: string): Promise<number> => {
  const text = await openstack(...kind.split(" "), "list", "-f", "value", "-c", "ID");
  return text === "" ? 0 : text.split("\n").length;
};
const counts = async () =>
  Object.fromEntries(
    await Promise.all(["server", "port", "router", "network", "security group"].map(async (kind) => [kind, await count(kind)])),
  );

const kill = () => {
  const { pid } = JSON.parse(readFileSync(join(home, "run.json"), "utf8")) as { pid: number };
  process.kill(pid, "SIGKILL");
};
/** Kills and starts again, `times` times, after a moment that differs each time. */
const torment = async (times: number) => {
  for (let n = 0; n < times; n++) {
    await sleep(200 + ((n * 733) % 2500));
    kill();
    await up();
  }
};
const untilStatus = async (name: string, wanted: string) => {
  for (let n = 0; n < 120; n++) {
    const status = await openstack("coe", "cluster", "show", name, "-f", "value", "-c", "status").catch(() => "GONE");
    if (status === wanted) return;
    if (status.endsWith("_FAILED")) throw new Error(await openstack("coe", "cluster", "show", name));
    await sleep(500);
  }
  throw new Error(`${name} is not ${wanted}: ${await openstack("coe", "cluster", "show", name)}`);
};

beforeAll(async () => {
  const source = readFileSync(join(root, "inventory/embedded.yaml"), "utf8");
  writeFileSync(inventory, source.replace("enabled: true\n      name: demo", "enabled: false\n      name: demo"));
  await up();
});
afterAll(async () => {
  if (existsSync(home)) await slipway("down", "--home", home);
  rmSync(folder, { recursive: true, force: true });
});

test(`a cluster's life survives ${kills * 3} kills of the program, and nothing is made twice`, async () => {
  // Looking makes the project's default security group: it is not the cluster's.
  await count("security group");
  const before = await counts();
  await openstack(
    "coe",
    "cluster",
    "create",
    "mine",
    "--cluster-template",
    "k8s-v1.32.5",
    "--master-count",
    "3",
    "--node-count",
    "1",
  );
  await torment(kills);
  await untilStatus("mine", "CREATE_COMPLETE");
  expect(await count("server")).toBe(4);
  await openstack("coe", "cluster", "resize", "mine", "2");
  await torment(kills);
  await untilStatus("mine", "UPDATE_COMPLETE");
  expect(await count("server")).toBe(5);
  await openstack("coe", "cluster", "config", "mine", "--dir", folder, "--force");
  const kubectl = await import(join(root, "scripts/kubectl.mjs")).then((module: { findKubectl(): string | Promise<string> }) =>
    module.findKubectl(),
  );
  const nodes = await run(kubectl, ["--kubeconfig", join(folder, "config"), "get", "nodes", "-o", "name"]);
  expect(nodes.stdout.trim().split("\n")).toHaveLength(5);
  await openstack("coe", "cluster", "delete", "mine");
  await torment(kills);
  await untilStatus("mine", "GONE");
  expect(await counts()).toEqual(before);
}, 600_000);

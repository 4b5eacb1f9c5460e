/** slipway cluster reapply and purge, on a Magnum cluster that cannot help itself. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSlipway } from "../testing/clusterctl.test-support.ts";

const root = join(import.meta.dirname, "../../../..");
const folder = mkdtempSync(join(tmpdir(), "slipway-cluster-"));
let home = "";
let stop = async (): Promise<void> => undefined;
let kubectlPath = "";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}
const program = (path: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      path,
      [...args],
      { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder, ...env }, timeout: 170_000 },
      (fault, out, error) => resolve({ code: fault === null ? 0 : Number(fault.code ?? -1), out, error }),
    );
  });
const slipway = (...args: string[]) =>
  program(process.execPath, [join(root, "apps/cli/bin/slipway.mjs"), ...args], { SLIPWAY_HOME: home });
const kubectl = (...args: string[]) =>
  program(kubectlPath, ["--kubeconfig", join(home, "kubeconfig"), "-n", "magnum-system", ...args]);
const openstack = async (...args: string[]) =>
  (
    await program("/usr/bin/openstack", args, { OS_CLIENT_CONFIG_FILE: join(home, "clouds.yaml"), OS_CLOUD: "slipway-demo" })
  ).out.trim();
const recordOf = async (path: string) => (await kubectl("get", "magnumclusters", "-o", `jsonpath={.items[0].${path}}`)).out;
const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 240; attempt++) {
    if (await holds()) return;
    await sleep(500);
  }
  throw new Error(`in two minutes it was not so that ${what}`);
};
const isComplete = async () => (await recordOf("status.status")) === "CREATE_COMPLETE";

beforeAll(async () => {
  const module = (await import(join(root, "scripts/kubectl.mjs"))) as { findKubectl(): string };
  kubectlPath = module.findKubectl();
  mkdirSync(join(folder, "slipway"));
  ({ home, stop } = await startSlipway(join(folder, "slipway"), join(root, "inventory/embedded.yaml")));
  await until("the demo is complete", isComplete);
});
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a Cluster that was deleted behind Magnum's back is made again by one command, and only then [RUN-028]", async () => {
  const name = await recordOf("metadata.name");
  expect(await slipway("cluster", "reapply", name)).toMatchObject({
    code: 1,
    error: expect.stringContaining(`The Cluster ${name} is there`),
  });
  expect(await slipway("cluster", "reapply", "nobody")).toMatchObject({ code: 2, error: "There is no Magnum cluster nobody.\n" });
  await kubectl("delete", "cluster", name);
  await until("the record says so", async () => /is gone/.test(await recordOf("status.statusReason")));
  expect(await slipway("cluster", "reapply", await recordOf("metadata.uid"))).toMatchObject({ code: 0 });
  await until(
    "it is complete again",
    async () =>
      (await kubectl("get", "cluster", name)).code === 0 &&
      !/_FAILED/.test(await recordOf("status.status")) &&
      (await isComplete()),
  );
  expect((await kubectl("get", "machines", "-o", "name")).out.trim().split("\n")).toHaveLength(2);
});

test("a hopeless cluster is removed by force, with all that it has, but only when that is said [RUN-078]", async () => {
  const uuid = await recordOf("metadata.uid");
  const listed = await slipway("cluster", "purge", "demo");
  expect(listed).toMatchObject({ code: 0, error: "" });
  for (const kind of [
    "loadbalancer",
    "floatingip",
    "server",
    "port",
    "router",
    "subnet",
    "network",
    "securitygroup",
    "servergroup",
    "applicationcredential",
  ])
    expect(listed.out).toMatch(new RegExp(`^${kind} `, "m"));
  expect(listed.out).toContain("Nothing was changed.");
  expect(await openstack("server", "list", "-f", "value", "-c", "ID")).not.toBe("");
  expect(await isComplete()).toBe(true);

  const purged = await slipway("cluster", "purge", uuid, "--i-understand");
  expect(purged).toMatchObject({ code: 0, out: expect.stringContaining("Nothing of the cluster is left in the cloud.") });
  for (const what of ["server", "port", "router", "loadbalancer", "server group", "application credential"])
    expect([what, await openstack(...what.split(" "), "list", "-f", "value", "-c", "ID")]).toEqual([what, ""]);
  expect(await openstack("floating", "ip", "list", "-f", "value", "-c", "ID")).toBe("");
  expect((await kubectl("get", "magnumclusters,clusters,machines,openstackservers,openstackclusters", "-o", "name")).out).toBe(
    "",
  );
  expect(await openstack("coe", "cluster", "list", "-f", "value")).toBe("");
  expect(await slipway("orphans")).toMatchObject({ code: 0, out: "There are no orphans.\n" });
  expect(await slipway("cluster", "purge", uuid, "--i-understand")).toMatchObject({ code: 2 });
});

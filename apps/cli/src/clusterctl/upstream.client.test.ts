/** Upstream's own clusterctl v1.10.4, as it is built from its module, over a really running Slipway: beside ours, and alone. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildGo } from "../../../../scripts/go.mjs";
import { findKubectl } from "../../../../scripts/kubectl.mjs";
import { clusterctlIn, type Outcome, startSlipway } from "../testing/clusterctl.test-support.ts";

const root = join(import.meta.dirname, "../../../..");
const folder = mkdtempSync(join(tmpdir(), "upstream-clusterctl-"));
const at = (name: string) => join(folder, name);
const stops: (() => Promise<void>)[] = [];
const namespace = "magnum-system";
let kubeconfig = "";
let program = "";
let name = "";

const run = (path: string, args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], HOME: folder, KUBECONFIG: kubeconfig, CLUSTERCTL_DISABLE_VERSIONCHECK: "true" };
    execFile(path, [...args], { cwd: folder, env, timeout: 120_000, maxBuffer: 64 * 1024 * 1024 }, (fault, out, error) =>
      resolve({ code: fault === null ? 0 : Number(fault.code ?? -1), out, error }),
    );
  });
const theirs = (...args: string[]) => run(program, args);
const ours = (...args: string[]) => clusterctlIn(folder)(args, { env: { KUBECONFIG: kubeconfig } });
const done = async (...args: string[]): Promise<Outcome> => {
  const outcome = await theirs(...args);
  if (outcome.code !== 0) throw new Error(`clusterctl ${args.join(" ")} ended with ${outcome.code}: ${outcome.error}`);
  return outcome;
};
const kubectl = async (...args: string[]): Promise<string> => {
  const { code, out, error } = await run(findKubectl(), ["-n", namespace, ...args]);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${error}`);
  return out.trim();
};
const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 240; attempt++) {
    if (await holds().catch(() => false)) return;
    await sleep(500);
  }
  throw new Error(`in two minutes it was not so that ${what}`);
};
const machines = (...more: string[]) =>
  kubectl("get", "machines", "-o", "jsonpath={range .items[*]}{.metadata.name} {.spec.providerID}{'\\n'}{end}", ...more);
const holds = async (type: string, ...more: string[]) =>
  (await kubectl("get", "cluster", name, "-o", `jsonpath={.status.v1beta2.conditions[?(@.type=='${type}')].status}`, ...more)) ===
  "True";
const isAvailable = () => holds("Available");

beforeAll(async () => {
  program = buildGo("clusterctl");
  const text = readFileSync(join(root, "inventory/embedded.yaml"), "utf8").replace("node_count: 1", "node_count: 3");
  mkdirSync(at("one"));
  writeFileSync(at("one/inventory.yml"), text);
  const { home, stop } = await startSlipway(at("one"), at("one/inventory.yml"));
  stops.push(stop);
  kubeconfig = join(home, "kubeconfig");
  await until("the demo is there", async () => {
    name = await kubectl("get", "clusters", "-o", "jsonpath={.items[0].metadata.name}");
    return (await isAvailable()) && (await machines()).split("\n").length === 4;
  });
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("beside upstream's clusterctl", () => {
  /** Ages, and the width that they take. */
  const ageless = (text: string) => text.replaceAll(/\b(?:\d+[dhms])+\b/g, "<age>").replaceAll(/ {2,}/g, "  ");
  test.each([
    "",
    "--show-conditions all",
    "--show-conditions Machine,KubeadmControlPlane --grouping=false",
    "--grouping=false --echo --show-machinesets",
    "--show-templates --show-resourcesets",
    "--v1beta2",
    "--v1beta2 --grouping=false",
    "--v1beta2 --show-conditions all",
    "--v1beta2 --show-conditions all --grouping=false --show-machinesets --show-templates --show-resourcesets --echo",
  ])("ours describes a cluster in the same words, but for ages: %s [CTL-096] [CTL-099] [CTL-110] [CTL-112]", async (flags) => {
    const args = ["describe", "cluster", name, "-n", namespace, ...flags.split(" ").filter((flag) => flag !== "")];
    const [upstream, own] = [await done(...args), await ours(...args)];
    expect(upstream.out).toContain(`KubeadmControlPlane/${name}-control-plane`);
    expect(ageless(own.out)).toBe(ageless(upstream.out));
  });

  test("ours hands out the same kubeconfig, and both miss one that is not there [CTL-086]", async () => {
    const upstream = await done("get", "kubeconfig", name, "-n", namespace);
    expect(upstream.out).toContain("client-certificate-data");
    expect((await ours("get", "kubeconfig", name, "-n", namespace)).out.trim()).toBe(upstream.out.trim());
    for (const outcome of [
      await theirs("get", "kubeconfig", "none", "-n", namespace),
      await ours("get", "kubeconfig", "none", "-n", namespace),
    ])
      expect(outcome).toMatchObject({ code: 1, error: expect.stringContaining('"none-kubeconfig" not found') });
  });

  /** Without what the pauses of the two change. */
  const saved = (directory: string, file: string) => {
    const { metadata, status, ...rest } = load(readFileSync(join(directory, file), "utf8")) as {
      readonly metadata: object;
      readonly status?: unknown;
    };
    return {
      has: status !== undefined,
      ...rest,
      metadata: { ...metadata, resourceVersion: "", generation: 0, managedFields: [] },
    };
  };
  test("ours saves the same objects, for a backup [CTL-116] [CTL-118]", async () => {
    for (const directory of ["theirs", "ours"]) mkdirSync(at(directory));
    await done("move", "-n", namespace, "--to-directory", at("theirs"));
    expect(await ours("move", "-n", namespace, "--to-directory", at("ours"))).toMatchObject({ code: 0 });
    expect(readdirSync(at("ours")).sort()).toEqual(readdirSync(at("theirs")).sort());
    for (const file of readdirSync(at("ours")))
      expect([file, saved(at("ours"), file)]).toEqual([file, saved(at("theirs"), file)]);
    await until("the cluster is as it was", isAvailable);
  });
});

describe("upstream's clusterctl", () => {
  const deployment = () => `machinedeployment/${name}-default-worker`;
  const paused = () => kubectl("get", deployment(), "-o", "jsonpath={.spec.paused}");

  test("pauses, resumes and restarts a rollout: every worker is replaced [API-K30]", async () => {
    await done("alpha", "rollout", "pause", deployment(), "-n", namespace);
    expect(await paused()).toBe("true");
    expect((await theirs("alpha", "rollout", "pause", deployment(), "-n", namespace)).error).toContain("already paused");
    await done("alpha", "rollout", "resume", deployment(), "-n", namespace);
    expect(await paused()).toBe("false");
    const before = (await machines()).split("\n");
    await done("alpha", "rollout", "restart", deployment(), "-n", namespace);
    const kept = before.filter((machine) => machine.includes("-control-plane-"));
    await until("other machines work", async () => {
      const now = (await machines()).split("\n");
      return (
        now.length === 4 && now.filter((machine) => before.includes(machine)).join() === kept.join() && (await isAvailable())
      );
    });
  });

  test("knows Slipway's providers, and what would be newer, from folders [API-K30]", async () => {
    const providers = [
      ["cluster-api", "CoreProvider", "core-components.yaml", "v1.10.9"],
      ["kubeadm", "BootstrapProvider", "bootstrap-components.yaml", "v1.10.9"],
      ["kubeadm", "ControlPlaneProvider", "control-plane-components.yaml", "v1.10.9"],
      ["openstack", "InfrastructureProvider", "infrastructure-components.yaml", "v0.11.8"],
    ] as const;
    const prefix = {
      CoreProvider: "",
      BootstrapProvider: "bootstrap-",
      ControlPlaneProvider: "control-plane-",
      InfrastructureProvider: "infrastructure-",
    };
    const entries = providers.map(([provider, type, file, version]) => {
      const path = at(`repository/${prefix[type]}${provider}/${version}/${file}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, "");
      const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
      writeFileSync(
        join(dirname(path), "metadata.yaml"),
        `apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n- {major: ${major}, minor: ${minor}, contract: v1beta1}\n`,
      );
      return `- {name: ${provider}, type: ${type}, url: "file://${path}"}\n`;
    });
    writeFileSync(at("clusterctl.yaml"), `providers:\n${entries.join("")}`);
    const { out } = await done("upgrade", "plan", "--config", at("clusterctl.yaml"));
    const rows = out.split("\n").flatMap((line) => (/Provider /.test(line) ? [line.trim().split(/ {2,}/)] : []));
    expect(rows).toEqual([
      ["bootstrap-kubeadm", "capi-kubeadm-bootstrap-system", "BootstrapProvider", "v1.10.4", "v1.10.9"],
      ["control-plane-kubeadm", "capi-kubeadm-control-plane-system", "ControlPlaneProvider", "v1.10.4", "v1.10.9"],
      ["cluster-api", "capi-system", "CoreProvider", "v1.10.4", "v1.10.9"],
      ["infrastructure-openstack", "capo-system", "InfrastructureProvider", "v0.11.8", "Already up to date"],
    ]);
  });

  test("moves a cluster to another Slipway, which goes on with the same servers [API-K30] [CTL-116] [CTL-125]", async () => {
    mkdirSync(at("two"));
    writeFileSync(
      at("two/inventory.yml"),
      `all:
  vars:
    cluster_name: second
    openstack: {mode: existing, clouds_yaml: ${join(dirname(kubeconfig), "clouds.yaml")}, cloud: slipway-admin}
    magnum: {capi: {templates: []}}
    demo: {enabled: false}
`,
    );
    const second = await startSlipway(at("two"), at("two/inventory.yml"));
    stops.push(second.stop);
    const target = join(second.home, "kubeconfig");
    const before = await machines();
    const dry = await done("move", "-n", namespace, "--to-kubeconfig", target, "--dry-run");
    expect(dry.error).toContain("This is a dry-run move");
    expect(await machines("--kubeconfig", target)).toBe("");
    await done("move", "-n", namespace, "--to-kubeconfig", target);
    expect(
      await kubectl("get", "clusters,machines,machinedeployments,kubeadmcontrolplanes,openstackmachines", "-o", "name"),
    ).toBe("");
    // Its workers are counted anew through its own API. (Its etcd cannot be asked from there: simulated guests serve none.)
    await until("its workers are available in the target", () => holds("WorkersAvailable", "--kubeconfig", target));
    expect(await machines("--kubeconfig", target)).toBe(before);
  });
});

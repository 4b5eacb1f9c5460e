/** clusterctl as one types it, over a really running Slipway; and a second one on the same cloud, to move a cluster to. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterctlIn, type Outcome, startSlipway } from "../testing/clusterctl.test-support.ts";

const root = join(import.meta.dirname, "../../../..");
const folder = mkdtempSync(join(tmpdir(), "clusterctl-"));
const at = (name: string) => join(folder, name);
const stops: (() => Promise<void>)[] = [];
const run = clusterctlIn(folder);
let kubeconfig = "";
let kubectlPath = "";

const write = (file: string, text: string, mode = 0o644): string => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  return file;
};
const clusterctl = (...args: string[]) => run(args, { env: { KUBECONFIG: kubeconfig } });
const done = async (...args: string[]): Promise<Outcome> => {
  const outcome = await clusterctl(...args);
  if (outcome.code !== 0) throw new Error(`clusterctl ${args.join(" ")} ended with ${outcome.code}: ${outcome.error}`);
  return outcome;
};
const refused = async (sentence: string | RegExp, ...args: string[]) => {
  const outcome = await clusterctl(...args);
  expect(outcome.error).toMatch(sentence);
  expect(outcome.code).toBe(1);
};
const program = (path: string, args: readonly string[], env: NodeJS.ProcessEnv, input?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      path,
      [...args],
      { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder, ...env } },
      (fault, out, error) => (fault === null ? resolve(out) : reject(new Error(`${fault.message}\n${error}`))),
    );
    child.stdin?.end(input);
  });
const kubectl = (args: readonly string[], input?: string, config = kubeconfig) =>
  program(kubectlPath, ["--kubeconfig", config, ...args], {}, input);
const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 240; attempt++) {
    if (await holds().catch(() => false)) return;
    await sleep(500);
  }
  throw new Error(`in two minutes it was not so that ${what}`);
};
const isProvisioned = async (name: string, namespace: string, config = kubeconfig): Promise<boolean> => {
  const { out } = await run(["describe", "cluster", name, "-n", namespace, "--kubeconfig", config], {});
  const rows = out.split("\n").filter((line) => /─|^Cluster\//.test(line) && !/─Workers/.test(line));
  return rows.length > 4 && rows.every((row) => / True /.test(row) || /OpenStackCluster\//.test(row));
};

beforeAll(async () => {
  const module = (await import(join(root, "scripts/kubectl.mjs"))) as { findKubectl(): string };
  kubectlPath = module.findKubectl();
  mkdirSync(at("one"));
  const { home, stop } = await startSlipway(at("one"), join(root, "inventory/embedded.yaml"));
  stops.push(stop);
  kubeconfig = join(home, "kubeconfig");
  await until("the demo is there", () => isProvisioned("demo", "magnum-system"));
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("the command", () => {
  test("shows its commands in upstream's three groups, each with an example [CTL-001, CTL-006]", async () => {
    const { out } = await done("--help");
    const groups = out.split(/\n\n/).filter((part) => /Commands:\n/.test(part));
    const commands = (group: string) =>
      (groups.find((part) => part.startsWith(group)) ?? "").match(/^ {2}[a-z]+/gm)?.map((word) => word.trim());
    expect(commands("Cluster Management Commands:")).toEqual(["get", "generate", "move", "init", "upgrade", "delete", "config"]);
    expect(commands("Troubleshooting and Debugging Commands:")).toEqual(["describe"]);
    expect(commands("Other Commands:")).toEqual(["alpha", "version", "completion", "help"]);
    for (const words of [
      "init list-images",
      "move",
      "describe cluster",
      "get kubeconfig",
      "generate cluster",
      "generate provider",
      "generate yaml",
      "config repositories",
      "upgrade plan",
      "upgrade apply",
      "delete",
      "version",
      "completion",
      "alpha rollout restart",
      "alpha rollout undo",
    ])
      expect((await done(...words.split(" "), "--help")).out).toMatch(/Examples?:\n {2}/);
  });

  test("does not know convert, and ends with 1 for every failure [CTL-002, CTL-005]", async () => {
    await refused("unknown command 'convert'", "convert");
    await refused("unknown option", "describe", "cluster", "demo", "--nonsense");
    await refused("missing required argument", "describe", "cluster");
    const quiet = await clusterctl("describe", "cluster", "nobody", "-n", "magnum-system");
    expect(quiet).toMatchObject({ code: 1, out: "", error: expect.stringContaining('"nobody" not found') });
    expect(quiet.error).not.toMatch(/Usage:|\n\s+at /);
    const loud = await clusterctl("describe", "cluster", "nobody", "-n", "magnum-system", "-v", "5");
    expect(loud.error).toMatch(/\n\s+at /);
  });

  test("tells its version as text, short, YAML and JSON [CTL-009]", async () => {
    expect((await done("version")).out).toMatch(
      /^clusterctl version: &version\.Info\{Major:"1", Minor:"10", GitVersion:"v1\.10\.4", .*\}\n$/,
    );
    expect((await done("version", "-o", "short")).out).toBe("v1.10.4\n");
    expect((await done("version", "-o", "yaml")).out).toMatch(/^clusterctl:\n {2}buildDate: /);
    expect(JSON.parse((await done("version", "-o", "json")).out)).toMatchObject({ clusterctl: { gitVersion: "v1.10.4" } });
    await refused("invalid output format: xml", "version", "-o", "xml");
  });

  test("runs a program of PATH for a command that it does not know, the longest name first [CTL-007]", async () => {
    const script = (name: string) => write(at(`bin/${name}`), `#!/bin/sh\necho "${name}: $*"\nexit 3\n`, 0o755);
    script("clusterctl-foo");
    script("clusterctl-foo-bar_baz");
    const env = { PATH: `${at("bin")}:${process.env["PATH"]}` };
    expect(await run(["foo", "bar-baz", "word", "--flag"], { env })).toMatchObject({
      code: 3,
      out: "clusterctl-foo-bar_baz: word --flag\n",
    });
    expect(await run(["foo", "--flag", "bar-baz"], { env })).toMatchObject({ code: 3, out: "clusterctl-foo: --flag bar-baz\n" });
  });

  test("completes words in a real shell, clusters by name too [CTL-001]", async () => {
    write(
      at("bin/clusterctl"),
      `#!/bin/sh\nexec "${process.execPath}" "${join(root, "apps/cli/bin/clusterctl.mjs")}" "$@"\n`,
      0o755,
    );
    const complete = async (line: string): Promise<readonly string[]> => {
      const words = line.split(" ");
      const script = `source <(clusterctl completion bash); COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _clusterctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const out = await program("/bin/bash", ["-c", script], {
        PATH: `${at("bin")}:${process.env["PATH"]}`,
        KUBECONFIG: kubeconfig,
      });
      return out.trim().split("\n");
    };
    expect(await complete("clusterctl de")).toEqual(["delete", "describe"]);
    expect(await complete("clusterctl generate ")).toEqual(["cluster", "provider", "yaml"]);
    expect(await complete("clusterctl describe cluster --show-m")).toEqual(["--show-machinesets"]);
    expect((await complete("clusterctl describe cluster -n magnum-system "))[0]).toMatch(/^kube-/);
    for (const shell of ["zsh", "fish", "powershell"]) expect((await done("completion", shell)).out).toContain("__complete");
    await refused('unsupported shell type "tcsh"', "completion", "tcsh");
  });
});

describe("the configuration", () => {
  const text = `value: \${A_VALUE}\n`;
  const yaml = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    (await run([...args, "generate", "yaml"], { input: `apiVersion: v1\nkind: A\n${text}`, env })).out;

  test("is found in its folder, the older folder, or where --config says; the environment wins [CTL-015, CTL-016, CTL-018]", async () => {
    const named = write(at("named.yaml"), "a-value: named\n");
    write(at("xdg/cluster-api/clusterctl.yaml"), "A_VALUE: xdg\n");
    write(at("old/.cluster-api/clusterctl.yaml"), "a_value: old\n");
    expect(await yaml(["--config", named])).toContain("value: named");
    expect(await yaml([], { XDG_CONFIG_HOME: at("xdg") })).toContain("value: xdg");
    expect(await yaml([], { HOME: at("old") })).toContain("value: old");
    expect(await yaml(["--config", named], { A_VALUE: "environment" })).toContain("value: environment");
    expect(await yaml(["--config", named], { A_VALUE: "" })).toContain("value: null");
    await refused(/There is no configuration at .*nowhere.yaml/, "--config", at("nowhere.yaml"), "config", "repositories");
    await refused("is not YAML", "--config", write(at("broken.yaml"), "a: [\n"), "config", "repositories");
  });

  test("may be at an http address, and is gone after the command [CTL-004, CTL-015]", async () => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === "/c.yaml" ? 200 : 404).end("a_value: fetched\n"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await yaml(["--config", `${base}/c.yaml`])).toContain("value: fetched");
      await refused("answered with 404", "--config", `${base}/other.yaml`, "config", "repositories");
    } finally {
      server.close();
    }
  });

  test("sets how much is told; what is no number ends it [CTL-004]", async () => {
    const dryRun = (env: NodeJS.ProcessEnv, ...args: string[]) => run([...args, "config", "repositories"], { env });
    expect(await dryRun({ CLUSTERCTL_LOG_LEVEL: "many" })).toMatchObject({
      code: 1,
      error: expect.stringContaining("Failed to convert CLUSTERCTL_LOG_LEVEL"),
    });
    expect(await dryRun({ CLUSTERCTL_LOG_LEVEL: "many" }, "-v", "3")).toMatchObject({ code: 0 });
    expect(await dryRun({}, "-v", "lots")).toMatchObject({ code: 1 });
  });

  test("lists the providers as a table and as YAML [CTL-020, CTL-021]", async () => {
    const { out } = await done("config", "repositories");
    expect(out).toMatch(
      /^NAME +TYPE +URL +FILE\ncluster-api +CoreProvider +https:\/\/github.com\/kubernetes-sigs\/cluster-api\/releases\/latest\/ +core-components.yaml\n/,
    );
    expect((await done("config", "repositories", "-o", "yaml")).out).toMatch(
      /^- File: core-components.yaml\n {2}Name: cluster-api\n {2}ProviderType: CoreProvider\n {2}URL: https/,
    );
    await refused('invalid output format "xml"', "config", "repositories", "-o", "xml");
  });
});

describe("a tenant's cluster", () => {
  test("reads like upstream's tree, by the name that its tenant gave it [CTL-096, CTL-097, CTL-099, CTL-110]", async () => {
    const { out } = await done("describe", "cluster", "demo", "-n", "magnum-system", "--show-conditions", "all");
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => line.replaceAll(/kube-[a-z0-9]+/g, "kube"));
    const names = lines
      .map((line) => line.replace(/ +(True|NAME|READY).*$/, "").trimEnd())
      .map((line) =>
        line.replace(/(Machine\/kube-control-plane)-.*/, "$1-x").replace(/(Machine\/kube-default-worker)-.*/, "$1-x-x"),
      );
    expect(lines[0]).toMatch(/^NAME +READY {2}SEVERITY {2}REASON {2}SINCE {2}MESSAGE/);
    const wanted = [
      "Cluster/kube",
      "│           ├─ControlPlaneInitialized",
      "│           ├─ControlPlaneReady",
      "│           └─InfrastructureReady",
      "├─ClusterInfrastructure - OpenStackCluster/kube",
      "├─ControlPlane - KubeadmControlPlane/kube-control-plane",
      "│ │           ├─Available",
      "│ └─Machine/kube-control-plane-x",
      "└─Workers",
      "  └─MachineDeployment/kube-default-worker",
      "    │           ├─Available",
      "    │           └─MachineSetReady",
      "    └─Machine/kube-default-worker-x-x",
      "                  ├─BootstrapReady",
    ];
    expect(names.filter((name) => wanted.includes(name))).toEqual(wanted);
    expect(out).not.toContain("\u001b");
    const colored = await run(["describe", "cluster", "-c", "demo", "-n", "magnum-system"], { env: { KUBECONFIG: kubeconfig } });
    expect(colored.out).toContain("\u001b[32mTrue");
    const never = await run(["describe", "cluster", "demo", "-n", "magnum-system", "-c"], {
      env: { KUBECONFIG: kubeconfig, NO_COLOR: "1" },
    });
    expect(never.out).not.toContain("\u001b");
  });

  test("shows counters and the newer conditions, and what is asked for besides [CTL-096, CTL-098, CTL-111, CTL-114]", async () => {
    const options = ["--v1beta2", "--grouping=false", "--echo", "--show-machinesets", "--show-templates", "--show-resourcesets"];
    const { out } = await done("describe", "cluster", "demo", "-n", "magnum-system", ...options);
    expect(out).toMatch(/^\nNAME +REPLICAS {2}AVAILABLE {2}READY {2}UP TO DATE {2}STATUS +REASON +SINCE {2}MESSAGE *\n/);
    expect(out).toMatch(/\nCluster\/kube-\w+ +2\/2 +2 +2 +2 +Available: True +Available +/);
    for (const row of [
      "MachineSet/",
      "BootstrapConfig - KubeadmConfig/",
      "MachineInfrastructure - OpenStackMachine/",
      "─Templates",
    ])
      expect(out).toContain(row);
    const old = await clusterctl("describe", "cluster", "demo", "-n", "magnum-system", "--disable-grouping");
    expect(old).toMatchObject({ code: 0, error: expect.stringContaining("--disable-grouping has been deprecated") });
  });

  test("gives its kubeconfig unchanged; kubeconfigs are found as kubectl finds them [CTL-010, CTL-086]", async () => {
    const name = (await kubectl(["get", "clusters", "-n", "magnum-system", "-o", "jsonpath={.items[0].metadata.name}"])).trim();
    const secret = await kubectl(["get", "secret", `${name}-kubeconfig`, "-n", "magnum-system", "-o", "jsonpath={.data.value}"]);
    const { out } = await done("get", "kubeconfig", name, "-n", "magnum-system");
    expect(Buffer.from(out).toString("base64")).toBe(secret);
    expect(await kubectl(["get", "nodes", "-o", "name"], "", write(at("tenant.kubeconfig"), out, 0o600))).toMatch(/^node\//);
    await refused(
      '"nobody-kubeconfig" not found in namespace "magnum-system"',
      "get",
      "kubeconfig",
      "nobody",
      "-n",
      "magnum-system",
    );
    const placed = write(
      at("user/.kube/config"),
      `${readFileSync(kubeconfig, "utf8").replace(/(\n +)cluster: (\S+)\n/, "$1cluster: $2$1namespace: magnum-system\n")}`,
    );
    expect((await run(["get", "kubeconfig", name], { env: { HOME: dirname(dirname(placed)) } })).code).toBe(0);
    const listed = { KUBECONFIG: `${at("nowhere")}:${placed}` };
    expect((await run(["get", "kubeconfig", name], { env: listed })).code).toBe(0);
    expect(await run(["get", "kubeconfig", name, "--kubeconfig-context", "none"], { env: listed })).toMatchObject({
      code: 1,
      error: expect.stringContaining('no context "none"'),
    });
  });

  test("cannot be moved away from Magnum, but rehearsed and saved [CTL-116, CTL-128]", async () => {
    await refused(/Clusters kube-\w+ \("demo"\) belong to tenants/, "move", "-n", "magnum-system", "--to-kubeconfig", kubeconfig);
    const { error } = await done("move", "-n", "magnum-system", "--dry-run");
    expect(error).toMatch(/Would create Cluster magnum-system\/kube-/);
    await refused("please specify a target cluster", "move", "-n", "magnum-system");
    await refused(
      "please set only one of --to-directory or --to-kubeconfig",
      "move",
      "--to-directory",
      folder,
      "--to-kubeconfig",
      kubeconfig,
    );
    await refused(
      "please set only one of --from-directory or --to-directory",
      "move",
      "--to-directory",
      folder,
      "--from-directory",
      folder,
    );
    await refused(
      "please set only one of --from-directory or --kubeconfig",
      "move",
      "--from-directory",
      folder,
      "--kubeconfig",
      kubeconfig,
    );
    await refused("There is no folder", "move", "--to-directory", at("nowhere"));
    await refused('set hide-api-warnings to "default", "all" or "none"', "move", "--dry-run", "--hide-api-warnings", "some");
  });
});

describe("the providers of a Slipway", () => {
  test("are in clusterctl's inventory, built in, and the commands say so [CTL-041, CTL-043, CTL-056]", async () => {
    const listed = await kubectl(["get", "providers", "-A", "--no-headers"]);
    expect(listed).toMatch(/capo-system +infrastructure-openstack +\S+ +InfrastructureProvider +openstack +v0\.11\.8/);
    const { error } = await done("init");
    expect(error).toMatch(
      /This management cluster is a Slipway[\s\S]*cluster-api +v1\.10\.4 +capi-system[\s\S]*There is nothing to install/,
    );
    await refused("aws:v2.0.0 cannot be added", "init", "-i", "aws:v2.0.0");
    const { out } = await done("upgrade", "plan");
    expect(out).toMatch(
      /infrastructure-openstack +capo-system +InfrastructureProvider +v0\.11\.8 +Already up to date\n\nYou are already up to date!/,
    );
    await refused("They are upgraded with Slipway itself", "upgrade", "apply", "--contract", "v1beta1");
    await refused("They cannot be deleted", "delete", "--all");
  });
});

describe("templates", () => {
  const template = `apiVersion: cluster.x-k8s.io/v1beta1
kind: Cluster
metadata: {name: "\${CLUSTER_NAME}", namespace: elsewhere}
spec: {paused: \${PAUSED:=true}}
`;
  const expected = `apiVersion: cluster.x-k8s.io/v1beta1
kind: Cluster
metadata:
  name: mine
  namespace: tenants
spec:
  paused: true

`;

  test("come from stdin, a file, an address or a ConfigMap, one at a time [CTL-072, CTL-073, CTL-080, CTL-081, CTL-083]", async () => {
    const file = write(at("template.yaml"), template);
    const generate = ["generate", "cluster", "mine", "-n", "tenants"];
    expect(await run([...generate, "--from", "-"], { input: template })).toMatchObject({ code: 0, out: expected });
    expect((await run([...generate, "--from", file], {})).out).toBe(expected);
    expect((await run([...generate, "--from", `file://${file}`], {})).out).toBe(expected);
    const server = createServer((request, response) => response.writeHead(request.url === "/t.yaml" ? 200 : 404).end(template));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect((await run([...generate, "--from", `${base}/t.yaml`], {})).out).toBe(expected);
      expect(await run([...generate, "--from", `${base}/none.yaml`], {})).toMatchObject({
        code: 1,
        error: expect.stringContaining("got 404"),
      });
    } finally {
      server.close();
    }
    await kubectl([
      "create",
      "configmap",
      "templates",
      "-n",
      "default",
      `--from-file=template=${file}`,
      `--from-file=other=${file}`,
    ]);
    expect((await done(...generate, "--from-config-map", "templates")).out).toBe(expected);
    expect(
      (
        await done(
          ...generate,
          "--from-config-map",
          "templates",
          "--from-config-map-namespace",
          "default",
          "--from-config-map-key",
          "other",
        )
      ).out,
    ).toBe(expected);
    await refused('does not have the "none" key', ...generate, "--from-config-map", "templates", "--from-config-map-key", "none");
    await refused("only one template can be used at time", ...generate, "--from", file, "--from-config-map", "templates");
    await refused("only one template can be used at time", ...generate, "--from", file, "-f", "flavor");
    await done(...generate, "--from", file, "--write-to", at("out.yaml"));
    expect([readFileSync(at("out.yaml"), "utf8"), statSync(at("out.yaml")).mode & 0o777]).toEqual([expected, 0o600]);
  });

  test("of any text have their variables listed and replaced [CTL-084, CTL-085]", async () => {
    expect((await run(["generate", "yaml", "--list-variables"], { input: template })).out).toBe(
      "Variables:\n  - CLUSTER_NAME\n  - PAUSED\n",
    );
    expect((await run(["generate", "yaml", "--list-variables"], { input: "a: b\n" })).out).toBe("\n");
    expect(await run(["generate", "yaml"], { input: template })).toMatchObject({
      code: 1,
      error: expect.stringContaining("value for variables [CLUSTER_NAME] is not set"),
    });
    expect((await run(["generate", "yaml"], { input: template, env: { CLUSTER_NAME: "x" } })).out).toContain(
      "namespace: elsewhere",
    );
    const { out } = await run(["generate", "provider", "--core", "cluster-api"]);
    expect(out).toMatch(
      /^apiVersion: v1\nkind: Namespace\nmetadata:\n {2}labels:\n {4}cluster.x-k8s.io\/provider: cluster-api\n/,
    );
    expect(await run(["generate", "provider", "--core", "cluster-api", "-i", "openstack"])).toMatchObject({
      code: 1,
      error: expect.stringContaining("only one of"),
    });
    expect((await run(["generate", "provider"])).code).toBe(1);
    expect((await run(["generate", "provider", "-i", "openstack", "--describe"])).out).toMatch(
      /^Name: +openstack\nType: +InfrastructureProvider\n/,
    );
  });

  test("of a provider's repository bring the classes that they want, by version, flavor and overrides [CTL-022, CTL-026, CTL-075, CTL-077, CTL-078, CTL-079]", async () => {
    const label = at("repository/infrastructure-own");
    const withClass = `${template.replace("spec: {", "spec: {topology: {class: big, version: v1.33.1}, ")}`;
    write(join(label, "v1.0.0/cluster-template.yaml"), withClass);
    write(join(label, "v1.0.0/cluster-template-plain.yaml"), template);
    write(
      join(label, "v1.0.0/clusterclass-big.yaml"),
      `apiVersion: cluster.x-k8s.io/v1beta1\nkind: ClusterClass\nmetadata: {name: big}\nspec: {size: "\${SIZE:=9}"}\n`,
    );
    const settings = `providers: [{name: own, type: InfrastructureProvider, url: ${label}/latest/infrastructure-components.yaml}]\noverridesFolder: ${at("overrides")}\n`;
    const generate = [
      "--config",
      write(at("own.yaml"), settings),
      "generate",
      "cluster",
      "mine",
      "-n",
      "tenants",
      "-i",
      "own:v1.0.0",
    ];
    const { out } = await done(...generate);
    expect(out.indexOf("kind: ClusterClass")).toBeLessThan(out.indexOf("kind: Cluster\n"));
    expect(out).toContain("size: '9'");
    expect((await done(...generate, "--list-variables")).out).not.toContain("SIZE");
    expect((await done(...generate, "-f", "plain")).out).toBe(expected);
    await refused('failed to read "cluster-template-none.yaml"', ...generate, "-f", "none");
    await refused("invalid target-namespace", ...generate, "-n", "Not_one");
    write(
      at("overrides/infrastructure-own/v1.0.0/cluster-template-plain.yaml"),
      template.replace("PAUSED:=true", "PAUSED:=false"),
    );
    expect((await done(...generate, "-f", "plain")).out).toContain("paused: false");
    for (const [url, sentence] of [
      ["ftp://example.com/x.yaml", "give a release of a GitHub repository"],
      ["relative/infrastructure-own/latest/x.yaml", "it must be absolute"],
      [`${at("repository/other")}/latest/x.yaml`, "its last folder but one must be infrastructure-own"],
      [`${label}/newest/x.yaml`, 'newest is no semantic version, and not "latest"'],
    ]) {
      const config = write(at("wrong.yaml"), `providers: [{name: own, type: InfrastructureProvider, url: "${url}"}]\n`);
      expect(await run(["--config", config, ...generate.slice(2)])).toMatchObject({
        code: 1,
        error: expect.stringContaining(sentence ?? ""),
      });
    }
  });
});

describe("a cluster out of our own template", () => {
  const namespace = "tenants";
  let environment: NodeJS.ProcessEnv = {};
  const names = async (kinds: string, config = kubeconfig) =>
    (await kubectl(["get", kinds, "-n", namespace, "-o", "name"], "", config)).trim().split("\n").sort();

  const servers = async () =>
    program("/usr/bin/openstack", ["server", "list", "-f", "value", "-c", "ID", "-c", "Name", "--sort-column", "ID"], {
      OS_CLIENT_CONFIG_FILE: join(dirname(kubeconfig), "clouds.yaml"),
      OS_CLOUD: "slipway-demo",
    });

  beforeAll(async () => {
    const clouds = join(dirname(kubeconfig), "clouds.yaml");
    const env = { OS_CLIENT_CONFIG_FILE: clouds, OS_CLOUD: "slipway-demo" };
    const network = await program("/usr/bin/openstack", ["network", "list", "--external", "-f", "value", "-c", "ID"], env);
    environment = {
      KUBECONFIG: kubeconfig,
      OPENSTACK_CLOUD: "slipway-demo",
      OPENSTACK_CLOUD_YAML_B64: readFileSync(clouds).toString("base64"),
      OPENSTACK_CONTROL_PLANE_MACHINE_FLAVOR: "m1.medium",
      OPENSTACK_NODE_MACHINE_FLAVOR: "m1.medium",
      OPENSTACK_DNS_NAMESERVERS: "203.0.113.53",
      OPENSTACK_EXTERNAL_NETWORK_ID: network.trim(),
      OPENSTACK_IMAGE_NAME: "ubuntu-2204-kube-v1.33.1",
    };
    await kubectl(["create", "namespace", namespace]);
  });

  test("needs no repository and no network, and comes to life [CTL-041, CTL-074, CTL-076]", async () => {
    const incomplete = await run(["generate", "cluster", "mine", "-n", namespace], { env: { KUBECONFIG: kubeconfig } });
    expect(incomplete).toMatchObject({
      code: 1,
      error: expect.stringContaining("value for variables [KUBERNETES_VERSION, OPENSTACK_CLOUD,"),
    });
    const flags = ["--kubernetes-version", "v1.33.1", "--worker-machine-count", "2"];
    const { out, error } = await run(["generate", "cluster", "mine", "-n", namespace, ...flags], { env: environment });
    expect(error).toBe("");
    await kubectl(["apply", "-f", "-"], out);
    await until("the cluster is ready", () => isProvisioned("mine", namespace));
    const { out: config } = await done("get", "kubeconfig", "mine", "-n", namespace);
    const nodes = await kubectl(["get", "nodes", "-o", "name"], "", write(at("mine.kubeconfig"), config, 0o600));
    expect(nodes.trim().split("\n")).toHaveLength(3);
  });

  test("is rolled out, held back, let go on and taken back by its MachineDeployment [CTL-003, CTL-087, CTL-088, CTL-089, CTL-090]", async () => {
    const deployment = "machinedeployment/mine-md-0";
    const rollout = (...args: string[]) => done("alpha", "rollout", ...args, "-n", namespace);
    const before = await names("machines");
    await rollout("pause", deployment);
    await refused("MachineDeployment is already paused", "alpha", "rollout", "pause", deployment, "-n", namespace);
    await refused("can't restart paused MachineDeployment", "alpha", "rollout", "restart", deployment, "-n", namespace);
    await rollout("resume", deployment);
    await rollout("restart", deployment);
    await until("every worker is another machine", async () => {
      const now = (await names("machines")).filter((name) => /md-0/.test(name));
      return now.length === 2 && now.every((name) => !before.includes(name)) && (await isProvisioned("mine", namespace));
    });
    await kubectl([
      "patch",
      deployment,
      "-n",
      namespace,
      "--type=merge",
      "-p",
      '{"spec":{"template":{"spec":{"nodeDrainTimeout":"1m","failureDomain":"az-1"}}}}',
    ]);
    await until("a third revision is there", async () => (await names("machinesets")).length === 3);
    const undone = await rollout("undo", deployment);
    expect(undone.error).toContain("deprecated");
    const spec = await kubectl(["get", deployment, "-n", namespace, "-o", "jsonpath={.spec.template}"]);
    expect(spec).not.toContain("az-1");
    expect(spec).not.toContain("machine-template-hash");
    const plane = "kubeadmcontrolplane/mine-control-plane";
    await rollout("pause", plane);
    expect(
      await kubectl(["get", plane, "-n", namespace, "-o", "jsonpath={.metadata.annotations.cluster\\.x-k8s\\.io/paused}"]),
    ).toBe("true");
    await rollout("resume", plane);
    await refused("invalid resource type", "alpha", "rollout", "undo", plane, "-n", namespace);
    await refused('not found in namespace "tenants"', "alpha", "rollout", "restart", "machinedeployment/none", "-n", namespace);
    await until("it is ready again", () => isProvisioned("mine", namespace));
  });

  test("moves to another management cluster, which goes on with the same servers [CTL-116, CTL-117, CTL-123, CTL-125, CTL-129, CTL-130]", async () => {
    mkdirSync(at("two"));
    const inventory = `all:
  vars:
    cluster_name: second
    openstack: {mode: existing, clouds_yaml: ${join(dirname(kubeconfig), "clouds.yaml")}, cloud: slipway-admin}
    magnum: {capi: {templates: []}}
    demo: {enabled: false}
`;
    const second = await startSlipway(at("two"), write(at("two/inventory.yml"), inventory));
    stops.push(second.stop);
    const target = join(second.home, "kubeconfig");
    const [machines, before] = [await names("machines"), await servers()];
    mkdirSync(at("backup"));
    write(at("backup/Cluster_tenants_mine.yaml"), "of an earlier backup, and readable for everybody\n");
    await done("move", "-n", namespace, "--to-directory", at("backup"));
    const saved = readdirSync(at("backup"));
    expect(saved).toContain("Cluster_tenants_mine.yaml");
    expect(new Set(saved.map((file) => statSync(join(at("backup"), file)).mode & 0o777))).toEqual(new Set([0o600]));
    expect(await kubectl(["get", "cluster", "mine", "-n", namespace, "-o", "jsonpath={.spec.paused}"])).toBe("");

    const moved = await done("move", "-n", namespace, "--to-kubeconfig", target);
    expect(moved.error).toMatch(
      /Performing move[\s\S]*Creating objects in the target cluster[\s\S]*Deleting objects from the source cluster/,
    );
    expect(await names("clusters,machines,machinedeployments,openstackmachines,secrets")).toEqual([""]);
    await until("the cluster is ready in the target", () => isProvisioned("mine", namespace, target));
    expect(await names("machines", target)).toEqual(machines);
    expect(await servers()).toBe(before);
    const { out } = await run(["describe", "cluster", "mine", "-n", namespace, "--kubeconfig", target]);
    expect(out).toContain("KubeadmControlPlane/mine-control-plane");
    // What was saved is there already: nothing is changed by making it again.
    const restored = await run(["move", "--from-directory", at("backup"), "--to-kubeconfig", target, "-v", "1"], {});
    expect(restored).toMatchObject({ code: 0, error: expect.stringContaining("Keeping Cluster tenants/mine") });
    expect(restored.error).not.toContain("Restoring");
  });

  test("leaves with all of Magnum's clusters when that is asked for: they run on, and their records say where they are not [RUN-077]", async () => {
    const target = join(at("two"), "home/kubeconfig");
    const magnum = "magnum-system";
    const name = (await kubectl(["get", "clusters", "-n", magnum, "-o", "jsonpath={.items[0].metadata.name}"])).trim();
    const [machines, before] = [await kubectl(["get", "machines", "-n", magnum, "-o", "name"]), await servers()];
    await done("move", "-n", magnum, "--leave-records", "--to-kubeconfig", target);
    await until("the cluster is ready in the target", () => isProvisioned(name, magnum, target));
    expect(await kubectl(["get", "machines", "-n", magnum, "-o", "name"], "", target)).toBe(machines);
    expect(await kubectl(["get", "secret", `${name}-cloud-config`, "-n", magnum, "-o", "name"], "", target)).toContain(name);
    expect(await servers()).toBe(before);
    expect(await kubectl(["get", "clusters,machinedeployments,openstackclusters", "-n", magnum, "-o", "name"])).toBe("");
    await until("the record says so", async () =>
      /is gone/.test(await kubectl(["get", "magnumcluster", name, "-n", magnum, "-o", "jsonpath={.status.statusReason}"])),
    );
  });
});

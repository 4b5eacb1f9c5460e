/**
 * Bad input, as somebody meets it who types it: each gets one clear sentence and the right code, makes nothing and loses nothing.
 * One Slipway serves all of them; the commands, kubectl and openstack are the real ones.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePortOffset } from "../../../scripts/freeports.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "slipway-input-"));
const at = (name: string) => join(folder, name);
const home = at("home");
const [offset, other] = [await freePortOffset(), await freePortOffset()];
const ports = ["--port-offset", String(offset)];
const { SLIPWAY_HOME: _, INVENTORY: __, KUBECONFIG: ___, ...environment } = process.env;
const env = {
  ...environment,
  HOME: folder,
  OS_CLIENT_CONFIG_FILE: join(home, "clouds.yaml"),
  OS_CLOUD: "slipway-demo",
};
let kubectlPath = "";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}
const run = (program: string, args: readonly string[], input?: string, more: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = execFile(program, [...args], { cwd: folder, env: { ...env, ...more } }, (fault, out, error) =>
      resolve({ code: fault === null ? 0 : Number(fault.code ?? -1), out, error }),
    );
    child.stdin?.end(input);
  });
const slipway = (...args: string[]) => run(process.execPath, [join(root, "apps/cli/bin/slipway.mjs"), ...args]);
const clusterctl = (...args: string[]) => run(process.execPath, [join(root, "apps/cli/bin/clusterctl.mjs"), ...args]);
const setup = (...args: string[]) => run(join(root, "platform-setup.sh"), args);
const openstack = (...args: string[]) => run("/usr/bin/openstack", args);
const kubectl = (args: readonly string[], input?: string) =>
  run(kubectlPath, ["--kubeconfig", join(home, "kubeconfig"), ...args], input);
/** The sentence, the code, and nothing of how the program is made. */
const refused = (outcome: Outcome, code: number, sentence: string | RegExp) => {
  expect(outcome.error).toMatch(sentence);
  expect(outcome.code).toBe(code);
  expect(outcome.out + outcome.error).not.toMatch(/\n\s+at |node:internal|"level":"error"/);
};
const inventory = (name: string, content: string): string => {
  writeFileSync(at(name), content);
  return at(name);
};

beforeAll(async () => {
  const module = (await import(join(root, "scripts/kubectl.mjs"))) as { findKubectl(): string };
  kubectlPath = module.findKubectl();
  const source = readFileSync(join(root, "inventory/embedded.yaml"), "utf8");
  inventory("inventory.yml", source.replace(/(demo:\s+enabled:) true/, "$1 false"));
  const started = await slipway("up", "--detach", "--home", home, ...ports);
  expect(started.error).toBe("");
  expect(started.out).toContain("Slipway is ready.");
});
afterAll(async () => {
  await slipway("down", "--home", home);
  rmSync(folder, { recursive: true, force: true });
});

describe("an inventory", () => {
  test.each([
    [
      "an unknown key",
      "all:\n  vars:\n    clustername: x\n",
      "line 3, column 18: unknown key clustername; did you mean cluster_name?",
    ],
    ["a wrong type", 'all:\n  vars:\n    demo: {master_count: "two"}\n', 'demo.master_count must be integer, not "two"'],
    ["broken YAML", "all:\n  vars:\n   - [\n", /: line \d+: /],
    ["an alias without its anchor", "all:\n  vars: *nothing\n", "Unresolved alias"],
    ["the driver that is not there", "all:\n  vars:\n    magnum: {capi: {enabled: false}}\n", "magnum.capi.enabled is false"],
    ["nothing in it", "", "the file must have required property 'all'"],
  ])("with %s is refused with its place, and no home is made", async (_name, content, sentence) => {
    const file = inventory("wrong.yaml", content);
    const args = ["--home", at("deep/new"), ...ports, "-i", file];
    for (const outcome of await Promise.all([slipway("up", "--detach", ...args), slipway("up", "--dry-run", ...args)]))
      refused(outcome, 4, sentence);
    expect(existsSync(at("deep"))).toBe(false);
  });

  test("that is missing is named", async () => {
    refused(await slipway("up", "--home", at("new"), "-i", at("nowhere.yaml")), 4, "nowhere.yaml: cannot be read");
    expect(existsSync(at("new"))).toBe(false);
  });
});

describe("a home", () => {
  test("in use is refused to a second program, which harms nothing", async () => {
    refused(await slipway("up", "--detach", "--home", home, "--port-offset", String(other)), 3, /runs on .* already/);
    expect((await slipway("status", "--home", home)).code).toBe(0);
    const again = await slipway("up", "--detach", "--if-needed", "--home", home, ...ports);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("nothing was changed") });
  });

  test("is not made when a port is taken; every taken port is told", async () => {
    const outcome = await slipway("up", "--detach", "--home", at("new"), ...ports);
    refused(outcome, 3, `Port ${6443 + offset} (kubernetes) on 127.0.0.1 is taken by another program.`);
    expect(outcome.error).toContain(`Port ${9511 + offset} (containerInfra)`);
    expect(existsSync(at("new"))).toBe(false);
  });

  test("that cannot be written is refused", async () => {
    inventory("a-file", "mine\n");
    refused(await slipway("up", "--home", at("a-file")), 3, "a-file cannot be written");
    refused(
      await slipway("up", "--dry-run", "--home", at("a-file"), "--port-offset", String(other)),
      3,
      "a-file cannot be written",
    );
    expect(readFileSync(at("a-file"), "utf8")).toBe("mine\n");
    // Node's own recursive mkdir never ends here.
    refused(await slipway("up", "--home", "/proc/slipway/home"), 3, "cannot be written");
  });

  test("whose store a newer Slipway wrote is refused and left as it is", async () => {
    mkdirSync(at("newstore/data"), { recursive: true });
    const write = open({ path: at("newstore/data/store.mdb"), noSubdir: true, maxDbs: 4, encoding: "string" });
    write.openDB<string, string>({ name: "meta", encoding: "string" }).putSync("format", "3");
    await write.close();
    refused(
      await slipway("up", "--home", at("newstore"), "--port-offset", String(other)),
      3,
      "has format 3, written by a newer Slipway",
    );
    expect(existsSync(at("newstore/run.json"))).toBe(false);
  });

  test("of a newer Slipway, or broken, is refused and left as it is", async () => {
    mkdirSync(at("newer"));
    for (const [content, sentence] of [
      ['{"format": 2}', "written by a newer Slipway"],
      ['{"format": ', "cannot be read"],
    ] as const) {
      writeFileSync(at("newer/secrets.json"), content);
      refused(await slipway("up", "--home", at("newer"), "--port-offset", String(other)), 3, sentence);
      expect(readFileSync(at("newer/secrets.json"), "utf8")).toBe(content);
      expect(existsSync(at("newer/run.json"))).toBe(false);
    }
  });
});

describe("a command line", () => {
  test("with an option or command that does not exist is answered with the nearest", async () => {
    refused(await slipway("up", "--detahc"), 2, "Did you mean --detach");
    refused(await slipway("stat"), 2, "Did you mean status");
    refused(await slipway("describe", "nothing"), 2, "unknown command");
    refused(await slipway("logs", "--home", home, "-n", "many"), 2, "--tail many: give a number");
    refused(await slipway("up", "--home", at("new"), "--port-offset", "x"), 2, "give a number from 0 to 50000");
    expect(existsSync(at("new"))).toBe(false);
    // cobra's code for wrong usage, which clusterctl keeps
    refused(await clusterctl("describe", "nothing"), 1, "unknown command");
  });

  test.each(["up", "down", "uninstall", "status", "alerts", "logs", "describe cluster", "get kubeconfig"])(
    "slipway %s --help shows an example",
    async (command) => {
      const { code, out } = await slipway(...command.split(" "), "--help");
      expect(code).toBe(0);
      expect(out).toContain("Example:");
    },
  );

  test("without a program, a cluster or a kubeconfig says so", async () => {
    refused(await slipway("status", "--home", at("none")), 1, "Slipway does not run on");
    refused(await slipway("logs", "--home", at("none")), 1, "has not run on this home");
    for (const _time of [1, 2]) expect(await slipway("down", "--home", at("none"))).toMatchObject({ code: 0, error: "" });
    const kubeconfig = ["--kubeconfig", join(home, "kubeconfig")];
    refused(await slipway("describe", "cluster", "nope", ...kubeconfig), 1, '"nope" not found');
    refused(await clusterctl("get", "kubeconfig", "nope", ...kubeconfig), 1, '"nope-kubeconfig" not found');
    refused(await clusterctl("describe", "cluster", "nope"), 1, /There is no kubeconfig at .*Name one with --kubeconfig/);
  });

  test("of platform-setup.sh is checked before anything is done", async () => {
    refused(await setup("--dryrun"), 2, "Did you mean --dry-run");
    refused(await setup("--home"), 2, "--home needs a value");
    refused(await setup("--delete-tenants"), 2, "belongs to --uninstall");
    expect((await setup("--help")).out).toContain("Exit codes:");
    const plan = await setup("--dry-run", "--home", at("planned"), "--port-offset", String(other));
    expect(plan).toMatchObject({
      code: 0,
      error: "",
      out: expect.stringMatching(/Would make the home[\s\S]*Nothing was changed/),
    });
    expect(existsSync(at("planned"))).toBe(false);
  });

  test("under a Node that is too old is refused", async () => {
    mkdirSync(at("bin"), { recursive: true });
    writeFileSync(at("bin/node"), `#!/bin/sh\ncase "$1" in --version) echo v18.0.0 ;; *) exit 1 ;; esac\n`, { mode: 0o755 });
    const path = { PATH: `${at("bin")}:${process.env["PATH"]}` };
    refused(await run(join(root, "platform-setup.sh"), ["--dry-run"], "", path), 3, "needs Node 20.19 or newer; this is v18.0.0");
    const pretend = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"18.0.0"})`;
    for (const program of ["slipway", "clusterctl"])
      refused(
        await run(process.execPath, ["--import", pretend, join(root, `apps/cli/bin/${program}.mjs`), "--help"]),
        3,
        "needs Node 20.19",
      );
  });
});

describe("Magnum", () => {
  const template = (name: string, change: { readonly [option: string]: string }) => {
    const options = { image: "ubuntu-2204-kube-v1.32.5", "external-network": "public", flavor: "m1.medium", ...change };
    const flags = Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]);
    return openstack("coe", "cluster", "template", "create", name, "--coe", "kubernetes", ...flags);
  };

  test("refuses what the cloud does not have and names it does not take, and keeps no record of it", async () => {
    refused(await template("bad", { image: "nope" }), 1, /Unable to find image nope .*400/);
    refused(await template("bad", { flavor: "nope" }), 1, /Unable to find flavor nope .*400/);
    refused(await template("bad", { "external-network": "nope" }), 1, /Unable to find external network nope .*400/);
    const create = ["coe", "cluster", "create", "mine", "--cluster-template", "k8s-v1.32.5"];
    refused(await openstack(...create, "--keypair", "nope"), 1, /Unable to find keypair nope .*404/);
    refused(await openstack(...create.with(3, "9 bad_name!")), 1, /Invalid input for field.attribute name .*400/);
    expect((await openstack("coe", "cluster", "list", "-f", "value")).out.trim()).toBe("");
    expect(
      (await openstack("coe", "cluster", "template", "list", "-f", "value", "-c", "name")).out.trim().split("\n"),
    ).toHaveLength(2);
  });

  test("and Keystone refuse a token that was revoked, and one that never was", async () => {
    const issue = async () => (await openstack("token", "issue", "-f", "value", "-c", "id")).out.trim();
    const [good, revoked] = await Promise.all([issue(), issue()]);
    expect((await openstack("token", "revoke", revoked)).code).toBe(0);
    const status = async (url: string, headers: { readonly [name: string]: string }) => (await fetch(url, { headers })).status;
    const magnum = (token: string) => status(`http://127.0.0.1:${9511 + offset}/v1/clusters`, { "X-Auth-Token": token });
    const keystone = (token: string) =>
      status(`http://127.0.0.1:${5000 + offset}/v3/auth/tokens`, { "X-Auth-Token": good, "X-Subject-Token": token });
    expect([await magnum(good), await magnum(revoked), await magnum("nonsense")]).toEqual([200, 401, 401]);
    expect([await keystone(good), await keystone(revoked)]).toEqual([200, 404]);
  });
});

describe("the Kubernetes API", () => {
  test("refuses an object that breaks its schema, with every fault, and keeps none of it", async () => {
    const broken =
      "apiVersion: cluster.x-k8s.io/v1beta1\nkind: MachineDeployment\nmetadata: {name: md}\nspec: {replicas: many}\n";
    const outcome = await kubectl(["apply", "-f", "-"], broken);
    refused(outcome, 1, 'spec.replicas in body must be of type integer: "string"');
    expect(outcome.error).toContain("spec.clusterName: Required value");
    expect((await kubectl(["get", "machinedeployments", "-A", "-o", "name"])).out).toBe("");
  });

  test("refuses an update of an object that has changed since, and gives a watch that was cut what it missed", async () => {
    await kubectl(["create", "configmap", "stale", "--from-literal=a=b"]);
    const old = (await kubectl(["get", "configmap", "stale", "-o", "json"])).out;
    const { resourceVersion } = (JSON.parse(old) as { metadata: { resourceVersion: string } }).metadata;
    await kubectl(["patch", "configmap", "stale", "--type", "merge", "-p", '{"data":{"a":"c"}}']);
    refused(await kubectl(["replace", "-f", "-"], old), 1, /Conflict.*the object has been modified/);
    expect((await kubectl(["get", "configmap", "stale", "-o", "jsonpath={.data.a}"])).out).toBe("c");
    const watch = `/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1&resourceVersion=${resourceVersion}`;
    expect((await kubectl(["get", "--raw", watch])).out).toMatch(/"MODIFIED".*"a":"c"/);
  });
});

// The last one: it ends the program.
test("uninstall refuses while a tenant's cluster is there, and down twice is no error", async () => {
  const made = await openstack("coe", "cluster", "create", "mine", "--cluster-template", "k8s-v1.32.5");
  expect(made.error).toBe("");
  refused(await setup("--uninstall", "--home", home), 1, "Tenants' clusters exist: mine.");
  expect((await slipway("status", "--home", home)).code).toBe(0);
  expect((await slipway("down", "--home", home)).out).toContain("Slipway has ended.");
  expect((await slipway("down", "--home", home)).out).toContain("does not run");
  refused(await setup("--uninstall", "--home", home), 1, "cannot be listed");
  expect((await setup("--uninstall", "--delete-tenants", "--home", home)).out).toContain(`Removed ${home}.`);
  expect(readdirSync(folder)).not.toContain("home");
});

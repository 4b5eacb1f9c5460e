/**
 * The runbook, run: every `sh` block of docs/runbook.md against a running Slipway with the fault that its section is about, as an
 * operator would paste it. A block fails when one of its lines ends with an error.
 */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findKubectl } from "../../../../scripts/kubectl.mjs";
import { type RunningSlipway, startSlipway } from "../testing/slipway.node.ts";
import { type Section, sectionsOf } from "./blocks.ts";

const root = join(import.meta.dirname, "../../../..");
const sections = sectionsOf(readFileSync(join(root, "docs/runbook.md"), "utf8"));
const done = new Set<Section>();
let slipway: RunningSlipway;
let path = "";
let token = "";
const names: { [variable: string]: string } = { TENANT_NAME: "blue" };

const program = (name: string, script: string) => {
  const file = join(slipway.folder, "bin", name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
};

beforeAll(async () => {
  slipway = await startSlipway();
  mkdirSync(join(slipway.folder, "bin"));
  symlinkSync(slipway.home, join(slipway.folder, ".slipway"));
  const ours = (name: string) => `exec ${process.execPath} ${join(root, "apps/cli/bin", `${name}.mjs`)} "$@"`;
  program("slipway", ours("slipway"));
  program("clusterctl", ours("clusterctl"));
  program("npx", 'exec "$@"');
  program("kubectl", `exec ${findKubectl()} "$@"`);
  path = `${join(slipway.folder, "bin")}:${process.env["PATH"] ?? ""}`;
  token = /OS_PASSWORD=(\S+)/.exec(readFileSync(join(slipway.home, "admin-openrc.sh"), "utf8"))?.[1] ?? "";
  const create = [
    "coe",
    "cluster",
    "create",
    "blue",
    "--cluster-template",
    "k8s-v1.32.5",
    "--master-count",
    "3",
    "--node-count",
    "2",
  ];
  // Machines that fail are to stay until somebody follows the runbook.
  await slipway.openstack(...create, "--labels", "auto_healing_enabled=false", "--merge-labels");
  names["CLUSTER"] = await clusterOf("blue");
  const first = ["-o", "jsonpath={.items[0].metadata.name}"];
  await until("it has workers", async () => {
    names["DEPLOYMENT"] = await get("machinedeployments", ...first);
    return names["DEPLOYMENT"] !== "";
  });
  await settled();
});
afterAll(() => slipway?.end());

/** Runs a section's blocks one after the other, in one shell each. @returns what they printed */
const follow = async (title: string, more: { readonly [variable: string]: string } = {}): Promise<readonly string[]> => {
  const section = sections.find((candidate) => candidate.title.startsWith(title));
  if (section === undefined) throw new Error(`the runbook has no section "${title}"`);
  done.add(section);
  const printed: string[] = [];
  for (const block of section.blocks) {
    const outcome = await slipway.run("/bin/bash", ["--norc", "-euo", "pipefail", "-c", block], {
      env: { PATH: path, ...names, ...more },
    });
    expect(outcome, `${title}:\n${block}\n${outcome.out}${outcome.error}`).toMatchObject({ code: 0 });
    printed.push(outcome.out + outcome.error);
  }
  return printed;
};

/** The operator's door of the simulated cloud. */
const cloud = async (method: string, what: string, body?: object): Promise<unknown> => {
  const response = await fetch(`http://127.0.0.1:${slipway.port(5000)}/operator/v1/${what}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${what}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
};

const get = async (...args: string[]): Promise<string> =>
  (await slipway.kubectl("get", "-n", "magnum-system", ...args)).out.trim();
const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 240; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`after two minutes not yet: ${what}\n${await get("clusters,machines,machinedeployments")}`);
};
const clusterOf = async (tenantName: string): Promise<string> => {
  let name = "";
  await until(`${tenantName} has its Cluster`, async () => {
    name = await get(
      "clusters",
      "-l",
      `magnum.slipway.dev/cluster-name=${tenantName}`,
      "-o",
      "jsonpath={.items[*].metadata.name}",
    );
    return name !== "";
  });
  return name;
};
const worker = async (): Promise<string> =>
  await get(
    "machines",
    "-l",
    `cluster.x-k8s.io/deployment-name=${names["DEPLOYMENT"]}`,
    "-o",
    "jsonpath={.items[0].metadata.name}",
  );
const settled = () =>
  until("every machine runs", async () => {
    const phases = await get(
      "machines",
      "-l",
      `cluster.x-k8s.io/cluster-name=${names["CLUSTER"]}`,
      "-o",
      "jsonpath={.items[*].status.phase}",
    );
    return phases === "Running Running Running Running Running";
  });

test("before you begin [RUN-001] [RUN-002] [RUN-003] [RUN-004]", async () => {
  const [seen, allowed] = await follow("Before you begin");
  expect(seen).toContain("machinedeployments");
  // kubectl prints the token without an end of line.
  expect(allowed).toMatch(/^eyJ\S+no\s*$/);
});

test("find the affected object [RUN-005] [RUN-006] [RUN-007] [RUN-008] [RUN-009] [RUN-010] [RUN-011] [RUN-016] [RUN-017] [RUN-032] [RUN-033] [RUN-055]", async () => {
  await settled();
  const [all, , across, why] = await follow("Find the affected object");
  expect(all).toMatch(/NAMESPACE\s+NAME\s+CLUSTERCLASS\s+PHASE\s+AGE\s+VERSION/);
  expect(all).toMatch(/NAMESPACE\s+NAME\s+CLUSTER\s+NODENAME\s+PROVIDERID\s+PHASE\s+AGE\s+VERSION/);
  expect(all).toMatch(/NAMESPACE\s+NAME\s+CLUSTER\s+REPLICAS\s+READY\s+UPDATED\s+UNAVAILABLE\s+PHASE\s+AGE\s+VERSION/);
  expect(all).toContain(`cluster.cluster.x-k8s.io/${names["CLUSTER"]}`);
  expect(across?.split("\n")[0]).toBe(`cluster.cluster.x-k8s.io/${names["CLUSTER"]}`);
  expect(across).toMatch(/\sblue\s*$/m);
  expect(why).toMatch(/NAME\s+READY\s+SEVERITY\s+REASON\s+SINCE\s+MESSAGE/);
  expect(why).toContain("Successfulcreateserver");
  for (const short of ["cl", "ma", "md", "ms", "kcp", "mhc"]) expect((await slipway.kubectl("get", short, "-A")).code).toBe(0);
});

test("clusterctl's tree holds every object of the cluster, and all its flags work [RUN-012] [RUN-013] [RUN-014]", async () => {
  const cluster = names["CLUSTER"] ?? "";
  const describe = async (...flags: string[]): Promise<string> => {
    const outcome = await slipway.clusterctl("describe", "cluster", cluster, "-n", "magnum-system", ...flags);
    expect(outcome, flags.join(" ")).toMatchObject({ code: 0 });
    return outcome.out;
  };
  const whole = await describe("--show-machinesets", "--echo", "--grouping=false", "--show-templates", "--show-resourcesets");
  const kinds = "machines,machinesets,machinedeployments,kubeadmcontrolplanes,openstackclusters,openstackmachines,kubeadmconfigs";
  const objects = await get(kinds, "-l", `cluster.x-k8s.io/cluster-name=${cluster}`, "-o", "jsonpath={.items[*].metadata.name}");
  expect(objects.split(" ").length).toBeGreaterThan(10);
  for (const object of objects.split(" ")) expect(whole, object).toContain(object);
  expect(await describe()).toMatch(/3 Machines\.\.\.[\s\S]*2 Machines\.\.\./);
  const machine = `Machine/${(await get("machines", "-o", "name")).split("\n")[0]?.split("/")[1]}`;
  for (const shown of ["all", "KubeadmControlPlane", machine, `Cluster,${machine}`]) await describe("--show-conditions", shown);
  expect(await describe("--v1beta2")).toMatch(/REPLICAS\s+AVAILABLE\s+READY\s+UP TO DATE/);
  expect(await describe("--color")).toContain("\u001b[");
  await describe("--kubeconfig", join(slipway.home, "kubeconfig"));
});

test("a machine that failed is replaced [RUN-034] [RUN-035] [RUN-036] [RUN-039] [RUN-040] [RUN-042]", async () => {
  await cloud("POST", "faults", { kind: "scenario", scenario: "server-no-valid-host", count: 1 });
  await slipway.kubectl("delete", "machine", await worker(), "-n", "magnum-system", "--wait=false");
  let machine = "";
  await until("a machine is Failed", async () => {
    machine = await get("machines", "--field-selector=status.phase=Failed", "-o", "jsonpath={.items[*].metadata.name}");
    return machine !== "";
  });
  const other = (await get("machines", "-l", "cluster.x-k8s.io/control-plane", "-o", "name")).split("\n")[0]?.split("/")[1] ?? "";
  const [seen, controlPlane, gone] = await follow("A Machine is in phase Failed", { MACHINE: machine, OTHER_MACHINE: other });
  expect(seen).toMatch(/Failure Message:\s+\S/);
  expect(seen).toContain("No valid host");
  expect(controlPlane).toMatch(/INITIALIZED\s+API SERVER AVAILABLE\s+REPLICAS\s+READY\s+UPDATED\s+UNAVAILABLE/);
  expect(gone).not.toContain(`${machine} `);
  await settled();
});

test("a degraded MachineDeployment comes back [RUN-043] [RUN-044] [RUN-045] [RUN-046] [RUN-047] [RUN-048]", async () => {
  const machine = await worker();
  await cloud("POST", `servers/${machine}/lose`);
  await until(
    "a worker is missing",
    async () => (await get("md", names["DEPLOYMENT"] ?? "", "-o", "jsonpath={.status.readyReplicas}")) === "1",
  );
  const [seen] = await follow("A MachineDeployment is degraded", { MACHINE: machine });
  expect(seen).toMatch(/DESIRED\s+REPLICAS\s+READY/);
  // A hand on the deployment is not refused; whose size it is sets it back.
  const scaled = await slipway.kubectl("scale", "md", names["DEPLOYMENT"] ?? "", "--replicas=3", "-n", "magnum-system");
  expect(scaled).toMatchObject({ code: 0, out: expect.stringContaining("scaled") });
  await until(
    "Magnum has set it back",
    async () => (await get("md", names["DEPLOYMENT"] ?? "", "-o", "jsonpath={.spec.replicas}")) === "2",
  );
  await settled();
});

test("a cluster stuck in provisioning is explained, in both families of conditions [RUN-015] [RUN-050] [RUN-051] [RUN-052] [RUN-053] [RUN-056] [RUN-057]", async () => {
  await cloud("POST", "faults", { kind: "scenario", scenario: "loadbalancer-stuck" });
  const create = await slipway.openstack(
    "coe",
    "cluster",
    "create",
    "stuck",
    "--cluster-template",
    "k8s-v1.32.5",
    "--node-count",
    "1",
  );
  expect(create).toMatchObject({ code: 0 });
  const name = await clusterOf("stuck");
  await until("its load balancer is asked for", async () =>
    (await slipway.openstack("--os-cloud", "slipway-admin", "loadbalancer", "list")).out.includes(`${name}-kubeapi`),
  );
  for (const family of [[], ["--v1beta2"]])
    expect((await slipway.clusterctl("describe", "cluster", name, "-n", "magnum-system", ...family)).out).toMatch(
      new RegExp(`^Cluster/${name}\\s.*False`, "m"),
    );
  const [seen, lists] = await follow("A Cluster is stuck in provisioning", { CLUSTER: name });
  expect(seen).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(seen).toContain("Successfulcreatenetwork");
  expect(lists).toContain("PENDING_CREATE");
  await cloud("DELETE", "faults");
  await until("it is provisioned", async () => (await get("cluster", name, "-o", "jsonpath={.status.phase}")) === "Provisioned");
});

test("a failed Cluster tells why, and is removed without leaving a trace [RUN-018] [RUN-019] [RUN-030] [RUN-031]", async () => {
  const name = await clusterOf("stuck");
  const spec = { status: { failureReason: "UpdateError", failureMessage: "the network of this cluster is gone" } };
  await slipway.kubectl(
    "patch",
    "openstackcluster",
    name,
    "-n",
    "magnum-system",
    "--subresource=status",
    "--type=merge",
    "-p",
    JSON.stringify(spec),
  );
  const [described] = await follow("A Cluster is in phase Failed", { CLUSTER: name });
  for (const type of ["Ready", "InfrastructureReady", "ControlPlaneReady"])
    expect(described).toMatch(new RegExp(`Type:\\s+${type}`));
  expect(
    (
      await slipway.openstack("--os-cloud", "slipway-admin", "server", "list", "--all-projects", "--name", name, "-f", "value")
    ).out.trim(),
  ).toBe("");
});

test("workers that are not ready are looked at from both sides [RUN-060] [RUN-061] [RUN-062] [RUN-063] [RUN-068] [RUN-070]", async () => {
  const machine = await worker();
  await cloud("POST", `servers/${machine}/crash`);
  const [sets, nodes, consoleLog, addresses] = await follow("Workers are not ready", { MACHINE: machine });
  expect(sets).toMatch(/CLUSTER\s+REPLICAS\s+READY\s+AVAILABLE\s+AGE\s+VERSION/);
  expect(nodes).toContain("control-plane");
  expect(consoleLog).toContain("cloud-init");
  expect(addresses).toContain("InternalIP");
  await settled();
});

test("a security group that an operator adds to a node stays until its machine goes, and does not hold that up [RUN-064] [RUN-065]", async () => {
  const machine = await worker();
  const groups = async () =>
    (await slipway.openstack("port", "list", "--server", machine, "-f", "value", "-c", "ID")).out.trim().split("\n");
  const of = async (port: string) =>
    (await slipway.openstack("port", "show", port, "-f", "value", "-c", "security_group_ids")).out.trim();
  const [port = ""] = await groups();
  const before = await of(port);
  expect(await slipway.openstack("server", "add", "security", "group", machine, "default")).toMatchObject({ code: 0 });
  const added = await of(port);
  expect(added.length).toBeGreaterThan(before.length);
  // Every provider begins anew and looks at everything.
  for (let look = 0; look < 3; look++) {
    await slipway.kubectl("rollout", "restart", "deploy/capo-controller-manager", "-n", "capo-system");
    await slipway.kubectl("rollout", "status", "deploy/capo-controller-manager", "-n", "capo-system", "--timeout=60s");
  }
  expect(await of(port)).toBe(added);
  expect(await slipway.kubectl("delete", "machine", machine, "-n", "magnum-system", "--timeout=120s")).toMatchObject({ code: 0 });
  expect((await slipway.openstack("server", "list", "-f", "value", "-c", "Name")).out).not.toContain(machine);
  await settled();
});

test("a control plane machine whose loss would cost etcd its majority is not deleted [RUN-041]", async () => {
  const members = (
    await get("machines", "-l", "cluster.x-k8s.io/control-plane", "-o", "jsonpath={.items[*].metadata.name}")
  ).split(" ");
  const [sick = "", well = ""] = members;
  await cloud("POST", `servers/${sick}/crash`);
  await until(
    "its node is known to be silent",
    async () => (await get("machine", sick, "-o", 'jsonpath={.status.conditions[?(@.type=="NodeHealthy")].status}')) !== "True",
  );
  const refused = await slipway.kubectl("delete", "machine", well, "-n", "magnum-system", "--wait=false");
  expect(refused).toMatchObject({ code: 1, error: expect.stringContaining("would cost the cluster's etcd its majority") });
  expect(await get("machine", well, "-o", "name")).toContain(well);
  // The sick one may go, and another comes in its place.
  expect(await slipway.kubectl("delete", "machine", sick, "-n", "magnum-system", "--timeout=300s")).toMatchObject({ code: 0 });
  await settled();
});

test("confirm, restart and pause [RUN-071] [RUN-072] [RUN-074] [RUN-076]", async () => {
  const [, restarted] = await follow("Confirm, and when that did not help");
  expect(restarted).toContain("successfully rolled out");
});

test("a rotation of certificates that stands still tells where and why, and goes on", async () => {
  const quota = (instances: number) =>
    slipway.openstack("--os-cloud", "slipway-admin", "quota", "set", "--instances", `${instances}`, "demo");
  expect(await quota(5)).toMatchObject({ code: 0 });
  expect(await slipway.openstack("coe", "ca", "rotate", "blue")).toMatchObject({ code: 0 });
  const rotation = () =>
    get("magnumcluster", names["CLUSTER"] ?? "", "-o", "jsonpath={.status.caRotation.stage} {.status.status}");
  const reason = () => get("magnumcluster", names["CLUSTER"] ?? "", "-o", "jsonpath={.status.statusReason}");
  await until("the quota stops it", async () => (await reason()).includes("QuotaExceeded"));
  const [seen, authorities] = await follow("A rotation of certificates does not go on");
  expect(seen).toMatch(/"stage":"trust"[\s\S]*\[QuotaExceeded\][\s\S]*step 1 of 5/);
  expect(seen).toContain("the control plane learns to trust the new authority");
  expect(authorities?.match(/^subject=/gm)).toHaveLength(2);
  expect(await quota(50)).toMatchObject({ code: 0 });
  await until("the control plane trusts both", async () => !(await rotation()).startsWith("trust "));
  await until("the workers do", async () => !(await rotation()).startsWith("trustWorkers"));
  await until("the new one signs", async () => !(await rotation()).startsWith("switch"));
  await until("it is done", async () => (await rotation()) === "done UPDATE_COMPLETE");
  await settled();
});

test("other work and handing on [RUN-081] [RUN-082] [RUN-086] [RUN-087] [RUN-090]", async () => {
  const [, cloudSide] = await follow("Other work");
  expect(cloudSide).toMatch(/ACTIVE[\s\S]*ONLINE/);
  const [bundle] = await follow("Handing it on");
  for (const file of [
    "diagnosis.txt",
    "openstack.json",
    "events.txt",
    "controllers.log",
    "alerts.json",
    "objects/secrets.core.yaml",
  ])
    expect(bundle).toContain(`${names["CLUSTER"]}/${file}`);
  const archive = join(slipway.folder, `${names["CLUSTER"]}-support.tar.gz`);
  const everything = (await slipway.run("/bin/tar", ["-xzOf", archive])).out;
  expect(everything).toContain("kind: KubeadmControlPlane");
  const kubeconfig = await get("secret", `${names["CLUSTER"]}-kubeconfig`, "-o", "jsonpath={.data.value}");
  expect(kubeconfig.length).toBeGreaterThan(1000);
  expect(everything).not.toContain(kubeconfig.slice(0, 60));
  expect(everything).not.toMatch(/PRIVATE KEY|client-key-data|application_credential_secret: [^(]/);
});

test("every section with commands has been followed [RUN-084]", () => {
  expect(sections.filter((section) => section.blocks.length > 0 && !done.has(section)).map(({ title }) => title)).toEqual([]);
});

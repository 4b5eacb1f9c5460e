/**
 * Debian's Prometheus scrapes a running Slipway over TLS with a token, by the files that Slipway writes into its home. Faults of the
 * simulated cloud must make the right alert, and only that one, pending and then firing, and their mending must clear it; what
 * `slipway alerts` says is the same all along.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { alertRules, dashboards } from "@slipway/observability";
import { metricNames } from "@slipway/observability/dashboards/names.ts";
import { dump, load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, freePortOffset } from "../../../scripts/freeports.ts";
import { portOf } from "./listen/ports.ts";

const run = promisify(execFile);
const prometheus = "/usr/bin/prometheus";
const missing = !existsSync(prometheus) && process.env["CI"] !== "true";
const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "slipway-prometheus-"));
const home = join(folder, "home");
const work = join(folder, "prometheus");
const namespace = "magnum-system";
const shortened = "3s";
const { SLIPWAY_HOME: _, INVENTORY: __, KUBECONFIG: ___, ...environment } = process.env;
let offset = 0;
let prometheusPort = 0;
let server: ChildProcess | undefined;
let kubectlPath = "";

const slipway = (...args: string[]) =>
  run(process.execPath, [join(root, "apps/cli/bin/slipway.mjs"), ...args], { cwd: folder, env: environment });
const kubectl = async (...args: string[]) =>
  (await run(kubectlPath, ["--kubeconfig", join(home, "kubeconfig"), ...args], { env: { ...environment, HOME: folder } })).stdout;
const up = () =>
  slipway("up", "--detach", "--home", home, "--inventory", join(folder, "inventory.yaml"), "--port-offset", `${offset}`);

/* The tenant and the operator of the cloud */

const cloud = (port: number, path: string) => `http://127.0.0.1:${port + offset}${path}`;
const passwordOf = (user: "admin" | "demo") =>
  /OS_PASSWORD=(\S+)/.exec(readFileSync(join(home, `${user}-openrc.sh`), "utf8"))?.[1] ?? "";
const signIn = async (): Promise<string> => {
  const scope = { project: { name: "demo", domain: { name: "Default" } } };
  const user = { name: "demo", domain: { name: "Default" }, password: passwordOf("demo") };
  const response = await fetch(cloud(portOf.identity, "/v3/auth/tokens"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ auth: { identity: { methods: ["password"], password: { user } }, scope } }),
  });
  return response.headers.get("x-subject-token") ?? "";
};
const magnum = async <T>(method: string, path: string, body?: object): Promise<T> => {
  const response = await fetch(cloud(portOf.containerInfra, `/v1${path}`), {
    method,
    headers: {
      "x-auth-token": await signIn(),
      "content-type": "application/json",
      "openstack-api-version": "container-infra 1.9",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
};
const operator = async (method: string, path: string, body?: object): Promise<unknown> => {
  const response = await fetch(cloud(portOf.identity, `/operator/v1/${path}`), {
    method,
    headers: { authorization: `Bearer ${passwordOf("admin")}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
};
const scenario = (name: string, more: object = {}) => operator("POST", "faults", { kind: "scenario", scenario: name, ...more });
const noFaults = () => operator("DELETE", "faults");
const create = (name: string) =>
  magnum<{ uuid: string }>("POST", "/clusters", {
    ...{ name, cluster_template_id: "k8s-v1.33.1", master_count: 1, node_count: 1 },
    ...{ labels: { auto_healing_enabled: "false" }, merge_labels: true },
  });
const status = async (name: string) => (await magnum<{ status: string; stack_id: string }>("GET", `/clusters/${name}`)).status;
const stackOf = async (name: string) => (await magnum<{ stack_id: string }>("GET", `/clusters/${name}`)).stack_id;
const resize = (name: string, nodes: number) => magnum("POST", `/clusters/${name}/actions/resize`, { node_count: nodes });
const complete = (name: string) =>
  until(
    `${name} is complete`,
    async () => (await status(name)).endsWith("_COMPLETE"),
    () => status(name),
  );

/* What Prometheus says */

interface Active {
  readonly state: "pending" | "firing";
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
}
const ask = async <T>(path: string): Promise<T> => {
  const response = await fetch(`http://127.0.0.1:${prometheusPort}${path}`);
  const { data, error } = (await response.json()) as { data: T; error?: string };
  if (error !== undefined) throw new Error(`${path}: ${error}`);
  return data;
};
const active = async () => (await ask<{ alerts: readonly Active[] }>("/api/v1/alerts")).alerts;
const firing = async () => (await active()).filter(({ state }) => state === "firing").map(({ labels }) => labels["alertname"]);
const stateOf = async (alert: string) => (await active()).find(({ labels }) => labels["alertname"] === alert)?.state;
const here = async () =>
  JSON.parse((await slipway("alerts", "--json", "--home", home).catch((error: { stdout: string }) => error)).stdout) as {
    readonly alerts: readonly (Active & { readonly name: string; readonly activeAt: string })[];
  };

const until = async (what: string, so: () => Promise<boolean>, otherwise: () => Promise<unknown> = active): Promise<void> => {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(250)) if (await so().catch(() => false)) return;
  throw new Error(`not within a minute: ${what}. ${JSON.stringify(await otherwise().catch(String))}`);
};

interface RuleFile {
  readonly groups: readonly {
    readonly interval: string;
    readonly rules: readonly { readonly alert: string; readonly for: string }[];
  }[];
}
/** The rules as Slipway wrote them, looked at every second; one of them keeps its shortened wait, the others have their usual one. */
const watchFor = async (alert: string | undefined): Promise<void> => {
  const file = load(readFileSync(join(home, "observability/prometheus/slipway-alerts.yaml"), "utf8")) as RuleFile;
  for (const { rules } of file.groups.slice(0, 1)) expect(rules.map((rule) => rule.for)).toEqual(rules.map(() => shortened));
  const groups = file.groups.map((group) => ({
    ...group,
    interval: "1s",
    rules: group.rules.map((rule) => ({ ...rule, for: rule.alert === alert ? rule.for : "30m" })),
  }));
  writeFileSync(join(work, "slipway-alerts.yaml"), dump({ groups }));
  const response = await fetch(`http://127.0.0.1:${prometheusPort}/-/reload`, { method: "POST" });
  expect(response.status).toBe(200);
};

/** Which alerts there are, and of what, wherever one looks. */
const identity = ({ labels }: Active, name: string) =>
  [name, labels["namespace"], labels["cluster_name"], labels["name"], labels["severity"]].join(" ");

/** It becomes pending, then it fires, nothing else does, and Slipway's own answer is the same alerts about the same objects. */
const becomesFiring = async (alert: string): Promise<void> => {
  await until(`${alert} fires`, async () => (await stateOf(alert)) === "firing");
  // Prometheus remembers which states there were, however fast we look.
  const { result } = await ask<{ result: readonly { metric: { alertstate: string } }[] }>(
    `/api/v1/query?query=${encodeURIComponent(`last_over_time(ALERTS{alertname="${alert}"}[10m])`)}`,
  );
  expect(new Set(result.map(({ metric }) => metric.alertstate))).toEqual(new Set(["pending", "firing"]));
  expect(await firing()).toEqual([alert]);
  await until(
    "both say the same",
    async () => {
      const [there, mine] = [await active(), (await here()).alerts];
      const names = (alerts: readonly string[]) => JSON.stringify(alerts.toSorted());
      return (
        names(there.map((each) => identity(each, each.labels["alertname"] ?? ""))) ===
        names(mine.map((each) => identity(each, each.name)))
      );
    },
    async () => ({ there: await active(), mine: (await here()).alerts }),
  );
  const [there] = (await active()).filter(({ state }) => state === "firing");
  const mine = (await here()).alerts.find(({ name }) => name === alert);
  expect(there?.annotations).toEqual(mine?.annotations);
};
const clears = (alert: string) => until(`${alert} clears`, async () => (await stateOf(alert)) === undefined);

beforeAll(async () => {
  if (missing) return;
  kubectlPath = ((await import(join(root, "scripts/kubectl.mjs"))) as { findKubectl(): string }).findKubectl();
  offset = await freePortOffset();
  const source = readFileSync(join(root, "inventory/embedded.yaml"), "utf8");
  const thresholds = [
    ...["clusterFailedFor", "machineFailedFor", "machineDeploymentDegradedFor"],
    ...["clusterProvisioningFor", "machineSetNotReadyFor", "controlPlaneNotAvailableFor"],
  ];
  writeFileSync(
    join(folder, "inventory.yaml"),
    source
      .replace(/(demo:\s+enabled:) true/, "$1 false")
      // A range of its own: several simulated clouds can be on one machine.
      .replace(
        "profile: instant",
        `profile: instant\n        public_network: 127.${100 + Math.floor(Math.random() * 100)}.0.0/16`,
      )
      .concat(`    phoenix_observability_alerts:\n      capi: {${thresholds.map((key) => `${key}: ${shortened}`).join(", ")}}\n`),
  );
  await up();
  // As docs/monitoring.md says.
  const files = join(home, "observability/prometheus");
  mkdirSync(work);
  cpSync(files, work, { recursive: true });
  await kubectl("apply", "-f", join(work, "access.yaml"));
  writeFileSync(
    join(work, "slipway-token"),
    await kubectl("create", "token", "slipway-prometheus", "-n", namespace, "--duration=1h"),
  );
  const config = readFileSync(join(files, "prometheus.yml"), "utf8");
  writeFileSync(join(work, "prometheus.yml"), config.replace(/(scrape|evaluation)_interval: \w+/g, "$1_interval: 1s"));
  prometheusPort = await freePort();
  server = spawn(
    prometheus,
    [
      `--config.file=${join(work, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      "--web.enable-lifecycle",
      "--log.level=warn",
    ],
    { cwd: work, env: {}, stdio: ["ignore", "ignore", "inherit"] },
  );
  await until(
    "Prometheus is ready",
    async () => (await fetch(`http://127.0.0.1:${prometheusPort}/-/ready`)).ok,
    async () => "",
  );
  await create("blue");
  await complete("blue");
}, 180_000);
afterAll(async () => {
  if (server !== undefined) {
    const ended = new Promise((resolve) => server?.once("exit", resolve));
    server.kill("SIGTERM");
    await Promise.race([ended, sleep(10_000)]);
    server.kill("SIGKILL");
  }
  if (existsSync(home)) await slipway("down", "--home", home).catch(() => {});
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe.skipIf(missing)("Debian's Prometheus", () => {
  test("scrapes Slipway over TLS with a token, keeps the series' own namespace, and finds a healthy cluster healthy [OBS-017 OBS-101 OBS-104 OBS-106 OBS-107 OBS-108 OBS-109]", async () => {
    await watchFor(undefined);
    const value = async (query: string) => {
      const { result } = await ask<{ result: readonly { value: readonly [number, string] }[] }>(
        `/api/v1/query?query=${encodeURIComponent(query)}`,
      );
      return result[0]?.value[1];
    };
    await until(
      "the target is up",
      async () => (await value('up{job="slipway"}')) === "1",
      () => ask("/api/v1/targets"),
    );
    const wanted: readonly (readonly [string, string])[] = [
      ['capi_cluster_status_phase{namespace="magnum-system",phase="Provisioned"}', "1"],
      ['sum(capi_machine_status_phase{phase="Running"})', "2"],
      ['magnum_cluster_status{cluster_name="blue",status="CREATE_COMPLETE"}', "1"],
      ["count(up)", "1"],
      ['count(count by (controller) (controller_runtime_reconcile_total{controller="machine"}))', "1"],
      ["clamp_max(sum(workqueue_adds_total), 1)", "1"],
      ['clamp_max(sum(rest_client_requests_total{method="POST"}), 1)', "1"],
      ['clamp_max(sum(capo_openstack_api_requests_total{request="server_create"}), 1)', "1"],
      ['clamp_max(sum(magnum_api_requests_total{method="POST",resource="clusters",code="202"}), 1)', "1"],
      ["clamp_max(process_resident_memory_bytes, 1)", "1"],
      ["clamp_max(nodejs_heap_size_used_bytes, 1)", "1"],
      ["clamp_max(process_open_fds, 1)", "1"],
      ['magnum_cluster_operation_duration_seconds_count{operation="create",result="complete"}', "1"],
    ];
    for (const [query, expected] of wanted) {
      await until(
        `${query} is ${expected}`,
        async () => (await value(query)) === expected,
        () => value(query),
      );
    }
    await until("nothing is pending", async () => (await active()).length === 0);
    expect((await here()).alerts).toEqual([]);
  });

  test("answers every query of the dashboards, and every metric of theirs is there [OBS-197 OBS-200 OBS-201 OBS-202 OBS-204]", async () => {
    const queries = dashboards.flatMap(({ rows, variables }) => [
      ...rows.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))),
      ...variables.map(({ query }) => /^label_values\((.*), \w+\)$/.exec(query)?.[1] ?? query),
    ]);
    const chosen: { readonly [name: string]: string } = {
      ...{ __rate_interval: "1m", namespace, cluster: await stackOf("blue"), controller: ".*", request: ".*" },
    };
    const filled = (query: string) => query.replaceAll(/\$([a-z_]+)/g, (_match, name: string) => chosen[name] ?? `$${name}`);
    const count = async (query: string) =>
      (await ask<{ result: readonly unknown[] }>(`/api/v1/query?query=${encodeURIComponent(query)}`)).result.length;
    // Nobody has asked these kinds for anything, or nothing has gone wrong yet.
    const nothingYet = [
      "capi_openstackmachine_status_failure",
      "capi_machinepool_info",
      "capi_clusterclass_info",
      "capi_machinehealthcheck_info",
      "workqueue_retries_total",
    ];
    nothingYet.push("controller_runtime_reconcile_errors_total", "capo_openstack_api_request_errors_total");
    nothingYet.push(
      ...["expected_machines", "current_healthy", "remediations_allowed"].map((name) => `capi_machinehealthcheck_status_${name}`),
    );
    for (const name of new Set(queries.flatMap(metricNames))) {
      if (!nothingYet.includes(name))
        await until(
          `there is ${name}`,
          async () => (await count(name)) > 0,
          async () => name,
        );
    }
    const empty: string[] = [];
    for (const query of queries) if ((await count(filled(query))) === 0) empty.push(query);
    // What is empty is about those, or asks for what is not well.
    const excused = [...nothingYet, "== 0", "== bool 0", '"[45].."', "_bucket"];
    expect(empty.filter((query) => !excused.some((word) => query.includes(word)))).toEqual([]);
  });

  test("a server that ends in ERROR: Machine in Failed Phase, until the machine is replaced [OBS-111 OBS-113 OBS-132 OBS-139]", async () => {
    await watchFor("CAPIMachineInFailedPhase");
    await scenario("server-no-valid-host", { count: 1 });
    await resize("blue", 2);
    await becomesFiring("CAPIMachineInFailedPhase");
    const [alert] = (await active()).filter(({ state }) => state === "firing");
    expect(alert?.labels).toMatchObject({ severity: "warning", namespace, cluster_name: await stackOf("blue") });
    await noFaults();
    await kubectl("delete", "machine", alert?.labels["name"] ?? "", "-n", namespace, "--wait=false");
    await clears("CAPIMachineInFailedPhase");
    await complete("blue");
    await until("nothing is left", async () => (await active()).length === 0);
  });

  test("a load balancer stuck in PENDING_CREATE: Cluster Stuck in Provisioning, until it goes on [OBS-134 OBS-139]", async () => {
    await watchFor("CAPIClusterStuckInProvisioning");
    await scenario("loadbalancer-stuck");
    await create("green");
    await becomesFiring("CAPIClusterStuckInProvisioning");
    await noFaults();
    await clears("CAPIClusterStuckInProvisioning");
    await complete("green");
    await until("nothing is left", async () => (await active()).length === 0);
  });

  test("a node that never joins: MachineSet Workers Not Ready, until another one does [OBS-135 OBS-139]", async () => {
    await watchFor("CAPIMachineSetWorkersNotReady");
    await scenario("guest-silent", { count: 1 });
    await resize("blue", 3);
    await becomesFiring("CAPIMachineSetWorkersNotReady");
    await noFaults();
    const machines = await kubectl("get", "machines", "-n", namespace, "-o", "json");
    const silent = (
      JSON.parse(machines) as { items: readonly { metadata: { name: string }; status: { phase: string } }[] }
    ).items.find(({ status: { phase } }) => phase === "Provisioned");
    await kubectl("delete", "machine", silent?.metadata.name ?? "", "-n", namespace, "--wait=false");
    await clears("CAPIMachineSetWorkersNotReady");
    await complete("blue");
    await until("nothing is left", async () => (await active()).length === 0);
  });

  test("a MachineDeployment short of replicas: Degraded, over a restart of Slipway too, until the quota is raised [OBS-133 OBS-138 OBS-139]", async () => {
    await watchFor("CAPIMachineDeploymentDegraded");
    await operator("PUT", "quotas/compute/demo", { instances: 6 }); // as many as there are
    await resize("blue", 4);
    await becomesFiring("CAPIMachineDeploymentDegraded");
    const since = (await here()).alerts.find(({ name }) => name === "CAPIMachineDeploymentDegraded")?.activeAt;
    await slipway("down", "--home", home);
    await until("Prometheus has seen it gone", async () => (await stateOf("CAPIMachineDeploymentDegraded")) === undefined);
    await up();
    await until("it fires again", async () => (await stateOf("CAPIMachineDeploymentDegraded")) === "firing");
    expect(await firing()).toEqual(["CAPIMachineDeploymentDegraded"]);
    // Our own clock went on.
    expect((await here()).alerts.find(({ name }) => name === "CAPIMachineDeploymentDegraded")?.activeAt).toBe(since);
    await operator("DELETE", "quotas/compute/demo");
    // A full quota is looked at again after minutes; whoever raised it can have it looked at now.
    await kubectl("annotate", "openstackservers", "--all", "-n", namespace, "looked-at=now");
    await clears("CAPIMachineDeploymentDegraded");
    await complete("blue");
    await until("nothing is left", async () => (await active()).length === 0);
  });

  test("a control plane that never starts: Control Plane Not Available; deleting the cluster clears it [OBS-071 OBS-139 OBS-141]", async () => {
    await watchFor("CAPIControlPlaneNotAvailable");
    await scenario("guest-kernel-panic");
    const { uuid } = await create("red");
    await becomesFiring("CAPIControlPlaneNotAvailable");
    await noFaults();
    await magnum("DELETE", `/clusters/${uuid}`);
    await clears("CAPIControlPlaneNotAvailable");
    await until("nothing is left", async () => (await active()).length === 0);
  });

  test("the shortened rules were the inventory's; what is not said keeps its default [OBS-129 OBS-130]", () => {
    copyFileSync(join(home, "observability/prometheus/slipway-alerts.yaml"), join(work, "written.yaml"));
    const { groups } = load(readFileSync(join(work, "written.yaml"), "utf8")) as RuleFile;
    expect(groups[0]?.rules.map(({ alert }) => alert)).toHaveLength(alertRules().length);
    expect(groups[1]?.rules.find(({ alert }) => alert === "CAPIClusterStuckDeleting")?.for).toBe("30m");
  });
});

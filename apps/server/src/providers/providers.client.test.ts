import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningSlipway, startSlipway } from "../testing/slipway.node.ts";

/** The runbook's commands about the providers, typed as an operator types them. */
let slipway: RunningSlipway;
beforeAll(async () => {
  slipway = await startSlipway({ inventory: (text) => text });
});
afterAll(() => slipway?.end());

const deployments = [
  ["capi-system", "capi-controller-manager"],
  ["capi-kubeadm-bootstrap-system", "capi-kubeadm-bootstrap-controller-manager"],
  ["capi-kubeadm-control-plane-system", "capi-kubeadm-control-plane-controller-manager"],
  ["capo-system", "capo-controller-manager"],
  ["magnum-system", "magnum-conductor"],
] as const;

test("providers are Deployments with a running Pod that can be described [RUN-022] [RUN-023] [RUN-024]", async () => {
  for (const [namespace, name] of deployments) {
    const deployment = await slipway.kubectl("get", "deploy", name, "-n", namespace);
    expect(deployment.out).toMatch(new RegExp(`^${name}\\s+1/1\\s+1\\s+1\\s`, "m"));
    const pods = await slipway.kubectl("get", "pods", "-n", namespace);
    expect(pods.out).toMatch(new RegExp(`^${name}-\\S+\\s+1/1\\s+Running\\s+0\\s`, "m"));
    const described = await slipway.kubectl("describe", "deploy", name, "-n", namespace);
    expect(described.out).toMatch(/NewReplicaSet:\s+\S+ \(1\/1 replicas created\)/);
  }
});

test("their logs are read by Deployment, and tell of clusters by name [RUN-022] [RUN-023] [RUN-024] [RUN-025] [RUN-056]", async () => {
  const changed = await slipway.slipway("log-level", "capo-controller-manager=debug", "cluster=debug");
  expect(changed).toMatchObject({ code: 0, out: expect.stringContaining("capo-system/capo-controller-manager  debug") });
  const broken = await slipway.kubectl("-n", "magnum-system", "get", "openstackcluster", "-o", "name");
  const name = broken.out.trim().split("/").at(-1) ?? "";
  // A wrong identity: each look at the cloud fails until it is put right.
  await slipway.kubectl(
    "-n",
    "magnum-system",
    "patch",
    "openstackcluster",
    name,
    "--type=merge",
    "-p",
    '{"spec":{"identityRef":{"cloudName":"nowhere"}}}',
  );
  const logsOf = (namespace: string, deployment: string) =>
    slipway.kubectl("logs", "-n", namespace, `deploy/${deployment}`, "--tail=200");
  let lines: string[] = [];
  for (let attempt = 0; attempt < 60 && !lines.some((line) => line.includes(name)); attempt++) {
    lines = (await logsOf("capo-system", "capo-controller-manager")).out.split("\n");
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const [line = "{}"] = lines.filter((candidate) => candidate.includes(name) && /error|failed/.test(candidate));
  expect(JSON.parse(line)).toMatchObject({
    controller: "openstackcluster",
    controllerKind: "OpenStackCluster",
    OpenStackCluster: `magnum-system/${name}`,
    namespace: "magnum-system",
    name,
    reconcileID: expect.any(String),
  });
  for (const [namespace, deployment] of deployments) expect((await logsOf(namespace, deployment)).code).toBe(0);
  // Nothing that somebody could sign in with is in any line.
  const secrets = Object.values(JSON.parse(readFileSync(join(slipway.home, "secrets.json"), "utf8")) as object);
  const written = readFileSync(join(slipway.home, "logs/slipway.log"), "utf8");
  for (const secret of secrets) if (typeof secret === "string" && secret.length > 8) expect(written).not.toContain(secret);
});

test("a rollout restart and a deleted Pod start them afresh [RUN-072]", async () => {
  const podOf = async () => (await slipway.kubectl("get", "pods", "-n", "capo-system", "-o", "name")).out.trim();
  const before = await podOf();
  expect(await slipway.kubectl("rollout", "restart", "deploy/capo-controller-manager", "-n", "capo-system")).toMatchObject({
    code: 0,
  });
  const status = await slipway.kubectl(
    "rollout",
    "status",
    "deploy/capo-controller-manager",
    "-n",
    "capo-system",
    "--timeout=60s",
  );
  expect(status).toMatchObject({ code: 0, out: expect.stringContaining("successfully rolled out") });
  const after = await podOf();
  expect(after).not.toBe(before);
  expect(await slipway.kubectl("delete", after, "-n", "capo-system", "--timeout=60s")).toMatchObject({ code: 0 });
  await slipway.kubectl("wait", "--for=condition=Ready", "pods", "--all", "-n", "capo-system", "--timeout=60s");
  expect(await podOf()).toMatch(/^pod\/capo-controller-manager-/);
});

test("scaled to zero a provider is shown as stopped, and a level that is none is refused [RUN-073]", async () => {
  await slipway.kubectl("scale", "deploy/capo-controller-manager", "-n", "capo-system", "--replicas=0");
  await slipway.kubectl("wait", "--for=delete", "pods", "--all", "-n", "capo-system", "--timeout=60s");
  const stopped = await slipway.slipway("status");
  expect(stopped).toMatchObject({
    code: 1,
    out: expect.stringMatching(/not ready\s+capo-system\s+capo-controller-manager\s+stopped/),
  });
  await slipway.kubectl("scale", "deploy/capo-controller-manager", "-n", "capo-system", "--replicas=1");
  await slipway.kubectl("rollout", "status", "deploy/capo-controller-manager", "-n", "capo-system", "--timeout=60s");
  expect((await slipway.slipway("status")).code).toBe(0);
  expect(await slipway.slipway("log-level", "capo=loud")).toMatchObject({ code: 2, error: expect.stringContaining("capo=loud") });
  expect(await slipway.slipway("log-level", "capo=debug")).toMatchObject({
    code: 2,
    error: expect.stringContaining("There is no controller or provider capo"),
  });
});

import { Cluster, ConfigMap, DaemonSet, KubeadmControlPlane, Machine, OpenStackMachineTemplate } from "@slipway/api";
import { freshKeys } from "@slipway/api/pki/index.ts";
import { findCondition } from "@slipway/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { kubeadmConfigController } from "../kubeadmconfig/index.ts";
import { clusterName, createTestWorld, namespace, readyCluster, type TestWorld } from "../kubeadmconfig/testing/world.ts";
import { kubeadmControlPlaneController } from "./index.ts";
import { createTenant, kubeadmControlPlane, machineTemplate } from "./testing/tenant.ts";

const keys = freshKeys("ecdsa-p256");
const ref = { namespace, name: clusterName };
let world: TestWorld;
let tenant: ReturnType<typeof createTenant>;

beforeEach(async () => {
  let seed = 11;
  tenant = createTenant({ bootSeconds: 20 });
  world = await createTestWorld({
    controllers: (workloads) => [
      kubeadmConfigController({ keys, workloads }),
      kubeadmControlPlaneController({
        keys,
        workloads,
        random: () => {
          seed = (seed * 48271) % 2147483647;
          return seed / 2147483647;
        },
      }),
    ],
    etcd: tenant.etcd,
    meanwhile: tenant.meanwhile,
  });
});
afterEach(() => world.close());

const kcp = () => world.client.get(KubeadmControlPlane, ref);
const change = (body: object) => world.client.patch(KubeadmControlPlane, ref, { type: "merge", body });
const until = async (done: () => Promise<boolean>) => {
  for (let step = 0; step < 40; step += 1) {
    await world.advance(30);
    if (await done()) return;
  }
  throw new Error(`it never came to an end:\n${tenant.story.join("\n")}`);
};
const settledAt = (version: string, replicas: number) => async () => {
  const { status } = await kcp();
  return (
    status?.version === version &&
    status.replicas === replicas &&
    status.updatedReplicas === replicas &&
    status.readyReplicas === replicas
  );
};
const start = async (spec: Partial<KubeadmControlPlane["spec"]> = {}) => {
  const controlPlaneRef = {
    apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmControlPlane",
    name: clusterName,
    namespace,
  };
  const cluster = await readyCluster(world.client, Cluster, { controlPlaneRef });
  for (const name of ["small", "large"]) {
    await world.client.create(OpenStackMachineTemplate, machineTemplate(name) as OpenStackMachineTemplate);
  }
  await world.client.create(KubeadmControlPlane, kubeadmControlPlane(cluster, spec));
  await until(settledAt("v1.31.2", spec.replicas ?? 3));
  tenant.story.length = 0;
};
const upgrade = { spec: { version: "v1.32.0" } };

describe("a new version replaces the machines one by one", () => {
  test("with one more for a while [KCP-114] [KCP-115] [KCP-104] [KCP-105] [KCP-123] [KCP-124] [KCP-125]", async () => {
    await start();
    await change(upgrade);
    await world.settled();
    const rolling = (await kcp()).status;
    expect(findCondition(rolling?.conditions, "MachinesSpecUpToDate")).toMatchObject({
      status: "False",
      reason: "RollingUpdateInProgress",
    });
    expect(findCondition(rolling?.v1beta2?.conditions, "RollingOut")).toMatchObject({
      status: "True",
      message: "Rolling out 3 not up-to-date replicas\n* Version v1.31.2, v1.32.0 required",
    });
    await until(settledAt("v1.32.0", 3));
    await expect(`${tenant.story.join("\n")}\n`).toMatchFileSnapshot("testing/rollout-surge-one.golden.txt");
    const { status } = await kcp();
    expect(findCondition(status?.conditions, "MachinesSpecUpToDate")?.status).toBe("True");
    expect(findCondition(status?.v1beta2?.conditions, "RollingOut")?.status).toBe("False");
  });

  test("with one less for a while [KCP-115]", async () => {
    await start({ rolloutStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0 } } });
    await change(upgrade);
    await until(settledAt("v1.32.0", 3));
    await expect(`${tenant.story.join("\n")}\n`).toMatchFileSnapshot("testing/rollout-surge-none.golden.txt");
  });

  test("even where there is only one [KCP-114]", async () => {
    await start({ replicas: 1 });
    await change(upgrade);
    await until(settledAt("v1.32.0", 1));
    await expect(`${tenant.story.join("\n")}\n`).toMatchFileSnapshot("testing/rollout-single.golden.txt");
  });
});

test("the cluster learns of the new version before its first machine, and the add-ons after its last [KCP-106] [KCP-111] [KCP-182] [KCP-183]", async () => {
  await start({ replicas: 1 });
  const labels = { "k8s-app": "kube-proxy" };
  await world.workload.create(DaemonSet, {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "kube-proxy", namespace: "kube-system" },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "kube-proxy", image: "registry.k8s.io/kube-proxy:v1.31.2" }] },
      },
    },
  } as DaemonSet);
  await change(upgrade);
  await world.settled();
  const configuration = async () =>
    (await world.workload.get(ConfigMap, { namespace: "kube-system", name: "kubeadm-config" })).data?.["ClusterConfiguration"] ??
    "";
  expect(await configuration()).toContain("kubernetesVersion: v1.32.0");
  const image = async () => {
    const daemonSet = await world.workload.get(DaemonSet, { namespace: "kube-system", name: "kube-proxy" });
    return daemonSet.spec?.template.spec?.containers[0]?.image;
  };
  expect(await image()).toBe("registry.k8s.io/kube-proxy:v1.31.2");
  await until(settledAt("v1.32.0", 1));
  await world.advance(30);
  expect(await image()).toBe("registry.k8s.io/kube-proxy:v1.32.0");
});

test("another template, other commands or rolloutAfter replace machines too; replicas and labels do not [KCP-092] [KCP-094] [KCP-096] [KCP-098] [KCP-102]", async () => {
  await start({ replicas: 1 });
  const uid = async () =>
    (await world.client.list(Machine)).items
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.uid);
  let last = await uid();
  const replacedBy = async (spec: object) => {
    await change({ spec });
    await until(async () => {
      const now = await uid();
      return now.length === 1 && now[0] !== last[0] && (await world.client.list(Machine)).items.length === 1;
    });
    last = await uid();
  };
  await replacedBy({ machineTemplate: { infrastructureRef: { name: "large" } } });
  await replacedBy({ kubeadmConfigSpec: { preKubeadmCommands: ["echo hello"] } });
  await replacedBy({
    rolloutAfter: world.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z"),
  });
  await change({ spec: { machineTemplate: { metadata: { labels: { a: "b" } } } } });
  for (let step = 0; step < 4; step += 1) await world.advance(30);
  expect(await uid()).toEqual(last);
});

describe("while something is not well nothing is replaced [KCP-121] [KCP-122]", () => {
  test.each([
    [
      "a static pod",
      (name: string) => tenant.podReady(world, "kube-scheduler", name, false),
      (name: string) => tenant.podReady(world, "kube-scheduler", name, true),
    ],
    [
      "an etcd alarm",
      async (name: string) => {
        tenant.alarms.push({ memberId: tenant.members().find((member) => member.name === name)?.id ?? "", type: "NOSPACE" });
      },
      async () => {
        tenant.alarms.length = 0;
      },
    ],
  ])("%s", async (_, harm, heal) => {
    await start();
    const name = tenant.members()[0]?.name ?? "";
    await harm(name);
    world.connect(true);
    await world.settled();
    await change(upgrade);
    for (let step = 0; step < 4; step += 1) await world.advance(30);
    expect(tenant.story).toEqual([]);
    const scaling = findCondition((await kcp()).status?.v1beta2?.conditions, "RollingOut");
    expect(scaling?.status).toBe("True");
    await heal(name);
    await until(settledAt("v1.32.0", 3));
    expect(tenant.story.join("\n")).not.toContain("QUORUM LOST");
  });

  test("no connection to the cluster [KCP-156] [KCP-157]", async () => {
    await start();
    world.connect(false);
    await change(upgrade);
    for (let step = 0; step < 12; step += 1) await world.advance(30);
    expect(tenant.story).toEqual([]);
    const { status } = await kcp();
    expect(status).toMatchObject({ readyReplicas: 0, ready: true, initialized: true });
    expect(findCondition(status?.v1beta2?.conditions, "EtcdClusterHealthy")).toMatchObject({
      status: "Unknown",
      reason: "ConnectionDown",
    });
    world.connect(true);
    await until(settledAt("v1.32.0", 3));
  });
});

describe("a sick machine is replaced when a MachineHealthCheck says so", () => {
  const condemn = async (name: string) => {
    const machine = await world.client.get(Machine, { namespace, name });
    const at = "2026-01-01T00:00:00Z";
    const body = {
      status: {
        conditions: [
          ...(machine.status?.conditions ?? []).filter(
            ({ type }) => type !== "HealthCheckSucceeded" && type !== "OwnerRemediated",
          ),
          {
            type: "HealthCheckSucceeded",
            status: "False",
            severity: "Warning",
            reason: "NodeStartupTimeout",
            lastTransitionTime: at,
          },
          {
            type: "OwnerRemediated",
            status: "False",
            severity: "Warning",
            reason: "WaitingForRemediation",
            lastTransitionTime: at,
          },
        ],
      },
    };
    await world.client.patch(Machine, { namespace, name }, { type: "merge", body }, { subresource: "status" });
  };

  test("the leader hands over, the member leaves, another machine comes [KCP-128] [KCP-143] [KCP-083] [KCP-144]", async () => {
    await start();
    const leader = tenant.leader() ?? "";
    await condemn(leader);
    await until(async () => (await kcp()).status?.readyReplicas === 3 && tenant.members().every(({ name }) => name !== leader));
    await expect(`${tenant.story.join("\n")}\n`).toMatchFileSnapshot("testing/remediation.golden.txt");
    const { status, metadata } = await kcp();
    expect(status?.lastRemediation).toMatchObject({ machine: leader, retryCount: 0 });
    expect(metadata.annotations).not.toHaveProperty("controlplane.cluster.x-k8s.io/remediation-in-progress");
    const replacement = (await world.client.list(Machine)).items.find(
      (machine) => machine.metadata.annotations?.["controlplane.cluster.x-k8s.io/remediation-for"] !== undefined,
    );
    expect(replacement).toBeDefined();
  });

  test("but never the only one, and never at the price of the majority [KCP-134] [KCP-136] [KCP-141]", async () => {
    await start();
    const [first = "", second = ""] = tenant.members().map(({ name }) => name);
    tenant.alarms.push({ memberId: tenant.members()[1]?.id ?? "", type: "CORRUPT" });
    tenant.alarms.push({ memberId: tenant.members()[2]?.id ?? "", type: "CORRUPT" });
    world.connect(true);
    await world.settled();
    await condemn(first);
    for (let step = 0; step < 4; step += 1) await world.advance(30);
    expect(tenant.story).toEqual([]);
    const machine = await world.client.get(Machine, { namespace, name: first });
    expect(findCondition(machine.status?.v1beta2?.conditions, "OwnerRemediated")).toMatchObject({
      status: "False",
      reason: "CannotBeRemediated",
    });
    expect(second).not.toBe("");
  });
});

test("an etcd member whose machine is gone is removed [KCP-154] [KCP-164] [KCP-180]", async () => {
  await start();
  tenant.addStranger("ghost");
  world.connect(true);
  await world.settled();
  expect(tenant.members().map(({ name }) => name)).not.toContain("ghost");
  expect(tenant.story).toHaveLength(1);
});

import {
  Cluster,
  KubeadmConfig,
  KubeadmControlPlane,
  Machine,
  OpenStackMachine,
  OpenStackMachineTemplate,
  Secret,
} from "@slipway/api";
import { freshKeys, readKubeconfig, textFromBase64 } from "@slipway/api/pki/index.ts";
import { findCondition } from "@slipway/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { kubeadmConfigController } from "../kubeadmconfig/index.ts";
import { clusterName, createTestWorld, namespace, readyCluster, type TestWorld } from "../kubeadmconfig/testing/world.ts";
import { kubeadmControlPlaneController } from "./index.ts";
import { createTenant, infrastructureRef, kubeadmControlPlane, machineTemplate } from "./testing/tenant.ts";

const keys = freshKeys("ecdsa-p256");

let world: TestWorld;
let tenant: ReturnType<typeof createTenant>;
let seed = 7;
let looks: string[] = [];
let certificateExpiry = async (nodeName: string, port: number): Promise<Date> => {
  looks.push(`${nodeName}:${port}`);
  return new Date("2027-01-01T00:00:00Z");
};
const random = () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
};

beforeEach(async () => {
  seed = 7;
  looks = [];
  tenant = createTenant();
  world = await createTestWorld({
    controllers: (workloads) => [
      kubeadmConfigController({ keys, workloads }),
      kubeadmControlPlaneController({ keys, workloads, random }),
    ],
    etcd: tenant.etcd,
    meanwhile: tenant.meanwhile,
    certificateExpiry: (nodeName, port) => certificateExpiry(nodeName, port),
  });
});
afterEach(() => world.close());

const ref = { namespace, name: clusterName };
const start = async (spec: Partial<KubeadmControlPlane["spec"]> = {}) => {
  const controlPlaneRef = {
    apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmControlPlane",
    name: clusterName,
    namespace,
  };
  const cluster = await readyCluster(world.client, Cluster, { controlPlaneRef });
  await world.client.create(OpenStackMachineTemplate, machineTemplate("small") as OpenStackMachineTemplate);
  await world.client.create(KubeadmControlPlane, kubeadmControlPlane(cluster, spec));
};
const kcp = () => world.client.get(KubeadmControlPlane, ref);
const machines = async () => (await world.client.list(Machine, { namespace })).items;
const older = async (type: string) => {
  const { status, severity, reason } = findCondition((await kcp()).status?.conditions, type) ?? {};
  return [status, severity, reason].filter((part) => part !== undefined && part !== "").join("/");
};
const newer = async (type: string) => {
  const { status, reason } = findCondition((await kcp()).status?.v1beta2?.conditions, type) ?? {};
  return `${status}/${reason}`;
};
const change = (spec: object) => world.client.patch(KubeadmControlPlane, ref, { type: "merge", body: { spec } });
/** Time passes in steps, as it does. */
const pass = async (minutes: number) => {
  for (let step = 0; step < minutes * 2; step += 1) await world.advance(30);
};

describe("a new control plane", () => {
  test("makes its certificates, a kubeconfig and the first machine; the others join one after the other [KCP-118] [KCP-119] [CERT-014] [CERT-018]", async () => {
    await start();
    await world.settled();
    expect((await machines()).map(({ spec }) => spec.version)).toEqual(["v1.31.2"]);
    for (const purpose of ["ca", "etcd", "proxy", "sa", "kubeconfig"]) {
      const secret = await world.client.get(Secret, { namespace, name: `demo-${purpose}` });
      expect(secret).toMatchObject({
        type: "cluster.x-k8s.io/secret",
        metadata: { labels: { "cluster.x-k8s.io/cluster-name": "demo" } },
      });
      expect(secret.metadata.ownerReferences).toMatchObject([{ kind: "KubeadmControlPlane", name: "demo", controller: true }]);
    }
    const secret = await world.client.get(Secret, { namespace, name: "demo-kubeconfig" });
    expect(readKubeconfig(textFromBase64(secret.data?.["value"] ?? "")).server).toBe("https://127.100.0.5:6443");
    expect(await older("Available")).toBe("False/Info/WaitingForKubeadmInit");
    expect(await newer("Initialized")).toBe("False/NotInitialized");
    expect(await newer("Available")).toBe("False/NotAvailable");
    expect((await kcp()).status).toMatchObject({ initialized: false, ready: false, replicas: 1, unavailableReplicas: 1 });

    await pass(5);
    expect(tenant.story).toEqual([
      "m1 is made in az-1",
      "m1 founds the cluster with v1.31.2, 1 etcd members",
      "m2 is made in az-2",
      "m2 joins with v1.31.2, 2 etcd members",
      "m3 is made in az-1",
      "m3 joins with v1.31.2, 3 etcd members",
    ]);
    const { status } = await kcp();
    expect(status).toMatchObject({
      initialized: true,
      ready: true,
      replicas: 3,
      readyReplicas: 3,
      updatedReplicas: 3,
      unavailableReplicas: 0,
      version: "v1.31.2",
      selector: "cluster.x-k8s.io/cluster-name=demo,cluster.x-k8s.io/control-plane",
      v1beta2: { readyReplicas: 3, availableReplicas: 3, upToDateReplicas: 3 },
    });
    for (const type of ["Ready", "Available", "CertificatesAvailable", "MachinesCreated", "MachinesReady", "Resized"]) {
      expect([type, await older(type)]).toEqual([type, "True"]);
    }
    expect(await older("EtcdClusterHealthy")).toBe("True");
    expect(await older("ControlPlaneComponentsHealthy")).toBe("True");
    expect(await older("MachinesSpecUpToDate")).toBe("");
    expect(status?.v1beta2?.conditions?.map(({ type, status: value, reason }) => `${type} ${value}/${reason}`)).toEqual([
      "Available True/Available",
      "CertificatesAvailable True/Available",
      "Initialized True/Initialized",
      "EtcdClusterHealthy True/Healthy",
      "ControlPlaneComponentsHealthy True/Healthy",
      "RollingOut False/NotRollingOut",
      "Remediating False/NotRemediating",
      "ScalingDown False/NotScalingDown",
      "ScalingUp False/NotScalingUp",
      "MachinesReady True/Ready",
      "MachinesUpToDate True/UpToDate",
      "Paused False/NotPaused",
      "Deleting False/NotDeleting",
    ]);
  });

  test("names machine, infrastructure and bootstrap alike and says whose they are [KCP-073] [KCP-074] [KCP-077] [KCP-078] [KCP-079] [KCP-080] [KCP-081] [KCP-082] [KCP-084] [KCP-085]", async () => {
    await start({
      replicas: 1,
      machineTemplate: {
        infrastructureRef,
        metadata: { labels: { a: "b" }, annotations: { c: "d" } },
      },
    });
    await world.settled();
    const [machine] = await machines();
    if (machine === undefined) throw new Error("no machine");
    const { name } = machine.metadata;
    expect(name).toMatch(/^demo-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const labels = {
      a: "b",
      "cluster.x-k8s.io/cluster-name": "demo",
      "cluster.x-k8s.io/control-plane": "",
      "cluster.x-k8s.io/control-plane-name": "demo",
    };
    expect(machine.metadata).toMatchObject({
      labels,
      annotations: {
        c: "d",
        "controlplane.cluster.x-k8s.io/kubeadm-cluster-configuration": "null",
        "pre-terminate.delete.hook.machine.cluster.x-k8s.io/kcp-cleanup": "",
      },
      ownerReferences: [{ kind: "KubeadmControlPlane", name: "demo", controller: true, blockOwnerDeletion: true }],
    });
    expect(machine.metadata.managedFields?.find(({ operation }) => operation === "Apply")?.manager).toBe(
      "capi-kubeadmcontrolplane",
    );
    expect(machine.spec).toMatchObject({ clusterName: "demo", version: "v1.31.2", failureDomain: "az-1" });
    expect(machine.spec.readinessGates?.map(({ conditionType }) => conditionType)).toEqual([
      "APIServerPodHealthy",
      "ControllerManagerPodHealthy",
      "SchedulerPodHealthy",
      "EtcdPodHealthy",
      "EtcdMemberHealthy",
    ]);
    const infrastructure = await world.client.get(OpenStackMachine, { namespace, name });
    expect(infrastructure.metadata).toMatchObject({
      labels,
      annotations: {
        c: "d",
        "cluster.x-k8s.io/cloned-from-name": "small",
        "cluster.x-k8s.io/cloned-from-groupkind": "OpenStackMachineTemplate.infrastructure.cluster.x-k8s.io",
      },
    });
    expect(infrastructure.spec).toMatchObject({ flavor: "m1.small" });
    const config = await world.client.get(KubeadmConfig, { namespace, name });
    expect(config.metadata).toMatchObject({ labels, annotations: { c: "d" } });
    expect(config.spec.clusterConfiguration?.featureGates).toEqual({ ControlPlaneKubeletLocalMode: true });
    expect((await kcp()).spec.kubeadmConfigSpec.clusterConfiguration).toBeUndefined();
    expect(config.spec.joinConfiguration).toBeUndefined();
  });

  test("without an initConfiguration does not replace its first machine [KCP-100] [TRAP-003] [TRAP-004]", async () => {
    await start({ replicas: 1 });
    await pass(3);
    expect(await newer("MachinesUpToDate")).toBe("True/UpToDate");
    expect(tenant.story).toHaveLength(2);
  });

  test("waits for its template and says so [KCP-066] [KCP-206]", async () => {
    await start({
      machineTemplate: {
        infrastructureRef: { ...infrastructureRef, name: "later" },
      },
    });
    await world.settled();
    expect(await machines()).toEqual([]);
    const condition = findCondition((await kcp()).status?.v1beta2?.conditions, "ScalingUp");
    expect(condition).toMatchObject({ status: "True", reason: "ScalingUp" });
    expect(condition?.message).toContain("OpenStackMachineTemplate later does not exist");
    await world.client.create(OpenStackMachineTemplate, machineTemplate("later") as OpenStackMachineTemplate);
    await world.settled();
    expect(await machines()).toHaveLength(1);
    const template = await world.client.get(OpenStackMachineTemplate, { namespace, name: "later" });
    expect(template.metadata.ownerReferences).toMatchObject([{ kind: "Cluster", name: "demo" }]);
    expect(template.metadata.ownerReferences?.[0]?.controller).toBeUndefined();
  });

  test("does nothing while paused, and only says so [KCP-053]", async () => {
    await start();
    await world.client.patch(Cluster, ref, { type: "merge", body: { spec: { paused: true } } });
    await world.settled();
    await change({ replicas: 5 });
    await pass(5);
    expect((await machines()).length).toBeLessThan(2);
    expect(await newer("Paused")).toBe("True/Paused");
  });
});

describe("an existing control plane", () => {
  test("scales down without ever losing a majority, and up again [KCP-119] [KCP-125] [KCP-126] [KCP-149] [TRAP-014] [TRAP-016]", async () => {
    await start();
    await pass(5);
    tenant.story.length = 0;
    await change({ replicas: 1 });
    await pass(5);
    expect(await machines()).toHaveLength(1);
    expect(tenant.members()).toHaveLength(1);
    expect(tenant.story.join("\n")).not.toContain("died as a member");
    await change({ replicas: 3 });
    await pass(5);
    expect(tenant.members()).toHaveLength(3);
    expect(tenant.story.join("\n")).not.toContain("QUORUM");
  });

  test("goes with all its machines at once, after the workers [KCP-216] [KCP-217] [KCP-218] [KCP-220] [KCP-211]", async () => {
    await start();
    await pass(5);
    const worker = await world.client.create(Machine, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Machine",
      metadata: { name: "worker", namespace, labels: { "cluster.x-k8s.io/cluster-name": "demo" } },
      spec: {
        clusterName: "demo",
        bootstrap: { dataSecretName: "none" },
        infrastructureRef: { apiVersion: "a/v1", kind: "B", name: "c", namespace },
      },
    });
    await world.settled();
    await world.client.delete(KubeadmControlPlane, ref);
    await world.settled();
    expect(await machines()).toHaveLength(4);
    expect(await newer("Deleting")).toBe("True/WaitingForWorkersDeletion");
    expect(await older("Resized")).toBe("False/Info/Deleting");
    await world.client.delete(Machine, { namespace, name: worker.metadata.name });
    await pass(2);
    expect(await machines()).toEqual([]);
    await expect(kcp()).rejects.toThrow("not found");
    expect(tenant.story.join("\n")).not.toContain("leaves");
  });

  test("changes labels, annotations and timeouts in place [KCP-086] [KCP-087] [KCP-089] [KCP-102] [TRAP-018]", async () => {
    await start({ replicas: 1 });
    await pass(3);
    const before = (await machines()).map(({ metadata }) => metadata.name);
    await change({
      machineTemplate: { metadata: { labels: { tier: "gold", old: "x" }, annotations: { note: "1" } }, nodeDrainTimeout: "5m0s" },
    });
    await world.settled();
    const [name = ""] = before;
    const labelsOf = async () => [
      (await world.client.get(Machine, { namespace, name })).metadata.labels,
      (await world.client.get(KubeadmConfig, { namespace, name })).metadata.labels,
      (await world.client.get(OpenStackMachine, { namespace, name })).metadata.labels,
    ];
    for (const labels of await labelsOf()) expect(labels).toMatchObject({ tier: "gold", old: "x" });
    expect((await machines())[0]?.spec.nodeDrainTimeout).toBe("5m0s");
    await change({ machineTemplate: { metadata: { labels: { old: null }, annotations: null }, nodeDrainTimeout: null } });
    await world.settled();
    for (const labels of await labelsOf()) {
      expect(labels).toMatchObject({ tier: "gold" });
      expect(labels).not.toHaveProperty("old");
    }
    const [machine] = await machines();
    expect(machine?.spec.nodeDrainTimeout).toBeUndefined();
    expect(machine?.metadata.annotations).not.toHaveProperty("note");
    expect((await machines()).map(({ metadata }) => metadata.name)).toEqual(before);
  });

  test("gets to know once until when its API servers' certificates last, and replaces them before [CERT-027] [CERT-028] [CERT-030] [KCP-093]", async () => {
    await start({ replicas: 1, kubeadmConfigSpec: { initConfiguration: { localAPIEndpoint: { bindPort: 8443 } } } });
    await pass(3);
    const [machine] = await machines();
    const name = machine?.metadata.name ?? "";
    const config = await world.client.get(KubeadmConfig, { namespace, name });
    expect(config.metadata.annotations?.["machine.cluster.x-k8s.io/certificates-expiry"]).toBe("2027-01-01T00:00:00Z");
    expect(looks).toEqual([`${name}:8443`]);
    // The Machine controller copies it.
    const body = { status: { certificatesExpiryDate: "2026-01-20T00:00:00Z" } };
    await world.client.patch(Machine, { namespace, name }, { type: "merge", body }, { subresource: "status" });
    await change({ rolloutBefore: { certificatesExpiryDays: 10 } });
    await pass(3);
    expect((await machines()).map(({ metadata }) => metadata.name)).toEqual([name]);
    await world.client.patch(
      Machine,
      { namespace, name },
      { type: "merge", body: { status: { certificatesExpiryDate: "2026-01-10T00:00:00Z" } } },
      { subresource: "status" },
    );
    await pass(4);
    expect((await machines()).map(({ metadata }) => metadata.name)).not.toContain(name);
  });

  test("an API server that does not answer holds back nothing but its own date [CERT-031]", async () => {
    const before = certificateExpiry;
    certificateExpiry = () => Promise.reject(new Error("refused"));
    await start({ replicas: 1 });
    await pass(3);
    certificateExpiry = before;
    const { status } = await kcp();
    expect(status).toMatchObject({ ready: true, replicas: 1, readyReplicas: 1 });
    expect(await newer("Available")).toBe("True/Available");
  });

  test("settles: a pass without news writes nothing", async () => {
    await start();
    await pass(5);
    const revisions = async () => [
      (await kcp()).metadata.resourceVersion,
      ...(await machines()).map(({ metadata }) => metadata.resourceVersion),
    ];
    const before = await revisions();
    world.connect(true);
    await pass(10);
    expect(await revisions()).toEqual(before);
  });
});

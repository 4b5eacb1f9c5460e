import { type Client, Machine, Node, Pod, PodDisruptionBudget } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { Bootstrap, Infrastructure, machine, startRunning, v1, v2 } from "../testing/machines.test-support.ts";
import { refIn } from "../testing/managementcluster.test-support.ts";

const controlPlane = { labels: { "cluster.x-k8s.io/control-plane": "" } };

/** A Running worker "m" beside a control plane Machine that keeps the cluster alive; its parts are held so that each step can be seen. */
const startWorker = async (metadata: object = {}, spec: object = {}) => {
  const system = await startRunning(metadata, spec);
  const { client, setMetadata, settled } = system;
  const keeper = machine({ name: "cp", ...controlPlane }, { bootstrap: { dataSecretName: "d" } });
  await client.create(Machine, {
    ...keeper,
    spec: { ...keeper.spec, infrastructureRef: { ...keeper.spec.infrastructureRef, name: "cp" } },
  });
  for (const kind of [Bootstrap, Infrastructure]) await setMetadata(kind, "m", { finalizers: ["test/hold"] });
  await settled();
  return {
    ...system,
    remove: async () => {
      await client.delete(Machine, refIn("m"));
      await settled();
    },
    isDeleted: async (kind: typeof Bootstrap) => (await system.find(kind, "m"))?.metadata.deletionTimestamp !== undefined,
    release: async (kind: typeof Bootstrap) => {
      await setMetadata(kind, "m", { finalizers: null });
      await settled();
    },
  };
};

const pod = async (client: Client, name: string, parts: object = {}): Promise<void> => {
  await client.create(Pod, {
    apiVersion: "v1",
    kind: "Pod",
    spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }], terminationGracePeriodSeconds: 0 },
    status: { phase: "Running" },
    ...parts,
    metadata: { name, namespace: "default", ...(parts as { metadata?: object }).metadata },
  } as Pod);
  await client.patch(
    Pod,
    { namespace: "default", name },
    { type: "merge", body: { status: { phase: "Running" } } },
    { subresource: "status" },
  );
};

describe("a Machine on its way down", () => {
  test("goes in order: drain, volumes, server, bootstrap config, Node, itself [CORE-235] [CORE-245] [CORE-247] [RUN-037]", async () => {
    const { get, find, remove, isDeleted, release, workload, events } = await startWorker();
    await remove();
    expect([await isDeleted(Infrastructure), await isDeleted(Bootstrap)]).toEqual([true, false]);
    const waiting = await get(Machine, "m");
    expect(waiting.status?.phase).toBe("Deleting");
    expect(waiting.status?.deletion).toMatchObject({ nodeDrainStartTime: "2026-01-01T00:00:00Z" });
    for (const type of [
      "PreDrainDeleteHookSucceeded",
      "DrainingSucceeded",
      "VolumeDetachSucceeded",
      "PreTerminateDeleteHookSucceeded",
    ]) {
      expect(v1(waiting, type)?.status, type).toBe("True");
    }
    expect(v2(waiting, "Deleting")).toMatchObject({
      status: "True",
      reason: "WaitingForInfrastructureDeletion",
      message: "Waiting for OpenStackMachine to be deleted",
    });
    expect(v2(waiting, "Ready")?.message).toBe(
      "* Deleting: Machine deletion in progress, stage: WaitingForInfrastructureDeletion",
    );
    expect((await workload.get(Node, { name: "n1" })).spec?.unschedulable).toBe(true);

    await release(Infrastructure);
    expect(await isDeleted(Bootstrap)).toBe(true);
    expect(v1(await get(Machine, "m"), "InfrastructureReady")).toMatchObject({
      status: "False",
      reason: "Deleted",
      severity: "Info",
    });
    expect((await workload.get(Node, { name: "n1" })).metadata.name).toBe("n1");
    await release(Bootstrap);
    expect(await find(Machine, "m")).toBeUndefined();
    await expect(workload.get(Node, { name: "n1" })).rejects.toMatchObject({ reason: "NotFound" });
    expect(await events()).toContain('Normal SuccessfulDrainNode: success draining Machine\'s node "n1"');
  });

  test("evicts Pods within their disruption budgets, leaves static and DaemonSet-less ones as the rules say, and tells whom it waits for [CORE-239] [CORE-242] [CORE-250] [CORE-255] [TRAP-09]", async () => {
    const { get, advance, remove, isDeleted, workload } = await startWorker();
    await pod(workload, "free");
    await pod(workload, "guarded", { metadata: { labels: { app: "db" } } });
    await pod(workload, "static", { metadata: { annotations: { "kubernetes.io/config.mirror": "x" } } });
    await pod(workload, "ours", { metadata: { labels: { "cluster.x-k8s.io/drain": "Skip" } } });
    const budget = { name: "db", namespace: "default" };
    await workload.create(PodDisruptionBudget, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: budget,
      spec: { minAvailable: 1, selector: { matchLabels: { app: "db" } } },
    });
    await remove();
    await advance(1);
    const stuck = await get(Machine, "m");
    expect(v2(stuck, "Deleting")).toMatchObject({ status: "True", reason: "DrainingNode" });
    expect(v2(stuck, "Deleting")?.message).toMatch(
      /^Drain not completed yet \(started at 2026-01-01T00:00:00Z\):\n\* Pod default\/guarded: cannot evict pod as it would violate the pod's disruption budget\. The disruption budget db needs/,
    );
    expect(v1(stuck, "DrainingSucceeded")).toMatchObject({ status: "False", reason: "Draining", severity: "Info" });
    expect(await isDeleted(Infrastructure)).toBe(false);
    await expect(workload.get(Pod, { namespace: "default", name: "free" })).rejects.toMatchObject({ reason: "NotFound" });
    await workload.delete(PodDisruptionBudget, budget);
    await advance(60);
    await expect(workload.get(Pod, { namespace: "default", name: "guarded" })).rejects.toMatchObject({ reason: "NotFound" });
    expect((await workload.get(Pod, { namespace: "default", name: "static" })).metadata.name).toBe("static");
    expect((await workload.get(Pod, { namespace: "default", name: "ours" })).metadata.name).toBe("ours");
    expect(await isDeleted(Infrastructure)).toBe(true);
  });

  test("stops draining when its timeout is over, counted from the start that was written down [CORE-238]", async () => {
    const { remove, advance, isDeleted, workload } = await startWorker({}, { nodeDrainTimeout: "2m" });
    await pod(workload, "waits", { metadata: { labels: { "cluster.x-k8s.io/drain": "wait-completed" } } });
    await remove();
    await advance(100);
    expect(await isDeleted(Infrastructure)).toBe(false);
    await advance(40);
    expect(await isDeleted(Infrastructure)).toBe(true);
  });

  test("is not drained, nor waited for, when an operator says so [RUN-038] [CORE-239]", async () => {
    const { remove, isDeleted, workload, setMetadata, events } = await startWorker();
    await pod(workload, "waits", { metadata: { labels: { "cluster.x-k8s.io/drain": "wait-completed" } } });
    await setMetadata(Machine, "m", {
      annotations: {
        "machine.cluster.x-k8s.io/exclude-node-draining": "",
        "machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach": "",
      },
    });
    await remove();
    expect(await isDeleted(Infrastructure)).toBe(true);
    expect((await events()).join()).not.toContain("DrainNode");
  });

  test("waits for hooks before it drains and before its server goes [CORE-235] [CORE-237]", async () => {
    const { get, remove, isDeleted, setMetadata, settled } = await startWorker({
      annotations: {
        "pre-drain.delete.hook.machine.cluster.x-k8s.io/b": "",
        "pre-drain.delete.hook.machine.cluster.x-k8s.io/a": "",
        "pre-terminate.delete.hook.machine.cluster.x-k8s.io/c": "",
      },
    });
    await remove();
    expect(v2(await get(Machine, "m"), "Deleting")).toMatchObject({
      reason: "WaitingForPreDrainHook",
      message:
        "Waiting for pre-drain hooks to succeed (hooks: pre-drain.delete.hook.machine.cluster.x-k8s.io/a,pre-drain.delete.hook.machine.cluster.x-k8s.io/b)",
    });
    expect(v1(await get(Machine, "m"), "PreDrainDeleteHookSucceeded")).toMatchObject({
      status: "False",
      reason: "WaitingExternalHook",
    });
    await setMetadata(Machine, "m", {
      annotations: {
        "pre-drain.delete.hook.machine.cluster.x-k8s.io/b": null,
        "pre-drain.delete.hook.machine.cluster.x-k8s.io/a": null,
      },
    });
    await settled();
    expect(v1(await get(Machine, "m"), "DrainingSucceeded")?.status).toBe("True");
    expect(v2(await get(Machine, "m"), "Deleting")?.reason).toBe("WaitingForPreTerminateHook");
    expect(await isDeleted(Infrastructure)).toBe(false);
    await setMetadata(Machine, "m", { annotations: { "pre-terminate.delete.hook.machine.cluster.x-k8s.io/c": null } });
    await settled();
    expect(await isDeleted(Infrastructure)).toBe(true);
  });

  test("lets its Node be when no control plane is left to answer, but still minds pre-terminate hooks [CORE-233] [CORE-234] [CORE-236] [TRAP-08]", async () => {
    const system = await startRunning({
      annotations: {
        "pre-drain.delete.hook.machine.cluster.x-k8s.io/a": "",
        "pre-terminate.delete.hook.machine.cluster.x-k8s.io/c": "",
      },
    });
    const { client, get, find, settled, setMetadata, workload } = system;
    await client.delete(Machine, refIn("m"));
    await settled();
    expect(v2(await get(Machine, "m"), "Deleting")?.reason).toBe("WaitingForPreTerminateHook");
    expect((await get(Machine, "m")).status?.deletion).toBeUndefined();
    await setMetadata(Machine, "m", { annotations: { "pre-terminate.delete.hook.machine.cluster.x-k8s.io/c": null } });
    await settled();
    expect(await find(Machine, "m")).toBeUndefined();
    const node = await workload.get(Node, { name: "n1" });
    expect(node.spec?.unschedulable).toBeUndefined();
  });

  test("reports that it cannot drain while the cluster does not answer, and goes on when it does [CORE-239] [CORE-112]", async () => {
    const { get, advance, remove, isDeleted, tenant, events } = await startWorker();
    tenant.state.up = false;
    await advance(90);
    await remove();
    await advance(1);
    expect(v1(await get(Machine, "m"), "DrainingSucceeded")).toMatchObject({
      status: "False",
      reason: "DrainingFailed",
      severity: "Warning",
    });
    expect(v2(await get(Machine, "m"), "Deleting")?.message).toBe("Error draining Node, please check controller logs for errors");
    tenant.state.up = true;
    await advance(30);
    expect(await isDeleted(Infrastructure)).toBe(true);
    expect((await events()).filter((event) => event.startsWith("Warning FailedDrainNode"))).toHaveLength(1);
  });

  test("is gone without its Node when that cannot be deleted in time [CORE-246]", async () => {
    const { find, get, advance, remove, release, tenant, events } = await startWorker({}, { nodeDeletionTimeout: "10m0s" });
    await remove();
    tenant.state.up = false;
    await advance(90);
    await release(Infrastructure);
    await release(Bootstrap);
    await advance(60);
    expect(v2(await get(Machine, "m"), "Deleting")).toMatchObject({ reason: "DeletingNode" });
    expect(v1(await get(Machine, "m"), "NodeHealthy")).toMatchObject({
      status: "False",
      reason: "DeletionFailed",
      severity: "Warning",
    });
    await advance(600);
    expect(await find(Machine, "m")).toBeUndefined();
    expect(await events()).toContain(
      "Warning FailedDeleteNode: error deleting Machine's node: connection to the workload cluster is down",
    );
  });
});

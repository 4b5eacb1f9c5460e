import {
  annotations,
  apiVersionOf,
  Machine,
  MachineDeployment,
  MachineSet,
  OpenStackMachineTemplate,
  type Stored,
} from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { machineSetController } from "../machineset/index.ts";
import { startWorkers, workerSpec } from "../machineset/workers.test-support.ts";
import { namespace, refIn } from "../testing/managementcluster.test-support.ts";
import { machineDeploymentController } from "./index.ts";

const deployment = (spec: object = {}, metadata: object = {}): MachineDeployment => ({
  apiVersion: apiVersionOf(MachineDeployment),
  kind: "MachineDeployment",
  metadata: { name: "md", namespace, ...metadata },
  spec: {
    clusterName: "one",
    replicas: 3,
    selector: {},
    template: { metadata: { labels: { tier: "x" } }, spec: workerSpec() },
    ...spec,
  },
});

const made = async (object = deployment()) => {
  const world = await startWorkers((parts) => [machineSetController(parts), machineDeploymentController(parts)]);
  await world.client.create(MachineDeployment, object);
  await world.settled();
  const get = () => world.get(MachineDeployment, "md");
  const sizes = async () => (await world.sets()).map(({ spec }) => spec.replicas);
  return {
    ...world,
    deployment: get,
    sizes,
    change: async (spec: object) => {
      await world.setSpec(MachineDeployment, "md", spec);
      await world.settled();
    },
    infrastructure: async () => (await world.machines()).map(({ spec }) => spec.version),
    v1: async (type: string) => findCondition((await get()).status?.conditions, type),
    v2: async (type: string) => findCondition((await get()).status?.v1beta2?.conditions, type),
  };
};
const hashOf = (set: Stored<MachineSet> | undefined) => set?.metadata.labels?.["machine-template-hash"];
const revisionOf = (object: Stored<MachineSet> | Stored<MachineDeployment> | undefined) =>
  object?.metadata.annotations?.[annotations.revision];
const toVersion = (version: string) => ({ template: { spec: { version } } });

describe("MachineDeployment", () => {
  test("makes a MachineSet that makes the Machines, named and labelled as the field knows it [CORE-316] [CORE-321] [CORE-324] [CORE-325]", async () => {
    const world = await made(
      deployment({}, { annotations: { note: "n", "kubectl.kubernetes.io/last-applied-configuration": "{}" } }),
    );
    const [set] = await world.sets();
    if (!set) throw new Error("a MachineSet was to be made");
    expect(set.metadata.name).toMatch(/^md-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(hashOf(set)).toMatch(new RegExp(`^[0-9]+-${set.metadata.name.slice(3)}$`));
    expect(set.metadata.labels).toMatchObject({
      tier: "x",
      "cluster.x-k8s.io/cluster-name": "one",
      "cluster.x-k8s.io/deployment-name": "md",
    });
    expect(set.metadata.annotations).toEqual({
      note: "n",
      [annotations.revision]: "1",
      [annotations.desiredReplicas]: "3",
      [annotations.maxReplicas]: "4",
    });
    expect(set.metadata.ownerReferences).toMatchObject([{ kind: "MachineDeployment", name: "md", controller: true }]);
    expect(set.spec.selector.matchLabels).toMatchObject({
      "machine-template-hash": hashOf(set),
      "cluster.x-k8s.io/deployment-name": "md",
    });
    const machines = await world.machines();
    expect(machines).toHaveLength(3);
    expect(machines[0]?.metadata.labels).toMatchObject({
      "cluster.x-k8s.io/deployment-name": "md",
      "machine-template-hash": hashOf(set),
    });
    const object = await world.deployment();
    expect(revisionOf(object)).toBe("1");
    expect(object.metadata.ownerReferences).toMatchObject([{ kind: "Cluster", name: "one" }]);
    expect(object.metadata.ownerReferences?.[0]?.controller).toBeUndefined();
    expect((await world.get(OpenStackMachineTemplate, "small")).metadata.ownerReferences).toMatchObject([{ kind: "Cluster" }]);
    expect(await world.events()).toContain(`Normal SuccessfulCreate: Created MachineSet ${namespace}/${set.metadata.name}`);
  });

  test("sums up its MachineSets: counters, phase and both families of conditions [CORE-334] [CORE-335] [CORE-336] [CORE-337]", async () => {
    const world = await made();
    expect((await world.deployment()).status).toMatchObject({
      phase: "ScalingUp",
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 0,
      unavailableReplicas: 3,
    });
    expect(await world.v1("Available")).toMatchObject({
      status: "False",
      reason: "WaitingForAvailableMachines",
      severity: "Warning",
      message: "Minimum availability requires 3 replicas, current 0 available",
    });
    expect(await world.v2("Available")).toMatchObject({
      status: "False",
      reason: "NotAvailable",
      message: "0 available replicas, at least 3 required (spec.strategy.rollout.maxUnavailable is 0, spec.replicas is 3)",
    });
    await world.run();
    const object = await world.deployment();
    expect(object.status).toMatchObject({
      phase: "Running",
      readyReplicas: 3,
      availableReplicas: 3,
      unavailableReplicas: 0,
      observedGeneration: object.metadata.generation,
      v1beta2: { readyReplicas: 3, availableReplicas: 3, upToDateReplicas: 3 },
    });
    expect(object.status?.selector).toBe("cluster.x-k8s.io/cluster-name=one,cluster.x-k8s.io/deployment-name=md");
    expect(await world.v1("Ready")).toMatchObject({ status: "True" });
    expect(await world.v1("MachineSetReady")).toMatchObject({ status: "True" });
    for (const [type, reason] of [
      ["Available", "Available"],
      ["MachinesReady", "Ready"],
      ["MachinesUpToDate", "UpToDate"],
    ]) {
      expect(await world.v2(type ?? "")).toMatchObject({ status: "True", reason });
    }
    expect(await world.v2("RollingOut")).toMatchObject({ status: "False", reason: "NotRollingOut" });
    const { resourceVersion } = (await world.deployment()).metadata;
    await world.advance(600);
    expect((await world.deployment()).metadata.resourceVersion).toBe(resourceVersion);
  });

  test("rolls to another version one machine at a time, never below what is wanted, and keeps one old revision [CORE-328] [CORE-330] [CORE-325] [CORE-333]", async () => {
    const world = await made();
    await world.run();
    await world.change(toVersion("v1.34.0"));
    expect(await world.sizes()).toEqual([3, 1]);
    expect(await world.v2("RollingOut")).toMatchObject({
      status: "True",
      message: "Rolling out 3 not up-to-date replicas\n* Version v1.33.1, v1.34.0 required",
    });
    const seen: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const machines = await world.machines();
      expect(machines.length).toBeLessThanOrEqual(4);
      const up = machines.filter(
        ({ metadata }) => world.nodes.has(metadata.name) && metadata.deletionTimestamp === undefined,
      ).length;
      seen.push(up);
      const going = machines.find(({ metadata }) => metadata.deletionTimestamp !== undefined);
      const fresh = machines.find(({ metadata }) => !world.nodes.has(metadata.name) && metadata.deletionTimestamp === undefined);
      if (going) await world.gone(going);
      else if (fresh) await world.boot(fresh);
      await world.advance(1);
    }
    await world.run();
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(3);
    expect(new Set(await world.infrastructure())).toEqual(new Set(["v1.34.0"]));
    expect(await world.sizes()).toEqual([0, 3]);
    const [first, second] = await world.sets();
    expect([revisionOf(first), revisionOf(second), revisionOf(await world.deployment())]).toEqual(["1", "2", "2"]);
    expect(
      (await world.events()).some((event) =>
        event.startsWith(`Normal SuccessfulScale: Scaled MachineSet ${namespace}/${second?.metadata.name}: 1 -> 2`),
      ),
    ).toBe(true);

    await world.change(toVersion("v1.34.1"));
    await world.run();
    expect((await world.sets()).map(({ spec }) => spec.template?.spec?.version)).toEqual(["v1.34.0", "v1.34.1"]);
    expect(await world.events()).toContain(`Normal SuccessfulDelete: Deleted MachineSet ${namespace}/${first?.metadata.name}`);
  });

  test("going back to an old revision takes its MachineSet again, as the newest [CORE-319] [CORE-325] [TRAP-10]", async () => {
    const world = await made(deployment({ revisionHistoryLimit: 5 }));
    await world.run();
    const [first] = await world.sets();
    await world.change(toVersion("v1.34.0"));
    await world.run();
    await world.change(toVersion("v1.33.1"));
    await world.run();
    expect(await world.sizes()).toEqual([3, 0]);
    const again = await world.get(MachineSet, first?.metadata.name ?? "");
    expect(again.metadata.annotations).toMatchObject({ [annotations.revision]: "3", [annotations.revisionHistory]: "1" });
    expect(hashOf(again)).toBe(hashOf(first));
    expect(revisionOf(await world.deployment())).toBe("3");
  });

  test("labels, annotations, timeouts and policies change in place, and only on the newest MachineSet [CORE-326] [CORE-327] [TRAP-11]", async () => {
    const world = await made();
    await world.run();
    await world.change(toVersion("v1.34.0"));
    await world.run();
    await world.setMetadata(MachineDeployment, "md", { annotations: { note: "n" } });
    await world.change({
      minReadySeconds: 5,
      strategy: { rollingUpdate: { deletePolicy: "Oldest" } },
      template: { metadata: { labels: { zone: "a" } }, spec: { nodeDrainTimeout: "1m" } },
    });
    const [old, current] = await world.sets();
    expect(current?.metadata.annotations).toMatchObject({ note: "n" });
    expect(current?.spec).toMatchObject({
      minReadySeconds: 5,
      deletePolicy: "Oldest",
      replicas: 3,
      template: { spec: { nodeDrainTimeout: "1m", version: "v1.34.0" } },
    });
    expect(old?.metadata.annotations).not.toHaveProperty("note");
    expect(old?.spec.template?.metadata?.labels).not.toHaveProperty("zone");
    expect(await world.sets()).toHaveLength(2);
    const [machine] = await world.machines();
    expect(machine?.metadata.labels).toMatchObject({ zone: "a" });
    expect(machine?.spec.nodeDrainTimeout).toBe("1m");
  });

  test("rolls once more when rolloutAfter has passed, and not again [CORE-320] [TRAP-12]", async () => {
    const world = await made();
    await world.run();
    const soon = new Date(world.clock.now().getTime() + 60_000).toISOString().replace(/\.\d+/, "");
    await world.change({ rolloutAfter: soon });
    expect(await world.sets()).toHaveLength(1);
    await world.advance(63);
    await world.run();
    expect(await world.sizes()).toEqual([0, 3]);
    await world.advance(3600);
    expect(await world.sizes()).toEqual([0, 3]);
    expect(await world.v2("RollingOut")).toMatchObject({ status: "False" });
  });

  test("scales without a rollout [CORE-327] [CORE-328]", async () => {
    const world = await made();
    await world.run();
    await world.change({ replicas: 5 });
    await world.run();
    expect(await world.sizes()).toEqual([5]);
    await world.change({ replicas: 1 });
    await world.run();
    expect(await world.sizes()).toEqual([1]);
    expect((await world.sets())[0]?.metadata.annotations).toMatchObject({
      [annotations.desiredReplicas]: "1",
      [annotations.maxReplicas]: "2",
    });
    expect((await world.deployment()).status).toMatchObject({ replicas: 1, phase: "Running" });
  });

  test("a paused one scales and does not roll [CORE-332] [TRAP-06]", async () => {
    const world = await made();
    await world.run();
    await world.change({ paused: true, replicas: 4, ...toVersion("v1.34.0") });
    await world.run();
    expect(await world.sizes()).toEqual([4]);
    expect(new Set(await world.infrastructure())).toEqual(new Set(["v1.33.1"]));
    await world.change({ paused: false });
    await world.run();
    expect(await world.sizes()).toEqual([0, 4]);
  });

  test("OnDelete replaces what people delete, and nothing else [CORE-331]", async () => {
    const world = await made(deployment({ strategy: { type: "OnDelete" } }));
    await world.run();
    await world.change(toVersion("v1.34.0"));
    await world.run();
    expect(await world.sizes()).toEqual([3, 0]);
    expect((await world.sets())[0]?.metadata.annotations).toMatchObject({ [annotations.disableMachineCreate]: "true" });
    const [machine] = await world.machines();
    await world.client.delete(Machine, refIn(machine?.metadata.name ?? ""));
    await world.run();
    expect(await world.sizes()).toEqual([2, 1]);
    expect((await world.infrastructure()).toSorted()).toEqual(["v1.33.1", "v1.33.1", "v1.34.0"]);
    await world.change({ replicas: 2 });
    await world.run();
    expect(await world.sizes()).toEqual([1, 1]);
  });

  test("adopts MachineSets that nobody controls, and puts its name back on its own [CORE-317]", async () => {
    const world = await made(
      deployment({
        selector: { matchLabels: { app: "x" } },
        template: { metadata: { labels: { app: "x" } }, spec: workerSpec() },
      }),
    );
    const [set] = await world.sets();
    const name = set?.metadata.name ?? "";
    await world.setMetadata(MachineSet, name, { ownerReferences: null });
    await world.settled();
    await world.setMetadata(MachineSet, name, { labels: { "cluster.x-k8s.io/deployment-name": null } });
    await world.settled();
    const again = await world.get(MachineSet, name);
    expect(again.metadata.ownerReferences).toMatchObject([{ kind: "MachineDeployment", controller: true }]);
    expect(again.metadata.labels).toMatchObject({ "cluster.x-k8s.io/deployment-name": "md" });
    expect(await world.events()).toContain(`Normal SuccessfulAdopt: Adopted MachineSet "${name}"`);
    expect(await world.sets()).toHaveLength(1);
  });

  test("takes a MachineSet that says the same, whatever its name and hash are, and leaves both alone [CORE-322]", async () => {
    const world = await startWorkers((parts) => [machineSetController(parts), machineDeploymentController(parts)]);
    const selected = { "machine-template-hash": "3141592653-abcde", "cluster.x-k8s.io/deployment-name": "md" };
    await world.client.create(MachineSet, {
      apiVersion: apiVersionOf(MachineSet),
      kind: "MachineSet",
      metadata: { name: "md-made-by-another", namespace, labels: { ...selected, "cluster.x-k8s.io/cluster-name": "one" } },
      spec: {
        clusterName: "one",
        replicas: 3,
        selector: { matchLabels: selected },
        template: { metadata: { labels: { ...selected, tier: "x" } }, spec: workerSpec() },
      },
    });
    await world.client.create(MachineDeployment, deployment());
    await world.run();
    const sets = await world.sets();
    expect(sets.map(({ metadata }) => metadata.name)).toEqual(["md-made-by-another"]);
    expect(sets[0]?.metadata.ownerReferences).toMatchObject([{ kind: "MachineDeployment", controller: true }]);
    expect(sets[0]?.metadata.labels).toMatchObject(selected);
    expect(sets[0]?.spec.selector.matchLabels).toMatchObject(selected);
    expect(await world.machines()).toHaveLength(3);
  });

  test("makes no MachineSet without its templates, and says so [CORE-323] [CORE-337]", async () => {
    const world = await made(deployment({ template: { spec: workerSpec("none") } }));
    expect(await world.sets()).toEqual([]);
    expect(await world.v2("ScalingUp")).toMatchObject({
      status: "True",
      message: "Scaling up from 0 to 3 replicas is blocked because OpenStackMachineTemplate does not exist",
    });
    expect(await world.v1("MachineSetReady")).toMatchObject({ status: "False", message: "MachineSet not found" });
  });

  test("deletes its MachineSets, waits for them, and goes [CORE-338] [CORE-048]", async () => {
    const world = await made();
    await world.run();
    expect((await world.deployment()).metadata.finalizers).toEqual(["cluster.x-k8s.io/machinedeployment"]);
    await world.client.delete(MachineDeployment, refIn("md"));
    await world.settled();
    expect(await world.v2("Deleting")).toMatchObject({ status: "True", message: "Deleting 3 Machines" });
    expect(await world.v2("ScalingDown")).toMatchObject({ status: "True", message: "Scaling down from 3 to 0 replicas" });
    await world.run();
    expect(await world.find(MachineDeployment, "md")).toBeUndefined();
    expect(await world.sets()).toEqual([]);
  });
});

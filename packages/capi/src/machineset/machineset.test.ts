import {
  annotations,
  apiVersionOf,
  Cluster,
  KubeadmConfig,
  KubeadmConfigTemplate,
  KubeadmControlPlane,
  Machine,
  MachineDeployment,
  MachineSet,
  OpenStackMachine,
  OpenStackMachineTemplate,
} from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { namespace, refIn } from "../testing/managementcluster.test-support.ts";
import { machineSetController } from "./index.ts";
import { startWorkers, workerSpec } from "./workers.test-support.ts";

const start = () => startWorkers((parts) => [machineSetController(parts)]);

const machineSet = (spec: Partial<MachineSet["spec"]> = {}, metadata: object = {}): MachineSet => ({
  apiVersion: apiVersionOf(MachineSet),
  kind: "MachineSet",
  metadata: { name: "workers", namespace, ...metadata },
  spec: {
    clusterName: "one",
    replicas: 2,
    selector: {},
    template: { metadata: { labels: { tier: "x" } }, spec: workerSpec() },
    ...spec,
  },
});

const made = async (set = machineSet()) => {
  const world = await start();
  await world.client.create(MachineSet, set);
  await world.settled();
  const get = () => world.get(MachineSet, "workers");
  return {
    ...world,
    set: get,
    v1: async (type: string) => findCondition((await get()).status?.conditions, type),
    v2: async (type: string) => findCondition((await get()).status?.v1beta2?.conditions, type),
  };
};

/** A world whose Cluster has a control plane that is still coming up. */
const withControlPlane = async () => {
  const world = await start();
  await world.client.create(KubeadmControlPlane, {
    apiVersion: apiVersionOf(KubeadmControlPlane),
    kind: "KubeadmControlPlane",
    metadata: { name: "cp", namespace },
    spec: { version: "v1.33.1", kubeadmConfigSpec: {}, machineTemplate: { infrastructureRef: workerSpec().infrastructureRef } },
  });
  await world.client.patch(
    { group: "cluster.x-k8s.io", version: "v1beta1", kind: "Cluster", plural: "clusters", scope: "Namespaced" },
    refIn("one"),
    {
      type: "merge",
      body: {
        spec: { controlPlaneRef: { apiVersion: apiVersionOf(KubeadmControlPlane), kind: "KubeadmControlPlane", name: "cp" } },
      },
    },
  );
  return world;
};

describe("MachineSet", () => {
  test("makes as many Machines as wanted, each with its own bootstrap config and infrastructure [CORE-278] [CORE-283] [CORE-284] [CORE-285]", async () => {
    const world = await made();
    const [first, second] = await world.machines();
    if (!first || !second) throw new Error("two Machines were to be made");
    expect(first.metadata.name).toMatch(/^workers-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(first.metadata).toMatchObject({
      labels: { tier: "x", "cluster.x-k8s.io/cluster-name": "one", "cluster.x-k8s.io/set-name": "workers" },
      finalizers: ["machine.cluster.x-k8s.io"],
      ownerReferences: [{ kind: "MachineSet", name: "workers", controller: true, blockOwnerDeletion: true }],
    });
    const { name } = first.metadata;
    expect(first.spec).toMatchObject({
      clusterName: "one",
      version: "v1.33.1",
      bootstrap: { configRef: { kind: "KubeadmConfig", name, namespace } },
      infrastructureRef: { kind: "OpenStackMachine", name, namespace },
    });
    const infrastructure = await world.get(OpenStackMachine, name);
    expect(infrastructure.spec.flavor).toBe("small");
    expect(infrastructure.metadata).toMatchObject({
      labels: first.metadata.labels,
      annotations: {
        "cluster.x-k8s.io/cloned-from-name": "small",
        "cluster.x-k8s.io/cloned-from-groupkind": "OpenStackMachineTemplate.infrastructure.cluster.x-k8s.io",
      },
    });
    expect(infrastructure.metadata.ownerReferences?.[0]).toMatchObject({ kind: "MachineSet", name: "workers" });
    expect(infrastructure.metadata.ownerReferences?.[0]?.controller).toBeUndefined();
    expect((await world.get(KubeadmConfig, name)).metadata.labels?.["cluster.x-k8s.io/set-name"]).toBe("workers");
    expect(await world.events()).toContain(`Normal SuccessfulCreate: Created machine "${second.metadata.name}"`);
  });

  test("belongs to the Cluster, as do its templates; references name the version of the contract [CORE-274] [CORE-275] [CORE-095]", async () => {
    const world = await made(
      machineSet({
        template: {
          spec: {
            ...workerSpec(),
            infrastructureRef: { ...workerSpec().infrastructureRef, apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha7" },
          },
        },
      }),
    );
    const set = await world.set();
    expect(set.metadata.ownerReferences).toMatchObject([{ kind: "Cluster", name: "one" }]);
    expect(set.spec.selector.matchLabels?.["cluster.x-k8s.io/cluster-name"]).toBe("one");
    expect(set.spec.template?.spec?.infrastructureRef.apiVersion).toBe("infrastructure.cluster.x-k8s.io/v1beta1");
    for (const [kind, name] of [
      [OpenStackMachineTemplate, "small"],
      [KubeadmConfigTemplate, "boot"],
    ] as const) {
      expect(
        (await world.find<KubeadmConfigTemplate | OpenStackMachineTemplate>(kind as never, name))?.metadata.ownerReferences,
      ).toMatchObject([{ kind: "Cluster" }]);
    }
  });

  test("says what it has, in both families of conditions [CORE-292] [CORE-293] [CORE-295] [CORE-296]", async () => {
    const world = await made();
    expect((await world.set()).status).toMatchObject({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 0,
      availableReplicas: 0,
      observedGeneration: (await world.set()).metadata.generation,
    });
    expect(await world.v1("MachinesCreated")).toMatchObject({ status: "True" });
    expect(await world.v2("ScalingUp")).toMatchObject({ status: "False", reason: "NotScalingUp", message: "" });
    await world.run();
    await world.advance(15);
    expect((await world.set()).status).toMatchObject({
      readyReplicas: 2,
      availableReplicas: 2,
      v1beta2: { readyReplicas: 2, availableReplicas: 2, upToDateReplicas: 0 },
    });
    expect(await world.v1("Resized")).toMatchObject({ status: "True" });
    expect(await world.v2("MachinesReady")).toMatchObject({ status: "True", reason: "Ready" });
    expect(await world.v2("Deleting")).toMatchObject({ status: "False", reason: "NotDeleting" });
    expect(await world.v2("Paused")).toMatchObject({ status: "False", reason: "NotPaused" });
  });

  test("counts a Node as available only when it was ready for long enough [CORE-292] [CORE-294]", async () => {
    const world = await made(machineSet({ replicas: 1, minReadySeconds: 60 }));
    await world.run();
    await world.advance(15);
    expect((await world.set()).status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
    await world.advance(61);
    expect((await world.set()).status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
  });

  test("scales up and down; Machines on their way out still count [CORE-276] [CORE-288] [CORE-285] [RUN-049]", async () => {
    const world = await made();
    await world.run();
    await world.setSpec(MachineSet, "workers", { replicas: 3 });
    expect(await world.machines()).toHaveLength(3);
    await world.run();
    const [, marked] = await world.machines();
    if (!marked) throw new Error("three Machines were to be made");
    await world.setMetadata(Machine, marked.metadata.name, { annotations: { [annotations.deleteMachine]: "" } });
    await world.setSpec(MachineSet, "workers", { replicas: 2 });
    const going = (await world.machines()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect(going.map(({ metadata }) => metadata.name)).toEqual([marked.metadata.name]);
    expect((await world.set()).status?.replicas).toBe(3);
    expect(await world.v1("Resized")).toMatchObject({
      status: "False",
      reason: "ScalingDown",
      message: "Scaling down MachineSet to 2 replicas (actual 3)",
    });
    expect(await world.v2("ScalingDown")).toMatchObject({ status: "True", message: "Scaling down from 3 to 2 replicas" });
    await world.run();
    expect(await world.machines()).toHaveLength(2);
    expect((await world.set()).status?.replicas).toBe(2);
    expect(await world.events()).toContain(`Normal SuccessfulDelete: Deleted machine "${marked.metadata.name}"`);
  });

  test("makes none while it is told not to [CORE-034] [CORE-287]", async () => {
    const world = await made(machineSet({}, { annotations: { [annotations.disableMachineCreate]: "true" } }));
    expect(await world.machines()).toEqual([]);
  });

  test("adopts Machines that nobody controls and leaves others' alone [CORE-276]", async () => {
    const world = await start();
    const machine = (name: string, extra: object = {}): Machine => ({
      apiVersion: apiVersionOf(Machine),
      kind: "Machine",
      metadata: { name, namespace, labels: { app: "x", "cluster.x-k8s.io/cluster-name": "one" }, ...extra },
      spec: {
        clusterName: "one",
        bootstrap: { dataSecretName: "d" },
        infrastructureRef: { kind: "OpenStackMachine", apiVersion: apiVersionOf(OpenStackMachine), name, namespace },
      },
    });
    const { uid } = (await world.get(Cluster, "one")).metadata;
    const others = {
      ownerReferences: [{ apiVersion: apiVersionOf(Cluster), kind: "Cluster", name: "one", uid, controller: true }],
    };
    await world.client.create(Machine, machine("orphan"));
    await world.client.create(Machine, machine("theirs", others));
    await world.client.create(
      MachineSet,
      machineSet({
        replicas: 1,
        selector: { matchLabels: { app: "x" } },
        template: { metadata: { labels: { app: "x" } }, spec: workerSpec() },
      }),
    );
    expect(await world.names()).toEqual(["orphan", "theirs"]);
    expect((await world.get(Machine, "orphan")).metadata.ownerReferences).toMatchObject([
      { kind: "MachineSet", controller: true },
    ]);
    expect((await world.get(Machine, "theirs")).metadata.ownerReferences).toMatchObject([{ kind: "Cluster" }]);
    expect((await world.get(MachineSet, "workers")).status?.replicas).toBe(1);
    expect(await world.events()).toContain('Normal SuccessfulAdopt: Adopted Machine "orphan"');
  });

  test("brings labels, annotations, gates and timeouts to Machines and their objects, and takes them away again; nothing else [CORE-279] [CORE-281] [TRAP-11]", async () => {
    const world = await made(machineSet({ replicas: 1 }));
    const [
      {
        metadata: { name },
      } = { metadata: { name: "" } },
    ] = await world.machines();
    await world.setMetadata(Machine, name, { labels: { mine: "yes" } });
    await world.setSpec(MachineSet, "workers", {
      template: {
        metadata: { labels: { tier: null, zone: "a" }, annotations: { note: "n" } },
        spec: {
          nodeDrainTimeout: "5m",
          readinessGates: [{ conditionType: "Mounted" }],
          version: "v1.34.0",
          failureDomain: "az1",
        },
      },
    });
    const [machine] = await world.machines();
    expect(machine?.metadata.labels).toEqual({
      zone: "a",
      mine: "yes",
      "cluster.x-k8s.io/cluster-name": "one",
      "cluster.x-k8s.io/set-name": "workers",
    });
    expect(machine?.metadata.annotations).toEqual({ note: "n" });
    expect(machine?.spec).toMatchObject({
      nodeDrainTimeout: "5m",
      readinessGates: [{ conditionType: "Mounted" }],
      version: "v1.33.1",
    });
    expect(machine?.spec.failureDomain).toBeUndefined();
    const infrastructure = await world.get(OpenStackMachine, name);
    expect(infrastructure.metadata.labels).toMatchObject({ zone: "a" });
    expect(infrastructure.metadata.labels).not.toHaveProperty("tier");
    expect((await world.get(KubeadmConfig, name)).metadata.annotations).toMatchObject({ note: "n" });
    const { resourceVersion } = (await world.get(Machine, name)).metadata;
    await world.advance(60);
    expect((await world.get(Machine, name)).metadata.resourceVersion).toBe(resourceVersion);
  });

  test("a Machine on its way out gets only what helps it go [CORE-280]", async () => {
    const world = await made(machineSet({ replicas: 1 }));
    const [machine] = await world.machines();
    const name = machine?.metadata.name ?? "";
    await world.client.delete(Machine, refIn(name));
    await world.setSpec(MachineSet, "workers", {
      template: { metadata: { labels: { zone: "a" } }, spec: { nodeDrainTimeout: "1s" } },
    });
    await world.settled();
    const going = await world.get(Machine, name);
    expect(going.spec.nodeDrainTimeout).toBe("1s");
    expect(going.metadata.labels).not.toHaveProperty("zone");
  });

  test("waits for its templates, and says which is missing [CORE-284] [CORE-296]", async () => {
    const world = await made(machineSet({ template: { spec: workerSpec("none") } }));
    expect(await world.machines()).toEqual([]);
    expect(await world.v1("MachinesCreated")).toMatchObject({
      status: "False",
      severity: "Error",
      reason: "InfrastructureTemplateCloningFailed",
    });
    expect(await world.v2("ScalingUp")).toMatchObject({
      status: "True",
      message: "Scaling up from 0 to 2 replicas is blocked because:\n* OpenStackMachineTemplate does not exist",
    });
    await world.client.create(OpenStackMachineTemplate, {
      ...(await world.get(OpenStackMachineTemplate, "small")),
      metadata: { name: "none", namespace },
    } as OpenStackMachineTemplate);
    expect(await world.machines()).toHaveLength(2);
    expect(await world.v1("MachinesCreated")).toMatchObject({ status: "True" });
  });

  test("leaves nothing behind when a Machine cannot be made, and says why [CORE-284] [CORE-285]", async () => {
    const world = await made(machineSet({ replicas: 1, template: { spec: { ...workerSpec(), bootstrap: {} } } }));
    expect(await world.machines()).toEqual([]);
    expect(await world.list(OpenStackMachine)).toEqual([]);
    expect(await world.v1("MachinesCreated")).toMatchObject({
      status: "False",
      severity: "Error",
      reason: "MachineCreationFailed",
    });
    expect((await world.events()).some((event) => event.startsWith("Warning FailedCreate: Failed to create machine: "))).toBe(
      true,
    );
  });

  test("takes away what a killed program left of a Machine that it never made [CORE-284]", async () => {
    const world = await made(machineSet({ replicas: 1 }));
    const { uid } = (await world.set()).metadata;
    const ownerReferences = [{ apiVersion: apiVersionOf(MachineSet), kind: "MachineSet", name: "workers", uid }];
    await world.client.create(KubeadmConfig, {
      apiVersion: apiVersionOf(KubeadmConfig),
      kind: "KubeadmConfig",
      metadata: { name: "workers-never", namespace, ownerReferences },
      spec: {},
    });
    await world.setSpec(MachineSet, "workers", { replicas: 2 });
    const kept = (await world.list(KubeadmConfig)).map(({ metadata }) => metadata.name).toSorted();
    expect(kept).toEqual(await world.names());
    expect(kept).toHaveLength(2);
  });

  test("holds back while the control plane is not stable, and looks again [CORE-306] [TRAP-15]", async () => {
    const world = await withControlPlane();
    await world.client.create(MachineSet, machineSet());
    expect(await world.machines()).toEqual([]);
    const set = await world.get(MachineSet, "workers");
    expect(findCondition(set.status?.conditions, "MachinesCreated")).toMatchObject({
      reason: "PreflightCheckFailed",
      severity: "Error",
    });
    expect(findCondition(set.status?.v1beta2?.conditions, "ScalingUp")?.message).toMatch(
      /is blocked because:\n\* KubeadmControlPlane magnum-system\/cp is provisioning/,
    );
    await world.setStatus(KubeadmControlPlane, "cp", { version: "v1.33.1" });
    await world.advance(15);
    expect(await world.machines()).toHaveLength(2);
  });

  describe("remediation", () => {
    const sick = {
      conditions: [
        {
          type: "HealthCheckSucceeded",
          status: "False",
          severity: "Warning",
          reason: "NodeStartupTimeout",
          lastTransitionTime: "2026-01-01T00:00:00Z",
        },
        {
          type: "OwnerRemediated",
          status: "False",
          severity: "Warning",
          reason: "WaitingForRemediation",
          lastTransitionTime: "2026-01-01T00:00:00Z",
        },
      ],
    };

    test("deletes a Machine that was given up and makes another [CORE-299] [CORE-305]", async () => {
      const world = await made();
      await world.run();
      const [machine] = await world.machines();
      const name = machine?.metadata.name ?? "";
      await world.setStatus(Machine, name, sick);
      await world.settled();
      const going = await world.get(Machine, name);
      expect(going.metadata.deletionTimestamp).toBeDefined();
      expect(findCondition(going.status?.conditions, "OwnerRemediated")?.status).toBe("True");
      expect(findCondition(going.status?.v1beta2?.conditions, "OwnerRemediated")).toMatchObject({
        status: "False",
        reason: "MachineDeleting",
        message: "Machine is deleting",
      });
      await world.run();
      expect(await world.names()).not.toContain(name);
      expect(await world.machines()).toHaveLength(2);
    });

    test("gives a Machine that failed before it had a node a minute, so that one that cannot be made is not made again and again", async () => {
      const world = await made(machineSet({ replicas: 1 }));
      const name = (await world.machines())[0]?.metadata.name ?? "";
      const { nodeRef: _, ...never } = (await world.get(Machine, name)).status ?? {};
      await world.setStatus(Machine, name, { ...never, nodeRef: undefined, ...sick });
      await world.settled();
      const young = await world.get(Machine, name);
      expect(young.metadata.deletionTimestamp).toBeUndefined();
      expect(findCondition(young.status?.v1beta2?.conditions, "OwnerRemediated")).toMatchObject({
        status: "False",
        reason: "RemediationDeferred",
        message: "Waiting until the machine is 60 seconds old: it failed before it had a node",
      });
      await world.advance(61);
      expect((await world.get(Machine, name)).metadata.deletionTimestamp).toBeDefined();
    });

    test("waits while the control plane is not stable, says so, and looks again [CORE-304]", async () => {
      const world = await withControlPlane();
      await world.setStatus(KubeadmControlPlane, "cp", { version: "v1.33.1" });
      await world.client.create(MachineSet, machineSet());
      await world.run();
      const [name = ""] = await world.names();
      await world.setSpec(KubeadmControlPlane, "cp", { version: "v1.33.2" });
      await world.setStatus(Machine, name, sick);
      await world.settled();
      const waiting = await world.get(Machine, name);
      expect(waiting.metadata.deletionTimestamp).toBeUndefined();
      expect(findCondition(waiting.status?.conditions, "OwnerRemediated")).toMatchObject({
        status: "False",
        reason: "WaitingForRemediation",
        severity: "Warning",
      });
      expect(findCondition(waiting.status?.v1beta2?.conditions, "OwnerRemediated")).toMatchObject({
        status: "False",
        reason: "RemediationDeferred",
        message: expect.stringMatching(/^\* KubeadmControlPlane .* is upgrading/),
      });
      await world.setStatus(KubeadmControlPlane, "cp", { version: "v1.33.2" });
      await world.advance(15);
      expect((await world.get(Machine, name)).metadata.deletionTimestamp).toBeDefined();
    });

    test("forgets what it was asked when the Machine is well again [CORE-300]", async () => {
      const world = await made(machineSet({ replicas: 1 }));
      const [machine] = await world.machines();
      const name = machine?.metadata.name ?? "";
      await world.setStatus(Machine, name, { conditions: [{ ...sick.conditions[0], status: "True" }, sick.conditions[1]] });
      await world.settled();
      expect((await world.get(Machine, name)).status?.conditions?.map(({ type }) => type)).toEqual(["HealthCheckSucceeded"]);
    });

    const deployment = (metadata: object, spec: object = {}): MachineDeployment => ({
      apiVersion: apiVersionOf(MachineDeployment),
      kind: "MachineDeployment",
      metadata: { name: "md", namespace, ...metadata },
      spec: { clusterName: "one", selector: {}, replicas: 4, template: { spec: workerSpec() }, ...spec },
    });
    const revision = (value: string) => ({ annotations: { [annotations.revision]: value } });
    const child = (extra: object = {}) =>
      machineSet({ replicas: 3 }, { labels: { "cluster.x-k8s.io/deployment-name": "md" }, ...revision("1"), ...extra });

    test("is not for an old revision [CORE-301] [TRAP-15]", async () => {
      const world = await start();
      await world.client.create(MachineDeployment, deployment(revision("2")));
      await world.client.create(MachineSet, child());
      await world.run();
      const [machine] = await world.machines();
      await world.setStatus(Machine, machine?.metadata.name ?? "", sick);
      await world.settled();
      const kept = await world.get(Machine, machine?.metadata.name ?? "");
      expect(kept.metadata.deletionTimestamp).toBeUndefined();
      expect(findCondition(kept.status?.v1beta2?.conditions, "OwnerRemediated")).toMatchObject({ reason: "CannotBeRemediated" });
    });

    test("takes no more at once than the deployment allows, those a person asked for first, then the newest [CORE-302] [CORE-303]", async () => {
      const world = await start();
      await world.client.create(
        MachineDeployment,
        deployment(revision("1"), { strategy: { type: "RollingUpdate", remediation: { maxInFlight: "25%" } } }),
      );
      await world.client.create(MachineSet, child());
      await world.run();
      const names = await world.names();
      const asked = names.at(-1) ?? "";
      await world.setMetadata(Machine, asked, { annotations: { [annotations.remediateMachine]: "" } });
      await world.setSpec(MachineSet, "workers", { replicas: 3 });
      for (const name of [asked, ...names.slice(0, -1)]) {
        await world.setStatus(Machine, name, sick);
        await world.settled();
      }
      const machines = await world.machines();
      expect(machines.filter(({ metadata }) => metadata.deletionTimestamp).map(({ metadata }) => metadata.name)).toEqual([asked]);
      const waiting = machines.find(({ metadata }) => metadata.name === names[0]);
      expect(findCondition(waiting?.status?.v1beta2?.conditions, "OwnerRemediated")).toMatchObject({
        reason: "RemediationDeferred",
        message:
          "Waiting because there are already too many remediations in progress (spec.strategy.remediation.maxInFlight is 25%)",
      });
    });
  });

  test("deletes its Machines, waits for them, and goes [CORE-291] [CORE-297] [CORE-048]", async () => {
    const world = await made();
    expect((await world.set()).metadata.finalizers).toEqual(["cluster.x-k8s.io/machineset"]);
    await world.client.delete(MachineSet, refIn("workers"));
    const going = await world.machines();
    expect(going.every(({ metadata }) => metadata.deletionTimestamp !== undefined)).toBe(true);
    expect(await world.v2("Deleting")).toMatchObject({ status: "True", message: "Deleting 2 Machines" });
    for (const machine of going) await world.gone(machine);
    expect(await world.find(MachineSet, "workers")).toBeUndefined();
  });

  test("fails while its deployment does not exist [CORE-277]", async () => {
    const world = await made(machineSet({}, { labels: { "cluster.x-k8s.io/deployment-name": "gone" } }));
    expect(await world.machines()).toEqual([]);
    expect((await world.set()).metadata.ownerReferences).toBeUndefined();
  });
});

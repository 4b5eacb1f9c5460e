import { Cluster, Machine, MachineHealthCheck, Node, type Stored } from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { machine, node } from "../testing/machines.test-support.ts";
import { namespace, refIn, startManagementCluster } from "../testing/managementcluster.test-support.ts";
import { createRunningCluster, createTenantCluster } from "../testing/workloadcluster.test-support.ts";
import { machineHealthCheckController } from "./index.ts";

const labels = { role: "worker", "cluster.x-k8s.io/cluster-name": "one" };

/** Three Machines with Nodes, and a check of them. */
const start = async (spec: Partial<MachineHealthCheck["spec"]> = {}) => {
  let tenant: ReturnType<typeof createTenantCluster> | undefined;
  const management = await startManagementCluster((clock) => {
    tenant = createTenantCluster(clock);
    return [tenant.controller, machineHealthCheckController({ workloads: tenant.clusters })];
  });
  if (!tenant) throw new Error("no controllers were asked for");
  const { client, setStatus, settled, clock } = management;
  await createRunningCluster(management);
  const ready = { status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" };
  await setStatus(Cluster, "one", {
    conditions: ["ControlPlaneInitialized", "InfrastructureReady"].map((type) => ({ type, ...ready })),
  });
  const workload = await tenant.client;
  for (const name of ["a", "b", "c"]) {
    await client.create(Machine, machine({ name, labels }, { providerID: `openstack:///${name}` }));
    await setStatus(Machine, name, { nodeRef: { apiVersion: "v1", kind: "Node", name } });
    await workload.create(Node, node(name, `openstack:///${name}`));
  }
  await client.create(MachineHealthCheck, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "MachineHealthCheck",
    metadata: { name: "check", namespace },
    spec: {
      clusterName: "one",
      selector: { matchLabels: { role: "worker" } },
      maxUnhealthy: "40%",
      unhealthyConditions: [{ type: "Ready", status: "Unknown", timeout: "5m0s" }],
      ...spec,
    },
  });
  await settled();
  return {
    ...management,
    fall: async (name: string) => {
      const lastTransitionTime = clock.now().toISOString().replace(".000", "");
      const conditions = [{ type: "Ready", status: "Unknown", lastTransitionTime }];
      await workload.patch(Node, { name }, { type: "merge", body: { status: { conditions } } }, { subresource: "status" });
      await settled();
    },
  };
};
const healthOf = (object: Stored<Machine>) => findCondition(object.status?.conditions, "HealthCheckSucceeded");
const ownerOf = (object: Stored<Machine>) => findCondition(object.status?.conditions, "OwnerRemediated");

describe("a MachineHealthCheck", () => {
  test("belongs to its Cluster and says whom it watches [CORE-344] [CORE-345]", async () => {
    const { get, client, settled } = await start();
    await client.patch(Machine, refIn("b"), {
      type: "merge",
      body: { metadata: { annotations: { "cluster.x-k8s.io/skip-remediation": "" } } },
    });
    await settled();
    const check = await get(MachineHealthCheck, "check");
    expect(check.metadata.ownerReferences).toMatchObject([{ kind: "Cluster", name: "one" }]);
    expect(check.metadata.finalizers).toBeUndefined();
    expect(check.status).toMatchObject({ expectedMachines: 2, currentHealthy: 2, targets: ["a", "c"], observedGeneration: 1 });
    expect(findCondition(check.status?.conditions, "RemediationAllowed")?.status).toBe("True");
    expect(healthOf(await get(Machine, "a"))?.status).toBe("True");
    expect(healthOf(await get(Machine, "b"))?.status).toBe("True"); // what was said before it was left out
  });

  test("marks a Machine whose Node is silent for too long, and its owner is to replace it [CORE-349] [CORE-350] [CORE-353] [CORE-357] [TRAP-17]", async () => {
    const { get, advance, fall, events } = await start();
    await fall("a");
    expect(healthOf(await get(Machine, "a"))?.status).toBe("True");
    expect(await events()).toContain(`Normal DetectedUnhealthy: Machine ${namespace}/a has unhealthy Node a`);
    await advance(301);
    const ill = await get(Machine, "a");
    expect(healthOf(ill)).toMatchObject({ status: "False", reason: "UnhealthyNode", severity: "Warning" });
    expect(ownerOf(ill)).toMatchObject({ status: "False", reason: "WaitingForRemediation", severity: "Warning" });
    expect(findCondition(ill.status?.v1beta2?.conditions, "OwnerRemediated")).toMatchObject({
      reason: "WaitingForRemediation",
      message: "Waiting for remediation",
    });
    expect(ill.metadata.deletionTimestamp).toBeUndefined();
    expect((await get(MachineHealthCheck, "check")).status).toMatchObject({
      expectedMachines: 3,
      currentHealthy: 2,
      remediationsAllowed: 0,
    });
    expect(await events()).toContain(
      `Normal MachineMarkedUnhealthy: Machine ${namespace}/a has been marked as unhealthy by ${namespace}/check`,
    );
  });

  test("holds back when too many are ill, and says so [CORE-355] [CORE-356]", async () => {
    const { get, advance, fall, events } = await start();
    await fall("a");
    await fall("b");
    await advance(301);
    const check = await get(MachineHealthCheck, "check");
    const message =
      "Remediation is not allowed, the number of not started or unhealthy machines exceeds maxUnhealthy (total: 3, unhealthy: 2, maxUnhealthy: 40%)";
    expect(findCondition(check.status?.conditions, "RemediationAllowed")).toMatchObject({
      status: "False",
      reason: "TooManyUnhealthy",
      message,
    });
    expect(healthOf(await get(Machine, "a"))?.status).toBe("False");
    expect(ownerOf(await get(Machine, "a"))).toBeUndefined();
    expect(await events()).toContain(`Warning RemediationRestricted: ${message}`);
  });

  test("takes back what it said when the Node is well again, and writes nothing while all is well", async () => {
    const { get, advance, fall, client, settled, running } = await start();
    await client.patch(Machine, refIn("a"), {
      type: "merge",
      body: { metadata: { annotations: { "cluster.x-k8s.io/remediate-machine": "" } } },
    });
    await settled();
    expect(healthOf(await get(Machine, "a"))).toMatchObject({ status: "False", reason: "HasRemediateMachineAnnotation" });
    await client.patch(Machine, refIn("a"), {
      type: "merge",
      body: { metadata: { annotations: { "cluster.x-k8s.io/remediate-machine": null } } },
    });
    await settled();
    expect(healthOf(await get(Machine, "a"))?.status).toBe("True");
    expect(ownerOf(await get(Machine, "a"))?.status).toBe("False"); // the owner's to answer
    const passes = running.passes("machinehealthcheck");
    await advance(3600);
    expect(running.passes("machinehealthcheck")).toBe(passes);
    expect(fall).toBeDefined();
  });
});

import { Machine, MachineSet, Node } from "@slipway/api";
import { describe, expect, test } from "vitest";
import {
  Bootstrap,
  Infrastructure,
  infrastructure,
  machine,
  node,
  start,
  startRunning,
  v1,
  v2,
} from "../testing/machines.test-support.ts";
import { namespace, provided, refIn } from "../testing/managementcluster.test-support.ts";

describe("a Machine on its way up", () => {
  test.each([
    ["in the same process", false],
    ["over HTTP", true],
  ])(
    "goes from Pending to Running as its parts come, and says at each step what it waits for, %s [CORE-210] [CORE-214] [CORE-218] [CORE-219] [CORE-223] [CORE-261] [CORE-450]",
    async (_where, overHttp) => {
      const { client, get, settled, setStatus, setSpec, workload, events } = await start({}, { overHttp });
      await client.create(Machine, machine({ labels: { "node-role.kubernetes.io/worker": "" } }));
      await settled();
      let stored = await get(Machine, "m");
      expect(stored.metadata.finalizers).toEqual(["machine.cluster.x-k8s.io"]);
      expect(stored.status).toMatchObject({ phase: "Pending", bootstrapReady: false, infrastructureReady: false });
      expect(v2(stored, "InfrastructureReady")).toMatchObject({
        status: "False",
        reason: "ObjectDoesNotExist",
        message: "OpenStackMachine does not exist",
      });
      expect(v2(stored, "NodeHealthy")).toMatchObject({
        reason: "InspectionFailed",
        message: "Waiting for OpenStackMachine to report spec.providerID",
      });

      await client.create(Bootstrap, provided(Bootstrap, "m"));
      await client.create(Infrastructure, infrastructure());
      await settled();
      stored = await get(Machine, "m");
      const { uid } = stored.metadata;
      const owner = {
        apiVersion: "cluster.x-k8s.io/v1beta1",
        kind: "Machine",
        name: "m",
        uid,
        controller: true,
        blockOwnerDeletion: true,
      };
      expect((await get(Bootstrap, "m")).metadata).toMatchObject({
        ownerReferences: [owner],
        labels: { "cluster.x-k8s.io/cluster-name": "one" },
      });
      expect((await get(Infrastructure, "m")).metadata.ownerReferences).toEqual([owner]);
      expect(v1(stored, "Ready")).toMatchObject({
        status: "False",
        reason: "WaitingForInfrastructure",
        message: "0 of 2 completed",
      });

      await setStatus(Bootstrap, "m", { ready: true, dataSecretName: "m-data" });
      await settled();
      stored = await get(Machine, "m");
      expect(stored.spec.bootstrap.dataSecretName).toBe("m-data");
      expect(stored.status).toMatchObject({ phase: "Provisioning", bootstrapReady: true });
      expect(v1(stored, "Ready")?.message).toBe("1 of 2 completed");

      await setSpec(Infrastructure, "m", { providerID: "openstack:///1" });
      await setStatus(Infrastructure, "m", { ready: true, addresses: [{ type: "InternalIP", address: "10.0.0.5" }] });
      await settled();
      stored = await get(Machine, "m");
      expect(stored.spec.providerID).toBe("openstack:///1");
      expect(stored.status).toMatchObject({
        phase: "Provisioned",
        infrastructureReady: true,
        addresses: [{ type: "InternalIP", address: "10.0.0.5" }],
      });
      expect(v1(stored, "NodeHealthy")).toMatchObject({
        reason: "NodeProvisioning",
        message: "Waiting for a node with matching ProviderID to exist",
      });

      await workload.create(Node, node("n1", "openstack:///1"));
      await settled();
      stored = await get(Machine, "m");
      expect(stored.status).toMatchObject({
        phase: "Running",
        nodeRef: { apiVersion: "v1", kind: "Node", name: "n1" },
        nodeInfo: { kubeletVersion: "v1.31.1" },
      });
      expect(v1(stored, "NodeHealthy")?.status).toBe("True");
      expect(v2(stored, "NodeReady")).toMatchObject({
        status: "True",
        reason: "NodeReady",
        lastTransitionTime: "2025-12-31T00:00:00Z",
      });
      expect(v2(stored, "Ready")).toMatchObject({ status: "True", reason: "Ready", message: "" });
      expect(v2(stored, "Available")).toMatchObject({ status: "True", reason: "Available" });
      expect(await events()).toEqual(["Normal SuccessfulSetNodeRef: n1"]);
      const synced = await workload.get(Node, { name: "n1" });
      expect(synced.spec?.taints ?? []).toEqual([]);
      expect(synced.metadata.labels).toMatchObject({ "node-role.kubernetes.io/worker": "", "kubernetes.io/hostname": "n1" });
      expect(synced.metadata.annotations).toMatchObject({
        "cluster.x-k8s.io/cluster-name": "one",
        "cluster.x-k8s.io/cluster-namespace": namespace,
        "cluster.x-k8s.io/machine": "m",
        "cluster.x-k8s.io/labels-from-machine": "node-role.kubernetes.io/worker",
        "cluster.x-k8s.io/annotations-from-machine": "",
      });
    },
  );

  test("believes its ready flags for good, and follows a changing server [CORE-215] [TRAP-01]", async () => {
    const { client, get, setStatus, setSpec, settled, workload } = await startRunning();
    expect((await get(Machine, "m")).status?.phase).toBe("Running");
    await setStatus(Bootstrap, "m", { ready: false });
    await setStatus(Infrastructure, "m", { ready: false, addresses: [{ type: "InternalIP", address: "10.0.0.6" }] });
    await setSpec(Infrastructure, "m", { providerID: "openstack:///1" });
    await settled();
    const stored = await get(Machine, "m");
    expect(stored.status).toMatchObject({
      phase: "Running",
      bootstrapReady: true,
      infrastructureReady: true,
      addresses: [{ address: "10.0.0.6" }],
    });
    expect(v1(stored, "BootstrapReady")?.status).toBe("True"); // the data secret is there, whatever the config says later
    expect(v1(stored, "InfrastructureReady")).toMatchObject({ status: "False", reason: "WaitingForInfrastructure" });
    await workload.delete(Node, { name: "n1" });
    await settled();
    const lost = await get(Machine, "m");
    expect(lost.status?.nodeRef?.name).toBe("n1");
    expect(v1(lost, "NodeHealthy")).toMatchObject({ status: "False", reason: "NodeNotFound", severity: "Error" });
    expect(v2(lost, "NodeHealthy")).toMatchObject({
      reason: "NodeDeleted",
      message: "Node n1 has been deleted while the Machine still exists",
    });
    await client.delete(Infrastructure, refIn("m"));
    await settled();
    const failed = await get(Machine, "m");
    expect(failed.status).toMatchObject({
      phase: "Failed",
      failureReason: "InvalidConfiguration",
      failureMessage:
        'Machine infrastructure resource infrastructure.cluster.x-k8s.io/v1beta1, Kind=OpenStackMachine with name "m" has been deleted after being ready',
    });
  });

  test("writes nothing and makes no pass while nothing changes", async () => {
    const { get, advance, running, workload } = await startRunning();
    await advance(60);
    const before = { machine: (await get(Machine, "m")).metadata.resourceVersion, passes: running.passes("machine") };
    const nodeBefore = (await workload.get(Node, { name: "n1" })).metadata.resourceVersion;
    await advance(3600);
    expect({ machine: (await get(Machine, "m")).metadata.resourceVersion, passes: running.passes("machine") }).toEqual(before);
    expect((await workload.get(Node, { name: "n1" })).metadata.resourceVersion).toBe(nodeBefore);
  });

  test("keeps its Node's labels and annotations as its own, and takes back what it gave [CORE-224] [CORE-225] [CORE-226] [CORE-231]", async () => {
    const { client, settled, workload, setMetadata } = await startRunning();
    await setMetadata(Machine, "m", {
      labels: { "x.node.cluster.x-k8s.io/zone": "a", unrelated: "b" },
      annotations: { "node.cluster.x-k8s.io/rack": "7" },
    });
    await settled();
    let synced = await workload.get(Node, { name: "n1" });
    expect(synced.metadata.labels).toMatchObject({ "x.node.cluster.x-k8s.io/zone": "a" });
    expect(synced.metadata.labels).not.toHaveProperty("unrelated");
    expect(synced.metadata.annotations).toMatchObject({
      "node.cluster.x-k8s.io/rack": "7",
      "cluster.x-k8s.io/annotations-from-machine": "node.cluster.x-k8s.io/rack",
    });
    await workload.patch(
      Node,
      { name: "n1" },
      { type: "merge", body: { metadata: { labels: { "x.node.cluster.x-k8s.io/zone": "z", mine: "1" } } } },
    );
    await settled();
    synced = await workload.get(Node, { name: "n1" });
    expect(synced.metadata.labels).toMatchObject({ "x.node.cluster.x-k8s.io/zone": "a", mine: "1" });
    await client.patch(Machine, refIn("m"), {
      type: "merge",
      body: { metadata: { labels: { "x.node.cluster.x-k8s.io/zone": null } } },
    });
    await settled();
    synced = await workload.get(Node, { name: "n1" });
    expect(synced.metadata.labels).not.toHaveProperty(["x.node.cluster.x-k8s.io/zone"]);
    expect(synced.metadata.labels).toMatchObject({ mine: "1" });
  });

  test("tells how its Node is [CORE-230] [CORE-260]", async () => {
    const { get, settled, workload } = await startRunning();
    const unknown = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({
      type,
      status: "Unknown",
      message: "Kubelet stopped posting node status.",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    }));
    await workload.patch(
      Node,
      { name: "n1" },
      { type: "merge", body: { status: { conditions: unknown } } },
      { subresource: "status" },
    );
    await settled();
    const stored = await get(Machine, "m");
    expect(v1(stored, "NodeHealthy")).toMatchObject({ status: "Unknown", reason: "NodeConditionsFailed" });
    expect(v2(stored, "NodeHealthy")).toMatchObject({
      status: "Unknown",
      reason: "NodeHealthUnknown",
      message: "* Node.AllConditions: Kubelet stopped posting node status.",
    });
    expect(v2(stored, "Ready")).toMatchObject({ status: "Unknown", reason: "ReadyUnknown" });
  });

  test("believes what it knew of its Node for five minutes after the last word from the cluster [CORE-258] [CORE-259]", async () => {
    const { get, advance, tenant } = await startRunning();
    tenant.state.up = false;
    await advance(120);
    expect(tenant.clusters.find(refIn("one"))).toBeUndefined();
    expect(v2(await get(Machine, "m"), "NodeHealthy")).toMatchObject({ status: "True" });
    await advance(240);
    expect(v2(await get(Machine, "m"), "NodeHealthy")).toMatchObject({ status: "Unknown", reason: "ConnectionDown" });
    tenant.state.up = true;
    await advance(30);
    expect(v2(await get(Machine, "m"), "NodeHealthy")).toMatchObject({ status: "True" });
  });

  test("that nobody owns is the Cluster's [CORE-206] [CORE-207]", async () => {
    const { client, get, settled } = await start();
    await client.create(Machine, machine());
    await client.create(Machine, machine({ name: "of-set", labels: { "cluster.x-k8s.io/set-name": "s" } }));
    await settled();
    const { metadata } = await get(Machine, "m");
    expect(metadata.ownerReferences).toMatchObject([{ kind: "Cluster", name: "one" }]);
    expect(metadata.labels).toMatchObject({ "cluster.x-k8s.io/cluster-name": "one" });
    expect((await get(Machine, "of-set")).metadata.ownerReferences).toBeUndefined();
  });

  test("takes its parts over from the MachineSet that made them [CORE-208] [CORE-418]", async () => {
    const { client, get, settled } = await start();
    const made = await client.create(MachineSet, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "MachineSet",
      metadata: { name: "s", namespace },
      spec: {
        clusterName: "one",
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: machine().spec },
      },
    } as MachineSet);
    const set = { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "MachineSet", name: "s", uid: made.metadata.uid };
    await client.create(Infrastructure, infrastructure({ ownerReferences: [set] }));
    await client.create(Machine, machine());
    await settled();
    expect((await get(Infrastructure, "m")).metadata.ownerReferences).toMatchObject([
      { kind: "Machine", name: "m", controller: true },
    ]);
  });

  test("of the control plane reports when its certificates end [CORE-217]", async () => {
    const { client, get, settled, setMetadata } = await start();
    const annotation = "machine.cluster.x-k8s.io/certificates-expiry";
    await client.create(
      Machine,
      machine({ labels: { "cluster.x-k8s.io/control-plane": "" }, annotations: { [annotation]: "2027-01-31T10:00:00Z" } }),
    );
    await settled();
    expect((await get(Machine, "m")).status?.certificatesExpiryDate).toBe("2027-01-31T10:00:00Z");
    await setMetadata(Machine, "m", { annotations: { [annotation]: null } });
    await settled();
    expect((await get(Machine, "m")).status?.certificatesExpiryDate).toBeUndefined();
  });
});

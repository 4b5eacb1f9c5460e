import { IPAddress, IPAddressClaim, Machine, OpenStackCluster, OpenStackMachine, OpenStackServer, Secret } from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { namespace } from "../testing/managementcluster.test-support.ts";
import { startOpenStack } from "../testing/openstack.test-support.ts";

const instanceReady = (
  object:
    | {
        status?: {
          conditions?: readonly { type: string; status: string; reason?: string; severity?: string; message?: string }[];
        };
      }
    | undefined,
) => findCondition(object?.status?.conditions, "InstanceReady");

const started = async (...options: Parameters<typeof startOpenStack>) => {
  const world = await startOpenStack(...options);
  await world.createCluster();
  await world.advance(60);
  return world;
};

describe("an OpenStackMachine", () => {
  test("waits for the cluster's infrastructure, then for bootstrap data, before it asks for a server [CAPO-185] [CORE-435]", async () => {
    const { createCluster, createMachine, setSpec, advance, machine, find, cloud } = await startOpenStack();
    cloud.faults.add({ kind: "scenario", scenario: "loadbalancer-stuck" });
    await createCluster();
    await createMachine("md-0");
    await setSpec(Machine, "md-0", {
      bootstrap: {
        dataSecretName: null,
        configRef: { apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind: "KubeadmConfig", name: "md-0" },
      },
    });
    await advance(60);
    expect(instanceReady(await machine("md-0"))).toMatchObject({
      status: "False",
      severity: "Info",
      reason: "WaitingForClusterInfrastructure",
    });
    cloud.faults.clear();
    await advance(60);
    expect(instanceReady(await machine("md-0"))).toMatchObject({
      status: "False",
      severity: "Info",
      reason: "WaitingForBootstrapData",
    });
    expect(await find(OpenStackServer, "md-0")).toBeUndefined();
    await setSpec(Machine, "md-0", { bootstrap: { dataSecretName: "md-0-data" } });
    await advance(60);
    expect((await machine("md-0")).status?.ready).toBe(true);
  });

  test("makes its server's object once, labelled and owned, from the cluster's network and group [CAPO-186] [CAPO-187] [CAPO-188]", async () => {
    const { createMachine, advance, server, cluster, machine, tenant } = await started();
    await createMachine("md-0", { zone: "az3" });
    await advance(60);
    const { status } = await cluster();
    const { metadata, spec } = await server("md-0");
    const owner = await machine("md-0");
    expect(metadata.labels).toEqual({ "cluster.x-k8s.io/cluster-name": "one" });
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachine", name: "md-0", uid: owner.metadata.uid },
    ]);
    expect(spec).toMatchObject({
      availabilityZone: "az3",
      ports: [{ network: { id: status?.network?.id }, securityGroups: [{ id: status?.workerSecurityGroup?.id }] }],
      userDataRef: { name: "md-0-data" },
    });
    const [made] = await tenant.compute.listServersNamed("md-0");
    expect(made).toMatchObject({ availabilityZone: "az3", status: "ACTIVE" });
    const [port] = await tenant.network.listPorts({ name: "md-0-0" });
    expect(port?.description).toBe("Created by cluster-api-provider-openstack cluster one");
  });

  test("whose server failed after it was there says so, and stays ready; without a node it has failed for good [CAPO-193] [CAPO-194] [CAPO-184]", async () => {
    const { createMachine, advance, machine, cloud, running } = await started();
    await createMachine("md-0");
    await advance(60);
    const [server] = cloud.state.servers.by("name", "md-0");
    cloud.state.servers.patch(server?.id ?? "", { vm_state: "error" });
    running.wake("openstackmachine", { namespace, name: "md-0" });
    await advance(5);
    expect((await machine("md-0")).status).toMatchObject({
      ready: true,
      failureReason: "UpdateError",
      failureMessage: expect.stringContaining("error state"),
    });
    expect(instanceReady(await machine("md-0"))).toMatchObject({
      status: "False",
      severity: "Error",
      reason: "InstanceStateError",
    });
  });

  test("that is stopped is unknown, and ready again when it runs [CAPO-193] [CAPO-224]", async () => {
    const { createMachine, advance, machine, cloud, running } = await started();
    await createMachine("md-0");
    await advance(60);
    const [server] = cloud.state.servers.by("name", "md-0");
    const as = async (vm_state: "stopped" | "active") => {
      cloud.state.servers.patch(server?.id ?? "", { vm_state });
      running.wake("openstackmachine", { namespace, name: "md-0" });
      await advance(1);
      return instanceReady(await machine("md-0"));
    };
    expect(await as("stopped")).toMatchObject({ status: "Unknown", reason: "InstanceNotReady" });
    expect(await as("active")).toMatchObject({ status: "True" });
  });

  test("moves its seat behind the load balancer when its address changed [CAPO-178]", async () => {
    const { createMachine, advance, tenant, running } = await started();
    await createMachine("cp-0", { controlPlane: true });
    await advance(60);
    const pool =
      (await tenant.loadBalancing.listPools({ name: "k8s-clusterapi-cluster-magnum-system-one-kubeapi-6443" }))[0]?.id ?? "";
    const name = "k8s-clusterapi-cluster-magnum-system-one-kubeapi-6443-cp-0";
    const [member] = await tenant.loadBalancing.listMembers({ poolId: pool, name });
    await tenant.loadBalancing.deleteMember({ poolId: pool, memberId: member?.id ?? "" });
    await advance(1);
    await tenant.loadBalancing.createMember({ poolId: pool, name, address: "10.6.0.250", port: 6443, tags: [] });
    await advance(1);
    running.wake("openstackmachine", { namespace, name: "cp-0" });
    await advance(30);
    expect(await tenant.loadBalancing.listMembers({ poolId: pool, name })).toMatchObject([{ address: member?.address }]);
  });

  test("of a cluster that never came up is deleted without asking the cloud [CAPO-198]", async () => {
    const { createCluster, createMachine, advance, client, find, cloud } = await startOpenStack();
    cloud.faults.add({ kind: "scenario", scenario: "loadbalancer-stuck" });
    await createCluster();
    await createMachine("cp-0", { controlPlane: true });
    await advance(30);
    await client.delete(Secret, { namespace, name: "cloud-config" });
    await client.delete(OpenStackMachine, { namespace, name: "cp-0" });
    await advance(30);
    expect(await find(OpenStackMachine, "cp-0")).toBeUndefined();
  });
});

test("an OpenStackMachine that outlived its cluster's infrastructure still goes, server and all", async () => {
  const { createMachine, advance, client, find, holds } = await started();
  await createMachine("cp-0", { controlPlane: true });
  await advance(60);
  const infrastructure = { namespace, name: "one" };
  await client.patch(OpenStackCluster, infrastructure, { type: "merge", body: { metadata: { finalizers: null } } });
  await client.delete(OpenStackCluster, infrastructure);
  await client.delete(OpenStackMachine, { namespace, name: "cp-0" });
  await advance(60);
  expect(await find(OpenStackMachine, "cp-0")).toBeUndefined();
  expect(await holds()).not.toHaveProperty("servers");
});

describe("an OpenStackServer", () => {
  test("writes down what it resolved before it makes anything [CAPO-204] [CAPO-205] [CAPO-206] [CAPO-207]", async () => {
    const { createMachine, advance, server, tenant } = await started();
    const group = await tenant.compute.createServerGroup({ name: "spread", policy: "soft-anti-affinity" });
    await createMachine("md-0", { spec: { serverGroup: { filter: { name: "spread" } } } });
    await advance(60);
    const { status } = await server("md-0");
    const [image] = await tenant.images.listImages({ name: "ubuntu-2204-kube-v1.31.1" });
    expect(status).toMatchObject({
      ready: true,
      instanceState: "ACTIVE",
      resolved: { serverGroupID: group.id, imageID: image?.id, flavorID: "2", ports: [{ name: "md-0-0" }] },
      resources: { ports: [{ id: expect.any(String) }] },
    });
    expect((await tenant.compute.findServerGroup(group.id))?.members).toEqual([status?.instanceID]);
  });

  test("tells of everything that cannot be resolved, and goes on when it can [CAPO-204] [CAPO-206] [CAPO-207]", async () => {
    const { createMachine, advance, server, machine, cloud } = await started();
    await createMachine("md-0", { spec: { image: { filter: { name: "none" } }, flavor: "huge" } });
    await advance(60);
    const condition = instanceReady(await server("md-0"));
    expect(condition).toMatchObject({ status: "False", reason: "OpenStackError" });
    expect(condition?.message).toContain('images matching {"name":"none"}');
    expect(condition?.message).toContain("no flavors were found: name=huge");
    expect(instanceReady(await machine("md-0"))?.message).toBe(condition?.message);
    const [small] = cloud.state.flavors.by("name", "m1.small");
    const [image] = cloud.state.images.by("name", "ubuntu-2204-kube-v1.31.1");
    if (small) cloud.state.flavors.put({ ...small, id: "huge-1", name: "huge" });
    if (image) cloud.state.images.put({ ...image, id: crypto.randomUUID(), name: "none" });
    await advance(600);
    expect((await machine("md-0")).status?.ready).toBe(true);
  });

  test("waits out a full quota and a cloud that does not answer, telling the reason [CAPO-216]", async () => {
    const { createMachine, advance, server, machine, cloud, tenant } = await started();
    cloud.faults.add({
      kind: "call",
      service: "compute",
      method: "POST",
      path: "/servers$",
      count: 2,
      action: {
        do: "refuse",
        status: 403,
        message: "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances",
      },
    });
    await createMachine("md-0");
    await advance(20);
    expect(instanceReady(await server("md-0"))).toMatchObject({
      status: "False",
      reason: "InstanceCreateFailed",
      message: expect.stringContaining("Quota exceeded"),
    });
    expect((await server("md-0")).status).not.toHaveProperty("instanceState");
    await advance(600);
    expect((await machine("md-0")).status?.ready).toBe(true);
    expect(await tenant.compute.listServersNamed("md-0")).toHaveLength(1);
  });

  test("that Nova refuses for good, or cannot place, is ended; deleting it leaves nothing [CAPO-203] [CAPO-216] [CAPO-223] [CAPO-265]", async () => {
    const { createMachine, deleteMachine, advance, server, machine, holds, cloud, events } = await started();
    await createMachine("md-0", { zone: "mars" });
    cloud.faults.add({ kind: "scenario", scenario: "server-no-valid-host", name: "md-1" });
    await createMachine("md-1");
    await advance(60);
    expect((await server("md-0")).status).toMatchObject({ ready: false, instanceState: "ERROR" });
    expect(instanceReady(await server("md-0"))).toMatchObject({
      reason: "InstanceCreateFailed",
      message: expect.stringContaining("availability zone"),
    });
    expect((await events()).join("\n")).toMatch(/Warning Failedcreateserver: .*The requested availability zone is not available/);
    expect(instanceReady(await server("md-1"))).toMatchObject({
      reason: "InstanceStateError",
      message: expect.stringContaining("No valid host"),
    });
    expect(instanceReady(await machine("md-1"))?.message).toContain("No valid host");
    expect((await machine("md-1")).status).toMatchObject({
      failureReason: "UpdateError",
      failureMessage: expect.stringContaining("No valid host"),
    });
    for (const name of ["md-0", "md-1"]) await deleteMachine(name);
    const held = await holds();
    expect(held).not.toHaveProperty("servers");
    expect(held["ports"]?.filter((name) => name.startsWith("md-"))).toEqual([]);
  });

  test("whose server vanished says so and is not made again [CAPO-215]", async () => {
    const { createMachine, advance, server, tenant, running } = await started();
    await createMachine("md-0");
    await advance(60);
    await tenant.compute.deleteServer((await server("md-0")).status?.instanceID ?? "");
    await advance(5);
    running.wake("openstackserver", { namespace, name: "md-0" });
    await advance(60);
    expect(instanceReady(await server("md-0"))).toMatchObject({
      status: "False",
      reason: "InstanceNotFound",
      message: "virtual machine no longer exists",
    });
    expect((await server("md-0")).status?.ready).toBe(true);
    expect(await tenant.compute.listServersNamed("md-0")).toEqual([]);
  });

  test("boots from a volume, has others, rides on a trunk; all of it goes with it [CAPO-212] [CAPO-218] [CAPO-227] [CAPO-228]", async () => {
    const { createMachine, deleteMachine, advance, machine, holds } = await started();
    const before = await holds();
    await createMachine("md-0", {
      spec: {
        trunk: true,
        tags: ["x"],
        rootVolume: { sizeGiB: 25 },
        additionalBlockDevices: [{ name: "etcd", sizeGiB: 8, storage: { type: "Volume" } }],
      },
    });
    await advance(60);
    expect((await machine("md-0")).status?.ready).toBe(true);
    expect(await holds()).toMatchObject({ volumes: ["md-0-etcd", "md-0-root"], trunks: ["md-0-0"] });
    await deleteMachine("md-0");
    expect(await holds()).toEqual(before);
  });

  test("that never became a server leaves no volume and no port behind [CAPO-225]", async () => {
    const { createMachine, deleteMachine, advance, holds, cloud, find } = await started();
    const before = await holds();
    cloud.faults.add({
      kind: "call",
      service: "compute",
      method: "POST",
      path: "/servers$",
      action: { do: "refuse", status: 500 },
    });
    await createMachine("md-0", { spec: { rootVolume: { sizeGiB: 25 } } });
    await advance(60);
    expect(await holds()).toMatchObject({ volumes: ["md-0-root"] });
    await deleteMachine("md-0");
    expect(await find(OpenStackServer, "md-0")).toBeUndefined();
    expect(await holds()).toEqual(before);
  });

  test("with a floating IP out of a pool claims it first, bears it, and gives it back [CAPO-229] [CAPO-230] [CAPO-231] [CORE-398] [CORE-401] [CORE-403]", async () => {
    const { createMachine, deleteMachine, advance, server, find, tenant, client, setStatus } = await started();
    const poolRef = { apiGroup: "infrastructure.cluster.x-k8s.io", kind: "OpenStackFloatingIPPool", name: "pool" };
    await createMachine("md-0", { spec: { floatingIPPoolRef: poolRef } });
    await advance(30);
    expect(await tenant.compute.listServersNamed("md-0")).toEqual([]);
    expect(instanceReady(await server("md-0"))).toMatchObject({
      status: "False",
      severity: "Info",
      reason: "WaitingForIPAddressClaim",
    });
    const claim = await find(IPAddressClaim, "md-0-floating-ip-address");
    expect(claim).toMatchObject({
      metadata: {
        labels: { "cluster.x-k8s.io/cluster-name": "one" },
        ownerReferences: [{ kind: "OpenStackServer", name: "md-0", controller: true, blockOwnerDeletion: true }],
        finalizers: ["openstackmachine.infrastructure.cluster.x-k8s.io/ip-claim"],
      },
      spec: { poolRef, clusterName: "one" },
    });
    expect((await client.list(IPAddressClaim, { namespace })).items).toHaveLength(1);
    // What the pool's controller does.
    const external = (await tenant.network.listNetworks({ external: true }))[0];
    const given = await tenant.network.createFloatingIp({ networkId: external?.id ?? "", description: "pool" });
    await client.create(IPAddress, {
      apiVersion: "ipam.cluster.x-k8s.io/v1beta1",
      kind: "IPAddress",
      metadata: { name: "md-0-floating-ip-address", namespace },
      spec: { address: given.address, prefix: 32, claimRef: { name: "md-0-floating-ip-address" }, poolRef },
    });
    // Only the claim's word counts.
    await advance(30);
    expect(await tenant.compute.listServersNamed("md-0")).toEqual([]);
    await setStatus(IPAddressClaim, "md-0-floating-ip-address", { addressRef: { name: "md-0-floating-ip-address" } });
    await advance(60);
    expect((await tenant.network.findFloatingIp(given.id))?.portId).toBe(
      (await server("md-0")).status?.resources?.ports?.[0]?.id,
    );
    expect(findCondition((await server("md-0")).status?.conditions, "FloatingAddressFromPoolReady")?.status).toBe("True");
    await deleteMachine("md-0");
    await advance(30);
    expect(await find(OpenStackServer, "md-0")).toBeUndefined();
    expect((await find(IPAddressClaim, "md-0-floating-ip-address"))?.metadata.finalizers).toBeUndefined();
    expect((await tenant.network.findFloatingIp(given.id))?.portId).toBeUndefined();
  });

  test("is found again by its name when its status was lost, and made no second time [CAPO-210] [CAPO-214] [CAPO-260]", async () => {
    const { createMachine, advance, server, client, tenant, changes } = await started();
    await createMachine("md-0");
    await advance(60);
    const before = await server("md-0");
    const count = changes().length;
    await client.update(OpenStackServer, { ...before, status: { ready: false } } as OpenStackServer, { subresource: "status" });
    await advance(60);
    expect((await server("md-0")).status).toMatchObject({
      ready: true,
      instanceID: before.status?.instanceID,
      resources: before.status?.resources,
    });
    expect(changes().slice(count)).toEqual([]);
    expect(await tenant.compute.listServersNamed("md-0")).toHaveLength(1);
  });
});

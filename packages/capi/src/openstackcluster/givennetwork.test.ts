import { OpenStackCluster, saidConditions } from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { namespace } from "../testing/managementcluster.test-support.ts";
import { startOpenStack } from "../testing/openstack.test-support.ts";

/** Networks that were there before the cluster, and what of a load balancer is somebody else's. */

const network = async ({ tenant }: Awaited<ReturnType<typeof startOpenStack>>) => {
  const made = await tenant.network.createNetwork({ name: "theirs" });
  const subnet = await tenant.network.createSubnet({ networkId: made.id, name: "s", cidr: "10.9.0.0/24" } as never);
  return { networkId: made.id, subnetId: subnet.id };
};
const nosuch = "00000000-0000-4000-8000-000000000000";

describe("a cluster's network", () => {
  test("is made for the one managed subnet, found where there is none, and never both [CAPO-126]", async () => {
    const managed = await startOpenStack();
    await managed.createCluster({ managedSubnets: [{ cidr: "10.6.0.0/24" }] });
    await managed.advance(60);
    expect(await managed.holds()).toMatchObject({
      networks: [expect.stringContaining("one")],
      subnets: [expect.stringContaining("one")],
    });

    const found = await startOpenStack();
    const { networkId, subnetId } = await network(found);
    await found.createCluster({ managedSubnets: [], network: { filter: { name: "theirs" } }, disableAPIServerFloatingIP: true });
    await found.advance(60);
    expect((await found.cluster()).status).toMatchObject({
      ready: true,
      network: { id: networkId, subnets: [{ id: subnetId }] },
    });
    expect(await found.holds()).toMatchObject({ networks: ["theirs"], subnets: ["s"] });

    const two = [{ cidr: "10.6.0.0/24" }, { cidr: "10.7.0.0/24" }];
    await expect(managed.createCluster({ managedSubnets: two }, "two")).rejects.toThrow("spec.managedSubnets: Too many");
  });

  test("whose subnet's id nobody knows is not found; a cloud that does not answer is asked again [CAPO-143]", async () => {
    const unknown = await startOpenStack();
    const theirs = await network(unknown);
    await unknown.createCluster({ managedSubnets: [], network: { id: theirs.networkId }, subnets: [{ id: nosuch }] });
    await unknown.advance(120);
    expect((await unknown.cluster()).status?.ready).toBe(false);
    const said = findCondition(saidConditions(await unknown.cluster()), "Ready");
    expect([said?.status, said?.message]).toEqual(["False", expect.stringContaining(nosuch)]);

    const slow = await startOpenStack();
    const { networkId, subnetId } = await network(slow);
    slow.cloud.faults.add({
      ...{ kind: "call", service: "network", method: "GET", path: "subnets", count: 3 },
      action: { do: "refuse", status: 500, message: "later" },
    } as never);
    await slow.createCluster({
      managedSubnets: [],
      network: { id: networkId },
      subnets: [{ id: subnetId }],
      disableAPIServerFloatingIP: true,
    });
    await slow.advance(5);
    expect((await slow.cluster()).status?.failureReason).toBeUndefined();
    await slow.advance(900);
    expect((await slow.cluster()).status).toMatchObject({ ready: true, network: { subnets: [{ id: subnetId }] } });
  });
});

test("a load balancer keeps its ports for ever, and what others put on it [CAPO-177]", async () => {
  const { createCluster, setSpec, advance, tenant, running } = await startOpenStack();
  await createCluster({ apiServerLoadBalancer: { enabled: true, additionalPorts: [8132] } });
  await advance(60);
  await expect(
    setSpec(OpenStackCluster, "one", { apiServerLoadBalancer: { enabled: true, additionalPorts: [] } }),
  ).rejects.toThrow("spec: Forbidden: cannot be modified");
  const [balancer] = await tenant.loadBalancing.listLoadBalancers({ name: "k8s-clusterapi-cluster-magnum-system-one-kubeapi" });
  await tenant.loadBalancing.createListener({
    name: "theirs",
    loadBalancerId: balancer?.id ?? "",
    port: 9999,
    protocol: "TCP",
    tags: [],
    allowedCidrs: [],
  } as never);
  await advance(30);
  running.wake("openstackcluster", { namespace, name: "one" });
  await advance(600);
  const listed = async (name: string) => (await tenant.loadBalancing.listListeners({ name })).length;
  const own = "k8s-clusterapi-cluster-magnum-system-one-kubeapi";
  expect([await listed("theirs"), await listed(`${own}-6443`), await listed(`${own}-8132`)]).toEqual([1, 1, 1]);
});

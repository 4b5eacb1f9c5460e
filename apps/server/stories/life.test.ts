import { Cluster, Machine, MachineSet, MagnumCluster, Node, OpenStackServer, Secret } from "@slipway/api";
import { afterEach, describe, expect, test } from "vitest";
import { askForCluster, isComplete, makeCluster, makeTemplate, namespace, type Story, startStory } from "./story.ts";

let story: Story | undefined;
afterEach(async () => {
  await story?.end();
  story = undefined;
});
const begin = async (): Promise<Story> => {
  const now = await startStory();
  story = now;
  return now;
};

const template = (now: Story, version: string) =>
  makeTemplate(now, { name: `k8s-${version}`, image_id: `ubuntu-2204-kube-${version}`, labels: { kube_tag: version } });

const create = async (now: Story, masters: number, workers: number) => {
  const { uuid } = await makeCluster(now, { master_count: masters, node_count: workers });
  const { stack_id, cluster_id } = await now.cluster(uuid);
  return { uuid, name: stack_id ?? cluster_id ?? "" };
};

/** Everything that could be left behind: in the project's cloud, in the management store, in the guests. */
const leftovers = async (now: Story) => {
  const kinds = [Cluster, Machine, MachineSet, OpenStackServer, MagnumCluster, Secret] as const;
  const lists = await Promise.all(kinds.map((kind) => now.client.list(kind, { namespace })));
  return {
    ...now.cloudCounts(),
    objects: lists.map((list, index) => `${kinds[index]?.kind} ${list.items.length}`),
    workloads: now.world.guests.clusters().length,
  };
};

describe("a tenant's cluster", () => {
  test("goes from a Magnum request to Ready nodes, and back to nothing: no server, port, group, network, load balancer or Secret stays", async () => {
    const now = await begin();
    const before = await leftovers(now);
    const { uuid, name } = await create(now, 3, 2);
    expect(await now.nodes(name)).toHaveLength(5);
    expect(now.cloudCounts()).toMatchObject({ servers: 5, loadBalancers: 1, routers: 1, floatingIps: 1 });
    await now.tenant.call("DELETE", `/clusters/${uuid}`);
    await now.until("the record is gone", async () => (await now.client.list(MagnumCluster)).items.length === 0);
    expect(await leftovers(now)).toEqual(before);
  });

  test("grows, shrinks and gets another node group, and says so at each step", async () => {
    const now = await begin();
    const { uuid, name } = await create(now, 1, 1);
    await now.tenant.call("POST", `/clusters/${uuid}/actions/resize`, { node_count: 4 });
    await now.until(
      "four workers",
      async () => (await now.cluster(uuid)).status === "UPDATE_COMPLETE" && (await now.nodes(name)).length === 5,
    );
    await now.tenant.call("POST", `/clusters/${uuid}/nodegroups`, { name: "big", node_count: 2, flavor_id: "m1.large" });
    await now.until(
      "the node group",
      async () => (await now.cluster(uuid)).status === "UPDATE_COMPLETE" && (await now.nodes(name)).length === 7,
    );
    await now.tenant.call("DELETE", `/clusters/${uuid}/nodegroups/big`);
    await now.tenant.call("POST", `/clusters/${uuid}/actions/resize`, { node_count: 1 });
    await now.until(
      "small again",
      async () => (await now.cluster(uuid)).status === "UPDATE_COMPLETE" && (await now.nodes(name)).length === 2,
    );
    expect(now.cloudCounts()).toMatchObject({ servers: 2 });
  });

  test("is upgraded machine by machine, control plane first, and etcd never loses its majority", async () => {
    const now = await begin();
    const { uuid, name } = await create(now, 3, 2);
    const { uuid: newer } = await template(now, "v1.33.1");
    const workload = now.world.guests.clusters()[0];
    let lost = 0;
    const stop = now.world.guests.onChange(() => {
      if (workload !== undefined && !workload.isServing()) lost++;
    });
    await now.tenant.call("POST", `/clusters/${uuid}/actions/upgrade`, { cluster_template: newer });
    const order: string[] = [];
    const versions = async () =>
      (await (await now.workload(name)).list(Node)).items.map(
        (node) => [node.metadata.name, node.status?.nodeInfo?.kubeletVersion] as const,
      );
    await now.until("every node runs the new version", async () => {
      for (const [node, version] of await versions()) if (version === "v1.33.1" && !order.includes(node)) order.push(node);
      return (
        (await now.cluster(uuid)).status === "UPDATE_COMPLETE" && (await versions()).every(([, version]) => version === "v1.33.1")
      );
    });
    stop();
    expect(lost).toBe(0);
    expect(await versions()).toHaveLength(5);
    expect(order.slice(0, 3).every((node) => node.includes("control-plane"))).toBe(true);
    expect((await now.cluster(uuid)).coe_version).toBe("v1.33.1");
  });
});

describe("when the cloud misbehaves", () => {
  test("a resize waits out a full quota and then completes", async () => {
    const now = await begin();
    const { uuid, name } = await create(now, 1, 1);
    await now.setQuota({ instances: 3 });
    await now.tenant.call("POST", `/clusters/${uuid}/actions/resize`, { node_count: 4 });
    await now.advance(3600);
    expect((await now.cluster(uuid)).status).toBe("UPDATE_IN_PROGRESS");
    await now.setQuota({ instances: 10 });
    await now.until(
      "the resize",
      async () => (await now.cluster(uuid)).status === "UPDATE_COMPLETE" && (await now.nodes(name)).length === 5,
    );
  });

  test("two tenants do not see each other's clusters", async () => {
    const now = await begin();
    const { uuid } = await create(now, 1, 0);
    const mine = await now.tenant.call<{ clusters: unknown[] }>("GET", "/clusters");
    expect(mine.clusters).toHaveLength(1);
    const others = await now.other.call<{ clusters: unknown[] }>("GET", "/clusters");
    expect(others.clusters).toHaveLength(0);
    await expect(now.other.call("GET", `/clusters/${uuid}`)).rejects.toThrow(/404/);
    await expect(now.other.call("DELETE", `/clusters/${uuid}`)).rejects.toThrow(/404/);
  });
});

describe("when the program dies", () => {
  test("a cluster half made is finished by the next start, and nothing is made twice", async () => {
    let now = await begin();
    const { uuid } = await askForCluster(now, { master_count: 3, node_count: 2 });
    for (const stage of [1, 2, 4]) {
      await now.until(`${stage} servers`, () => now.cloudCounts().servers >= stage);
      now = await now.kill();
      story = now;
    }
    await now.until("the cluster is complete", () => isComplete(now, uuid));
    expect(now.cloudCounts()).toMatchObject({ servers: 5, loadBalancers: 1, routers: 1, floatingIps: 1 });
    await now.tenant.call("DELETE", `/clusters/${uuid}`);
    await now.until("some servers are gone", () => now.cloudCounts().servers < 4);
    now = await now.kill();
    story = now;
    await now.until("all is gone", async () => (await now.client.list(MagnumCluster)).items.length === 0);
    expect(now.cloudCounts()).toMatchObject({ servers: 0, loadBalancers: 0, routers: 0, floatingIps: 0 });
  });
});

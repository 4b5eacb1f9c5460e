import { OpenStackCluster, OpenStackServer, Secret } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { namespace } from "../testing/managementcluster.test-support.ts";
import { machineSpec, startOpenStack } from "../testing/openstack.test-support.ts";

const base = "k8s-clusterapi-cluster-magnum-system-one";

describe("the way out of a cluster", () => {
  test("is a router with the addresses that were asked for, set once [CAPO-131] [CAPO-132] [OSAPI-047]", async () => {
    const { createCluster, advance, cluster, tenant, running, changes } = await startOpenStack();
    const external = (await tenant.network.listNetworks({ external: true }))[0];
    const [subnet] = await tenant.network.listSubnets({ networkId: external?.id });
    await createCluster({ externalRouterIPs: [{ fixedIP: "127.77.9.9", subnet: { id: subnet?.id ?? "" } }] });
    await advance(60);
    expect((await cluster()).status).toMatchObject({ ready: true, router: { name: base, ips: ["127.77.9.9"] } });
    const before = changes().length;
    running.wake("openstackcluster", { namespace, name: "one" });
    await advance(10);
    expect(changes().slice(before)).toEqual([]);
  });
  test("may be somebody else's router, which is only let go in the end [CAPO-130] [CAPO-240]", async () => {
    const { createCluster, deleteCluster, advance, cluster, tenant, holds } = await startOpenStack();
    const external = (await tenant.network.listNetworks({ external: true }))[0];
    const mine = await tenant.network.createRouter({ name: "mine", description: "", externalNetworkId: external?.id });
    const before = await holds();
    await createCluster({ router: { filter: { name: "mine" } } });
    await advance(60);
    expect((await cluster()).status).toMatchObject({ ready: true, router: { id: mine.id } });
    await deleteCluster();
    expect(await holds()).toEqual(before);
  });
  test("is none where there is no external network; the endpoint is then the load balancer's own address [CAPO-125] [CAPO-129] [CAPO-139]", async () => {
    const { createCluster, deleteCluster, advance, cluster, holds } = await startOpenStack();
    await createCluster({ disableExternalNetwork: true, disableAPIServerFloatingIP: true });
    await advance(60);
    const { spec, status } = await cluster();
    expect(status?.ready).toBe(true);
    expect(status).not.toHaveProperty("router");
    expect(spec.controlPlaneEndpoint?.host).toBe(status?.apiServerLoadBalancer?.internalIP);
    expect(await holds()).not.toHaveProperty("floatingIps");
    await deleteCluster();
    expect(await holds()).toEqual({});
  });
  test("is unclear when two external networks could be meant, until one is named [CAPO-125]", async () => {
    const { createCluster, advance, cluster, cloud, events } = await startOpenStack();
    const [external] = cloud.state.networks.by("external", "true");
    if (external) cloud.state.networks.put({ ...external, id: crypto.randomUUID(), name: "other" });
    await createCluster();
    await advance(30);
    expect((await cluster()).status?.ready).not.toBe(true);
    expect((await events()).join()).toContain("found 2 external networks");
  });
  test("by id is taken at its word [CAPO-125]", async () => {
    const { createCluster, advance, cluster, tenant } = await startOpenStack();
    const external = (await tenant.network.listNetworks({ external: true }))[0];
    await createCluster({ externalNetwork: { id: external?.id ?? "" } });
    await advance(60);
    expect((await cluster()).status).toMatchObject({ ready: true, externalNetwork: { id: external?.id, name: "public" } });
  });
});

test("a cluster of both address families lives on subnets that are there, its load balancer on the first [CAPO-134] [CAPO-264]", async () => {
  const { createCluster, createMachine, advance, cluster, tenant, cloud, machine } = await startOpenStack();
  const network = await tenant.network.createNetwork({ name: "dual" });
  const four = await tenant.network.createSubnet({ networkId: network.id, name: "four", description: "", cidr: "10.9.0.0/24" });
  const record = cloud.state.subnets.get(four.id);
  const six = await tenant.session.send({
    call: "subnet_create",
    asked: "POST /subnets",
    method: "POST",
    url: "http://127.0.0.1:9696/v2.0/subnets",
    body: JSON.stringify({
      subnet: {
        network_id: network.id,
        name: "six",
        ip_version: 6,
        cidr: "2001:db8::/64",
        ipv6_address_mode: "slaac",
        ipv6_ra_mode: "slaac",
      },
    }),
    absent: "error",
  });
  expect([record?.cidr, six?.status]).toEqual(["10.9.0.0/24", 201]);
  const external = (await tenant.network.listNetworks({ external: true }))[0];
  const router = await tenant.network.createRouter({ name: "dual", description: "", externalNetworkId: external?.id });
  await tenant.network.addRouterInterface({ routerId: router.id, subnetId: four.id });
  await createCluster({ managedSubnets: undefined, network: { id: network.id } });
  await advance(60);
  const { status } = await cluster();
  expect(status?.ready).toBe(true);
  expect(status?.network?.subnets).toHaveLength(2);
  expect(status?.apiServerLoadBalancer?.internalIP).toMatch(/^10\.9\./);
  await createMachine("cp-0", { controlPlane: true });
  await advance(60);
  expect((await machine("cp-0")).status?.addresses?.map(({ address }) => (address.includes(":") ? "6" : "4"))).toEqual([
    "4",
    "6",
    "4",
  ]);
  expect([...cloud.state.members.all()][0]).toMatchObject({ address: expect.stringMatching(/^10\.9\./) });
});

describe("the load balancer", () => {
  test("uses the provider and flavor that are there, tells of those that are not, and speaks OVN's one algorithm [CAPO-166] [CAPO-174]", async () => {
    const { createCluster, advance, tenant, cloud, events } = await startOpenStack();
    await createCluster({
      apiServerLoadBalancer: { enabled: true, provider: "ovn", flavor: "huge", allowedCIDRs: ["192.0.2.0/24"] },
    });
    await advance(60);
    const [balancer] = await tenant.loadBalancing.listLoadBalancers({ name: `${base}-kubeapi` });
    expect(balancer?.provider).toBe("ovn");
    const [pool] = cloud.state.pools.by("name", `${base}-kubeapi-6443`);
    expect(pool).toMatchObject({ lb_algorithm: "SOURCE_IP_PORT", protocol: "TCP" });
    const [listener] = await tenant.loadBalancing.listListeners({ name: `${base}-kubeapi-6443` });
    expect(listener?.allowedCidrs).toEqual([]);
    expect((await events()).join("\n")).toContain("Warning Octaviaflavornotfound");
  });
  test("falls back to the default provider with a warning [CAPO-166]", async () => {
    const { createCluster, advance, tenant, cluster, events } = await startOpenStack();
    await createCluster({ apiServerLoadBalancer: { enabled: true, provider: "none-such" } });
    await advance(60);
    expect((await cluster()).status?.ready).toBe(true);
    expect((await tenant.loadBalancing.listLoadBalancers({ name: `${base}-kubeapi` }))[0]?.provider).toBe("amphora");
    expect((await events()).join("\n")).toContain("Warning Octaviaprovidernotfound");
  });
  test("has a listener, pool and monitor for each port, tagged but for the monitor, checked as upstream does [CAPO-117] [CAPO-172] [CAPO-173] [CAPO-175]", async () => {
    const { createCluster, createMachine, advance, cloud, holds } = await startOpenStack();
    await createCluster({ tags: ["t"], apiServerLoadBalancer: { enabled: true, additionalPorts: [9443] } });
    await advance(60);
    await createMachine("cp-0", { controlPlane: true });
    await advance(60);
    const names = [`${base}-kubeapi-6443`, `${base}-kubeapi-9443`];
    expect(await holds()).toMatchObject({
      listeners: names,
      pools: names,
      monitors: names,
      members: names.map((name) => `${name}-cp-0`),
    });
    for (const name of names) {
      expect(cloud.state.listeners.by("name", name)[0]).toMatchObject({ tags: ["t"], protocol: "TCP" });
      expect(cloud.state.pools.by("name", name)[0]).toMatchObject({ tags: ["t"], lb_algorithm: "ROUND_ROBIN" });
      expect(cloud.state.healthMonitors.by("name", name)[0]).toMatchObject({
        tags: [],
        type: "TCP",
        delay: 10,
        timeout: 5,
        max_retries: 5,
        max_retries_down: 3,
      });
      expect(cloud.state.members.by("name", `${name}-cp-0`)[0]).toMatchObject({ tags: ["t"] });
    }
  });
  test("lives without monitors where the provider has none [CAPO-175] [OSAPI-072]", async () => {
    const { createCluster, advance, cluster, cloud, events } = await startOpenStack();
    cloud.faults.add({
      kind: "call",
      service: "loadbalancer",
      method: "POST",
      path: "healthmonitors",
      action: { do: "refuse", status: 501 },
    });
    await createCluster();
    await advance(60);
    expect((await cluster()).status?.ready).toBe(true);
    expect((await events()).join("\n")).toContain("Skippedcreatemonitor");
  });
  test("takes the address that is fixed for it [CAPO-167]", async () => {
    const { createCluster, advance, cluster } = await startOpenStack();
    await createCluster({ apiServerFixedIP: "10.6.0.77", disableAPIServerFloatingIP: true });
    await advance(60);
    const { spec, status } = await cluster();
    expect(status?.apiServerLoadBalancer).toMatchObject({ internalIP: "10.6.0.77", ip: "" });
    expect(spec.controlPlaneEndpoint).toEqual({ host: "10.6.0.77", port: 6443 });
  });
  test("may be on another network, on a subnet given by id [CAPO-164]", async () => {
    const { createCluster, advance, cluster, tenant } = await startOpenStack();
    const network = await tenant.network.createNetwork({ name: "vips" });
    const subnet = await tenant.network.createSubnet({
      networkId: network.id,
      name: "vips",
      description: "",
      cidr: "10.8.0.0/24",
    });
    const external = (await tenant.network.listNetworks({ external: true }))[0];
    const router = await tenant.network.createRouter({ name: "vips", description: "", externalNetworkId: external?.id });
    await tenant.network.addRouterInterface({ routerId: router.id, subnetId: subnet.id });
    await createCluster({ apiServerLoadBalancer: { enabled: true, network: { id: network.id }, subnets: [{ id: subnet.id }] } });
    await advance(60);
    expect((await cluster()).status).toMatchObject({
      ready: true,
      apiServerLoadBalancer: {
        internalIP: expect.stringMatching(/^10\.8\./),
        loadBalancerNetwork: { id: network.id, subnets: [{ id: subnet.id }] },
      },
    });
  });
  test("on a subnet that is not that network's is refused terminally [CAPO-135] [CAPO-164]", async () => {
    const { createCluster, advance, cluster, tenant } = await startOpenStack();
    const network = await tenant.network.createNetwork({ name: "vips" });
    await createCluster({
      apiServerLoadBalancer: { enabled: true, network: { id: network.id }, subnets: [{ filter: { name: "by-name" } }] },
    });
    await advance(30);
    expect((await cluster()).status).toMatchObject({
      failureReason: "UpdateError",
      failureMessage: expect.stringContaining("a filter cannot be used"),
    });
  });
});

describe("an OpenStackCluster", () => {
  test("has its finalizer before anything is in the cloud [CAPO-123]", async () => {
    const seen: string[] = [];
    const { createCluster, advance, find } = await startOpenStack({
      wire: (transport) => async (request) => {
        if (request.method === "POST" && request.url.endsWith("/networks")) {
          seen.push(...((await find(OpenStackCluster, "one"))?.metadata.finalizers ?? ["none"]));
        }
        return transport(request);
      },
    });
    await createCluster();
    await advance(10);
    expect(seen).toEqual(["openstackcluster.infrastructure.cluster.x-k8s.io"]);
  });
  test("writes its tags and descriptions as upstream does [CAPO-111] [CAPO-113] [CAPO-116] [OSAPI-054]", async () => {
    const { createCluster, advance, cloud } = await startOpenStack();
    await createCluster({ tags: ["b", "a"] });
    await advance(60);
    const description = "Created by cluster-api-provider-openstack cluster magnum-system-one";
    const { networks, subnets, routers, floatingIps, securityGroups, loadBalancers } = cloud.state;
    expect(networks.by("name", base)[0]).toMatchObject({ description: "", tags: expect.arrayContaining(["a", "b"]) });
    expect(subnets.by("name", base)[0]).toMatchObject({ description, tags: expect.arrayContaining(["a", "b"]) });
    expect(routers.by("name", base)[0]).toMatchObject({ description, tags: expect.arrayContaining(["a", "b"]) });
    expect([...floatingIps.all()][0]).toMatchObject({ description, tags: expect.arrayContaining(["a", "b"]) });
    expect(loadBalancers.by("name", `${base}-kubeapi`)[0]).toMatchObject({
      description,
      tags: expect.arrayContaining(["a", "b"]),
    });
    expect(securityGroups.by("name", "k8s-cluster-magnum-system-one-secgroup-worker")[0]).toMatchObject({
      description: "Cluster API managed group",
      tags: expect.arrayContaining(["a", "b"]),
    });
  });
  test("leaves security groups to others when it is told nothing of them [CAPO-144] [CAPO-189]", async () => {
    const { createCluster, createMachine, advance, cluster, holds, server } = await startOpenStack();
    await createCluster({ managedSecurityGroups: undefined });
    await advance(60);
    expect((await cluster()).status?.ready).toBe(true);
    expect(await holds()).not.toHaveProperty("securityGroups");
    await createMachine("md-0");
    await advance(60);
    expect((await server("md-0")).spec.ports[0]).not.toHaveProperty("securityGroups");
    expect((await server("md-0")).status?.ready).toBe(true);
  });
  test("is ready although its bastion cannot be made [CAPO-142]", async () => {
    const { createCluster, advance, cluster, find } = await startOpenStack();
    await createCluster({ bastion: { enabled: true, spec: { ...machineSpec, flavor: "none-such" } } });
    await advance(120);
    expect((await cluster()).status?.ready).toBe(true);
    expect((await find(OpenStackServer, "one-bastion"))?.status?.ready).toBe(false);
  });
  test("stays ready when something fails later [CAPO-142]", async () => {
    const { createCluster, advance, cluster, cloud, running } = await startOpenStack();
    await createCluster();
    await advance(60);
    cloud.faults.add({ kind: "call", service: "network", action: { do: "refuse", status: 503 } });
    running.wake("openstackcluster", { namespace, name: "one" });
    await advance(60);
    expect((await cluster()).status?.ready).toBe(true);
  });
  test("is not deleted before its machines are gone [CAPO-239]", async () => {
    const { createCluster, createMachine, deleteMachine, advance, client, find, holds } = await startOpenStack();
    await createCluster();
    await createMachine("md-0");
    await advance(60);
    await client.delete(OpenStackCluster, { namespace, name: "one" });
    await advance(120);
    expect(await holds()).toHaveProperty("loadBalancers");
    await deleteMachine("md-0");
    await advance(120);
    expect(await find(OpenStackCluster, "one")).toBeUndefined();
    expect(await holds()).toEqual({});
  });
  test("removes forgotten ports of its own, and waits for those of others [CAPO-241] [CAPO-181] [OSAPI-053]", async () => {
    const { createCluster, advance, cluster, tenant, client, find, holds, events } = await startOpenStack();
    await createCluster();
    await advance(60);
    const networkId = (await cluster()).status?.network?.id ?? "";
    await tenant.network.createPort({ networkId, name: "one-left-over", description: "" });
    const foreign = await tenant.network.createPort({ networkId, name: "somebody-elses", description: "" });
    await client.delete(OpenStackCluster, { namespace, name: "one" });
    await advance(120);
    expect((await holds())["ports"]?.filter((name) => name !== "")).toEqual(["somebody-elses"]);
    expect((await events()).join("\n")).toMatch(/Warning Failed(deletenetwork|updaterouter)/);
    await tenant.network.deletePort(foreign.id);
    await advance(120);
    expect(await find(OpenStackCluster, "one")).toBeUndefined();
    expect(await holds()).toEqual({});
  });
  test("needs its credentials to the end [CAPO-090] [CAPO-091] [CAPO-243]", async () => {
    const { createCluster, advance, client, find, holds, get, events } = await startOpenStack();
    await createCluster();
    await advance(60);
    const { data } = await get(Secret, "cloud-config");
    await client.delete(Secret, { namespace, name: "cloud-config" });
    await client.delete(OpenStackCluster, { namespace, name: "one" });
    await advance(60);
    expect(await find(OpenStackCluster, "one")).toBeDefined();
    expect((await events()).join("\n")).toContain("Secret magnum-system/cloud-config, which identityRef names, does not exist");
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "cloud-config" } };
    await client.create(Secret, secret as Secret);
    await advance(600);
    expect((await events()).join("\n")).toContain('has no key "clouds.yaml"');
    await client.patch(Secret, { namespace, name: "cloud-config" }, { type: "merge", body: { data } });
    await advance(1200);
    expect(await find(OpenStackCluster, "one")).toBeUndefined();
    expect(await holds()).toEqual({});
  });
});

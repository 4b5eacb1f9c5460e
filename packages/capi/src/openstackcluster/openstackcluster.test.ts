import { OpenStackCluster } from "@slipway/api";
import type { Transport } from "@slipway/openstack";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { namespace } from "../testing/managementcluster.test-support.ts";
import { machineSpec, startOpenStack } from "../testing/openstack.test-support.ts";

const base = "k8s-clusterapi-cluster-magnum-system-one";
const group = (name: string) => `k8s-cluster-magnum-system-one-secgroup-${name}`;

describe("a cluster and its machines in the cloud", () => {
  test("come up whole, are left alone once they are there, and go without a trace [OSSIM-082] [OSSIM-083] [OSSIM-084] [CAPO-124] [CAPO-239]", async () => {
    const {
      createCluster,
      createMachine,
      deleteMachine,
      deleteCluster,
      advance,
      cluster,
      machine,
      holds,
      changes,
      running,
      find,
    } = await startOpenStack();
    await createCluster({ tags: ["t"] });
    await advance(60);
    const osc = await cluster();
    expect(osc.metadata.finalizers).toEqual(["openstackcluster.infrastructure.cluster.x-k8s.io"]);
    expect(osc.status).toMatchObject({
      ready: true,
      network: { name: base, tags: ["t"], subnets: [{ name: base, cidr: "10.6.0.0/24", tags: ["t"] }] },
      externalNetwork: { name: "public" },
      router: { name: base, tags: ["t"], ips: [expect.stringMatching(/^127\.77\./)] },
      apiServerLoadBalancer: {
        name: `${base}-kubeapi`,
        tags: ["t"],
        internalIP: expect.stringMatching(/^10\.6\.0\./),
        ip: osc.spec.controlPlaneEndpoint?.host,
      },
      controlPlaneSecurityGroup: { name: group("controlplane") },
      workerSecurityGroup: { name: group("worker") },
      failureDomains: { az1: { controlPlane: true }, az2: { controlPlane: true }, az3: { controlPlane: true } },
    });
    expect(osc.spec.controlPlaneEndpoint).toEqual({ host: expect.stringMatching(/^127\.77\./), port: 6443 });

    for (const name of ["cp-0", "cp-1", "cp-2"]) await createMachine(name, { controlPlane: true });
    await createMachine("md-0", { zone: "az2" });
    await advance(60);
    const one = await machine("cp-0");
    expect(one.spec.providerID).toMatch(/^openstack:\/\/\/[0-9a-f-]{36}$/);
    expect(one.status).toMatchObject({ ready: true, instanceID: one.spec.providerID?.slice("openstack:///".length) });
    expect(one.status?.addresses?.map(({ type }) => type)).toEqual(["InternalIP", "InternalDNS"]);
    expect(one.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      "Ready=True",
      "APIServerIngressReadyCondition=True",
      "InstanceReady=True",
    ]);
    expect(await holds()).toMatchObject({
      servers: ["cp-0", "cp-1", "cp-2", "md-0"],
      networks: [base],
      subnets: [base],
      routers: [base],
      securityGroups: [group("controlplane"), group("worker")],
      loadBalancers: [`${base}-kubeapi`],
      listeners: [`${base}-kubeapi-6443`],
      pools: [`${base}-kubeapi-6443`],
      monitors: [`${base}-kubeapi-6443`],
      members: ["cp-0", "cp-1", "cp-2"].map((name) => `${base}-kubeapi-6443-${name}`),
      floatingIps: [osc.spec.controlPlaneEndpoint?.host],
    });

    const before = changes().length;
    running.wake("openstackcluster", { namespace, name: "one" });
    for (const name of ["cp-0", "cp-1", "cp-2", "md-0"]) {
      running.wake("openstackmachine", { namespace, name });
      running.wake("openstackserver", { namespace, name });
    }
    await advance(700);
    expect(changes().slice(before)).toEqual([]);

    for (const name of ["cp-0", "cp-1", "cp-2", "md-0"]) await deleteMachine(name);
    expect(await holds()).not.toHaveProperty("members");
    await deleteCluster();
    expect(await find(OpenStackCluster, "one")).toBeUndefined();
    expect(await holds()).toEqual({});
  });

  test("come up once each when the answer to every single change is lost [OSSIM-048] [CAPO-210] [CAPO-214]", async () => {
    const lost = new Set<string>();
    const lossy =
      (transport: Transport): Transport =>
      async (request) => {
        const answer = await transport(request);
        const key = `${request.method} ${request.url} ${String(request.body)}`;
        if (request.method === "GET" || request.url.endsWith("/tokens") || lost.has(key)) return answer;
        lost.add(key);
        throw new Error("connection reset by peer");
      };
    const { createCluster, createMachine, deleteMachine, deleteCluster, advance, cluster, machine, holds } = await startOpenStack(
      { wire: lossy },
    );
    await createCluster({ tags: ["t"] });
    await advance(3600);
    expect((await cluster()).status?.ready).toBe(true);
    await createMachine("cp-0", { controlPlane: true, spec: { rootVolume: { sizeGiB: 20 }, trunk: true } });
    await createMachine("md-0", { spec: { ports: [{}, { nameSuffix: "extra" }] } });
    await advance(3600);
    expect((await machine("cp-0")).status?.ready).toBe(true);
    expect((await machine("md-0")).status?.ready).toBe(true);
    const held = await holds();
    expect(held).toMatchObject({
      servers: ["cp-0", "md-0"],
      networks: [base],
      subnets: [base],
      routers: [base],
      loadBalancers: [`${base}-kubeapi`],
      listeners: [`${base}-kubeapi-6443`],
      pools: [`${base}-kubeapi-6443`],
      monitors: [`${base}-kubeapi-6443`],
      members: [`${base}-kubeapi-6443-cp-0`],
      volumes: ["cp-0-root"],
      trunks: ["cp-0-0"],
      securityGroups: [group("controlplane"), group("worker")],
    });
    expect(held["floatingIps"]).toHaveLength(1);
    expect(held["ports"]?.filter((name) => /^(cp|md)-0-/.test(name))).toEqual(["cp-0-0", "md-0-0", "md-0-extra"]);
    for (const name of ["cp-0", "md-0"]) await deleteMachine(name);
    await advance(3600);
    await deleteCluster();
    await advance(3600);
    expect(await holds()).toEqual({});
    expect(lost.size).toBeGreaterThan(60);
  });

  test("wait for a cloud that takes its time, and look often at first [CAPO-168]", async () => {
    const { delayProfiles } = await import("@slipway/sim/cloud/settings.ts");
    const { createCluster, createMachine, advance, cluster, machine, deleteMachine, deleteCluster, holds, cloud } =
      await startOpenStack({
        settings: { delays: delayProfiles.demo },
      });
    await createCluster();
    await advance(20);
    expect((await cluster()).status).toMatchObject({ ready: false, apiServerLoadBalancer: { name: `${base}-kubeapi` } });
    await advance(60);
    expect((await cluster()).status?.ready).toBe(true);
    await createMachine("cp-0", { controlPlane: true });
    await advance(60);
    expect((await machine("cp-0")).status?.ready).toBe(true);
    expect(cloud.audit.entries().length).toBeLessThan(400);
    await deleteMachine("cp-0");
    await deleteCluster();
    expect(await holds()).toEqual({});
  });
});

describe("an OpenStackCluster", () => {
  test("is left alone without a Cluster, when paused, and when somebody else manages it [CAPO-120] [CORE-411] [CORE-426]", async () => {
    const { createCluster, setMetadata, setSpec, advance, cluster, changes, client, settled } = await startOpenStack();
    const { Cluster } = await import("@slipway/api");
    await client.create(OpenStackCluster, {
      apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
      kind: "OpenStackCluster",
      metadata: { name: "orphan", namespace },
      spec: { identityRef: { name: "cloud-config", cloudName: "demo" } },
    });
    await advance(60);
    expect((await cluster("orphan")).metadata.finalizers).toBeUndefined();
    await createCluster({}, "managed-elsewhere");
    await settled();
    expect(changes().length).toBeGreaterThan(0);
    await setMetadata(OpenStackCluster, "managed-elsewhere", { annotations: { "cluster.x-k8s.io/managed-by": "" } });
    await setSpec(Cluster, "managed-elsewhere", { paused: true });
    await advance(1);
    const before = changes().length;
    await advance(600);
    expect(changes().slice(before)).toEqual([]);
  });

  test("adopts a network and subnet that are there, and does not change them [CAPO-127] [CAPO-128]", async () => {
    const { tenant, createCluster, advance, cluster, changes } = await startOpenStack();
    const network = await tenant.network.createNetwork({ name: base });
    await tenant.network.createSubnet({ networkId: network.id, name: "odd-name", description: "", cidr: "10.6.0.0/24" });
    await createCluster();
    await advance(60);
    expect((await cluster()).status?.network).toMatchObject({ id: network.id, subnets: [{ name: "odd-name" }] });
    expect(changes().filter((change) => /networks$|subnets$/.test(change))).toHaveLength(2);
  });

  test("with an odd-named subnet is still deleted whole [CAPO-240] [CAPO-242]", async () => {
    const { tenant, createCluster, advance, deleteCluster, holds } = await startOpenStack();
    const network = await tenant.network.createNetwork({ name: base });
    await tenant.network.createSubnet({ networkId: network.id, name: "odd-name", description: "", cidr: "10.6.0.0/24" });
    await createCluster();
    await advance(60);
    await deleteCluster();
    expect(await holds()).toEqual({});
  });

  test("lives on a network of somebody else's and leaves it as it was [CAPO-133] [CAPO-137]", async () => {
    const { tenant, createCluster, createMachine, deleteMachine, deleteCluster, advance, cluster, machine, holds } =
      await startOpenStack();
    const network = await tenant.network.createNetwork({ name: "corporate" });
    await tenant.network.createSubnet({ networkId: network.id, name: "corporate", description: "", cidr: "10.9.0.0/24" });
    const external = (await tenant.network.listNetworks({ external: true }))[0];
    const router = await tenant.network.createRouter({ name: "corporate", description: "", externalNetworkId: external?.id });
    const [subnet] = await tenant.network.listSubnets({ networkId: network.id });
    await tenant.network.addRouterInterface({ routerId: router.id, subnetId: subnet?.id ?? "" });
    const before = await holds();
    await createCluster({ managedSubnets: undefined, network: { filter: { name: "corporate" } } });
    await advance(60);
    expect((await cluster()).status).toMatchObject({
      ready: true,
      network: { id: network.id, subnets: [{ cidr: "10.9.0.0/24" }] },
    });
    await createMachine("cp-0", { controlPlane: true });
    await advance(60);
    expect((await machine("cp-0")).status?.addresses?.[0]?.address).toMatch(/^10\.9\.0\./);
    await deleteMachine("cp-0");
    await deleteCluster();
    expect(await holds()).toEqual(before);
  });

  test("says terminally that a subnet is not there, and takes it back when it is [CAPO-135] [CAPO-136]", async () => {
    const { tenant, createCluster, advance, cluster } = await startOpenStack();
    const network = await tenant.network.createNetwork({ name: "corporate" });
    const spec = {
      managedSubnets: undefined,
      network: { id: network.id },
      subnets: [{ filter: { name: "late" } }],
      disableExternalNetwork: true,
    };
    await createCluster({
      ...spec,
      disableAPIServerFloatingIP: true,
      apiServerLoadBalancer: undefined,
      apiServerFixedIP: "10.9.0.9",
    });
    await advance(10);
    expect((await cluster()).status).toMatchObject({
      ready: false,
      failureReason: "UpdateError",
      failureMessage: expect.stringContaining('subnet matching {"name":"late"}'),
    });
    await tenant.network.createSubnet({ networkId: network.id, name: "late", description: "", cidr: "10.9.0.0/24" });
    await advance(700);
    const { status, spec: after } = await cluster();
    expect(status?.ready).toBe(true);
    expect(status).not.toHaveProperty("failureReason");
    expect(after.controlPlaneEndpoint).toEqual({ host: "10.9.0.9", port: 6443 });
    expect(status).not.toHaveProperty("externalNetwork");
    expect(status).not.toHaveProperty("router");
  });

  test("keeps an endpoint that was chosen before [CAPO-141] [CORE-423]", async () => {
    const { createCluster, advance, cluster } = await startOpenStack();
    await createCluster({ controlPlaneEndpoint: { host: "api.example.org", port: 443 } });
    await advance(60);
    const { spec, status } = await cluster();
    expect(spec.controlPlaneEndpoint).toEqual({ host: "api.example.org", port: 443 });
    expect(status).toMatchObject({ ready: true });
  });

  test("without a load balancer gives its floating IP to a control plane machine, and back [CAPO-139] [CAPO-196] [CAPO-198]", async () => {
    const { createCluster, createMachine, deleteMachine, deleteCluster, advance, cluster, machine, holds, tenant } =
      await startOpenStack();
    await createCluster({ apiServerLoadBalancer: undefined });
    await advance(60);
    const host = (await cluster()).spec.controlPlaneEndpoint?.host ?? "";
    expect(host).toMatch(/^127\.77\./);
    await createMachine("cp-0", { controlPlane: true });
    await advance(60);
    const [floatingIp] = await tenant.network.listFloatingIps({ address: host });
    expect(floatingIp).toMatchObject({ status: "ACTIVE", portId: expect.any(String) });
    await advance(60);
    expect(findCondition((await machine("cp-0")).status?.conditions, "APIServerIngressReadyCondition")?.status).toBe("True");
    await deleteMachine("cp-0");
    await deleteCluster();
    expect(await holds()).toEqual({});
  });

  test("without a load balancer keeps its floating IP when the holder is replaced: the next control plane machine takes it", async () => {
    const { createCluster, createMachine, deleteMachine, deleteCluster, advance, cluster, holds, tenant } =
      await startOpenStack();
    await createCluster({ apiServerLoadBalancer: undefined });
    await advance(60);
    await createMachine("cp-0", { controlPlane: true });
    await advance(60);
    await createMachine("cp-1", { controlPlane: true });
    await advance(60);
    const address = (await cluster()).spec.controlPlaneEndpoint?.host ?? "";
    const holder = async () => (await tenant.network.listFloatingIps({ address }))[0]?.portId;
    const first = await holder();
    await deleteMachine("cp-0");
    await advance(60);
    expect(await holder()).toEqual(expect.any(String));
    expect(await holder()).not.toBe(first);
    await deleteMachine("cp-1");
    await deleteCluster();
    expect(await holds()).toEqual({});
  });

  test("without a load balancer and without a machine that held its floating IP deletes it all the same [CAPO-199]", async () => {
    const { createCluster, deleteCluster, advance, cluster, holds } = await startOpenStack();
    await createCluster({ apiServerLoadBalancer: undefined });
    await advance(60);
    expect((await holds())["floatingIps"]).toEqual([(await cluster()).spec.controlPlaneEndpoint?.host]);
    await deleteCluster();
    expect(await holds()).toEqual({});
  });

  test("lets the user's own floating IP live [CAPO-180]", async () => {
    const { createCluster, deleteCluster, advance, cluster, tenant, holds } = await startOpenStack();
    const external = (await tenant.network.listNetworks({ external: true }))[0];
    const own = await tenant.network.createFloatingIp({ networkId: external?.id ?? "", description: "mine" });
    await createCluster({ apiServerFloatingIP: own.address });
    await advance(60);
    expect((await cluster()).spec.controlPlaneEndpoint?.host).toBe(own.address);
    await deleteCluster();
    expect(await holds()).toEqual({ floatingIps: [own.address] });
    expect((await tenant.network.findFloatingIp(own.id))?.portId).toBeUndefined();
  });

  test("lets in whom the user names and itself, and follows changes [CAPO-171] [CAPO-176]", async () => {
    const { createCluster, setSpec, advance, cluster, tenant } = await startOpenStack();
    await createCluster({ apiServerLoadBalancer: { enabled: true, allowedCIDRs: ["192.0.2.0/24"] } });
    await advance(60);
    const { status } = await cluster();
    const wanted = ["10.6.0.0/24", "192.0.2.0/24", ...(status?.router?.ips ?? []).map((ip) => `${ip}/32`)].sort();
    expect(status?.apiServerLoadBalancer?.allowedCIDRs).toEqual(wanted);
    const listener = async () => (await tenant.loadBalancing.listListeners({ name: `${base}-kubeapi-6443` }))[0];
    expect([...((await listener())?.allowedCidrs ?? [])].sort()).toEqual(wanted);
    await setSpec(OpenStackCluster, "one", { apiServerLoadBalancer: { enabled: true, allowedCIDRs: [] } });
    await advance(60);
    expect((await listener())?.allowedCidrs).toEqual([]);
  });

  test("repairs rules that were added or removed by hand [OSSIM-056] [CAPO-159]", async () => {
    const { createCluster, advance, tenant, running } = await startOpenStack();
    await createCluster();
    await advance(60);
    const [before] = await tenant.network.listSecurityGroups({ name: group("worker") });
    await tenant.network.deleteSecurityGroupRule(before?.rules[0]?.id ?? "");
    const rule = {
      ...before?.rules[1],
      description: "by hand",
      portRangeMin: 80,
      portRangeMax: 80,
      protocol: "tcp",
      direction: "ingress",
    };
    await tenant.network.createSecurityGroupRule({ groupId: before?.id ?? "", rule: rule as never });
    running.wake("openstackcluster", { namespace, name: "one" });
    await advance(1);
    const [after] = await tenant.network.listSecurityGroups({ name: group("worker") });
    const spoken = (rules: typeof after) => rules?.rules.map(({ id: _, ...fields }) => JSON.stringify(fields)).sort();
    expect(spoken(after)).toEqual(spoken(before));
  });

  test("makes a bastion with its own address, anew when it changes, and removes it and its group [CAPO-145] [CAPO-232] [CAPO-233] [CAPO-234] [CAPO-265]", async () => {
    const { createCluster, setSpec, advance, cluster, tenant, holds, deleteCluster } = await startOpenStack();
    await createCluster({ bastion: { enabled: true, spec: machineSpec } });
    await advance(120);
    const { status } = await cluster();
    expect(status?.bastion).toMatchObject({
      name: "one-bastion",
      state: "ACTIVE",
      sshKeyName: "demo",
      ip: expect.stringMatching(/^10\.6\./),
    });
    expect(status?.bastion?.floatingIP).toMatch(/^127\.77\./);
    expect((await holds())["securityGroups"]).toEqual(["bastion", "controlplane", "worker"].map(group));
    const first = status?.bastion?.id;
    await setSpec(OpenStackCluster, "one", { bastion: { enabled: true, spec: { ...machineSpec, flavor: "m1.medium" } } });
    await advance(120);
    const second = (await cluster()).status?.bastion;
    expect(second?.id).not.toBe(first);
    expect((await tenant.compute.listServersNamed("one-bastion")).map(({ id }) => id)).toEqual([second?.id]);
    await setSpec(OpenStackCluster, "one", { bastion: { enabled: false } });
    await advance(120);
    expect((await cluster()).status).not.toHaveProperty("bastion");
    expect((await cluster()).status).not.toHaveProperty("bastionSecurityGroup");
    const held = await holds();
    expect(held["securityGroups"]).toEqual(["controlplane", "worker"].map(group));
    expect(held["floatingIps"]).toHaveLength(1);
    await deleteCluster();
    expect(await holds()).toEqual({});
  });

  test("is deleted whole with a bastion still running [CAPO-236] [CAPO-239]", async () => {
    const { createCluster, advance, holds, deleteCluster } = await startOpenStack();
    await createCluster({ bastion: { enabled: true, spec: machineSpec } });
    await advance(120);
    await deleteCluster();
    expect(await holds()).toEqual({});
  });

  test("tells why it waits, and goes on when the reason has gone: quota, credentials, two networks of its name [CAPO-127] [CAPO-243]", async () => {
    const { createCluster, advance, cluster, cloud, events, changes } = await startOpenStack();
    cloud.faults.add({
      kind: "call",
      service: "network",
      method: "POST",
      path: "routers$",
      count: 3,
      action: { do: "refuse", status: 409, message: "Quota exceeded for resources: ['router']." },
    });
    await createCluster();
    await advance(30);
    expect((await cluster()).status).toMatchObject({ ready: false, network: { name: base } });
    expect((await events()).join("\n")).toMatch(/Warning Failedcreaterouter: .*Quota exceeded/);
    await advance(600);
    expect((await cluster()).status?.ready).toBe(true);
    expect(changes().filter((change) => change === "POST network /v2.0/networks")).toHaveLength(1);
  });
});

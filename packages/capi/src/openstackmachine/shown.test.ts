import { Cluster, OpenStackMachine, OpenStackServer } from "@slipway/api";
import type { Transport } from "@slipway/openstack";
import { describe, expect, test } from "vitest";
import { namespace } from "../testing/managementcluster.test-support.ts";
import { machineSpec, startOpenStack } from "../testing/openstack.test-support.ts";

/** What the controllers write down, and what they ask of the cloud: these fields, and no others. */

const keys = (value: object | undefined) => Object.keys(value ?? {}).sort();
const base = "k8s-clusterapi-cluster-magnum-system-one";

/** All requests, `POST /v2.0/networks` with their bodies. */
const recorded = () => {
  const requests: { readonly call: string; readonly query: string; readonly body: unknown }[] = [];
  const wire =
    (transport: Transport): Transport =>
    (request) => {
      const { pathname, search } = new URL(request.url);
      const call = `${request.method} ${pathname.replace(/^.*(?=\/v\d)/, "")}`;
      requests.push({ call, query: search, body: typeof request.body === "string" ? JSON.parse(request.body) : undefined });
      return transport(request);
    };
  return {
    wire,
    bodies: (pattern: RegExp) => requests.filter(({ call }) => pattern.test(call)).map(({ body }) => body),
    requests,
  };
};

describe("a cluster", () => {
  test("says of itself what upstream's says, and nothing besides [CAPO-036] [CAPO-037] [CAPO-038] [CAPO-039] [CAPO-040] [CAPO-041] [CAPO-043]", async () => {
    const { createCluster, advance, cluster } = await startOpenStack();
    await createCluster({ tags: ["t"], bastion: { enabled: true, spec: machineSpec } });
    await advance(180);
    const { status } = await cluster();
    expect(keys(status)).toEqual([
      "apiServerLoadBalancer",
      "bastion",
      "bastionSecurityGroup",
      "controlPlaneSecurityGroup",
      "externalNetwork",
      "failureDomains",
      "network",
      "ready",
      "router",
      "workerSecurityGroup",
    ]);
    expect(keys(status?.network)).toEqual(["id", "name", "subnets", "tags"]);
    expect(keys(status?.network?.subnets?.[0])).toEqual(["cidr", "id", "name", "tags"]);
    expect(keys(status?.externalNetwork)).toEqual(expect.arrayContaining(["id", "name"]));
    expect(keys(status?.router)).toEqual(["id", "ips", "name", "tags"]);
    expect(keys(status?.apiServerLoadBalancer)).toEqual(["id", "internalIP", "ip", "name", "tags"]);
    for (const group of [status?.controlPlaneSecurityGroup, status?.workerSecurityGroup, status?.bastionSecurityGroup]) {
      expect(keys(group)).toEqual(["id", "name"]);
    }
    expect(keys(status?.bastion)).toEqual(["floatingIP", "id", "ip", "name", "sshKeyName", "state"]);
    expect(Object.values(status?.failureDomains ?? {})).toEqual([1, 2, 3].map(() => ({ controlPlane: true })));
  });

  test("fails for good only by UpdateError, in words [CAPO-042]", async () => {
    const { createCluster, advance, cluster, tenant } = await startOpenStack();
    const network = await tenant.network.createNetwork({ name: "vips" });
    await createCluster({
      apiServerLoadBalancer: { enabled: true, network: { id: network.id }, subnets: [{ filter: { name: "by-name" } }] },
    });
    await advance(30);
    const { status } = await cluster();
    expect(status).toMatchObject({ ready: false, failureReason: "UpdateError" });
    expect(status?.failureMessage).not.toBe("");
  });

  test("gives its network the MTU that was asked for, and one that is there none [CAPO-020]", async () => {
    const own = recorded();
    const one = await startOpenStack({ wire: own.wire });
    await one.createCluster({ networkMTU: 1400 });
    await one.advance(60);
    expect(own.bodies(/^POST \/v2.0\/networks$/)).toMatchObject([{ network: { mtu: 1400 } }]);
    const other = recorded();
    const two = await startOpenStack({ wire: other.wire });
    const network = await two.tenant.network.createNetwork({ name: "theirs" });
    await two.tenant.network.createSubnet({ networkId: network.id, name: "s", cidr: "10.9.0.0/24", ipVersion: 4 } as never);
    await two.createCluster({ networkMTU: 1400, managedSubnets: [], network: { id: network.id } });
    await two.advance(60);
    expect(other.requests.filter(({ call }) => /^(POST|PUT) \/v2.0\/networks/.test(call))).toEqual([]);
    expect((await two.cluster()).status?.network?.id).toBe(network.id);
  });

  test("asks for its load balancer by name first, then with all that was said of it [CAPO-165]", async () => {
    const { wire, requests, bodies } = recorded();
    const { createCluster, advance, cluster } = await startOpenStack({ wire });
    await createCluster({ tags: ["t"], apiServerLoadBalancer: { enabled: true, availabilityZone: "lb-az" } });
    await advance(60);
    const looked = requests.findIndex(({ call }) => call === "GET /v2.0/lbaas/loadbalancers");
    const made = requests.findIndex(({ call }) => call === "POST /v2.0/lbaas/loadbalancers");
    expect(requests[looked]?.query).toBe(`?name=${base}-kubeapi`);
    expect(looked).toBeLessThan(made);
    const subnet = (await cluster()).status?.network?.subnets?.[0]?.id;
    expect(bodies(/^POST \/v2.0\/lbaas\/loadbalancers$/)).toEqual([
      {
        loadbalancer: {
          name: `${base}-kubeapi`,
          description: "Created by cluster-api-provider-openstack cluster magnum-system-one",
          vip_subnet_id: subnet,
          availability_zone: "lb-az",
          tags: ["t"],
        },
      },
    ]);
  });
});

describe("a machine", () => {
  test("and its server say of themselves what upstream's say, and nothing besides [CAPO-016] [CAPO-061] [CAPO-063] [CAPO-064] [CAPO-192]", async () => {
    const { createCluster, createMachine, advance, machine, server } = await startOpenStack();
    await createCluster();
    await advance(60);
    await createMachine("md-0", {
      spec: {
        ports: [{ description: "d", tags: ["a"], vnicType: "normal", fixedIPs: [{ subnet: { filter: { name: base } } }] }],
      },
    });
    await advance(60);
    const osm = await machine("md-0");
    expect(keys(osm.status)).toEqual(["addresses", "conditions", "instanceID", "ready"]);
    expect(osm.status).toMatchObject({ ready: true, addresses: [{ type: "InternalIP" }, { type: "InternalDNS" }] });
    expect(osm.spec.providerID).toBe(`openstack:///${osm.status?.instanceID}`);
    expect(osm.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual(["Ready=True", "InstanceReady=True"]);
    const oss = await server("md-0");
    expect(keys(oss.status)).toEqual(["conditions", "instanceID", "instanceState", "ready", "resolved", "resources"]);
    expect(oss.status).toMatchObject({ ready: true, instanceID: osm.status?.instanceID, instanceState: "ACTIVE" });
    expect(keys(oss.status?.resolved)).toEqual(["flavorID", "imageID", "ports"]);
    const [port] = oss.status?.resolved?.ports ?? [];
    expect(port).toMatchObject({
      name: "md-0-0",
      description: "d",
      networkID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      securityGroups: [expect.stringMatching(/^[0-9a-f-]{36}$/)],
      fixedIPs: [{ subnet: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
      vnicType: "normal",
    });
    expect(port?.fixedIPs?.[0]).not.toHaveProperty("subnetID");
    expect(oss.status?.resources).toEqual({ ports: [{ id: expect.stringMatching(/^[0-9a-f-]{36}$/) }] });
    for (const { metadata } of [osm, oss])
      expect(keys(metadata.annotations)).not.toContain("infrastructure.cluster.x-k8s.io/spec-hash");
  });

  test("of the control plane is ready when it is behind the load balancer too [CAPO-195] [CAPO-197]", async () => {
    const { createCluster, createMachine, advance, machine, cloud } = await startOpenStack();
    await createCluster();
    await advance(60);
    cloud.faults.add({
      ...{ kind: "call", service: "loadbalancer", method: "POST", path: "members$", count: 2 },
      action: { do: "refuse", status: 400, message: "no members today" },
    } as never);
    await createMachine("cp-0", { controlPlane: true });
    await createMachine("md-0");
    await advance(20);
    const said = async (name: string) =>
      Object.fromEntries((await machine(name)).status?.conditions?.map(({ type, ...rest }) => [type, rest]) ?? []);
    expect(await said("cp-0")).toMatchObject({
      InstanceReady: { status: "True" },
      APIServerIngressReadyCondition: { status: "False", severity: "Error", reason: "LoadBalancerMemberError" },
      Ready: { status: "False", severity: "Error", reason: "LoadBalancerMemberError" },
    });
    expect(keys(await said("md-0"))).toEqual(["InstanceReady", "Ready"]);
    await advance(900);
    expect(await said("cp-0")).toMatchObject({ APIServerIngressReadyCondition: { status: "True" }, Ready: { status: "True" } });
  });

  test("is left alone without an owner, without its cluster's infrastructure, and while it is paused [CAPO-182]", async () => {
    const { client, createCluster, createMachine, advance, find, changes } = await startOpenStack();
    await createCluster();
    await advance(60);
    const before = changes().length;
    const osm = (name: string, labels: { readonly [key: string]: string }) => ({
      ...{ apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachine" },
      metadata: { name, namespace, labels },
      spec: machineSpec,
    });
    await client.create(OpenStackMachine, osm("orphan", { "cluster.x-k8s.io/cluster-name": "one" }) as OpenStackMachine);
    await createMachine("elsewhere", { cluster: "none" });
    await client.patch(Cluster, { namespace, name: "one" }, { type: "merge", body: { spec: { paused: true } } });
    await createMachine("paused");
    await advance(120);
    for (const name of ["orphan", "elsewhere", "paused"]) expect(await find(OpenStackServer, name)).toBeUndefined();
    expect(changes().slice(before)).toEqual([]);
    await client.patch(Cluster, { namespace, name: "one" }, { type: "merge", body: { spec: { paused: false } } });
    await advance(60);
    expect((await find(OpenStackServer, "paused"))?.status?.ready).toBe(true);
  });

  test("has volumes that bear no mark but their names [CAPO-119]", async () => {
    const { wire, bodies } = recorded();
    const { createCluster, createMachine, advance, machine } = await startOpenStack({ wire });
    await createCluster();
    await advance(60);
    await createMachine("md-0", {
      spec: {
        tags: ["t"],
        rootVolume: { sizeGiB: 20 },
        additionalBlockDevices: [{ name: "data", sizeGiB: 5, storage: { type: "Volume" } }],
      },
    });
    await advance(120);
    expect((await machine("md-0")).status?.ready).toBe(true);
    const volumes = bodies(/^POST .*\/volumes$/) as readonly { volume: object & { name: string } }[];
    expect(volumes.map(({ volume }) => volume.name).sort()).toEqual(["md-0-data", "md-0-root"]);
    for (const { volume } of volumes) expect(keys(volume).filter((key) => /tag|metadata/.test(key))).toEqual([]);
  });
});

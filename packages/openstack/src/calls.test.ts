import { describe, expect, test } from "vitest";
import { cloudOfToken, createCloudConnector } from "./cloud.ts";
import { recording, replay } from "./testing/recorded.node.ts";
import type { TransportRequest } from "./transport/transport.ts";

const cloudsYaml = `clouds: {a: {auth: {auth_url: "http://127.0.0.1:15000/v3", user_id: u, password: p, project_id: x}}}`;
const now = () => new Date("2026-11-22T12:00:00Z");
const connect = (...recorded: readonly string[]) => {
  const { transport, requests } = replay(...recorded);
  const cloud = createCloudConnector({ transportFor: () => transport, now })({ cloudsYaml, cloudName: "a" });
  return { cloud, sent: () => requests.filter(({ url }) => !/\/auth\/tokens$|\/v2\.1\/$/.test(url)) };
};
const idIn = (name: string) => new URL(recording(name).request.url).pathname.split("/").at(-1) ?? "";
const bodyOf = (request: TransportRequest | undefined): unknown => JSON.parse(String(request?.body ?? "null"));

describe("what is sent is what the real services took", () => {
  test("a network, a subnet and a router [OSAPI-043] [OSAPI-045] [OSAPI-047]", async () => {
    const { cloud, sent } = connect("neutron/006", "neutron/014", "neutron/018");
    await cloud.network.createNetwork({ name: "n", mtu: 1400, portSecurity: false });
    await cloud.network.createSubnet({
      networkId: "i",
      name: "s",
      description: "d",
      cidr: "10.6.0.0/24",
      dnsNameservers: ["8.8.8.8"],
    });
    const router = await cloud.network.createRouter({ name: "r", description: "d", externalNetworkId: "e" });
    expect(sent().map(bodyOf)).toEqual([
      { network: { name: "n", admin_state_up: true, port_security_enabled: false, mtu: 1400 } },
      {
        subnet: {
          network_id: "i",
          name: "s",
          description: "d",
          ip_version: 4,
          cidr: "10.6.0.0/24",
          dns_nameservers: ["8.8.8.8"],
        },
      },
      { router: { name: "r", description: "d", external_gateway_info: { network_id: "e" } } },
    ]);
    expect(router.gateway?.fixedIps[0]?.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });
  test("a rule leaves out what means anything [OSAPI-057]", async () => {
    const { cloud, sent } = connect("neutron/028");
    const rule = {
      description: "",
      direction: "ingress",
      etherType: "IPv4",
      portRangeMin: 0,
      portRangeMax: 0,
      protocol: "",
      remoteGroupId: "g",
      remoteIpPrefix: "",
    };
    await cloud.network.createSecurityGroupRule({ groupId: "g", rule });
    expect(bodyOf(sent()[0])).toEqual({
      security_group_rule: { security_group_id: "g", direction: "ingress", ethertype: "IPv4", remote_group_id: "g" },
    });
  });
  test("a floating IP is taken off its port with an empty object [OSAPI-060]", async () => {
    const { cloud, sent } = connect("neutron/045");
    const id = idIn("neutron/045");
    await cloud.network.associateFloatingIp({ id, portId: "p" });
    await cloud.network.disassociateFloatingIp(id);
    expect(sent().map(bodyOf)).toEqual([{ floatingip: { port_id: "p" } }, { floatingip: {} }]);
  });
  test("a server at the microversion, with its ports in order and its group as a hint [OSAPI-031] [OSAPI-033]", async () => {
    const { cloud, sent } = connect("nova/023");
    const made = await cloud.compute.createServer({
      name: "m",
      flavorId: "2",
      imageId: "i",
      portIds: ["a", "b"],
      userData: "eA==",
      tags: ["t"],
      metadata: { k: "v" },
      configDrive: true,
      blockDevices: [{ boot_index: 0, delete_on_termination: true, destination_type: "local", source_type: "image", uuid: "i" }],
      schedulerHints: { group: "g" },
    });
    expect(made).toEqual({ id: "a0452057-2290-49df-a7a3-61a8b049a204" });
    expect(sent()[0]?.headers).toMatchObject({ "x-openstack-nova-api-version": "2.63", "openstack-api-version": "compute 2.63" });
    expect(bodyOf(sent()[0])).toEqual({
      server: {
        name: "m",
        imageRef: "i",
        flavorRef: "2",
        networks: [{ port: "a" }, { port: "b" }],
        user_data: "eA==",
        tags: ["t"],
        metadata: { k: "v" },
        config_drive: true,
        block_device_mapping_v2: [
          { boot_index: 0, delete_on_termination: true, destination_type: "local", source_type: "image", uuid: "i" },
        ],
      },
      "os:scheduler_hints": { group: "g" },
    });
  });
  test("a server group with policies up to 2.63 and one policy from 2.64 on [OSAPI-030]", async () => {
    const { transport, requests } = replay("nova/015");
    for (const computeMicroversion of ["2.63", "2.64"]) {
      const cloud = createCloudConnector({ transportFor: () => transport, now, computeMicroversion })({
        cloudsYaml,
        cloudName: "a",
      });
      expect(await cloud.compute.createServerGroup({ name: "g", policy: "soft-anti-affinity" })).toMatchObject({
        policies: ["soft-anti-affinity"],
      });
    }
    expect(requests.filter(({ url }) => url.endsWith("/os-server-groups")).map(bodyOf)).toEqual([
      { server_group: { name: "g", policies: ["soft-anti-affinity"] } },
      { server_group: { name: "g", policy: "soft-anti-affinity" } },
    ]);
  });
  test("load balancer, listener, pool, monitor and member [OSAPI-068] [OSAPI-070] [OSAPI-071] [OSAPI-072] [OSAPI-073]", async () => {
    const { cloud, sent } = connect("octavia/006", "octavia/012", "octavia/017", "octavia/020", "octavia/022");
    const poolId = new URL(recording("octavia/022").request.url).pathname.split("/").at(-2) ?? "";
    await cloud.loadBalancing.createLoadBalancer({ name: "l", description: "d", vipSubnetId: "s", tags: [] });
    await cloud.loadBalancing.createListener({ name: "l-6443", port: 6443, loadBalancerId: "i", allowedCidrs: [], tags: ["t"] });
    await cloud.loadBalancing.createPool({ name: "l-6443", listenerId: "x", algorithm: "ROUND_ROBIN", tags: [] });
    await cloud.loadBalancing.createMonitor({
      name: "l-6443",
      poolId: "p",
      delaySeconds: 10,
      timeoutSeconds: 5,
      maxRetries: 5,
      maxRetriesDown: 3,
    });
    await cloud.loadBalancing.createMember({ poolId, name: "m", address: "10.6.0.7", port: 6443, tags: [] });
    expect(sent().map(bodyOf)).toEqual([
      { loadbalancer: { name: "l", description: "d", vip_subnet_id: "s" } },
      { listener: { name: "l-6443", protocol: "TCP", protocol_port: 6443, loadbalancer_id: "i", tags: ["t"] } },
      { pool: { name: "l-6443", protocol: "TCP", lb_algorithm: "ROUND_ROBIN", listener_id: "x" } },
      {
        healthmonitor: { name: "l-6443", pool_id: "p", type: "TCP", delay: 10, timeout: 5, max_retries: 5, max_retries_down: 3 },
      },
      { member: { name: "m", address: "10.6.0.7", protocol_port: 6443 } },
    ]);
  });
});

describe("what the real services answered is understood", () => {
  test("a server's addresses and a failed server's fault [OSAPI-036]", async () => {
    const { cloud } = connect("nova/025", "nova/053", "nova/031");
    const server = await cloud.compute.findServer(idIn("nova/025"));
    expect(server).toMatchObject({ status: "ACTIVE", name: "cap-0", tags: ["cap", "k8s"] });
    expect(server?.addresses[0]).toMatchObject({ version: 4, type: "fixed" });
    expect((await cloud.compute.findServer(idIn("nova/053")))?.fault).toMatch(/^No valid host was found/);
    expect(await cloud.compute.listServersNamed("cap-0")).toHaveLength(1);
  });
  test("flavors, keypairs, groups and zones [OSAPI-027] [OSAPI-028] [OSAPI-029]", async () => {
    const { cloud } = connect("nova/006", "nova/010", "nova/021", "nova/012");
    expect((await cloud.compute.listFlavors()).length).toBeGreaterThan(0);
    expect((await cloud.compute.findKeypair("tenant-a-key"))?.publicKey).toMatch(/^ssh-/);
    expect((await cloud.compute.listServerGroups())[0]?.policies).toEqual(["soft-anti-affinity"]);
    expect(await cloud.compute.listAvailabilityZones()).toContainEqual({ name: "nova", available: true });
  });
  test("a group's rules, null meaning nothing [OSAPI-055]", async () => {
    const { cloud } = connect("neutron/024");
    const { rules } = await cloud.network.createSecurityGroup({ name: "g", description: "d" });
    expect(
      rules.map(({ direction, etherType, protocol, portRangeMin }) => [direction, etherType, protocol, portRangeMin]),
    ).toEqual(
      expect.arrayContaining([
        ["egress", "IPv4", "", 0],
        ["egress", "IPv6", "", 0],
      ]),
    );
  });
  test("floating IPs, ports, extensions, images and volumes [OSAPI-058] [OSAPI-062] [OSAPI-075] [OSAPI-077]", async () => {
    const { cloud, sent } = connect("neutron/047", "neutron/022", "neutron/003", "glance/003", "cinder/007");
    expect((await cloud.network.listFloatingIps({ address: "1.2.3.4" }))[0]?.networkId).toMatch(/-/);
    expect((await cloud.network.listPorts({ deviceId: "r" })).length).toBeGreaterThan(0);
    expect(await cloud.network.hasNetworkExtension("trunk")).toBe(true);
    expect((await cloud.images.listImages({ name: "ubuntu-2204-kube-v1.31.1", tags: ["a", "b"] }))[0]).toMatchObject({
      status: "active",
      osDistro: "ubuntu",
    });
    expect((await cloud.volumes.listVolumesNamed("cap"))[0]).toMatchObject({ sizeGiB: 5 });
    expect(sent().at(-2)?.url).toMatch(/\?name=ubuntu-2204-kube-v1.31.1&tag=a&tag=b$/);
  });
  test("load balancers, providers and versions, newest first or last [OSAPI-065] [OSAPI-066] [OSAPI-067] [CAPO-170]", async () => {
    const { cloud } = connect("octavia/011", "octavia/003", "octavia/001");
    expect((await cloud.loadBalancing.listLoadBalancers({ name: "cap" }))[0]).toMatchObject({ provider: "amphora", name: "cap" });
    expect(await cloud.loadBalancing.listLoadBalancerProviders()).toContain("amphora");
    expect(await cloud.loadBalancing.supportsAllowedCidrs()).toBe(true);
  });
  test("a tenant's token is checked, and used to make a credential in the tenant's name [OSAPI-023]", async () => {
    const { transport, requests } = replay("keystone/010", "keystone/016");
    const service = createCloudConnector({ transportFor: () => transport, now })({ cloudsYaml, cloudName: "a" });
    expect(await service.identity.findToken("tenants")).toMatchObject({
      project: { name: "tenant-a" },
      user: { name: "tenant-a" },
    });
    expect(requests.at(-1)?.headers).toMatchObject({ "x-subject-token": "tenants" });
    const tenant = cloudOfToken("tenants", { authUrl: "http://127.0.0.1:15000/v3" }, { transport, now });
    const made = await tenant.identity.createApplicationCredential({ name: "cap-ac", unrestricted: true });
    expect(made.secret).toBe("SANITISED-SECRET");
    expect(requests.at(-1)?.headers).toMatchObject({ "x-auth-token": "tenants" });
    expect(requests.at(-1)?.url).toContain("/users/5a284c9ca8bb4767a011b681e81a5d69/application_credentials");
  });
});

describe("a connection", () => {
  test("is refused before the first call when Nova does not speak our microversion [OSAPI-026]", async () => {
    const { transport, requests } = replay();
    const cloud = createCloudConnector({ transportFor: () => transport, now, computeMicroversion: "2.999" })({
      cloudsYaml,
      cloudName: "a",
    });
    await expect(cloud.compute.listFlavors()).rejects.toMatchObject({
      kind: "unsupported",
      message: expect.stringContaining("2.1 to 2.93"),
    });
    expect(requests.some(({ url }) => url.includes("flavors"))).toBe(false);
  });
  test("is shared by equal identities, not by those of another region or certificate, and the oldest is forgotten [CAPO-098]", () => {
    const connectTo = createCloudConnector({ transportFor: () => replay().transport, now, maxClouds: 2 });
    const first = connectTo({ cloudsYaml, cloudName: "a" });
    expect(connectTo({ cloudsYaml, cloudName: "a" })).toBe(first);
    expect(connectTo({ cloudsYaml, cloudName: "a", region: "R" })).not.toBe(first);
    expect(connectTo({ cloudsYaml, cloudName: "a" })).toBe(first);
    expect(connectTo({ cloudsYaml, cloudName: "a", caPem: "x" })).not.toBe(first);
    connectTo({ cloudsYaml, cloudName: "a", region: "S" });
    expect(connectTo({ cloudsYaml, cloudName: "a" })).not.toBe(first);
  });
  test("reads all pages, following links as they are [OSAPI-006] [OSAPI-008]", async () => {
    const { transport: inner } = replay();
    const port = (id: string) => ({ id, name: id });
    const seen: string[] = [];
    const cloud = createCloudConnector({
      now,
      transportFor: () => async (request) => {
        if (request.url.endsWith("/auth/tokens")) return inner(request);
        seen.push(request.url);
        const second = request.url.includes("marker");
        const body = request.url.includes("/images")
          ? { images: [port(second ? "i2" : "i1")], ...(second ? {} : { next: "/v2/images?marker=i1" }) }
          : {
              ports: second ? [] : [port("p1")],
              ports_links: [{ rel: "next", href: "http://127.0.0.1:15696/v2.0/ports?marker=p1" }],
            };
        return { status: 200, headers: {}, text: async () => JSON.stringify(body) };
      },
    })({ cloudsYaml, cloudName: "a" });
    expect((await cloud.network.listPorts({})).map(({ id }) => id)).toEqual(["p1"]);
    expect((await cloud.images.listImages({})).map(({ id }) => id)).toEqual(["i1", "i2"]);
    expect(seen).toHaveLength(4);
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import { passwords, startCloud, type Tenant } from "../testing/harness.ts";

type World = Awaited<ReturnType<typeof startCloud>>;
let world: World;
let me: Tenant;
beforeEach(async () => {
  world = await startCloud();
  me = await world.demo();
});
const make = async (path: string, singular: string, given: object, who = me) => {
  const reply = await who.network("POST", `/v2.0/${path}`, { [singular]: given });
  if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
  return reply.body[singular];
};
const externalId = async () => (await me.network("GET", "/v2.0/networks?router%3Aexternal=true")).body.networks[0].id;
const routed = async () => {
  const network = await make("networks", "network", { name: "n" });
  const subnet = await make("subnets", "subnet", { network_id: network.id, cidr: "10.6.0.0/24", ip_version: 4 });
  const router = await make("routers", "router", { name: "r", external_gateway_info: { network_id: await externalId() } });
  await me.network("PUT", `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  return { network, subnet, router };
};
const errorOf = (reply: { status: number; body: { NeutronError?: { type: string } } }) => [
  reply.status,
  reply.body.NeutronError?.type,
];

describe("lists", () => {
  test("filter by any attribute, several values meaning any; tags in four ways [OSSIM-016]", async () => {
    for (const [name, tags] of [
      ["a", ["x", "y"]],
      ["b", ["x"]],
      ["c", []],
    ] as const) {
      const { id } = await make("networks", "network", { name });
      await me.network("PUT", `/v2.0/networks/${id}/tags`, { tags });
    }
    const names = async (query: string) =>
      (await me.network("GET", `/v2.0/networks?router:external=false&${query}`)).body.networks
        .map((one: { name: string }) => one.name)
        .sort();
    expect(await names("name=a&name=c")).toEqual(["a", "c"]);
    expect(await names("tags=x,y")).toEqual(["a"]);
    expect(await names("tags-any=x,y")).toEqual(["a", "b"]);
    expect(await names("not-tags=x,y")).toEqual(["b", "c"]);
    expect(await names("not-tags-any=x")).toEqual(["c"]);
    expect(await names("admin_state_up=True&shared=False")).toEqual(["a", "b", "c"]);
    expect(await names("admin_state_up=false")).toEqual([]);
    const bad = await me.network("GET", "/v2.0/networks?nonsense=1");
    expect(bad.body.NeutronError.message).toBe("['nonsense'] is invalid attribute for filtering");
  });

  test("take an empty value as given, and look into fixed addresses [OSSIM-018 OSAPI-049]", async () => {
    const { network, router } = await routed();
    const port = await make("ports", "port", { network_id: network.id, name: "mine" });
    const found = async (query: string) =>
      (await me.network("GET", `/v2.0/ports?${query}`)).body.ports.map(
        (one: { name: string; device_owner: string }) => one.name || one.device_owner,
      );
    expect(await found("device_owner=")).toEqual(["mine"]);
    expect(await found(`device_id=${router.id}`)).toEqual(["network:router_interface"]);
    expect(await found(`fixed_ips=ip_address%3D${port.fixed_ips[0].ip_address}`)).toEqual(["mine"]);
    expect(await found("fixed_ips=ip_address_substr%3D10.6.0.")).toHaveLength(2);
    expect(await found(`network_id=${network.id}&device_owner=network:router_interface&device_owner=none`)).toEqual([
      "network:router_interface",
    ]);
  });

  test("go in pages, each linking to the next, and show only the fields asked for [OSSIM-015 OSAPI-006 OSAPI-050]", async () => {
    for (const name of ["a", "b", "c"]) await make("networks", "network", { name });
    const first = (await me.network("GET", "/v2.0/networks?router:external=false&limit=2&sort_key=name&fields=name")).body;
    expect(first.networks).toEqual([{ name: "a" }, { name: "b" }]);
    const next = new URL(first.networks_links[0].href);
    expect(next.origin).toBe("http://127.0.0.1:9696");
    const second = (await me.network("GET", next.pathname + next.search)).body;
    expect(second.networks).toEqual([{ name: "c" }]);
    expect(second.networks_links).toBeUndefined();
  });
});

test("a project sees its own and what is shared, another's is not there [OSSIM-012]", async () => {
  const network = await make("networks", "network", { name: "secret" });
  const other = await world.login("magnum", "service", passwords.magnum);
  const outsider = await world.admin();
  const eve = (await outsider.identity("POST", "/v3/users", { user: { name: "eve", password: "p" } })).body.user;
  const role = (await outsider.identity("GET", "/v3/roles?name=member")).body.roles[0];
  await outsider.identity("PUT", `/v3/projects/${other.projectId}/users/${eve.id}/roles/${role.id}`);
  const stranger = await world.login("eve", "service", "p");
  expect((await stranger.network("GET", `/v2.0/networks/${network.id}`)).status).toBe(404);
  expect((await stranger.network("GET", "/v2.0/networks")).body.networks.map((one: { name: string }) => one.name)).toEqual([
    "public",
  ]);
  expect((await outsider.network("GET", `/v2.0/networks/${network.id}`)).body.network["provider:network_type"]).toBe("vxlan");
  expect(errorOf(await stranger.network("DELETE", `/v2.0/networks/${await externalId()}`))).toEqual([403, "PolicyNotAuthorized"]);
  expect(errorOf(await stranger.network("POST", "/v2.0/ports", { port: { network_id: await externalId() } }))).toEqual([
    404,
    "HTTPNotFound",
  ]);
});

describe("addresses", () => {
  test("come from the pools in order, and are not given again at once [OSSIM-028 OSSIM-031]", async () => {
    const network = await make("networks", "network", { name: "n" });
    await make("subnets", "subnet", {
      network_id: network.id,
      cidr: "10.6.0.0/29",
      ip_version: 4,
      allocation_pools: [{ start: "10.6.0.2", end: "10.6.0.4" }],
    });
    const port = async () => me.network("POST", "/v2.0/ports", { port: { network_id: network.id } });
    const address = (reply: Awaited<ReturnType<typeof port>>) => reply.body.port.fixed_ips[0].ip_address;
    const [a, b] = [await port(), await port()];
    expect([address(a), address(b)]).toEqual(["10.6.0.2", "10.6.0.3"]);
    await me.network("DELETE", `/v2.0/ports/${a.body.port.id}`);
    expect([address(await port()), address(await port())]).toEqual(["10.6.0.4", "10.6.0.2"]);
    expect(errorOf(await port())).toEqual([409, "IpAddressGenerationFailure"]);
  });

  test("may be chosen, when they are free and in the subnet [OSSIM-028]", async () => {
    const { network, subnet } = await routed();
    const port = (fixed_ips: object[]) => me.network("POST", "/v2.0/ports", { port: { network_id: network.id, fixed_ips } });
    expect((await port([{ subnet_id: subnet.id, ip_address: "10.6.0.77" }])).body.port.fixed_ips).toEqual([
      { subnet_id: subnet.id, ip_address: "10.6.0.77" },
    ]);
    expect(errorOf(await port([{ ip_address: "10.6.0.77" }]))).toEqual([409, "IpAddressAlreadyAllocated"]);
    expect(errorOf(await port([{ subnet_id: subnet.id, ip_address: "10.7.0.1" }]))).toEqual([400, "InvalidIpForSubnet"]);
    expect(errorOf(await port([{ subnet_id: subnet.id, ip_address: "10.6.0.255" }]))).toEqual([400, "InvalidIpForSubnet"]);
    expect((await port([])).body.port.fixed_ips).toEqual([]);
  });

  test("of IPv6 follow from the MAC where the subnet says so [OSSIM-029]", async () => {
    const network = await make("networks", "network", { name: "n" });
    await make("subnets", "subnet", { network_id: network.id, cidr: "10.6.0.0/24", ip_version: 4 });
    await make("subnets", "subnet", {
      network_id: network.id,
      cidr: "fd00:1::/64",
      ip_version: 6,
      ipv6_ra_mode: "slaac",
      ipv6_address_mode: "slaac",
    });
    const port = await make("ports", "port", { network_id: network.id, mac_address: "fa:16:3e:01:02:03" });
    expect(port.fixed_ips.map((ip: { ip_address: string }) => ip.ip_address)).toEqual(["10.6.0.2", "fd00:1::f816:3eff:fe01:203"]);
  });

  test("of a subnet are normalised, with a gateway and pools around it [OSAPI-044 OSSIM-031 OSSIM-086]", async () => {
    const network = await make("networks", "network", { name: "n" });
    const subnet = await make("subnets", "subnet", {
      network_id: network.id,
      cidr: "10.6.0.7/24",
      ip_version: 4,
      gateway_ip: "10.6.0.100",
    });
    expect(subnet).toMatchObject({
      cidr: "10.6.0.0/24",
      gateway_ip: "10.6.0.100",
      allocation_pools: [
        { start: "10.6.0.1", end: "10.6.0.99" },
        { start: "10.6.0.101", end: "10.6.0.254" },
      ],
    });
    expect((await me.network("GET", `/v2.0/subnets?network_id=${network.id}&cidr=10.6.0.0/24`)).body.subnets).toHaveLength(1);
    const none = await make("subnets", "subnet", {
      network_id: network.id,
      cidr: "10.7.0.0/24",
      ip_version: 4,
      gateway_ip: null,
    });
    expect(none).toMatchObject({ gateway_ip: null, allocation_pools: [{ start: "10.7.0.1", end: "10.7.0.254" }] });
    const outside = await me.network("POST", "/v2.0/subnets", {
      subnet: {
        network_id: network.id,
        cidr: "10.8.0.0/24",
        ip_version: 4,
        allocation_pools: [{ start: "10.8.0.1", end: "10.9.0.1" }],
      },
    });
    expect(errorOf(outside)).toEqual([400, "OutOfBoundsAllocationPool"]);
  });
});

describe("security groups", () => {
  test("begin with two egress rules; a project's default lets its own members in [OSAPI-056 OSSIM-034]", async () => {
    const [own] = (await me.network("GET", "/v2.0/security-groups")).body.security_groups;
    expect(own).toMatchObject({ name: "default" });
    expect(
      own.security_group_rules
        .map((rule: { direction: string; remote_group_id: string | null }) => [rule.direction, rule.remote_group_id === own.id])
        .sort(),
    ).toEqual([
      ["egress", false],
      ["egress", false],
      ["ingress", true],
      ["ingress", true],
    ]);
    const group = await make("security-groups", "security_group", { name: "g", description: "d" });
    expect(group.security_group_rules).toHaveLength(2);
    expect(errorOf(await me.network("DELETE", `/v2.0/security-groups/${own.id}`))).toEqual([
      409,
      "SecurityGroupCannotRemoveDefault",
    ]);
  });

  test("rules read back exactly as they were written [OSSIM-034 OSSIM-085 OSAPI-057]", async () => {
    const group = await make("security-groups", "security_group", { name: "g" });
    for (const given of [
      { protocol: "4", remote_group_id: group.id, description: "IP-in-IP" },
      { protocol: "tcp", port_range_min: 179, port_range_max: 179, remote_group_id: group.id },
      { protocol: "tcp", port_range_min: 22, port_range_max: 22, remote_ip_prefix: "0.0.0.0/0", description: "SSH" },
      { protocol: "udp", port_range_min: 8472, port_range_max: 8472 },
      { remote_ip_prefix: "10.0.0.5/24" },
    ]) {
      const rule = await make("security-group-rules", "security_group_rule", {
        direction: "ingress",
        ethertype: "IPv4",
        security_group_id: group.id,
        ...given,
      });
      const blank = {
        description: "",
        protocol: null,
        port_range_min: null,
        port_range_max: null,
        remote_group_id: null,
        remote_ip_prefix: null,
      };
      const read = (await me.network("GET", `/v2.0/security-groups/${group.id}`)).body.security_group.security_group_rules.find(
        (one: { id: string }) => one.id === rule.id,
      );
      expect(read).toMatchObject({ ...blank, ...given });
    }
    const rules = (given: object) =>
      me.network("POST", "/v2.0/security-group-rules", {
        security_group_rule: { direction: "ingress", security_group_id: group.id, ...given },
      });
    expect(errorOf(await rules({ protocol: "4", remote_group_id: group.id, description: "said otherwise" }))).toEqual([
      409,
      "SecurityGroupRuleExists",
    ]);
    expect(errorOf(await rules({ port_range_min: 1, port_range_max: 2 }))).toEqual([
      400,
      "SecurityGroupProtocolRequiredWithPorts",
    ]);
    expect(errorOf(await rules({ protocol: "nonsense" }))).toEqual([400, "SecurityGroupRuleInvalidProtocol"]);
    expect(errorOf(await rules({ ethertype: "IPv6", remote_ip_prefix: "10.0.0.0/8" }))).toEqual([
      400,
      "SecurityGroupRuleParameterConflict",
    ]);
    expect(errorOf(await rules({ remote_group_id: group.id, remote_ip_prefix: "10.0.0.0/8" }))).toEqual([
      400,
      "SecurityGroupMultipleRemoteEntites",
    ]);
  });
});

describe("routers", () => {
  test("take a gateway and interfaces, and are not deleted with them [OSSIM-032 OSAPI-047 OSAPI-048]", async () => {
    const { network, subnet, router } = await routed();
    expect(router.external_gateway_info).toMatchObject({
      enable_snat: true,
      external_fixed_ips: [{ ip_address: "127.77.0.10" }],
    });
    const [port] = (await me.network("GET", `/v2.0/ports?device_id=${router.id}`)).body.ports;
    expect(port).toMatchObject({
      status: "BUILD",
      fixed_ips: [{ ip_address: "10.6.0.1" }],
      device_owner: "network:router_interface",
    });
    await world.clock.advance(10);
    expect((await me.network("GET", `/v2.0/ports/${port.id}`)).body.port.status).toBe("ACTIVE");
    expect(errorOf(await me.network("DELETE", `/v2.0/ports/${port.id}`))).toEqual([409, "ServicePortInUse"]);
    expect(errorOf(await me.network("DELETE", `/v2.0/routers/${router.id}`))).toEqual([409, "RouterInUse"]);
    expect(errorOf(await me.network("DELETE", `/v2.0/subnets/${subnet.id}`))).toEqual([409, "SubnetInUse"]);
    const twin = await make("subnets", "subnet", {
      network_id: (await make("networks", "network", { name: "m" })).id,
      cidr: "10.6.0.0/25",
      ip_version: 4,
    });
    const overlapping = await me.network("PUT", `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: twin.id });
    expect(overlapping.body.NeutronError.message).toContain("overlaps with cidr 10.6.0.0/24");
    const moved = await me.network("PUT", `/v2.0/routers/${router.id}`, {
      router: { external_gateway_info: { network_id: await externalId(), external_fixed_ips: [{ ip_address: "127.77.5.5" }] } },
    });
    expect(moved.body.router.external_gateway_info.external_fixed_ips[0].ip_address).toBe("127.77.5.5");
    expect(
      (await me.network("PUT", `/v2.0/routers/${router.id}`, { router: { external_gateway_info: {} } })).body.router
        .external_gateway_info,
    ).toBeNull();
    await me.network("PUT", `/v2.0/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id });
    expect((await me.network("DELETE", `/v2.0/routers/${router.id}`)).status).toBe(204);
    expect((await me.network("DELETE", `/v2.0/networks/${network.id}`)).status).toBe(204);
    expect([...world.cloud.state.ports.all()]).toEqual([]);
  });
});

describe("floating IPs", () => {
  test("go DOWN, ACTIVE, DOWN; an empty object lets go, one without port_id does not [OSSIM-033 OSAPI-060 OSAPI-061]", async () => {
    const { network } = await routed();
    const port = await make("ports", "port", { network_id: network.id });
    const fip = await make("floatingips", "floatingip", { floating_network_id: await externalId(), description: "d" });
    const put = async (given: object) =>
      (await me.network("PUT", `/v2.0/floatingips/${fip.id}`, { floatingip: given })).body.floatingip;
    expect(await put({ port_id: port.id })).toMatchObject({
      status: "DOWN",
      port_id: port.id,
      fixed_ip_address: port.fixed_ips[0].ip_address,
    });
    await world.clock.advance(10);
    expect(await put({ description: "still there" })).toMatchObject({ status: "ACTIVE", port_id: port.id });
    expect(await put({})).toMatchObject({ status: "ACTIVE", port_id: null });
    await world.clock.advance(10);
    expect(
      (await me.network("GET", `/v2.0/floatingips?floating_ip_address=${fip.floating_ip_address}`)).body.floatingips[0],
    ).toMatchObject({ status: "DOWN" });
  });

  test("need a way through a router, take one address each, and let go of a port that goes [OSSIM-033]", async () => {
    const { network } = await routed();
    const island = await make("networks", "network", { name: "island" });
    await make("subnets", "subnet", { network_id: island.id, cidr: "10.9.0.0/24", ip_version: 4 });
    const [far, near] = [
      await make("ports", "port", { network_id: island.id }),
      await make("ports", "port", { network_id: network.id }),
    ];
    const floating_network_id = await externalId();
    const create = (port_id: string) => me.network("POST", "/v2.0/floatingips", { floatingip: { floating_network_id, port_id } });
    expect(errorOf(await create(far.id))).toEqual([404, "ExternalGatewayForFloatingIPNotFound"]);
    const first = (await create(near.id)).body.floatingip;
    expect(errorOf(await create(near.id))).toEqual([409, "FloatingIPPortAlreadyAssociated"]);
    expect([...world.cloud.state.floatingIps.all()]).toHaveLength(1);
    await world.clock.advance(10);
    await me.network("DELETE", `/v2.0/ports/${near.id}`);
    await world.clock.advance(10);
    expect((await me.network("GET", `/v2.0/floatingips/${first.id}`)).body.floatingip).toMatchObject({
      port_id: null,
      status: "DOWN",
    });
    const two = await make("ports", "port", {
      network_id: network.id,
      fixed_ips: [{ ip_address: "10.6.0.50" }, { ip_address: "10.6.0.51" }],
    });
    expect(errorOf(await create(two.id))).toEqual([400, "BadRequest"]);
  });
});

test("trunks hold their parent's port and its subports [OSSIM-035 OSAPI-063]", async () => {
  const { network } = await routed();
  const [parent, child] = [
    await make("ports", "port", { network_id: network.id }),
    await make("ports", "port", { network_id: network.id }),
  ];
  const trunk = await make("trunks", "trunk", { port_id: parent.id, name: "t", description: "", sub_ports: null });
  expect(trunk).toMatchObject({ status: "DOWN", sub_ports: [] });
  const sub = { port_id: child.id, segmentation_type: "vlan", segmentation_id: 100 };
  expect((await me.network("PUT", `/v2.0/trunks/${trunk.id}/add_subports`, { sub_ports: [sub] })).body.sub_ports).toEqual([sub]);
  expect(errorOf(await me.network("DELETE", `/v2.0/ports/${child.id}`))).toEqual([409, "PortInUseAsSubPort"]);
  expect((await me.network("GET", `/v2.0/ports/${parent.id}`)).body.port.trunk_details.sub_ports).toHaveLength(1);
  expect((await me.network("GET", `/v2.0/trunks?port_id=${parent.id}`)).body.trunks).toHaveLength(1);
  await me.network("PUT", `/v2.0/trunks/${trunk.id}/remove_subports`, { sub_ports: [{ port_id: child.id }] });
  expect((await me.network("GET", `/v2.0/trunks/${trunk.id}/get_subports`)).body).toEqual({ sub_ports: [] });
  expect((await me.network("DELETE", `/v2.0/trunks/${trunk.id}`)).status).toBe(204);
});

test("quotas are counted, changed by administrators and said in Neutron's words [OSSIM-041 OSSIM-042 OSSIM-043]", async () => {
  const boss = await world.admin();
  expect((await me.network("PUT", `/v2.0/quotas/${me.projectId}`, { quota: { port: 1 } })).status).toBe(403);
  await boss.network("PUT", `/v2.0/quotas/${me.projectId}`, { quota: { port: 1 } });
  const network = await make("networks", "network", { name: "n" });
  await make("ports", "port", { network_id: network.id });
  const over = await me.network("POST", "/v2.0/ports", { port: { network_id: network.id } });
  expect([over.status, over.body.NeutronError.message]).toEqual([409, "Quota exceeded for resources: ['port']."]);
  expect((await me.network("GET", `/v2.0/quotas/${me.projectId}/details.json`)).body.quota.port).toEqual({
    limit: 1,
    used: 1,
    reserved: 0,
  });
  await boss.network("DELETE", `/v2.0/quotas/${me.projectId}`);
  await make("ports", "port", { network_id: network.id });
});

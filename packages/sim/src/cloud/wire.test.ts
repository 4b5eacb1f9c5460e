import { expect, test } from "vitest";
import { type Reply, startCloud, type Tenant } from "./testing/harness.ts";

const everything = async (me: Tenant, world: Awaited<ReturnType<typeof startCloud>>) => {
  const external = (await me.network("GET", "/v2.0/networks?router:external=true")).body.networks[0].id;
  const network = (await me.network("POST", "/v2.0/networks", { network: { name: "n" } })).body.network.id;
  const subnet = (
    await me.network("POST", "/v2.0/subnets", { subnet: { network_id: network, cidr: "10.6.0.0/24", ip_version: 4 } })
  ).body.subnet.id;
  const router = (await me.network("POST", "/v2.0/routers", { router: { name: "r" } })).body.router.id;
  const fip = (await me.network("POST", "/v2.0/floatingips", { floatingip: { floating_network_id: external } })).body.floatingip
    .id;
  const image = (await me.image("GET", "/v2/images?limit=1")).body.images[0].id;
  const server = (
    await me.compute("POST", "/v2.1/servers", {
      server: { name: "s", imageRef: image, flavorRef: "2", networks: [{ uuid: network }] },
    })
  ).body.server.id;
  const lb = (await me.loadbalancer("POST", "/v2/lbaas/loadbalancers", { loadbalancer: { vip_subnet_id: subnet } })).body
    .loadbalancer.id;
  const volume = (await me.volume("POST", "/v3/volumes", { volume: { size: 1 } })).body.volume.id;
  await world.clock.advance(10);
  return {
    network: (await me.network("GET", `/v2.0/networks/${network}`)).body.network,
    router: (await me.network("GET", `/v2.0/routers/${router}`)).body.router,
    rule: (await me.network("GET", "/v2.0/security-group-rules?direction=egress")).body.security_group_rules[0],
    fip: (await me.network("GET", `/v2.0/floatingips/${fip}`)).body.floatingip,
    image: (await me.image("GET", `/v2/images/${image}`)).body,
    server: (await me.compute("GET", `/v2.1/servers/${server}`, undefined, { "x-openstack-nova-api-version": "2.63" })).body
      .server,
    lb: (await me.loadbalancer("GET", `/v2/lbaas/loadbalancers/${lb}`)).body.loadbalancer,
    volume: (await me.volume("GET", `/v3/volumes/${volume}`)).body.volume,
  };
};

test("ids, times and absent values have the form that each service gives them [OSSIM-008 OSSIM-009 OSSIM-010]", async () => {
  const world = await startCloud();
  const me = await world.demo();
  const all = await everything(me, world);
  for (const [name, object] of Object.entries(all))
    expect(object.id, name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  for (const id of [me.projectId, me.userId]) expect(id).toMatch(/^[0-9a-f]{32}$/);
  const day = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d";
  for (const time of [all.server.created, all.server.updated, all.network.created_at, all.image.created_at])
    expect(time).toMatch(new RegExp(`^${day}Z$`));
  expect(all.lb.created_at).toMatch(new RegExp(`^${day}$`));
  for (const time of [all.volume.created_at, all.server["OS-SRV-USG:launched_at"]])
    expect(time).toMatch(new RegExp(`^${day}\\.\\d{6}$`));
  expect(all.rule).toMatchObject({ protocol: null, port_range_min: null, remote_ip_prefix: null, remote_group_id: null });
  expect(all.fip).toMatchObject({ port_id: null, router_id: null, fixed_ip_address: null });
  expect(all.router.external_gateway_info).toBeNull();
  expect(all.lb).toMatchObject({ flavor_id: null, availability_zone: null });
  expect(all.server["OS-SRV-USG:terminated_at"]).toBeNull();
});

test("every answer names its request [OSSIM-007]", async () => {
  const { demo } = await startCloud();
  const me = await demo();
  const replies: readonly Reply[] = [
    await me.identity("GET", "/v3/auth/projects"),
    await me.compute("GET", "/v2.1/servers/none"),
    await me.network("GET", "/v2.0/networks"),
    await me.image("GET", "/v2/images"),
    await me.loadbalancer("GET", "/v2/lbaas/pools"),
    await me.volume("GET", "/v3/types"),
  ];
  const ids = replies.map((reply) => reply.headers["x-openstack-request-id"]);
  for (const id of ids) expect(id).toMatch(/^req-[0-9a-f-]{36}$/);
  expect(new Set(ids).size).toBe(ids.length);
  expect(replies[1]?.headers["x-compute-request-id"]).toBe(ids[1]);
});

test("one address serves them all, by the port or the path that a URL names [OSSIM-001 OSSIM-002]", async () => {
  const { cloud } = await startCloud();
  const ask = async (url: string) => {
    const lean = await cloud.transport({ method: "GET", url, headers: {} });
    const web = await cloud.fetch(new Request(url));
    expect(web.status).toBe(lean.status);
    return { status: lean.status, text: await lean.text() };
  };
  for (const [url, status, holds] of [
    ["http://127.0.0.1:5000/v3", 200, "v3.14"],
    ["http://anywhere/identity/v3", 200, "v3.14"],
    ["http://127.0.0.1:8774/", 200, "2.96"],
    ["http://anywhere/compute/v2.1/", 200, "2.96"],
    ["http://127.0.0.1:9696", 200, "v2.0"],
    ["http://anywhere/networking/", 200, "v2.0"],
    ["http://127.0.0.1:9292/versions", 200, "v2.15"],
    ["http://anywhere/image", 300, "v2.15"],
    ["http://127.0.0.1:9876/", 200, "v2.26"],
    ["http://anywhere/load-balancer", 200, "v2.26"],
    ["http://127.0.0.1:8776/v3", 200, "3.71"],
    ["http://anywhere/volume/", 300, "3.71"],
    ["http://127.0.0.1:1/nowhere", 404, "no service"],
  ] as const) {
    const reply = await ask(url);
    expect([reply.status, reply.text.includes(holds)], url).toEqual([status, true]);
  }
});

test("every version document leads on, to an address that answers [OSSIM-003 OSSIM-004 OSAPI-012]", async () => {
  const { cloud } = await startCloud();
  const get = async (url: string) => {
    const reply = await cloud.transport({ method: "GET", url, headers: {} });
    return { status: reply.status, body: JSON.parse(await reply.text()) };
  };
  for (const port of [5000, 8774, 9696, 9292, 9876, 8776]) {
    const { body } = await get(`http://127.0.0.1:${port}/`);
    const versions = Array.isArray(body.versions) ? body.versions : body.versions.values;
    expect(versions.length).toBeGreaterThan(0);
    for (const version of versions) {
      expect(["CURRENT", "SUPPORTED", "stable"]).toContain(version.status);
      const self = version.links.find((one: { rel: string }) => one.rel === "self").href;
      const followed = await cloud.transport({ method: "GET", url: self, headers: {} });
      expect([200, 300, 401], self).toContain(followed.status);
    }
  }
});

test("a network is there at once, shows its subnets, and takes them along [OSSIM-030]", async () => {
  const { demo } = await startCloud();
  const me = await demo();
  const { id } = (await me.network("POST", "/v2.0/networks", { network: { name: "n", mtu: 1400, port_security_enabled: false } }))
    .body.network;
  const subnet = (await me.network("POST", "/v2.0/subnets", { subnet: { network_id: id, cidr: "10.6.0.0/24", ip_version: 4 } }))
    .body.subnet.id;
  expect((await me.network("GET", `/v2.0/networks/${id}`)).body.network).toMatchObject({
    status: "ACTIVE",
    subnets: [subnet],
    mtu: 1400,
    port_security_enabled: false,
  });
  const port = (await me.network("POST", "/v2.0/ports", { port: { network_id: id } })).body.port;
  expect(port).toMatchObject({ port_security_enabled: false, security_groups: [] });
  expect((await me.network("DELETE", `/v2.0/networks/${id}`)).body.NeutronError.type).toBe("NetworkInUse");
  await me.network("DELETE", `/v2.0/ports/${port.id}`);
  expect((await me.network("DELETE", `/v2.0/networks/${id}`)).status).toBe(204);
  expect((await me.network("GET", `/v2.0/subnets/${subnet}`)).status).toBe(404);
});

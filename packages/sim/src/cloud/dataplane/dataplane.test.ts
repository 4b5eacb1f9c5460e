import { beforeEach, describe, expect, test } from "vitest";
import { startCloud, type Tenant } from "../testing/harness.ts";

type World = Awaited<ReturnType<typeof startCloud>>;
let world: World;
let me: Tenant;
let place: { network: string; subnet: string; external: string };
beforeEach(async () => {
  world = await startCloud();
  me = await world.demo();
  const external = (await me.network("GET", "/v2.0/networks?router:external=true")).body.networks[0].id;
  const network = (await me.network("POST", "/v2.0/networks", { network: { name: "n" } })).body.network.id;
  const subnet = (
    await me.network("POST", "/v2.0/subnets", { subnet: { network_id: network, cidr: "10.6.0.0/24", ip_version: 4 } })
  ).body.subnet.id;
  const router = (await me.network("POST", "/v2.0/routers", { router: { external_gateway_info: { network_id: external } } })).body
    .router.id;
  await me.network("PUT", `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet });
  place = { network, subnet, external };
});
const wait = () => world.clock.advance(10);
const group = async (...rules: object[]): Promise<string> => {
  const { id } = (await me.network("POST", "/v2.0/security-groups", { security_group: { name: "g" } })).body.security_group;
  for (const rule of rules)
    await me.network("POST", "/v2.0/security-group-rules", {
      security_group_rule: { direction: "ingress", ethertype: "IPv4", security_group_id: id, ...rule },
    });
  return id;
};
const tcp = (port: number, more: object = {}) => ({ protocol: "tcp", port_range_min: port, port_range_max: port, ...more });
const server = async (name: string, groups: readonly string[]) => {
  const port = (await me.network("POST", "/v2.0/ports", { port: { network_id: place.network, security_groups: groups } })).body
    .port;
  const image = (await me.image("GET", "/v2/images?limit=1")).body.images[0].id;
  const { id } = (
    await me.compute("POST", "/v2.1/servers", {
      server: { name, imageRef: image, flavorRef: "2", networks: [{ port: port.id }] },
    })
  ).body.server;
  await wait();
  return { id: id as string, port: port.id as string, address: port.fixed_ips[0].ip_address as string };
};
const floating = async (port: string) => {
  const fip = (
    await me.network("POST", "/v2.0/floatingips", { floatingip: { floating_network_id: place.external, port_id: port } })
  ).body.floatingip;
  await wait();
  return fip.floating_ip_address as string;
};
const balancer = async (members: readonly { address: string }[], listener: object = {}) => {
  const lb = (
    await me.loadbalancer("POST", "/v2/lbaas/loadbalancers", { loadbalancer: { name: "lb", vip_subnet_id: place.subnet } })
  ).body.loadbalancer;
  await wait();
  const made = (
    await me.loadbalancer("POST", "/v2/lbaas/listeners", {
      listener: { protocol: "TCP", protocol_port: 6443, loadbalancer_id: lb.id, ...listener },
    })
  ).body.listener;
  await wait();
  const pool = (
    await me.loadbalancer("POST", "/v2/lbaas/pools", {
      pool: { protocol: "TCP", lb_algorithm: "ROUND_ROBIN", listener_id: made.id },
    })
  ).body.pool.id;
  await wait();
  for (const { address } of members) {
    await me.loadbalancer("POST", `/v2/lbaas/pools/${pool}/members`, { member: { address, protocol_port: 6443 } });
    await wait();
  }
  return { ...lb, listener: made.id, pool } as {
    id: string;
    vip_port_id: string;
    vip_address: string;
    listener: string;
    pool: string;
  };
};
const route = (address: string, port: number, from?: string) =>
  world.cloud.dataPlane.route(address, port, from).map((one) => one.serverId);

describe("a connection", () => {
  test("reaches a server by its floating IP when the server runs and its groups let it in [OSSIM-040]", async () => {
    const a = await server("a", [
      await group(tcp(22, { remote_ip_prefix: "127.0.0.0/8" }), tcp(80, { remote_ip_prefix: "10.0.0.0/8" })),
    ]);
    const address = await floating(a.port);
    expect([route(address, 22), route(address, 80), route(address, 443)]).toEqual([[a.id], [], []]);
    expect(world.cloud.dataPlane.publicEndpoints()).toEqual([{ address, port: 22 }]);
    await me.compute("POST", `/v2.1/servers/${a.id}/action`, { "os-stop": null });
    await wait();
    expect(route(address, 22)).toEqual([]);
    expect(world.cloud.dataPlane.publicEndpoints()).toEqual([]);
  });

  test("between servers sees groups by membership, ports without security not at all", async () => {
    const inner = await group();
    await me.network("POST", "/v2.0/security-group-rules", {
      security_group_rule: {
        direction: "ingress",
        ethertype: "IPv4",
        protocol: "tcp",
        port_range_min: 2379,
        port_range_max: 2380,
        remote_group_id: inner,
        security_group_id: inner,
      },
    });
    const [a, b, c] = [await server("a", [inner]), await server("b", [inner]), await server("c", [await group()])];
    expect(route(b.address, 2380, a.id)).toEqual([b.id]);
    expect(route(b.address, 2380, c.id)).toEqual([]);
    expect(route(b.address, 2381, a.id)).toEqual([]);
    expect(route(c.address, 1, a.id)).toEqual([]);
    await me.network("PUT", `/v2.0/ports/${c.port}`, { port: { port_security_enabled: false, security_groups: [] } });
    expect(route(c.address, 1, a.id)).toEqual([c.id]);
  });

  test("to an address that two tenants use reaches the near one", async () => {
    const open = await group(tcp(80));
    const mine = await server("mine", [open]);
    const boss = await world.admin();
    const network = (await boss.network("POST", "/v2.0/networks", { network: { name: "theirs" } })).body.network.id;
    await boss.network("POST", "/v2.0/subnets", { subnet: { network_id: network, cidr: "10.6.0.0/24", ip_version: 4 } });
    const port = (
      await boss.network("POST", "/v2.0/ports", {
        port: { network_id: network, fixed_ips: [{ ip_address: mine.address }], port_security_enabled: false },
      })
    ).body.port;
    const image = (await boss.image("GET", "/v2/images?limit=1")).body.images[0].id;
    await boss.compute("POST", "/v2.1/servers", {
      server: { name: "theirs", imageRef: image, flavorRef: "2", networks: [{ port: port.id }] },
    });
    const neighbour = await server("neighbour", [open]);
    expect(route(mine.address, 80, neighbour.id)).toEqual([mine.id]);
  });
});

describe("a load balancer", () => {
  test("spreads over the members that run and are let in from its own side [OSSIM-038]", async () => {
    const api = await group(tcp(6443, { remote_ip_prefix: "10.6.0.0/24" }));
    const [a, b] = [await server("a", [api]), await server("b", [api])];
    const shut = await server("shut", [await group()]);
    const lb = await balancer([a, b, shut]);
    const address = await floating(lb.vip_port_id);
    expect(route(address, 6443)).toEqual([a.id, b.id]);
    expect(route(lb.vip_address, 6443, a.id)).toEqual([a.id, b.id]);
    expect(route(address, 22)).toEqual([]);
    await me.loadbalancer("POST", "/v2/lbaas/healthmonitors", {
      healthmonitor: { pool_id: lb.pool, type: "TCP", delay: 1, timeout: 1, max_retries: 1 },
    });
    await me.compute("DELETE", `/v2.1/servers/${a.id}`);
    await wait();
    expect(route(address, 6443)).toEqual([b.id]);
    expect(world.cloud.dataPlane.publicEndpoints()).toEqual([{ address, port: 6443 }]);
    await me.loadbalancer("DELETE", `/v2/lbaas/loadbalancers/${lb.id}?cascade=true`);
    await wait();
    expect([route(address, 6443), world.cloud.dataPlane.publicEndpoints()]).toEqual([[], []]);
  });

  test("lets in only who its listener allows: outsiders by their address, servers by their router's [OSAPI-070]", async () => {
    const a = await server("a", [await group(tcp(6443))]);
    const lb = await balancer([a], { allowed_cidrs: ["10.6.0.0/24"] });
    const address = await floating(lb.vip_port_id);
    expect([route(address, 6443), route(lb.vip_address, 6443, a.id)]).toEqual([[], [a.id]]);
    await me.loadbalancer("PUT", `/v2/lbaas/listeners/${lb.listener}`, { listener: { allowed_cidrs: ["127.0.0.1/32"] } });
    await wait();
    expect(route(address, 6443)).toEqual([a.id]);
    expect(route(address, 6443, a.id)).toEqual([]);
    await me.loadbalancer("PUT", `/v2/lbaas/listeners/${lb.listener}`, { listener: { allowed_cidrs: ["127.77.0.10/32"] } });
    await wait();
    expect(route(address, 6443, a.id)).toEqual([a.id]);
  });
});

test("whoever listens is told of every change, once for all of a moment", async () => {
  const a = await server("a", [await group(tcp(80))]);
  let told = 0;
  const stop = world.cloud.dataPlane.onChange(() => {
    told += 1;
  });
  const address = await floating(a.port);
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThan(5);
  expect(route(address, 80)).toEqual([a.id]);
  stop();
  const before = told;
  await me.compute("DELETE", `/v2.1/servers/${a.id}`);
  await wait();
  expect(told).toBe(before);
});

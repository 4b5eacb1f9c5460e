import { expect, test } from "vitest";
import { startCloud } from "./testing/harness.ts";

const v263 = { "x-openstack-nova-api-version": "2.63" };

test("a cluster's worth of cloud comes up, is reached through its floating IP, and goes without a trace [OSSIM-082 OSSIM-084 OSSIM-012]", async () => {
  const { cloud, clock, guests, demo } = await startCloud();
  const me = await demo();
  const before = (await me.network("GET", "/v2.0/ports")).body.ports.length;
  const external = (await me.network("GET", "/v2.0/networks?router%3Aexternal=true")).body.networks[0];
  const network = (await me.network("POST", "/v2.0/networks", { network: { name: "n", admin_state_up: true } })).body.network;
  const subnet = (
    await me.network("POST", "/v2.0/subnets", {
      subnet: { network_id: network.id, name: "s", ip_version: 4, cidr: "10.6.0.0/24" },
    })
  ).body.subnet;
  const router = (
    await me.network("POST", "/v2.0/routers", { router: { name: "r", external_gateway_info: { network_id: external.id } } })
  ).body.router;
  expect((await me.network("PUT", `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })).status).toBe(200);
  const group = (await me.network("POST", "/v2.0/security-groups", { security_group: { name: "cp" } })).body.security_group;
  await me.network("POST", "/v2.0/security-group-rules", {
    security_group_rule: {
      direction: "ingress",
      ethertype: "IPv4",
      protocol: "tcp",
      port_range_min: 6443,
      port_range_max: 6443,
      security_group_id: group.id,
    },
  });
  const port = (
    await me.network("POST", "/v2.0/ports", { port: { network_id: network.id, name: "p", security_groups: [group.id] } })
  ).body.port;
  const images = (await me.image("GET", "/v2/images?name=ubuntu-2204-kube-v1.32.5")).body.images;
  const flavors = (await me.compute("GET", "/v2.1/flavors/detail")).body.flavors;
  const placed = (
    await me.compute("POST", "/v2.1/os-server-groups", { server_group: { name: "g", policies: ["soft-anti-affinity"] } }, v263)
  ).body.server_group;
  const server = (
    await me.compute(
      "POST",
      "/v2.1/servers",
      {
        server: {
          name: "cp-0",
          imageRef: images[0].id,
          flavorRef: flavors[1].id,
          networks: [{ port: port.id }],
          user_data: btoa("#cloud-config\n"),
          key_name: "demo",
          tags: ["a"],
          config_drive: true,
        },
        "os:scheduler_hints": { group: placed.id },
      },
      v263,
    )
  ).body.server;
  const lb = (
    await me.loadbalancer("POST", "/v2.0/lbaas/loadbalancers", { loadbalancer: { name: "lb", vip_subnet_id: subnet.id } })
  ).body.loadbalancer;
  await clock.advance(10);
  const shown = (await me.compute("GET", `/v2.1/servers/${server.id}`, undefined, v263)).body.server;
  expect(shown).toMatchObject({
    status: "ACTIVE",
    addresses: { n: [{ addr: port.fixed_ips[0].ip_address, "OS-EXT-IPS:type": "fixed" }] },
  });
  expect(guests.running.get(server.id)).toMatchObject({
    userData: "#cloud-config\n",
    firstBoot: true,
    image: { properties: { kube_version: "v1.32.5" } },
  });

  const listener = (
    await me.loadbalancer("POST", "/v2.0/lbaas/listeners", {
      listener: { name: "l", protocol: "TCP", protocol_port: 6443, loadbalancer_id: lb.id },
    })
  ).body.listener;
  await clock.advance(10);
  const pool = (
    await me.loadbalancer("POST", "/v2.0/lbaas/pools", {
      pool: { name: "p", protocol: "TCP", lb_algorithm: "ROUND_ROBIN", listener_id: listener.id },
    })
  ).body.pool;
  await clock.advance(10);
  await me.loadbalancer("POST", "/v2.0/lbaas/healthmonitors", {
    healthmonitor: { name: "m", pool_id: pool.id, type: "TCP", delay: 10, timeout: 5, max_retries: 5 },
  });
  await clock.advance(10);
  const member = await me.loadbalancer("POST", `/v2.0/lbaas/pools/${pool.id}/members`, {
    member: { name: "cp-0", address: port.fixed_ips[0].ip_address, protocol_port: 6443 },
  });
  expect(member.status).toBe(201);
  const fip = (await me.network("POST", "/v2.0/floatingips", { floatingip: { floating_network_id: external.id } })).body
    .floatingip;
  const taken = await me.network("PUT", `/v2.0/floatingips/${fip.id}`, { floatingip: { port_id: lb.vip_port_id } });
  expect(taken.body.floatingip).toMatchObject({ status: "DOWN", router_id: router.id });
  await clock.advance(10);
  expect(cloud.dataPlane.route(fip.floating_ip_address, 6443)).toEqual([{ serverId: server.id, port: 6443 }]);
  expect(cloud.dataPlane.route(fip.floating_ip_address, 22)).toEqual([]);
  expect(cloud.dataPlane.publicEndpoints()).toEqual([{ address: fip.floating_ip_address, port: 6443 }]);
  expect(fip.floating_ip_address).toMatch(/^127\.77\./);

  await me.network("PUT", `/v2.0/floatingips/${fip.id}`, { floatingip: {} });
  await clock.advance(10);
  expect((await me.network("GET", `/v2.0/floatingips/${fip.id}`)).body.floatingip).toMatchObject({
    status: "DOWN",
    port_id: null,
  });
  await me.network("DELETE", `/v2.0/floatingips/${fip.id}`);
  await me.loadbalancer("DELETE", `/v2.0/lbaas/loadbalancers/${lb.id}?cascade=true`);
  await me.compute("DELETE", `/v2.1/servers/${server.id}`);
  await clock.advance(10);
  expect((await me.compute("GET", `/v2.1/servers/${server.id}`)).status).toBe(404);
  for (const path of [`ports/${port.id}`, `security-groups/${group.id}`])
    expect((await me.network("DELETE", `/v2.0/${path}`)).status, path).toBe(204);
  await me.network("PUT", `/v2.0/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id });
  for (const path of [`routers/${router.id}`, `networks/${network.id}`])
    expect((await me.network("DELETE", `/v2.0/${path}`)).status, path).toBe(204);
  await me.compute("DELETE", `/v2.1/os-server-groups/${placed.id}`);
  expect((await me.network("GET", "/v2.0/ports")).body.ports).toHaveLength(before);
  for (const [ask, path, name] of [
    [me.network, "/v2.0/networks?router:external=false", "networks"],
    [me.network, "/v2.0/routers", "routers"],
    [me.network, "/v2.0/floatingips", "floatingips"],
    [me.loadbalancer, "/v2.0/lbaas/loadbalancers", "loadbalancers"],
    [me.loadbalancer, "/v2.0/lbaas/pools", "pools"],
    [me.compute, "/v2.1/os-server-groups", "server_groups"],
  ] as const) {
    expect((await ask("GET", path)).body[name], path).toEqual([]);
  }
  const groups = (await me.network("GET", "/v2.0/security-groups")).body.security_groups;
  expect(groups.map((one: { name: string }) => one.name)).toEqual(["default"]);
});

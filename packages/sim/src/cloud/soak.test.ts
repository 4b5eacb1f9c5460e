import { expect, test } from "vitest";
import { createDataPlane } from "./dataplane/dataplane.ts";
import { createOperatingStatus } from "./loadbalancer/status.ts";
import { createDatabase } from "./state/database.ts";
import { memoryCloudStorage } from "./state/storage.ts";
import { type Ask, startCloud } from "./testing/harness.ts";

/** A seeded tenant who asks for all kinds of things in any order, while the cloud is killed now and then. */
const play = async (seed: number, steps: number) => {
  let state = seed;
  const chance = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const storage = memoryCloudStorage();
  const delays = {
    serverBuild: 3000,
    serverDelete: 2000,
    serverAction: 1000,
    loadBalancerCreate: 4000,
    loadBalancerUpdate: 1000,
    loadBalancerDelete: 2000,
    floatingIp: 1000,
    routerPort: 1000,
    volume: 1000,
    image: 1000,
  };
  const begin = () => startCloud({ storage, settings: { delays }, random: chance });
  let world = await begin();
  let me = await world.demo();
  const external = (await me.network("GET", "/v2.0/networks?router:external=true")).body.networks[0].id;
  const network = (await me.network("POST", "/v2.0/networks", { network: { name: "n" } })).body.network.id;
  const subnet = (
    await me.network("POST", "/v2.0/subnets", { subnet: { network_id: network, cidr: "10.6.0.0/26", ip_version: 4 } })
  ).body.subnet.id;
  const router = (await me.network("POST", "/v2.0/routers", { router: { external_gateway_info: { network_id: external } } })).body
    .router.id;
  await me.network("PUT", `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet });
  const image = (await me.image("GET", "/v2/images?limit=1")).body.images[0].id;
  const lb = "/v2/lbaas";

  const pick = <T>(items: Iterable<T>): T | undefined => {
    const all = [...items];
    return all[Math.floor(chance() * all.length)];
  };
  const records = () => world.cloud.state;
  const group = () => pick(records().securityGroups.by("project", me.projectId))?.id;
  const address = () =>
    pick(
      [...records().ports.by("network", network)]
        .filter((port) => chance() < 0.2 || port.device_owner.startsWith("compute:"))
        .flatMap((port) => port.fixed_ips.map((ip) => ip.ip_address)),
    ) ?? "10.6.0.60";
  const remove = async (ask: Ask, path: string, from: Iterable<{ id: string }>): Promise<unknown> =>
    ask("DELETE", `${path}/${pick(from)?.id ?? "none"}`);
  const moves: readonly (() => Promise<unknown>)[] = [
    () =>
      me.network("POST", "/v2.0/ports", {
        port: { network_id: network, ...(chance() < 0.3 && { security_groups: [group()].filter(Boolean) }) },
      }),
    () =>
      me.compute("POST", "/v2.1/servers", {
        server: {
          name: "s",
          imageRef: image,
          flavorRef: "2",
          networks: [chance() < 0.5 ? { uuid: network } : { port: pick(records().ports.by("network", network))?.id ?? "none" }],
        },
      }),
    () => me.loadbalancer("POST", `${lb}/loadbalancers`, { loadbalancer: { name: "l", vip_subnet_id: subnet } }),
    () =>
      me.loadbalancer("POST", `${lb}/listeners`, {
        listener: {
          protocol: "TCP",
          protocol_port: 6443 + Math.floor(chance() * 2),
          loadbalancer_id: pick(records().loadBalancers.all())?.id,
          ...(chance() < 0.2 && { allowed_cidrs: ["10.0.0.0/8"] }),
        },
      }),
    () =>
      me.loadbalancer("POST", `${lb}/pools`, {
        pool: { protocol: "TCP", lb_algorithm: "ROUND_ROBIN", listener_id: pick(records().listeners.all())?.id },
      }),
    () =>
      me.loadbalancer("POST", `${lb}/pools/${pick(records().pools.all())?.id}/members`, {
        member: { address: address(), protocol_port: 6443 },
      }),
    () =>
      me.loadbalancer("POST", `${lb}/healthmonitors`, {
        healthmonitor: { pool_id: pick(records().pools.all())?.id, type: "TCP", delay: 1, timeout: 1, max_retries: 1 },
      }),
    () =>
      me.network("POST", "/v2.0/floatingips", {
        floatingip: {
          floating_network_id: external,
          ...(chance() < 0.7 && { port_id: pick(records().ports.by("network", network))?.id }),
        },
      }),
    () =>
      me.network("PUT", `/v2.0/floatingips/${pick(records().floatingIps.all())?.id}`, {
        floatingip: chance() < 0.4 ? {} : { port_id: pick(records().ports.by("network", network))?.id },
      }),
    () => me.network("POST", "/v2.0/security-groups", { security_group: { name: "g" } }),
    () =>
      me.network("POST", "/v2.0/security-group-rules", {
        security_group_rule: {
          direction: "ingress",
          protocol: "tcp",
          port_range_min: 6443,
          port_range_max: 6443,
          security_group_id: group(),
        },
      }),
    () =>
      me.compute(
        "POST",
        `/v2.1/servers/${pick(records().servers.all())?.id}/action`,
        chance() < 0.5 ? { "os-stop": null } : { "os-start": null },
      ),
    () =>
      me.network("PUT", `/v2.0/ports/${pick(records().ports.by("network", network))?.id}`, {
        port: { security_groups: [group()].filter(Boolean) },
      }),
    () => remove(me.compute, "/v2.1/servers", records().servers.all()),
    () => remove(me.network, "/v2.0/ports", records().ports.by("network", network)),
    () => remove(me.network, "/v2.0/floatingips", records().floatingIps.all()),
    () => remove(me.network, "/v2.0/security-groups", records().securityGroups.by("project", me.projectId)),
    () => remove(me.network, "/v2.0/security-group-rules", records().securityGroupRules.by("project", me.projectId)),
    () => remove(me.loadbalancer, `${lb}/listeners`, records().listeners.all()),
    () => remove(me.loadbalancer, `${lb}/pools`, records().pools.all()),
    () => me.loadbalancer("DELETE", `${lb}/loadbalancers/${pick(records().loadBalancers.all())?.id}?cascade=${chance() < 0.7}`),
    () => world.clock.advance(Math.floor(chance() * 3000)),
    () => world.clock.advance(Math.floor(chance() * 3000)),
  ];

  const check = () => {
    const { ports, servers, floatingIps, members, listeners, pools, loadBalancers, securityGroups } = records();
    const seen = new Set<string>();
    for (const port of ports.all()) {
      for (const ip of port.fixed_ips) {
        const key = `${ip.subnet_id} ${ip.ip_address}`;
        expect(seen.has(key), `${key} is given twice`).toBe(false);
        seen.add(key);
      }
      if (port.device_owner.startsWith("compute:"))
        expect(servers.get(port.device_id), `the server of port ${port.id}`).toBeDefined();
      for (const one of port.security_groups) expect(securityGroups.get(one), "a port's security group").toBeDefined();
    }
    for (const fip of floatingIps.all())
      if (fip.port_id !== null) expect(ports.get(fip.port_id), "a floating IP's port").toBeDefined();
    for (const one of members.all()) expect(pools.get(one.pool_id)).toBeDefined();
    for (const one of [...listeners.all(), ...pools.all()]) expect(loadBalancers.get(one.loadbalancer_id)).toBeDefined();
    const fresh = createDataPlane(
      records(),
      createDatabase(memoryCloudStorage()),
      world.cloud.settings,
      createOperatingStatus(records()),
    );
    const sorted = (all: readonly { address: string; port: number }[]) => all.map((one) => `${one.address}:${one.port}`).sort();
    expect(sorted(world.cloud.dataPlane.publicEndpoints())).toEqual(sorted(fresh.publicEndpoints()));
  };

  let reached = 0;
  for (let step = 1; step <= steps; step += 1) {
    await pick(moves)?.();
    if (step % 20 === 0) check();
    reached += world.cloud.dataPlane.publicEndpoints().length;
    if (step % 150 === 0) {
      world.cloud.stop();
      world = await begin();
      me = await world.demo();
      check();
    }
  }
  await world.clock.advance(60_000);
  check();
  const unsettled = [
    ...[...records().servers.all()].filter((one) => one.task_state !== null),
    ...[...records().loadBalancers.all()].filter((one) => one.provisioning_status.startsWith("PENDING")),
    ...[...records().floatingIps.all()].filter((one) => (one.port_id === null) !== (one.status === "DOWN")),
  ];
  expect(unsettled).toEqual([]);
  return reached;
};

test("whatever is asked in whatever order, and however often it is killed, the cloud stays whole [OSSIM-019]", async () => {
  let reached = 0;
  for (let seed = 1; seed <= 4; seed += 1) reached += await play(seed, 450);
  expect(reached, "steps at which some floating IP led to a server").toBeGreaterThan(10);
});

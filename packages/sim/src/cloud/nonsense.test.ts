import { expect, test } from "vitest";
import { type Ask, startCloud } from "./testing/harness.ts";

const nonsense: readonly unknown[] = [null, -1, "", "x", true, [null], { id: 1 }];

/** The body with each of its parts, one after the other, replaced by each kind of nonsense, or left out. */
const spoilt = function* (value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) for (const bad of spoilt(item)) yield value.with(i, bad);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const { [name]: _gone, ...others } = value as { [name: string]: unknown };
      yield others;
      for (const bad of spoilt(item)) yield { ...others, [name]: bad };
    }
    yield { ...value, nonsense: { deep: [1] } };
  }
  yield* nonsense;
};

test("nonsense is refused, never a crash: every part of every request, spoilt in every way", { timeout: 60_000 }, async () => {
  const { demo, admin, clock } = await startCloud();
  const [me, boss] = [await demo(), await admin()];
  const external = (await me.network("GET", "/v2.0/networks?router:external=true")).body.networks[0].id;
  const image = (await me.image("GET", "/v2/images?limit=1")).body.images[0].id;
  const network = (await me.network("POST", "/v2.0/networks", { network: { name: "n" } })).body.network.id;
  const subnet = (
    await me.network("POST", "/v2.0/subnets", { subnet: { network_id: network, cidr: "10.6.0.0/16", ip_version: 4 } })
  ).body.subnet.id;
  const router = (await me.network("POST", "/v2.0/routers", { router: { external_gateway_info: { network_id: external } } })).body
    .router.id;
  await me.network("PUT", `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet });
  const group = (await me.network("POST", "/v2.0/security-groups", { security_group: { name: "g" } })).body.security_group.id;
  const port = (await me.network("POST", "/v2.0/ports", { port: { network_id: network } })).body.port.id;
  const fip = (await me.network("POST", "/v2.0/floatingips", { floatingip: { floating_network_id: external } })).body.floatingip
    .id;
  const server = (
    await me.compute("POST", "/v2.1/servers", {
      server: { name: "s", imageRef: image, flavorRef: "2", networks: [{ uuid: network }] },
    })
  ).body.server.id;
  const lb = (await me.loadbalancer("POST", "/v2/lbaas/loadbalancers", { loadbalancer: { vip_subnet_id: subnet } })).body
    .loadbalancer.id;
  await clock.advance(10);
  const listener = (
    await me.loadbalancer("POST", "/v2/lbaas/listeners", { listener: { protocol: "TCP", protocol_port: 1, loadbalancer_id: lb } })
  ).body.listener.id;
  await clock.advance(10);
  const pool = (
    await me.loadbalancer("POST", "/v2/lbaas/pools", {
      pool: { protocol: "TCP", lb_algorithm: "ROUND_ROBIN", listener_id: listener },
    })
  ).body.pool.id;
  await clock.advance(10);

  const requests: readonly (readonly [Ask, string, string, unknown])[] = [
    [
      me.identity,
      "POST",
      "/v3/auth/tokens",
      {
        auth: {
          identity: { methods: ["password"], password: { user: { name: "demo", domain: { name: "Default" }, password: "p" } } },
          scope: { project: { name: "demo", domain: { id: "default" } } },
        },
      },
    ],
    [
      me.identity,
      "POST",
      "/v3/auth/tokens",
      {
        auth: {
          identity: {
            methods: ["application_credential"],
            application_credential: { id: "x", secret: "y", name: "z", user: { name: "demo", domain: { id: "default" } } },
          },
        },
      },
    ],
    [
      me.identity,
      "POST",
      `/v3/users/${me.userId}/application_credentials`,
      {
        application_credential: { name: "a", roles: [{ name: "member" }], expires_at: "2030-01-01T00:00:00", unrestricted: true },
      },
    ],
    [
      me.identity,
      "POST",
      "/v3/OS-TRUST/trusts",
      {
        trust: {
          trustor_user_id: me.userId,
          trustee_user_id: me.userId,
          project_id: me.projectId,
          impersonation: true,
          roles: [{ name: "member" }],
        },
      },
    ],
    [boss.identity, "POST", "/v3/projects", { project: { name: "p", domain_id: "default", description: "d", enabled: true } }],
    [boss.identity, "PATCH", `/v3/projects/${me.projectId}`, { project: { name: "demo", description: "d", enabled: true } }],
    [me.network, "POST", "/v2.0/networks", { network: { name: "n", mtu: 1500, admin_state_up: true, tags: ["a"] } }],
    [me.network, "PUT", `/v2.0/networks/${network}/tags`, { tags: ["a"] }],
    [
      me.network,
      "POST",
      "/v2.0/subnets",
      {
        subnet: {
          network_id: network,
          cidr: "10.7.0.0/24",
          ip_version: 4,
          gateway_ip: "10.7.0.1",
          allocation_pools: [{ start: "10.7.0.2", end: "10.7.0.9" }],
          dns_nameservers: ["1.1.1.1"],
          host_routes: [],
        },
      },
    ],
    [
      me.network,
      "POST",
      "/v2.0/ports",
      {
        port: {
          network_id: network,
          name: "p",
          fixed_ips: [{ subnet_id: subnet, ip_address: "10.6.9.9" }],
          security_groups: [group],
          allowed_address_pairs: [{ ip_address: "10.6.1.1" }],
          mac_address: "fa:16:3e:00:00:01",
          port_security_enabled: true,
        },
      },
    ],
    [
      me.network,
      "PUT",
      `/v2.0/ports/${port}`,
      { port: { name: "p", fixed_ips: [{ ip_address: "10.6.9.8" }], security_groups: [group], device_id: "" } },
    ],
    [
      me.network,
      "PUT",
      `/v2.0/routers/${router}`,
      {
        router: {
          name: "r",
          external_gateway_info: { network_id: external, enable_snat: true, external_fixed_ips: [{ ip_address: "127.77.3.3" }] },
          routes: [],
        },
      },
    ],
    [me.network, "PUT", `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet }],
    [
      me.network,
      "POST",
      "/v2.0/security-group-rules",
      {
        security_group_rule: {
          direction: "ingress",
          ethertype: "IPv4",
          protocol: "tcp",
          port_range_min: 1,
          port_range_max: 2,
          remote_ip_prefix: "10.0.0.0/8",
          security_group_id: group,
          description: "d",
        },
      },
    ],
    [
      me.network,
      "PUT",
      `/v2.0/floatingips/${fip}`,
      { floatingip: { port_id: port, fixed_ip_address: "10.6.0.9", description: "d" } },
    ],
    [
      me.network,
      "POST",
      "/v2.0/trunks",
      { trunk: { port_id: port, sub_ports: [{ port_id: port, segmentation_type: "vlan", segmentation_id: 5 }] } },
    ],
    [boss.network, "PUT", `/v2.0/quotas/${boss.projectId}`, { quota: { port: 5 } }],
    [
      me.compute,
      "POST",
      "/v2.1/servers",
      {
        server: {
          name: "s",
          imageRef: image,
          flavorRef: "2",
          key_name: "demo",
          networks: [{ port }, { uuid: network, fixed_ip: "10.6.4.4" }],
          user_data: "eA==",
          metadata: { a: "b" },
          tags: ["t"],
          block_device_mapping_v2: [
            {
              source_type: "image",
              destination_type: "local",
              uuid: image,
              boot_index: 0,
              delete_on_termination: true,
              volume_size: 1,
            },
          ],
          security_groups: [{ name: "default" }],
          availability_zone: "az1",
          config_drive: true,
        },
        "os:scheduler_hints": { group: "x" },
      },
    ],
    [me.compute, "PUT", `/v2.1/servers/${server}`, { server: { name: "s", description: "d" } }],
    [me.compute, "PUT", `/v2.1/servers/${server}/tags`, { tags: ["a"] }],
    [me.compute, "PUT", `/v2.1/servers/${server}/metadata`, { metadata: { a: "b" } }],
    ...["os-start", "reboot", "rebuild", "resize", "os-getConsoleOutput", "addSecurityGroup", "lock"].map(
      (name) =>
        [
          me.compute,
          "POST",
          `/v2.1/servers/${server}/action`,
          { [name]: { type: "SOFT", imageRef: image, flavorRef: "3", length: 5, name: "g" } },
        ] as const,
    ),
    [me.compute, "POST", `/v2.1/servers/${server}/os-interface`, { interfaceAttachment: { port_id: port, net_id: network } }],
    [
      me.compute,
      "POST",
      `/v2.1/servers/${server}/os-volume_attachments`,
      { volumeAttachment: { volumeId: "x", device: "/dev/vdx" } },
    ],
    [
      me.compute,
      "POST",
      "/v2.1/os-server-groups",
      { server_group: { name: "g", policies: ["affinity"], policy: "affinity", rules: { max_server_per_host: 1 } } },
    ],
    [me.compute, "POST", "/v2.1/os-keypairs", { keypair: { name: "k", public_key: "ssh-ed25519 AAAA x", type: "ssh" } }],
    [boss.compute, "POST", "/v2.1/flavors", { flavor: { name: "f", id: "99", vcpus: 1, ram: 1, disk: 1 } }],
    [
      me.loadbalancer,
      "POST",
      "/v2/lbaas/loadbalancers",
      {
        loadbalancer: {
          name: "l",
          vip_subnet_id: subnet,
          vip_network_id: network,
          vip_address: "10.6.8.8",
          vip_port_id: port,
          provider: "amphora",
          tags: ["t"],
          listeners: [],
        },
      },
    ],
    [me.loadbalancer, "PUT", `/v2/lbaas/loadbalancers/${lb}`, { loadbalancer: { name: "l", admin_state_up: true, tags: [] } }],
    [
      me.loadbalancer,
      "POST",
      "/v2/lbaas/listeners",
      {
        listener: {
          name: "l",
          protocol: "TCP",
          protocol_port: 2,
          loadbalancer_id: lb,
          allowed_cidrs: ["10.0.0.0/8"],
          default_pool_id: pool,
          insert_headers: {},
          tags: [],
        },
      },
    ],
    [
      me.loadbalancer,
      "PUT",
      `/v2/lbaas/listeners/${listener}`,
      { listener: { name: "l", allowed_cidrs: ["10.0.0.0/8"], default_pool_id: pool } },
    ],
    [
      me.loadbalancer,
      "POST",
      "/v2/lbaas/pools",
      { pool: { name: "p", protocol: "TCP", lb_algorithm: "ROUND_ROBIN", loadbalancer_id: lb, session_persistence: null } },
    ],
    [
      me.loadbalancer,
      "POST",
      `/v2/lbaas/pools/${pool}/members`,
      { member: { name: "m", address: "10.6.0.50", protocol_port: 1, weight: 1, subnet_id: subnet } },
    ],
    [me.loadbalancer, "PUT", `/v2/lbaas/pools/${pool}/members`, { members: [{ address: "10.6.0.50", protocol_port: 1 }] }],
    [
      me.loadbalancer,
      "POST",
      "/v2/lbaas/healthmonitors",
      { healthmonitor: { pool_id: pool, type: "TCP", delay: 1, timeout: 1, max_retries: 1 } },
    ],
    [
      me.image,
      "POST",
      "/v2/images",
      { name: "i", disk_format: "raw", container_format: "bare", min_disk: 1, tags: ["a"], visibility: "private", prop: "x" },
    ],
    [boss.image, "PATCH", `/v2/images/${image}`, [{ op: "replace", path: "/name", value: "i" }]],
    [
      me.volume,
      "POST",
      "/v3/volumes",
      { volume: { size: 1, name: "v", imageRef: image, volume_type: "ssd", availability_zone: "az1", metadata: { a: "b" } } },
    ],
  ];
  const v = { "openstack-api-version": "compute 2.63" };
  const crashes: string[] = [];
  let refused = 0;
  for (const [ask, method, path, body] of requests) {
    for (const bad of spoilt(body)) {
      try {
        const { status } = await ask(method, path, bad, v);
        if (status >= 400) refused += 1;
        if (status >= 500 && status !== 501) crashes.push(`${method} ${path} ${JSON.stringify(bad)}: ${status}`);
      } catch (error) {
        crashes.push(`${method} ${path} ${JSON.stringify(bad)}: ${String(error).slice(0, 300)}`);
      }
    }
    await clock.advance(10);
  }
  expect(crashes.slice(0, 20)).toEqual([]);
  expect(refused).toBeGreaterThan(500);
  // Whatever was accepted can still be listed.
  for (const path of ["networks", "subnets", "ports", "routers", "floatingips", "security-groups", "trunks"])
    expect((await boss.network("GET", `/v2.0/${path}`)).status, path).toBe(200);
  for (const path of ["loadbalancers", "listeners", "pools", "healthmonitors", `pools/${pool}/members`])
    expect((await boss.loadbalancer("GET", `/v2/lbaas/${path}`)).status, path).toBe(200);
  expect((await boss.compute("GET", "/v2.1/servers/detail?all_tenants=1", undefined, v)).status).toBe(200);
  expect((await boss.image("GET", "/v2/images?limit=1000")).status).toBe(200);
  expect((await me.volume("GET", "/v3/volumes/detail")).status).toBe(200);
});

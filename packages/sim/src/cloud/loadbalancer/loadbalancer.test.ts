import { beforeEach, describe, expect, test } from "vitest";
import { delayProfiles } from "../settings.ts";
import { type Reply, startCloud, type Tenant } from "../testing/harness.ts";

type World = Awaited<ReturnType<typeof startCloud>>;
let world: World;
let me: Tenant;
let subnetId: string;
const base = "/v2.0/lbaas";
beforeEach(async () => {
  world = await startCloud({
    settings: { delays: { ...delayProfiles.none, loadBalancerCreate: 5000, loadBalancerUpdate: 1000, loadBalancerDelete: 2000 } },
  });
  me = await world.demo();
  const network = (await me.network("POST", "/v2.0/networks", { network: { name: "n" } })).body.network.id;
  subnetId = (await me.network("POST", "/v2.0/subnets", { subnet: { network_id: network, cidr: "10.6.0.0/24", ip_version: 4 } }))
    .body.subnet.id;
});
const wait = () => world.clock.advance(10_000);
const create = async (given: object = {}) =>
  (await me.loadbalancer("POST", `${base}/loadbalancers`, { loadbalancer: { name: "lb", vip_subnet_id: subnetId, ...given } }))
    .body.loadbalancer;
const get = async (path: string) => (await me.loadbalancer("GET", `${base}/${path}`)).body;
const statusOf = async (path: string, name: string) => (await get(path))[name]?.provisioning_status;
const faultOf = (reply: Reply) => [reply.status, reply.body.faultstring];
const whole = async () => {
  const lb = await create();
  await wait();
  const listener = (
    await me.loadbalancer("POST", `${base}/listeners`, {
      listener: { name: "l", protocol: "TCP", protocol_port: 6443, loadbalancer_id: lb.id },
    })
  ).body.listener;
  await wait();
  const pool = (
    await me.loadbalancer("POST", `${base}/pools`, {
      pool: { name: "p", protocol: "TCP", lb_algorithm: "ROUND_ROBIN", listener_id: listener.id },
    })
  ).body.pool;
  await wait();
  const monitor = (
    await me.loadbalancer("POST", `${base}/healthmonitors`, {
      healthmonitor: { name: "m", pool_id: pool.id, type: "TCP", delay: 5, timeout: 3, max_retries: 3 },
    })
  ).body.healthmonitor;
  await wait();
  const member = (
    await me.loadbalancer("POST", `${base}/pools/${pool.id}/members`, {
      member: { name: "a", address: "10.6.0.50", protocol_port: 6443 },
    })
  ).body.member;
  await wait();
  return { lb, listener, pool, monitor, member };
};

test("versions come oldest first, the last being CURRENT [OSAPI-065 OSSIM-003]", async () => {
  const { versions } = (await me.loadbalancer("GET", "/")).body;
  expect(versions.at(0).id).toBe("v2.0");
  expect(versions.at(-1)).toMatchObject({ id: "v2.26", status: "CURRENT" });
  expect(versions.filter((one: { status: string }) => one.status === "CURRENT")).toHaveLength(1);
});

test("both prefixes lead to it [OSSIM-073]", async () => {
  await create();
  for (const prefix of ["/v2", "/v2.0"])
    expect((await me.loadbalancer("GET", `${prefix}/lbaas/loadbalancers?name=lb`)).body.loadbalancers).toHaveLength(1);
});

describe("a load balancer", () => {
  test("has its address at once, is built for a while, and takes no changes meanwhile [OSAPI-068 OSAPI-074 OSSIM-036]", async () => {
    const lb = await create({ vip_address: "10.6.0.9", tags: ["t"] });
    expect(lb).toMatchObject({
      provisioning_status: "PENDING_CREATE",
      operating_status: "OFFLINE",
      vip_address: "10.6.0.9",
      provider: "amphora",
      tags: ["t"],
    });
    expect((await me.network("GET", `/v2.0/ports/${lb.vip_port_id}`)).body.port).toMatchObject({
      name: `octavia-lb-${lb.id}`,
      device_owner: "Octavia",
      device_id: `lb-${lb.id}`,
      status: "DOWN",
    });
    const refused = [409, `Load Balancer ${lb.id} is immutable and cannot be updated.`];
    const listener = { listener: { protocol: "TCP", protocol_port: 1, loadbalancer_id: lb.id } };
    expect(faultOf(await me.loadbalancer("POST", `${base}/listeners`, listener))).toEqual(refused);
    expect(faultOf(await me.loadbalancer("PUT", `${base}/loadbalancers/${lb.id}`, { loadbalancer: { name: "x" } }))).toEqual(
      refused,
    );
    expect(faultOf(await me.loadbalancer("DELETE", `${base}/loadbalancers/${lb.id}?cascade=true`))).toEqual([
      409,
      `Invalid state PENDING_CREATE of loadbalancer resource ${lb.id}`,
    ]);
    await wait();
    expect(await get(`loadbalancers/${lb.id}`)).toMatchObject({
      loadbalancer: { provisioning_status: "ACTIVE", operating_status: "ONLINE" },
    });
    expect((await me.loadbalancer("POST", `${base}/listeners`, listener)).body.listener.provisioning_status).toBe(
      "PENDING_CREATE",
    );
    expect(await statusOf(`loadbalancers/${lb.id}`, "loadbalancer")).toBe("PENDING_UPDATE");
    expect(
      faultOf(await me.loadbalancer("POST", `${base}/listeners`, { listener: { ...listener.listener, protocol_port: 2 } })),
    ).toEqual(refused);
  });

  test("goes with all below it when told to, and its port and group go too [OSAPI-069 OSSIM-037]", async () => {
    const { lb } = await whole();
    expect(faultOf(await me.loadbalancer("DELETE", `${base}/loadbalancers/${lb.id}`))).toEqual([
      400,
      `Validation failure: Cannot delete Load Balancer ${lb.id} - it has children`,
    ]);
    expect((await me.loadbalancer("DELETE", `${base}/loadbalancers/${lb.id}?cascade=true`)).status).toBe(204);
    expect(await statusOf(`loadbalancers/${lb.id}`, "loadbalancer")).toBe("PENDING_DELETE");
    expect((await me.loadbalancer("DELETE", `${base}/loadbalancers/${lb.id}?cascade=true`)).status).toBe(409);
    await wait();
    expect((await me.loadbalancer("GET", `${base}/loadbalancers/${lb.id}`)).status).toBe(404);
    const { state } = world.cloud;
    expect([state.listeners, state.pools, state.members, state.healthMonitors, state.ports].map((one) => one.size)).toEqual([
      0, 0, 0, 0, 0,
    ]);
    expect([...state.securityGroups.all()].map((one) => one.name)).toEqual([]);
  });

  test("stands on a port of the tenant's, which it gives back [OSAPI-068]", async () => {
    const network = (await me.network("GET", "/v2.0/networks?name=n")).body.networks[0].id;
    const port = (await me.network("POST", "/v2.0/ports", { port: { network_id: network, name: "vip" } })).body.port;
    const lb = await create({ vip_subnet_id: undefined, vip_port_id: port.id });
    expect(lb).toMatchObject({ vip_address: port.fixed_ips[0].ip_address, vip_port_id: port.id });
    await wait();
    await me.loadbalancer("DELETE", `${base}/loadbalancers/${lb.id}`);
    await wait();
    expect((await me.network("GET", `/v2.0/ports/${port.id}`)).body.port).toMatchObject({
      name: "vip",
      device_id: "",
      device_owner: "",
    });
  });

  test("needs a place, a known provider and flavor, and room in the quota [OSSIM-042]", async () => {
    const post = async (given: object) =>
      faultOf(await me.loadbalancer("POST", `${base}/loadbalancers`, { loadbalancer: { name: "x", ...given } }));
    expect(await post({})).toEqual([
      400,
      "Validation failure: VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.",
    ]);
    expect(await post({ vip_subnet_id: subnetId, provider: "nope" })).toEqual([400, "Provider 'nope' is not enabled."]);
    expect(await post({ vip_subnet_id: subnetId, flavor_id: "nope" })).toEqual([400, "Validation failure: Invalid flavor_id."]);
    expect((await post({ vip_subnet_id: subnetId, vip_address: "10.99.0.1" }))[0]).toBe(400);
    const boss = await world.admin();
    await boss.loadbalancer("PUT", `${base}/quotas/${me.projectId}`, { quota: { load_balancer: 0 } });
    expect(await post({ vip_subnet_id: subnetId })).toEqual([403, "Quota has been met for resources: Load Balancer"]);
    expect(world.cloud.state.ports.size).toBe(0);
    expect([...world.cloud.state.securityGroups.all()]).toEqual([]);
  });
});

describe("what is below a load balancer", () => {
  test("changes with it and settles with it [OSAPI-070 OSAPI-071 OSAPI-072 OSAPI-073 OSSIM-036]", async () => {
    const { lb, listener, pool, member } = await whole();
    const changed = await me.loadbalancer("PUT", `${base}/listeners/${listener.id}`, {
      listener: { allowed_cidrs: ["10.0.0.0/8"] },
    });
    expect(changed.body.listener).toMatchObject({
      provisioning_status: "PENDING_UPDATE",
      allowed_cidrs: ["10.0.0.0/8"],
      default_pool_id: pool.id,
    });
    await wait();
    expect(await statusOf(`listeners/${listener.id}`, "listener")).toBe("ACTIVE");
    expect((await me.loadbalancer("DELETE", `${base}/pools/${pool.id}/members/${member.id}`)).status).toBe(204);
    expect(await statusOf(`pools/${pool.id}/members/${member.id}`, "member")).toBe("PENDING_DELETE");
    expect(await statusOf(`pools/${pool.id}`, "pool")).toBe("PENDING_UPDATE");
    expect(await statusOf(`loadbalancers/${lb.id}`, "loadbalancer")).toBe("PENDING_UPDATE");
    await wait();
    expect(faultOf(await me.loadbalancer("GET", `${base}/pools/${pool.id}/members/${member.id}`))).toEqual([
      404,
      `Member ${member.id} not found.`,
    ]);
    await me.loadbalancer("DELETE", `${base}/pools/${pool.id}`);
    await wait();
    expect((await get(`listeners/${listener.id}`)).listener.default_pool_id).toBeNull();
    expect((await get("healthmonitors")).healthmonitors).toEqual([]);
  });

  test("is not there twice [OSSIM-038]", async () => {
    const { lb, listener, pool } = await whole();
    const post = async (path: string, body: object) => faultOf(await me.loadbalancer("POST", `${base}/${path}`, body));
    expect(await post("listeners", { listener: { protocol: "HTTP", protocol_port: 6443, loadbalancer_id: lb.id } })).toEqual([
      409,
      "Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 6443",
    ]);
    expect(await post("pools", { pool: { protocol: "TCP", lb_algorithm: "ROUND_ROBIN", listener_id: listener.id } })).toEqual([
      409,
      "This listener already has a default pool",
    ]);
    expect(
      await post("healthmonitors", { healthmonitor: { pool_id: pool.id, type: "TCP", delay: 1, timeout: 1, max_retries: 1 } }),
    ).toEqual([409, "This pool already has a health monitor"]);
    expect(await post(`pools/${pool.id}/members`, { member: { address: "10.6.0.50", protocol_port: 6443 } })).toEqual([
      409,
      "Another member on this pool is already using ip 10.6.0.50 on protocol_port 6443",
    ]);
    expect(
      (
        await me.loadbalancer("POST", `${base}/listeners`, {
          listener: { protocol: "UDP", protocol_port: 6443, loadbalancer_id: lb.id },
        })
      ).status,
    ).toBe(201);
  });

  test("members are replaced as a whole: what is missing goes, what is new comes [OSSIM-088]", async () => {
    const { pool } = await whole();
    const members = [
      { address: "10.6.0.50", protocol_port: 6443, name: "renamed" },
      { address: "10.6.0.51", protocol_port: 6443 },
    ];
    expect((await me.loadbalancer("PUT", `${base}/pools/${pool.id}/members`, { members })).status).toBe(202);
    await wait();
    await me.loadbalancer("PUT", `${base}/pools/${pool.id}/members`, { members: members.slice(1) });
    await wait();
    expect((await get(`pools/${pool.id}/members`)).members).toMatchObject([
      { address: "10.6.0.51", provisioning_status: "ACTIVE" },
    ]);
  });

  test("says what is wrong with a request", async () => {
    const lb = await create();
    await wait();
    const post = async (given: object) =>
      faultOf(
        await me.loadbalancer("POST", `${base}/listeners`, {
          listener: { loadbalancer_id: lb.id, protocol: "TCP", protocol_port: 1, ...given },
        }),
      );
    expect(await post({ protocol: undefined })).toEqual([
      400,
      "Invalid input for field/attribute protocol. Value: 'None'. Mandatory field missing.",
    ]);
    expect(await post({ protocol_port: 70000 })).toEqual([
      400,
      "Invalid input for field/attribute protocol_port. Value: '70000'. Value should be lower or equal to 65535",
    ]);
    expect((await post({ allowed_cidrs: ["nonsense"] }))[0]).toBe(400);
    const nothing = "00000000-0000-0000-0000-000000000000";
    expect(await post({ loadbalancer_id: nothing })).toEqual([404, `Load Balancer ${nothing} not found.`]);
  });
});

test("members follow their servers, and what is above them follows members [OSSIM-038]", async () => {
  const { lb, pool, member } = await whole();
  const operating = async () =>
    [
      (await get(`pools/${pool.id}/members/${member.id}`)).member,
      (await get(`pools/${pool.id}`)).pool,
      (await get(`loadbalancers/${lb.id}`)).loadbalancer,
    ].map((one) => one.operating_status);
  expect(await operating()).toEqual(["ERROR", "ERROR", "ERROR"]);
  const network = (await me.network("GET", "/v2.0/networks?name=n")).body.networks[0].id;
  const port = (
    await me.network("POST", "/v2.0/ports", { port: { network_id: network, fixed_ips: [{ ip_address: "10.6.0.50" }] } })
  ).body.port.id;
  const image = (await me.image("GET", "/v2/images?limit=1")).body.images[0].id;
  const server = (
    await me.compute("POST", "/v2.1/servers", { server: { name: "s", imageRef: image, flavorRef: "2", networks: [{ port }] } })
  ).body.server.id;
  await wait();
  expect(await operating()).toEqual(["ONLINE", "ONLINE", "ONLINE"]);
  await me.loadbalancer("POST", `${base}/pools/${pool.id}/members`, { member: { address: "10.6.0.51", protocol_port: 6443 } });
  await wait();
  expect(await operating()).toEqual(["ONLINE", "DEGRADED", "DEGRADED"]);
  await me.compute("POST", `/v2.1/servers/${server}/action`, { "os-stop": null });
  await wait();
  expect(await operating()).toEqual(["ERROR", "ERROR", "ERROR"]);
});

test("the OVN provider does what OVN does [OSSIM-038]", async () => {
  const lb = await create({ provider: "ovn" });
  await wait();
  const pool = (lb_algorithm: string) =>
    me.loadbalancer("POST", `${base}/pools`, { pool: { protocol: "TCP", lb_algorithm, loadbalancer_id: lb.id } });
  expect((await pool("ROUND_ROBIN")).status).toBe(501);
  expect((await pool("SOURCE_IP_PORT")).status).toBe(201);
});

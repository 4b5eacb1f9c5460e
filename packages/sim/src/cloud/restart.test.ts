import { createMemoryStores } from "@slipway/apiserver";
import { describe, expect, test } from "vitest";
import { createDatabase } from "./state/database.ts";
import { type CloudStorage, memoryCloudStorage } from "./state/storage.ts";
import { cloudStorageIn } from "./state/stored.ts";
import { startCloud, type Tenant } from "./testing/harness.ts";

const slow = {
  serverBuild: 10_000,
  serverDelete: 10_000,
  serverAction: 10_000,
  loadBalancerCreate: 10_000,
  loadBalancerUpdate: 10_000,
  loadBalancerDelete: 10_000,
  floatingIp: 10_000,
  routerPort: 10_000,
  volume: 10_000,
  image: 10_000,
};

const buildSome = async (me: Tenant) => {
  const external = (await me.network("GET", "/v2.0/networks?router:external=true")).body.networks[0];
  const network = (await me.network("POST", "/v2.0/networks", { network: { name: "n" } })).body.network;
  const subnet = (
    await me.network("POST", "/v2.0/subnets", { subnet: { network_id: network.id, cidr: "10.6.0.0/24", ip_version: 4 } })
  ).body.subnet;
  const router = (
    await me.network("POST", "/v2.0/routers", { router: { name: "r", external_gateway_info: { network_id: external.id } } })
  ).body.router;
  await me.network("PUT", `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  const image = (await me.image("GET", "/v2/images?limit=1")).body.images[0];
  const server = (
    await me.compute(
      "POST",
      "/v2.1/servers",
      { server: { name: "s", imageRef: image.id, flavorRef: "2", networks: [{ uuid: network.id }] } },
      { "x-openstack-nova-api-version": "2.63" },
    )
  ).body.server;
  const lb = (
    await me.loadbalancer("POST", "/v2/lbaas/loadbalancers", { loadbalancer: { name: "lb", vip_subnet_id: subnet.id } })
  ).body.loadbalancer;
  const fip = (
    await me.network("POST", "/v2.0/floatingips", { floatingip: { floating_network_id: external.id, port_id: lb.vip_port_id } })
  ).body.floatingip;
  const volume = (await me.volume("POST", `/v3/${me.projectId}/volumes`, { volume: { size: 1, name: "v" } })).body.volume;
  return { external, network, subnet, router, server, lb, fip, volume };
};
const states = async (me: Tenant, made: Awaited<ReturnType<typeof buildSome>>) => ({
  server: (await me.compute("GET", `/v2.1/servers/${made.server.id}`)).body.server?.status,
  lb: (await me.loadbalancer("GET", `/v2/lbaas/loadbalancers/${made.lb.id}`)).body.loadbalancer?.provisioning_status,
  fip: (await me.network("GET", `/v2.0/floatingips/${made.fip.id}`)).body.floatingip?.status,
  volume: (await me.volume("GET", `/v3/${me.projectId}/volumes/${made.volume.id}`)).body.volume?.status,
});
const settled = { server: "ACTIVE", lb: "ACTIVE", fip: "ACTIVE", volume: "available" };

describe.each([
  ["in memory", () => memoryCloudStorage()],
  ["in a store of the embedded API", () => cloudStorageIn(createMemoryStores())],
] as const)("a cloud whose records are %s", (_name, createStorage) => {
  test("goes on after a restart where it was: nothing asked for is lost or made twice [OSSIM-019]", async () => {
    const storage = createStorage();
    const first = await startCloud({ storage, settings: { delays: slow } });
    const made = await buildSome(await first.demo());
    first.cloud.stop(); // as a kill: no timer fires any more

    const second = await startCloud({ storage, settings: { delays: slow } });
    const me = await second.demo();
    expect(await states(me, made)).toEqual({ server: "BUILD", lb: "PENDING_CREATE", fip: "DOWN", volume: "creating" });
    await second.clock.advance(60_000);
    expect(await states(me, made)).toEqual(settled);
    expect(second.guests.log).toEqual(["on s (first boot)"]);
    expect((await me.network("GET", "/v2.0/networks?name=n")).body.networks).toHaveLength(1);
    second.cloud.stop();

    const third = await startCloud({ storage, settings: { delays: slow } });
    expect(third.guests.log).toEqual(["on s"]); // its disk is not new any more
    expect(await states(await third.demo(), made)).toEqual(settled);
  });

  test("finishes deletions that were under way when it was killed [OSSIM-024 OSSIM-037]", async () => {
    const storage = createStorage();
    const first = await startCloud({ storage, settings: { delays: slow } });
    const me = await first.demo();
    const made = await buildSome(me);
    await first.clock.advance(60_000);
    await me.compute("DELETE", `/v2.1/servers/${made.server.id}`);
    await me.network("PUT", `/v2.0/floatingips/${made.fip.id}`, { floatingip: {} });
    await me.loadbalancer("DELETE", `/v2/lbaas/loadbalancers/${made.lb.id}`);
    first.cloud.stop();

    const second = await startCloud({ storage, settings: { delays: slow } });
    await second.clock.advance(60_000);
    expect(await states(await second.demo(), made)).toEqual({
      server: undefined,
      lb: undefined,
      fip: "DOWN",
      volume: "available",
    });
    expect([...second.cloud.state.ports.by("project", me.projectId)].map((port) => port.device_owner)).toEqual([
      "network:router_interface",
    ]);
  });

  test("knows a token and a fault of before [OSSIM-011]", async () => {
    const storage = createStorage();
    const first = await startCloud({ storage });
    const me = await first.demo();
    first.cloud.faults.add({ kind: "call", service: "compute", action: { do: "refuse", status: 503 } });
    await first.cloud.commit();
    const second = await startCloud({ storage });
    const ask = (service: "network" | "compute", path: string) =>
      second.cloud.services[service].transport({ method: "GET", url: `http://x${path}`, headers: { "x-auth-token": me.token } });
    expect((await ask("network", "/v2.0/networks")).status).toBe(200);
    expect((await ask("compute", "/v2.1/servers")).status).toBe(503);
  });
});

test("answers no call before its records are durable", async () => {
  const inner = memoryCloudStorage();
  let open: (() => void) | undefined;
  let slowly = false;
  const storage: CloudStorage = {
    load: inner.load,
    write: async (changes) => {
      if (slowly) await new Promise<void>((done) => (open = done));
      await inner.write(changes);
    },
  };
  const { demo } = await startCloud({ storage });
  const me = await demo();
  slowly = true;
  let answered = false;
  const asked = me.network("POST", "/v2.0/networks", { network: { name: "n" } }).then((reply) => {
    answered = true;
    return reply;
  });
  await new Promise((done) => setImmediate(done));
  expect(answered).toBe(false);
  slowly = false;
  open?.();
  expect((await asked).status).toBe(201);
  const after = await startCloud({ storage: inner });
  expect((await (await after.demo()).network("GET", "/v2.0/networks?name=n")).body.networks).toHaveLength(1);
});

test("a write that the disk refused is written with the next one", async () => {
  const written: (readonly string[])[] = [];
  let broken = true;
  const database = createDatabase({
    load: async () => [],
    write: async (changes) => {
      if (broken) throw new Error("no space");
      written.push([...changes.keys()].sort());
    },
  });
  const things = database.collection<{ id: string }, never>("things", {});
  things.put({ id: "a" });
  await expect(database.commit()).rejects.toThrow("no space");
  broken = false;
  things.put({ id: "b" });
  await database.commit();
  expect(written).toEqual([["things/a", "things/b"]]);
});

test("calls of one moment share one write", async () => {
  const writes: number[] = [];
  const database = createDatabase({ load: async () => [], write: async (changes) => void writes.push(changes.size) });
  const things = database.collection<{ id: string }, never>("things", {});
  const commits = Array.from({ length: 10 }, (_, i) => {
    things.put({ id: String(i) });
    return database.commit();
  });
  await Promise.all(commits);
  expect(writes).toEqual([10]);
  expect(database.commit()).toBeUndefined();
});

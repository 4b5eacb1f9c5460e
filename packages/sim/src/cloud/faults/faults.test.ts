import { describe, expect, test } from "vitest";
import { createWorld } from "../../world.ts";
import { ConnectionReset } from "../http/service.ts";
import { memoryCloudStorage } from "../state/storage.ts";
import { manualClock, recordingGuests, startCloud, strictLog, testSettings } from "../testing/harness.ts";

const network = async (me: Awaited<ReturnType<Awaited<ReturnType<typeof startCloud>>["demo"]>>) => {
  const made = (await me.network("POST", "/v2.0/networks", { network: { name: "n" } })).body.network;
  const subnet = (
    await me.network("POST", "/v2.0/subnets", { subnet: { network_id: made.id, cidr: "10.6.0.0/24", ip_version: 4 } })
  ).body.subnet;
  return { id: made.id as string, subnet: subnet.id as string };
};
const boot = async (me: Parameters<typeof network>[0], networkId: string, name = "s") => {
  const image = (await me.image("GET", "/v2/images?limit=1")).body.images[0];
  const made = await me.compute("POST", "/v2.1/servers", {
    server: { name, imageRef: image.id, flavorRef: "2", networks: [{ uuid: networkId }] },
  });
  return made.body.server.id as string;
};

describe("calls that go wrong", () => {
  test("are answered in each service's own words [OSSIM-044 OSSIM-045]", async () => {
    const { cloud, demo } = await startCloud();
    const me = await demo();
    cloud.faults.add({ kind: "call", action: { do: "refuse", status: 503, message: "maintenance", retryAfterSeconds: 7 } });
    const answers = {
      compute: await me.compute("GET", "/v2.1/servers"),
      network: await me.network("GET", "/v2.0/networks"),
      loadbalancer: await me.loadbalancer("GET", "/v2/lbaas/loadbalancers"),
      image: await me.image("GET", "/v2/images"),
      volume: await me.volume("GET", "/v3/types"),
      identity: await me.identity("GET", "/v3/auth/projects"),
    };
    for (const [service, reply] of Object.entries(answers)) {
      expect(reply.status, service).toBe(503);
      expect(reply.headers["retry-after"], service).toBe("7");
    }
    expect(answers.compute.body).toEqual({ serviceUnavailable: { code: 503, message: "maintenance" } });
    expect(answers.network.body).toEqual({ NeutronError: { type: "ServiceUnavailable", message: "maintenance", detail: "" } });
    expect(answers.loadbalancer.body).toMatchObject({ faultcode: "Server", faultstring: "maintenance" });
    expect(answers.identity.body).toMatchObject({ error: { code: 503, message: "maintenance" } });
  });

  test("strike only what the rule names, as often as it says [OSSIM-044]", async () => {
    const { cloud, demo, admin } = await startCloud();
    const [me, boss] = [await demo(), await admin()];
    cloud.faults.add({
      kind: "call",
      service: "network",
      method: "POST",
      path: "^/v2\\.0/ports",
      project: "demo",
      body: "unlucky",
      count: 2,
      action: { do: "refuse", status: 500 },
    });
    const { id } = await network(me);
    const port = (name: string) => me.network("POST", "/v2.0/ports", { port: { network_id: id, name } });
    expect((await port("lucky")).status).toBe(201);
    expect((await boss.network("POST", "/v2.0/ports", { port: { network_id: id, name: "unlucky" } })).status).toBe(201);
    expect([(await port("unlucky")).status, (await port("unlucky")).status, (await port("unlucky")).status]).toEqual([
      500, 500, 201,
    ]);
    expect(cloud.faults.list()).toEqual([]);
  });

  test("may be carried out although the answer is lost [OSSIM-047 OSSIM-048]", async () => {
    const { cloud, demo } = await startCloud();
    const me = await demo();
    cloud.faults.add({ kind: "call", service: "network", method: "POST", count: 1, action: { do: "loseAnswer" } });
    await expect(me.network("POST", "/v2.0/networks", { network: { name: "made" } })).rejects.toThrow(ConnectionReset);
    cloud.faults.add({ kind: "call", service: "network", method: "POST", count: 1, action: { do: "reset" } });
    await expect(me.network("POST", "/v2.0/networks", { network: { name: "not made" } })).rejects.toThrow(ConnectionReset);
    const names = (await me.network("GET", "/v2.0/networks?router:external=false")).body.networks.map(
      (one: { name: string }) => one.name,
    );
    expect(names).toEqual(["made"]);
  });

  test("may be slow, or hang until the client gives up [OSSIM-046]", async () => {
    const { cloud, clock, demo } = await startCloud();
    const me = await demo();
    cloud.faults.add({ kind: "call", service: "compute", count: 1, action: { do: "delay", milliseconds: 5000 } });
    const slow = me.compute("GET", "/v2.1/servers");
    await clock.advance(5000);
    expect((await slow).status).toBe(200);
    cloud.faults.add({ kind: "call", service: "compute", count: 1, action: { do: "hang" } });
    const signal = AbortSignal.timeout(20);
    const hung = cloud.services.compute.transport({
      method: "GET",
      url: "http://x/v2.1/servers",
      headers: { "x-auth-token": me.token },
      signal,
    });
    await expect(hung).rejects.toThrow(/timeout/);
  });

  test("may last for a while only: a whole service is away, and back [OSSIM-057]", async () => {
    const { cloud, clock, demo } = await startCloud();
    const me = await demo();
    cloud.faults.add({ kind: "call", service: "compute", seconds: 60, action: { do: "refuse", status: 503 } });
    expect((await me.compute("GET", "/v2.1/servers")).status).toBe(503);
    expect((await me.network("GET", "/v2.0/networks")).status).toBe(200);
    await clock.advance(59_000);
    expect((await me.compute("GET", "/v2.1/servers")).status).toBe(503);
    await clock.advance(1000);
    expect((await me.compute("GET", "/v2.1/servers")).status).toBe(200);
    expect(cloud.faults.list()).toEqual([]);
  });

  test("may show lists that lag behind, while the thing itself is there [OSSIM-049]", async () => {
    const { cloud, clock, demo } = await startCloud();
    const me = await demo();
    cloud.faults.add({
      kind: "call",
      method: "GET",
      path: "^/v2\\.0/(networks|ports)(\\?|$)",
      action: { do: "hideNew", seconds: 5 },
    });
    const { id } = await network(me);
    const listed = async () => (await me.network("GET", "/v2.0/networks?name=n")).body.networks.length;
    expect(await listed()).toBe(0);
    expect((await me.network("GET", `/v2.0/networks/${id}`)).status).toBe(200);
    await clock.advance(6000);
    expect(await listed()).toBe(1);
  });

  test("strike by chance when the rule says so, the same way for the same seed [OSSIM-044]", async () => {
    const play = async (): Promise<readonly number[]> => {
      let seed = 7;
      const random = () => {
        seed = (seed * 48271) % 2147483647;
        return seed / 2147483647;
      };
      const { cloud, demo } = await startCloud({ random });
      const me = await demo();
      cloud.faults.add({ kind: "call", service: "image", probability: 0.5, action: { do: "badGateway" } });
      const statuses: number[] = [];
      for (let i = 0; i < 40; i += 1) statuses.push((await me.image("GET", "/v2/images")).status);
      return statuses;
    };
    const first = await play();
    const struck = first.filter((status) => status === 502).length;
    expect(struck).toBeGreaterThan(8);
    expect(struck).toBeLessThan(32);
    expect(await play()).toEqual(first);
  });
});

describe("things that go wrong inside", () => {
  test("a server finds no host, by zone, flavor and name; its own port goes, the user's stays [OSSIM-050 OSSIM-022 OSSIM-020]", async () => {
    const { cloud, clock, demo } = await startCloud();
    const me = await demo();
    const { id } = await network(me);
    cloud.faults.add({ kind: "scenario", scenario: "server-no-valid-host", name: "^bad", flavor: "m1.small" });
    const [bad, good] = [await boot(me, id, "bad-1"), await boot(me, id, "good")];
    await clock.advance(10);
    const shown = (await me.compute("GET", `/v2.1/servers/${bad}`)).body.server;
    expect(shown).toMatchObject({
      status: "ERROR",
      addresses: {},
      fault: { code: 500, message: "No valid host was found. There are not enough hosts available." },
    });
    expect((await me.compute("GET", `/v2.1/servers/${good}`)).body.server.status).toBe("ACTIVE");
    expect((await me.network("GET", `/v2.0/ports?network_id=${id}`)).body.ports).toHaveLength(1);
  });

  test("a server that is stuck goes on when the fault is taken away [OSSIM-051]", async () => {
    const { cloud, clock, demo, guests } = await startCloud();
    const me = await demo();
    const { id } = await network(me);
    const stuck = cloud.faults.add({ kind: "scenario", scenario: "server-stuck-building" });
    const server = await boot(me, id);
    await clock.advance(1000);
    expect((await me.compute("GET", `/v2.1/servers/${server}`)).body.server).toMatchObject({
      status: "BUILD",
      "OS-EXT-STS:task_state": "spawning",
    });
    cloud.faults.remove(stuck.id);
    await clock.advance(10);
    expect((await me.compute("GET", `/v2.1/servers/${server}`)).body.server.status).toBe("ACTIVE");
    const held = cloud.faults.add({ kind: "scenario", scenario: "server-stuck-deleting" });
    await me.compute("DELETE", `/v2.1/servers/${server}`);
    await clock.advance(1000);
    expect((await me.compute("GET", `/v2.1/servers/${server}`)).body.server["OS-EXT-STS:task_state"]).toBe("deleting");
    cloud.faults.remove(held.id);
    await clock.advance(10);
    expect((await me.compute("GET", `/v2.1/servers/${server}`)).status).toBe(404);
    expect(guests.log).toEqual(["on s (first boot)", "off s", "destroy"]);
  });

  test("a load balancer is stuck, or ends in ERROR and can still be deleted [OSSIM-052 OSSIM-037]", async () => {
    const { cloud, clock, demo } = await startCloud();
    const me = await demo();
    const { subnet } = await network(me);
    cloud.faults.add({ kind: "scenario", scenario: "loadbalancer-stuck", name: "stuck" });
    cloud.faults.add({ kind: "scenario", scenario: "loadbalancer-error", name: "broken", count: 1 });
    const create = async (name: string) =>
      (await me.loadbalancer("POST", "/v2/lbaas/loadbalancers", { loadbalancer: { name, vip_subnet_id: subnet } })).body
        .loadbalancer.id;
    const [stuck, broken] = [await create("stuck"), await create("broken")];
    await clock.advance(10_000);
    const status = async (id: string) =>
      (await me.loadbalancer("GET", `/v2/lbaas/loadbalancers/${id}`)).body.loadbalancer?.provisioning_status;
    expect([await status(stuck), await status(broken)]).toEqual(["PENDING_CREATE", "ERROR"]);
    expect((await me.loadbalancer("DELETE", `/v2/lbaas/loadbalancers/${stuck}`)).status).toBe(409);
    expect((await me.loadbalancer("DELETE", `/v2/lbaas/loadbalancers/${broken}`)).status).toBe(204);
    cloud.faults.clear();
    await clock.advance(10);
    expect([await status(stuck), await status(broken)]).toEqual(["ACTIVE", undefined]);
  });

  test("a floating IP never becomes ACTIVE, a volume fails [OSSIM-053 OSSIM-056]", async () => {
    const { cloud, clock, demo } = await startCloud();
    const me = await demo();
    const { id, subnet } = await network(me);
    const external = (await me.network("GET", "/v2.0/networks?router:external=true")).body.networks[0].id;
    const router = (await me.network("POST", "/v2.0/routers", { router: { external_gateway_info: { network_id: external } } }))
      .body.router.id;
    await me.network("PUT", `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet });
    const port = (await me.network("POST", "/v2.0/ports", { port: { network_id: id } })).body.port.id;
    cloud.faults.add({ kind: "scenario", scenario: "floatingip-stuck" });
    cloud.faults.add({ kind: "scenario", scenario: "volume-error" });
    const fip = (await me.network("POST", "/v2.0/floatingips", { floatingip: { floating_network_id: external, port_id: port } }))
      .body.floatingip.id;
    const volume = (await me.volume("POST", "/v3/volumes", { volume: { size: 1 } })).body.volume.id;
    await clock.advance(10_000);
    expect((await me.network("GET", `/v2.0/floatingips/${fip}`)).body.floatingip.status).toBe("DOWN");
    expect((await me.volume("GET", `/v3/volumes/${volume}`)).body.volume.status).toBe("error");
    expect((await me.network("DELETE", `/v2.0/routers/${router}`)).status).toBe(409);
    expect(
      (await me.network("PUT", `/v2.0/routers/${router}/remove_router_interface`, { subnet_id: subnet })).body.NeutronError.type,
    ).toBe("RouterInterfaceInUseByFloatingIP");
  });
});

describe("the operator", () => {
  const start = async (operatorToken?: string) => {
    const [clock, guests] = [manualClock(), recordingGuests()];
    const world = await createWorld({
      storage: memoryCloudStorage(),
      clock,
      guests: () => guests,
      log: strictLog,
      settings: testSettings({ operatorToken }),
    });
    const ask = (method: string, path: string, body?: unknown, token = operatorToken) =>
      world.operatorFetch(
        new Request(`http://operator${path}`, {
          method,
          headers: { authorization: `Bearer ${token}` },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      );
    return { world, ask, clock, guests };
  };

  test("has a closed door without a token, and opens it only to the right one", async () => {
    const closed = await start();
    expect((await closed.ask("GET", "/operator/v1/faults", undefined, "any")).status).toBe(404);
    const open = await start("open sesame");
    expect((await open.ask("GET", "/operator/v1/faults", undefined, "open barley")).status).toBe(401);
    expect((await open.ask("GET", "/operator/v1/faults")).status).toBe(200);
  });

  test("switches faults on and off over HTTP, and is told what is wrong with a rule [OSSIM-044 OSSIM-019]", async () => {
    const { ask } = await start("t");
    for (const [rule, error] of [
      [{}, "kind must be call or scenario"],
      [{ kind: "scenario", scenario: "flood" }, "scenario must be one of server-no-valid-host"],
      [{ kind: "call", action: { do: "explode" } }, "action.do must be one of refuse"],
      [{ kind: "call", action: { do: "refuse", status: 200 } }, "action.status must be an HTTP error status"],
      [{ kind: "call", path: "(", action: { do: "reset" } }, "Invalid regular expression"],
    ] as const) {
      const reply = await ask("POST", "/operator/v1/faults", rule);
      expect(reply.status).toBe(400);
      expect((await reply.json()).error).toContain(error);
    }
    const made = await (await ask("POST", "/operator/v1/faults", { kind: "scenario", scenario: "volume-error" })).json();
    expect((await (await ask("GET", "/operator/v1/faults")).json()).faults).toEqual([made.fault]);
    expect((await ask("DELETE", `/operator/v1/faults/${made.fault.id}`)).status).toBe(204);
    expect((await ask("DELETE", `/operator/v1/faults/${made.fault.id}`)).status).toBe(404);
    expect((await ask("PUT", "/operator/v1/faults")).status).toBe(405);
  });

  test("fills quotas, crashes and loses servers, and takes tokens away [OSSIM-041 OSSIM-051 OSSIM-055]", async () => {
    const { world, ask, clock, guests } = await start("t");
    const { loginAs, passwords, tenantOf } = await import("../testing/harness.ts");
    const login = async () => tenantOf(world.cloud, await loginAs(world.cloud, "demo", "demo", passwords.demo));
    const me = await login();
    const { id } = await network(me);
    const server = await boot(me, id, "victim");
    await clock.advance(10);
    expect((await ask("POST", "/operator/v1/servers/victim/crash")).status).toBe(204);
    expect((await me.compute("GET", `/v2.1/servers/${server}`)).body.server.status).toBe("SHUTOFF");
    expect(guests.running.size).toBe(0);
    await me.compute("POST", `/v2.1/servers/${server}/action`, { "os-start": null });
    await clock.advance(10);
    expect(guests.running.get(server)?.firstBoot).toBe(false);
    await ask("POST", "/operator/v1/servers/victim/fail", { message: "disk on fire" });
    expect((await me.compute("GET", `/v2.1/servers/${server}`)).body.server).toMatchObject({
      status: "ERROR",
      fault: { message: "disk on fire" },
    });
    await ask("POST", "/operator/v1/servers/victim/lose");
    expect((await me.compute("GET", `/v2.1/servers/${server}`)).status).toBe(404);

    expect((await ask("PUT", "/operator/v1/quotas/compute/demo", { instances: 0 })).status).toBe(204);
    const image = (await me.image("GET", "/v2/images?limit=1")).body.images[0];
    const refused = await me.compute("POST", "/v2.1/servers", {
      server: { name: "x", imageRef: image.id, flavorRef: "2", networks: [{ uuid: id }] },
    });
    expect(refused.body).toEqual({
      forbidden: { code: 403, message: "Quota exceeded for instances: Requested 1, but already used 0 of 0 instances" },
    });
    expect((await (await ask("PUT", "/operator/v1/quotas/compute/nobody", { instances: 0 })).json()).error).toBe(
      "there is no project with the id or name nobody",
    );

    expect(await (await ask("DELETE", "/operator/v1/tokens?user=demo")).json()).toEqual({ revoked: 1 });
    expect((await me.network("GET", "/v2.0/networks")).status).toBe(401);
    const again = await login();
    expect((await ask("PATCH", "/operator/v1/users/demo", { enabled: false })).status).toBe(204);
    expect((await again.network("GET", "/v2.0/networks")).status).toBe(401);
    expect((await loginAs(world.cloud, "demo", "demo", passwords.demo)).status).toBe(401);
  });

  test("finds that door on Keystone's port, and everything else there as it was", async () => {
    const { world } = await start("t");
    const { identity } = world.cloud.services;
    const headers = { authorization: "Bearer t" };
    const reply = await identity.transport({ method: "GET", url: "http://127.0.0.1:5000/operator/v1/scenarios", headers });
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain("server-no-valid-host");
    expect((await identity.fetch(new Request("http://127.0.0.1:5000/operator/v1/faults"))).status).toBe(401);
    expect((await identity.transport({ method: "GET", url: "http://127.0.0.1:5000/v3", headers: {} })).status).toBe(200);
    const closed = await start();
    expect(
      (await closed.world.cloud.services.identity.fetch(new Request("http://127.0.0.1:5000/operator/v1/faults"))).status,
    ).toBe(401);
  });

  test("closes an availability zone to new servers, while those there go on [OSSIM-054]", async () => {
    const { world, ask, clock } = await start("t");
    const { loginAs, passwords, tenantOf } = await import("../testing/harness.ts");
    const me = tenantOf(world.cloud, await loginAs(world.cloud, "demo", "demo", passwords.demo));
    const { id } = await network(me);
    const image = (await me.image("GET", "/v2/images?limit=1")).body.images[0].id;
    const post = (zone: string | undefined) =>
      me.compute("POST", "/v2.1/servers", {
        server: { name: "s", imageRef: image, flavorRef: "2", networks: [{ uuid: id }], availability_zone: zone },
      });
    expect((await post("az1")).status).toBe(202);
    await clock.advance(10);
    expect((await ask("PATCH", "/operator/v1/zones/az1", { available: false })).status).toBe(204);
    expect((await post("az1")).body.badRequest.message).toBe("The requested availability zone is not available");
    for (let i = 0; i < 4; i += 1) await post(undefined);
    await clock.advance(10);
    const zones = [...world.cloud.state.servers.all()].map((one) => [one.zone, one.vm_state]);
    expect(zones.filter(([zone]) => zone === "az1")).toEqual([["az1", "active"]]);
    const shown = (await me.compute("GET", "/v2.1/os-availability-zone")).body.availabilityZoneInfo;
    expect(shown.map((one: { zoneState: { available: boolean } }) => one.zoneState.available)).toEqual([false, true, true]);
    expect((await (await ask("PATCH", "/operator/v1/zones/az9", { available: false })).json()).error).toContain(
      "there is no availability zone az9",
    );
    await ask("PATCH", "/operator/v1/zones/az1", { available: true });
    expect((await post("az1")).status).toBe(202);
  });

  test("does the rest by hand, as an administrator: flavors and images go, names are there twice [OSSIM-054]", async () => {
    const { clock, admin, demo } = await startCloud();
    const [me, boss] = [await demo(), await admin()];
    const { id } = await network(me);
    const image = (await me.image("GET", "/v2/images?name=ubuntu-2204-kube-v1.32.5")).body.images[0].id;
    const post = async (server: object) => {
      const reply = await me.compute("POST", "/v2.1/servers", {
        server: { name: "s", imageRef: image, flavorRef: "2", networks: [{ uuid: id }], ...server },
      });
      await clock.advance(10);
      return [reply.status, reply.body.badRequest?.message];
    };
    const twin = (
      await boss.image("POST", "/v2/images", {
        name: "ubuntu-2204-kube-v1.32.5",
        visibility: "public",
        disk_format: "raw",
        container_format: "bare",
      })
    ).body.id;
    expect((await me.image("GET", "/v2/images?name=ubuntu-2204-kube-v1.32.5")).body.images).toHaveLength(2);
    expect(await post({ imageRef: twin })).toEqual([400, `Image ${twin} is not active.`]);
    expect((await boss.image("POST", `/v2/images/${image}/actions/deactivate`)).status).toBe(204);
    expect(await post({})).toEqual([400, `Image ${image} is not active.`]);
    await boss.image("POST", `/v2/images/${image}/actions/reactivate`);
    expect(await post({})).toEqual([202, undefined]);
    expect((await me.compute("DELETE", "/v2.1/flavors/2")).status).toBe(403);
    expect((await boss.compute("DELETE", "/v2.1/flavors/2")).status).toBe(202);
    expect(await post({})).toEqual([400, "Flavor 2 could not be found."]);
    await me.compute("DELETE", "/v2.1/os-keypairs/demo");
    expect(await post({ flavorRef: "3", key_name: "demo" })).toEqual([400, "Invalid key_name provided."]);
  });

  test("reads every call afterwards, without its body [OSSIM-058]", async () => {
    const { world, ask } = await start("t");
    const { loginAs, passwords } = await import("../testing/harness.ts");
    await loginAs(world.cloud, "demo", "demo", passwords.demo);
    const log = await (await ask("GET", "/operator/v1/audit")).json();
    expect(log.totals).toEqual({ identity: 1 });
    expect(log.calls).toMatchObject([{ service: "identity", method: "POST", path: "/v3/auth/tokens", status: 201 }]);
    expect(JSON.stringify(log)).not.toContain(passwords.demo);
  });
});

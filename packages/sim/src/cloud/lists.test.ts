import { expect, test } from "vitest";
import { passwords, startCloud } from "./testing/harness.ts";

test("a list is the one array of its answer, besides its links [OSAPI-007 OSAPI-006]", async () => {
  const { demo } = await startCloud();
  const me = await demo();
  const lists = {
    compute: [
      "servers",
      "servers/detail",
      "flavors",
      "flavors/detail",
      "os-keypairs",
      "os-server-groups",
      "os-availability-zone",
    ].map((path) => `/v2.1/${path}`),
    network: [
      "networks",
      "subnets",
      "ports",
      "routers",
      "floatingips",
      "security-groups",
      "security-group-rules",
      "trunks",
      "extensions",
    ].map((path) => `/v2.0/${path}`),
    loadbalancer: ["loadbalancers", "listeners", "pools", "healthmonitors", "providers", "flavors"].map(
      (path) => `/v2.0/lbaas/${path}`,
    ),
    image: ["/v2/images"],
    volume: ["volumes", "volumes/detail", "types", "os-availability-zone"].map((path) => `/v3/${path}`),
  };
  for (const [service, paths] of Object.entries(lists)) {
    for (const path of paths) {
      const { status, body } = await me[service as keyof typeof lists]("GET", path);
      expect(status, path).toBe(200);
      const arrays = Object.entries(body).filter(([name, value]) => Array.isArray(value) && !name.endsWith("links"));
      expect(
        arrays.map(([name]) => name),
        path,
      ).toHaveLength(1);
    }
  }
});

test("a refusal has its service's shape, whatever was asked [OSAPI-005 OSAPI-064 OSSIM-011]", async () => {
  const { demo } = await startCloud();
  const me = await demo();
  const nothing = "00000000-0000-0000-0000-000000000000";
  for (const path of [
    "networks",
    "subnets",
    "ports",
    "routers",
    "floatingips",
    "security-groups",
    "security-group-rules",
    "trunks",
  ]) {
    const { status, body } = await me.network("GET", `/v2.0/${path}/${nothing}`);
    expect([status, Object.keys(body), Object.keys(body.NeutronError).sort(), body.NeutronError.detail]).toEqual([
      404,
      ["NeutronError"],
      ["detail", "message", "type"],
      "",
    ]);
  }
  for (const path of ["servers", "flavors", "os-server-groups", "os-keypairs"]) {
    expect((await me.compute("GET", `/v2.1/${path}/${nothing}`)).body, path).toEqual({
      itemNotFound: { code: 404, message: expect.stringContaining(nothing) },
    });
  }
  for (const path of ["loadbalancers", "listeners", "pools", "healthmonitors"]) {
    expect((await me.loadbalancer("GET", `/v2/lbaas/${path}/${nothing}`)).body, path).toEqual({
      faultcode: "Client",
      faultstring: expect.stringContaining(nothing),
      debuginfo: null,
    });
  }
  for (const [given, message] of [
    [{ name: 5 }, "Invalid input for name. Reason: '5' is not a valid string."],
    [{ name: "x".repeat(256) }, "exceeds maximum length of 255."],
    [{ admin_state_up: "perhaps" }, "Invalid input for admin_state_up. Reason: 'perhaps' cannot be converted to boolean."],
  ] as const) {
    expect((await me.network("POST", "/v2.0/networks", { network: given })).body.NeutronError.message).toContain(message);
  }
  expect((await me.network("PATCH", "/v2.0/networks")).status).toBe(405);
  expect((await me.network("GET", "/v2.0/nonsense")).status).toBe(404);
  const garbled = await me.network("POST", "/v2.0/networks", undefined, { "content-type": "application/json" });
  expect(garbled.status).toBe(400);
});

test("routers are found by name and show their gateway, or null; a floating IP at a chosen address is an administrator's [OSAPI-041 OSAPI-046 OSAPI-059]", async () => {
  const { demo, admin, login } = await startCloud();
  const [me, boss] = [await demo(), await admin()];
  const external = (await me.network("GET", "/v2.0/networks?router%3Aexternal=true")).body.networks[0].id;
  await me.network("POST", "/v2.0/routers", { router: { name: "bare", description: "d" } });
  await me.network("POST", "/v2.0/routers", { router: { name: "led", external_gateway_info: { network_id: external } } });
  const found = async (query: string) => (await me.network("GET", `/v2.0/routers?${query}`)).body.routers;
  expect(await found("name=bare")).toMatchObject([{ name: "bare", external_gateway_info: null }]);
  expect(await found("name=led")).toMatchObject([
    {
      external_gateway_info: { network_id: external, external_fixed_ips: [{ ip_address: expect.stringMatching(/^127\.77\./) }] },
    },
  ]);
  expect(await found("name=le")).toEqual([]);
  expect(await found("description=d&name=bare")).toHaveLength(1);
  const create = (who: typeof me, given: object) =>
    who.network("POST", "/v2.0/floatingips", { floatingip: { floating_network_id: external, description: "d", ...given } });
  expect((await create(me, {})).status).toBe(201);
  expect((await create(me, { floating_ip_address: "127.77.9.9" })).status).toBe(403);
  expect((await create(boss, { floating_ip_address: "127.77.9.9" })).body.floatingip.floating_ip_address).toBe("127.77.9.9");
  expect((await create(boss, { floating_ip_address: "127.77.9.9" })).body.NeutronError.type).toBe("IpAddressAlreadyAllocated");
  await boss.network("PUT", `/v2.0/quotas/${me.projectId}`, { quota: { floatingip: 1 } });
  expect((await create(me, {})).body.NeutronError).toMatchObject({
    type: "OverQuota",
    message: "Quota exceeded for resources: ['floatingip'].",
  });
  expect((await login("admin", "admin", passwords.admin)).projectId).toBe(boss.projectId);
});

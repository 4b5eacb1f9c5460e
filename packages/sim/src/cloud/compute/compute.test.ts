import { beforeEach, describe, expect, test } from "vitest";
import { type Reply, startCloud, type Tenant } from "../testing/harness.ts";

type World = Awaited<ReturnType<typeof startCloud>>;
let world: World;
let me: Tenant;
let networkId: string;
let imageId: string;
const at = (minor: number | string) => ({
  "openstack-api-version": `compute ${typeof minor === "number" ? `2.${minor}` : minor}`,
});
const v63 = at(63);
const begin = async (settings = {}) => {
  world = await startCloud({ settings });
  me = await world.demo();
  networkId = (await me.network("POST", "/v2.0/networks", { network: { name: "n" } })).body.network.id;
  await me.network("POST", "/v2.0/subnets", { subnet: { network_id: networkId, cidr: "10.6.0.0/24", ip_version: 4 } });
  imageId = (await me.image("GET", "/v2/images?name=ubuntu-2204-kube-v1.33.1")).body.images[0].id;
};
beforeEach(() => begin());
const post = (server: object, more: object = {}, version = v63) =>
  me.compute(
    "POST",
    "/v2.1/servers",
    { server: { name: "s", imageRef: imageId, flavorRef: "2", networks: [{ uuid: networkId }], ...server }, ...more },
    version,
  );
const boot = async (server: object = {}, more: object = {}): Promise<string> => {
  const reply = await post(server, more);
  if (reply.status !== 202) throw new Error(JSON.stringify(reply.body));
  await world.clock.advance(10);
  return reply.body.server.id;
};
const show = async (id: string, version: object = v63) =>
  (await me.compute("GET", `/v2.1/servers/${id}`, undefined, version as { [name: string]: string })).body.server;
const messageOf = (reply: Reply) => [reply.status, Object.values<{ message: string }>(reply.body)[0]?.message];

describe("microversions", () => {
  test("are echoed, refused outside of the range and when malformed, and lowest without asking [OSSIM-005 OSAPI-026]", async () => {
    const servers = (version?: object) =>
      me.compute("GET", "/v2.1/servers", undefined, version as { [name: string]: string } | undefined);
    expect((await servers()).headers["openstack-api-version"]).toBe("compute 2.1");
    expect((await servers(at("latest"))).headers["x-openstack-nova-api-version"]).toBe("2.96");
    expect((await servers({ "x-openstack-nova-api-version": "2.60" })).headers["openstack-api-version"]).toBe("compute 2.60");
    expect((await servers({ "openstack-api-version": "volume 3.50, compute 2.63" })).headers["openstack-api-version"]).toBe(
      "compute 2.63",
    );
    expect(messageOf(await servers(at(97)))).toEqual([
      406,
      "Version 2.97 is not supported by the API. Minimum is 2.1 and maximum is 2.96.",
    ]);
    expect((await servers(at("two"))).status).toBe(400);
    await begin({ computeMaxVersion: 59 });
    expect((await servers(at(60))).status).toBe(406);
  });

  test("server groups: policies up to 2.63, soft ones from 2.15, policy and rules from 2.64 [OSAPI-029 OSAPI-030 OSSIM-006]", async () => {
    const create = (group: object, minor: number) =>
      me.compute("POST", "/v2.1/os-server-groups", { server_group: { name: "g", ...group } }, at(minor));
    for (const minor of [15, 60, 63])
      expect((await create({ policies: ["soft-anti-affinity"] }, minor)).body.server_group.policies).toEqual([
        "soft-anti-affinity",
      ]);
    for (const minor of [1, 14]) expect((await create({ policies: ["soft-anti-affinity"] }, minor)).status).toBe(400);
    for (const minor of [64, 96]) {
      expect(messageOf(await create({ policies: ["soft-anti-affinity"] }, minor))).toEqual([
        400,
        "Invalid input for field/attribute server_group. Value: {'name': 'g', 'policies': ['soft-anti-affinity']}. 'policy' is a required property",
      ]);
    }
    const modern = (await create({ policy: "anti-affinity", rules: { max_server_per_host: 2 } }, 64)).body.server_group;
    expect(modern).toMatchObject({ policy: "anti-affinity", rules: { max_server_per_host: 2 } });
    expect(modern.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect((await create({ policy: "soft-affinity", rules: { max_server_per_host: 2 } }, 64)).status).toBe(400);
    expect((await create({ policy: "anti-affinity", policies: ["anti-affinity"] }, 64)).body.badRequest.message).toContain(
      "Additional properties are not allowed ('policies' was unexpected)",
    );
    expect((await create({ policies: ["anti-affinity", "affinity"] }, 63)).status).toBe(400);
  });

  test("servers show at each version what that version has [OSSIM-006]", async () => {
    const id = await boot({ tags: ["t"] });
    const keys = async (minor: number) => Object.keys(await show(id, at(minor)));
    const since: readonly (readonly [string, number])[] = [
      ["locked", 9],
      ["description", 19],
      ["tags", 26],
      ["trusted_image_certificates", 63],
      ["server_groups", 71],
      ["locked_reason", 73],
      ["OS-EXT-SRV-ATTR:hostname", 90],
      ["pinned_availability_zone", 96],
    ];
    for (const [key, minor] of since) {
      expect(await keys(minor), `${key} at 2.${minor}`).toContain(key);
      expect(await keys(minor - 1), `${key} before 2.${minor}`).not.toContain(key);
    }
    expect((await show(id, at(46))).flavor).toMatchObject({ id: "2" });
    expect((await show(id, at(47))).flavor).toEqual({
      vcpus: 1,
      ram: 2048,
      disk: 20,
      ephemeral: 0,
      swap: 0,
      original_name: "m1.small",
      extra_specs: {},
    });
    const tagged = async (minor: number) => (await post({ tags: ["x"] }, {}, at(minor))).status;
    expect([await tagged(51), await tagged(52)]).toEqual([400, 202]);
  });
});

describe("a server", () => {
  test("is built step by step, holding its ports, and is only then switched on [OSSIM-020 OSSIM-021 OSSIM-022]", async () => {
    await begin({ delays: { ...world.cloud.settings.delays, serverBuild: 10_000 } });
    const port = (await me.network("POST", "/v2.0/ports", { port: { network_id: networkId } })).body.port;
    const reply = await post({ networks: [{ port: port.id }], user_data: btoa("hello") });
    expect(reply.headers["location"]).toBe(`http://127.0.0.1:8774/v2.1/servers/${reply.body.server.id}`);
    const { id } = reply.body.server;
    expect(await show(id)).toMatchObject({
      status: "BUILD",
      "OS-EXT-STS:task_state": "scheduling",
      "OS-EXT-STS:power_state": 0,
      addresses: {},
    });
    await world.clock.advance(5000);
    expect(await show(id)).toMatchObject({
      status: "BUILD",
      "OS-EXT-STS:task_state": "spawning",
      addresses: { n: [{ addr: port.fixed_ips[0].ip_address }] },
    });
    expect(world.guests.log).toEqual([]);
    expect((await me.network("GET", `/v2.0/ports/${port.id}`)).body.port).toMatchObject({
      device_id: id,
      device_owner: "compute:az1",
      status: "DOWN",
    });
    await world.clock.advance(5000);
    expect(await show(id)).toMatchObject({ status: "ACTIVE", "OS-EXT-STS:task_state": null, "OS-EXT-STS:power_state": 1 });
    expect((await show(id))["OS-SRV-USG:launched_at"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    expect(world.guests.running.get(id)).toMatchObject({
      userData: "hello",
      addresses: [port.fixed_ips[0].ip_address],
      flavor: { name: "m1.small", ramMiB: 2048 },
    });
    expect((await me.network("GET", `/v2.0/ports/${port.id}`)).body.port.status).toBe("ACTIVE");
  });

  test("that is deleted leaves the user's port and takes its own [OSSIM-024 OSAPI-038]", async () => {
    await begin({ delays: { ...world.cloud.settings.delays, serverDelete: 5000 } });
    const port = (await me.network("POST", "/v2.0/ports", { port: { network_id: networkId, name: "kept" } })).body.port;
    const id = await boot({ networks: [{ port: port.id }, { uuid: networkId }] });
    expect((await me.network("GET", `/v2.0/ports?device_id=${id}`)).body.ports).toHaveLength(2);
    expect((await me.compute("DELETE", `/v2.1/servers/${id}`)).status).toBe(204);
    expect((await me.compute("DELETE", `/v2.1/servers/${id}`)).status).toBe(204);
    expect(await show(id)).toMatchObject({ status: "ACTIVE", "OS-EXT-STS:task_state": "deleting" });
    expect(world.guests.running.size).toBe(0);
    await world.clock.advance(5000);
    expect((await me.compute("GET", `/v2.1/servers/${id}`)).status).toBe(404);
    expect((await me.compute("DELETE", `/v2.1/servers/${id}`)).status).toBe(404);
    expect((await me.network("GET", `/v2.0/ports?network_id=${networkId}`)).body.ports).toMatchObject([
      { name: "kept", device_id: "", device_owner: "", status: "DOWN" },
    ]);
  });

  test("is checked before anything is made [OSSIM-026 OSAPI-035]", async () => {
    const nothing = "00000000-0000-0000-0000-000000000000";
    const busy = (await me.network("POST", "/v2.0/ports", { port: { network_id: networkId } })).body.port.id;
    await boot({ name: "first", networks: [{ port: busy }] });
    for (const [server, status, message] of [
      [{ imageRef: nothing }, 400, "Can not find requested image"],
      [{ flavorRef: "nope" }, 400, "Flavor nope could not be found."],
      [{ key_name: "nope" }, 400, "Invalid key_name provided."],
      [{ networks: [{ port: nothing }] }, 400, `Port id ${nothing} could not be found.`],
      [{ networks: [{ uuid: nothing }] }, 400, `Network ${nothing} could not be found.`],
      [{ networks: [{ port: busy }] }, 409, `Port ${busy} is still in use.`],
      [{ availability_zone: "moon" }, 400, "The requested availability zone is not available"],
      [
        { availability_zone: "az1:compute-az1-1" },
        403,
        "Policy doesn't allow os_compute_api:servers:create:forced_host to be performed.",
      ],
    ] as const) {
      expect(messageOf(await post(server))).toEqual([status, message]);
    }
    expect(messageOf(await post({}, { "os:scheduler_hints": { group: nothing } }))).toEqual([
      400,
      `Instance group ${nothing} could not be found.`,
    ]);
    expect((await post({ user_data: "A".repeat(65536) })).status).toBe(400);
    expect((await post({ tags: Array.from({ length: 51 }, (_, i) => String(i)) })).status).toBe(400);
    expect((await post({ tags: ["x".repeat(61)] })).status).toBe(400);
    expect((await post({ metadata: { long: "x".repeat(256) } })).status).toBe(400);
    expect((await post({ nonsense: 1 })).body.badRequest.message).toContain("('nonsense' was unexpected)");
    expect((await me.compute("POST", "/v2.1/servers", {}, v63)).status).toBe(400);
    expect(world.cloud.state.servers.size).toBe(1);
    expect(world.cloud.state.ports.count("network", networkId)).toBe(1);
  });

  test("counts against its project's quota of instances, cores and memory [OSSIM-041 OSSIM-042]", async () => {
    const boss = await world.admin();
    await boss.compute("PUT", `/v2.1/os-quota-sets/${me.projectId}`, { quota_set: { instances: 2, cores: 3 } });
    await boot();
    expect(messageOf(await post({ flavorRef: "4" }))).toEqual([
      403,
      "Quota exceeded for cores: Requested 4, but already used 1 of 3 cores",
    ]);
    await boot();
    expect(messageOf(await post({}))).toEqual([
      403,
      "Quota exceeded for instances: Requested 1, but already used 2 of 2 instances",
    ]);
    expect((await me.compute("GET", "/v2.1/limits")).body.limits.absolute).toMatchObject({
      maxTotalInstances: 2,
      totalInstancesUsed: 2,
      totalCoresUsed: 2,
    });
    expect((await me.compute("PUT", `/v2.1/os-quota-sets/${me.projectId}`, { quota_set: { instances: 9 } })).status).toBe(403);
  });

  test("starts, stops, reboots, pauses, shelves, is rebuilt and resized; what makes no sense is a conflict [OSSIM-023]", async () => {
    const id = await boot({ name: "s" });
    const act = async (action: object) => {
      const reply = await me.compute("POST", `/v2.1/servers/${id}/action`, action, v63);
      await world.clock.advance(10);
      return reply;
    };
    const status = async () => (await show(id)).status;
    expect(messageOf(await act({ "os-start": null }))).toEqual([
      409,
      `Cannot 'start' instance ${id} while it is in vm_state active`,
    ]);
    const steps: readonly (readonly [object, string])[] = [
      [{ "os-stop": null }, "SHUTOFF"],
      [{ "os-start": null }, "ACTIVE"],
      [{ reboot: { type: "HARD" } }, "ACTIVE"],
      [{ pause: null }, "PAUSED"],
      [{ unpause: null }, "ACTIVE"],
      [{ suspend: null }, "SUSPENDED"],
      [{ resume: null }, "ACTIVE"],
      [{ shelve: null }, "SHELVED_OFFLOADED"],
      [{ unshelve: null }, "ACTIVE"],
      [{ resize: { flavorRef: "3" } }, "VERIFY_RESIZE"],
      [{ revertResize: null }, "ACTIVE"],
      [{ resize: { flavorRef: "3" } }, "VERIFY_RESIZE"],
      [{ confirmResize: null }, "ACTIVE"],
    ];
    for (const [action, expected] of steps) {
      await act(action);
      expect(await status(), JSON.stringify(action)).toBe(expected);
    }
    expect((await show(id)).flavor.original_name).toBe("m1.medium");
    await act({ rebuild: { imageRef: imageId } });
    expect(world.guests.running.get(id)?.firstBoot).toBe(true);
    await act({ lock: null });
    expect(await show(id)).toMatchObject({ locked: true });
    const boss = await world.admin();
    expect((await boss.compute("POST", `/v2.1/servers/${id}/action`, { unlock: null })).status).toBe(202);
    expect((await act({ "os-resetState": { state: "error" } })).status).toBe(403);
    expect((await act({ nonsense: null })).status).toBe(400);
    expect((await act({ "os-getConsoleOutput": { length: 1 } })).body.output).toBe("LAST LINE");
  });

  test("is found by an anchored name, a part of it, its tags and its state; newest first [OSAPI-037 OSAPI-040 OSSIM-017 OSSIM-060]", async () => {
    for (const [name, tags] of [
      ["web-0", ["a", "b"]],
      ["web-00", ["a"]],
      ["db.0", []],
    ] as const)
      await boot({ name, tags });
    const names = async (query: string) =>
      (await me.compute("GET", `/v2.1/servers/detail?${query}`, undefined, v63)).body.servers.map(
        (one: { name: string }) => one.name,
      );
    expect(await names("name=%5Eweb-0%24")).toEqual(["web-0"]);
    expect(await names("name=%5Edb.0%24")).toEqual(["db.0"]);
    expect(await names("name=web")).toEqual(["web-00", "web-0"]);
    expect(await names("tags=a,b")).toEqual(["web-0"]);
    expect(await names("tags-any=a,b")).toEqual(["web-00", "web-0"]);
    expect(await names("not-tags=a")).toEqual(["db.0"]);
    expect(await names("status=ACTIVE&sort_key=display_name&sort_dir=asc")).toEqual(["db.0", "web-0", "web-00"]);
    expect(await names("deleted=True")).toEqual([]);
    const page = (await me.compute("GET", "/v2.1/servers?limit=2")).body;
    expect(page.servers).toHaveLength(2);
    const next = new URL(page.servers_links[0].href);
    const rest = (await me.compute("GET", next.pathname + next.search)).body;
    expect([rest.servers.length, rest.servers_links]).toEqual([1, undefined]);
    expect((await me.compute("GET", "/v2.1/servers?name=(")).status).toBe(400);
  });

  test("gets and gives up ports, volumes, tags and metadata [OSSIM-088]", async () => {
    const id = await boot();
    const port = (await me.network("POST", "/v2.0/ports", { port: { network_id: networkId } })).body.port.id;
    expect(
      (await me.compute("POST", `/v2.1/servers/${id}/os-interface`, { interfaceAttachment: { port_id: port } })).body
        .interfaceAttachment,
    ).toMatchObject({ port_id: port, port_state: "ACTIVE" });
    expect((await me.compute("GET", `/v2.1/servers/${id}/os-interface`)).body.interfaceAttachments).toHaveLength(2);
    expect((await me.compute("DELETE", `/v2.1/servers/${id}/os-interface/${port}`)).status).toBe(202);
    expect((await me.network("GET", `/v2.0/ports/${port}`)).body.port.device_id).toBe("");
    const volume = (await me.volume("POST", "/v3/volumes", { volume: { size: 1 } })).body.volume.id;
    await world.clock.advance(10);
    expect(
      (await me.compute("POST", `/v2.1/servers/${id}/os-volume_attachments`, { volumeAttachment: { volumeId: volume } })).body
        .volumeAttachment,
    ).toMatchObject({ volumeId: volume, device: "/dev/vdb" });
    expect((await me.volume("GET", `/v3/volumes/${volume}`)).body.volume).toMatchObject({
      status: "in-use",
      attachments: [{ server_id: id }],
    });
    expect((await me.volume("DELETE", `/v3/volumes/${volume}`)).status).toBe(400);
    await me.compute("DELETE", `/v2.1/servers/${id}/os-volume_attachments/${volume}`);
    expect((await me.volume("GET", `/v3/volumes/${volume}`)).body.volume.status).toBe("available");
    expect((await me.compute("PUT", `/v2.1/servers/${id}/tags/new`, undefined, v63)).status).toBe(201);
    await me.compute("POST", `/v2.1/servers/${id}/metadata`, { metadata: { a: "1" } });
    await me.compute("PUT", `/v2.1/servers/${id}/metadata/b`, { meta: { b: "2" } });
    await me.compute("DELETE", `/v2.1/servers/${id}/metadata/a`);
    expect(await show(id)).toMatchObject({ tags: ["new"], metadata: { b: "2" } });
  });

  test("boots from a volume, which goes or stays with it as asked [OSAPI-031 OSAPI-032 OSSIM-027]", async () => {
    const volume = (await me.volume("POST", "/v3/volumes", { volume: { size: 20, imageRef: imageId } })).body.volume.id;
    const root = { source_type: "volume", destination_type: "volume", uuid: volume, boot_index: 0, delete_on_termination: true };
    const server = {
      imageRef: "",
      block_device_mapping_v2: [
        root,
        {
          source_type: "blank",
          destination_type: "volume",
          volume_size: 5,
          boot_index: -1,
          delete_on_termination: false,
          tag: "etcd",
        },
      ],
    };
    expect((await post(server)).status).toBe(400); // it is still being created
    await world.clock.advance(10);
    const id = await boot(server);
    expect(await show(id)).toMatchObject({
      image: "",
      "os-extended-volumes:volumes_attached": [{ id: volume, delete_on_termination: true }, { delete_on_termination: false }],
    });
    expect(world.guests.running.get(id)?.image.properties).toMatchObject({ kube_version: "v1.33.1" });
    await me.compute("DELETE", `/v2.1/servers/${id}`);
    await world.clock.advance(10);
    expect((await me.volume("GET", "/v3/volumes/detail")).body.volumes).toMatchObject([{ size: 5, status: "available" }]);
    const tagged = (minor: number) => post({ ...server, block_device_mapping_v2: [{ ...root, tag: "x" }] }, {}, at(minor));
    expect((await tagged(41)).body.badRequest.message).toContain("'tag' was unexpected");
  });
});

describe("the scheduler", () => {
  const group = async (policy: string) =>
    (await me.compute("POST", "/v2.1/os-server-groups", { server_group: { name: policy, policies: [policy] } }, v63)).body
      .server_group.id;
  test("keeps hard groups apart or fails, spreads soft ones, and goes where the zone says [OSSIM-025]", async () => {
    await begin({
      availabilityZones: [
        { name: "a", hosts: 2 },
        { name: "b", hosts: 1 },
      ],
    });
    const hard = await group("anti-affinity");
    const soft = await group("soft-anti-affinity");
    const hints = (id: string) => ({ "os:scheduler_hints": { group: id } });
    const made = [];
    for (let i = 0; i < 4; i += 1) made.push(await show(await boot({ name: `hard-${i}` }, hints(hard))));
    expect(made.map((one) => one.status)).toEqual(["ACTIVE", "ACTIVE", "ACTIVE", "ERROR"]);
    expect(new Set(made.slice(0, 3).map((one) => one.hostId)).size).toBe(3);
    for (let i = 0; i < 6; i += 1) await boot({ name: `soft-${i}` }, hints(soft));
    const hosts = world.cloud.state.servers.by("group", soft).map((one) => one.host);
    expect([...new Set(hosts)].map((host) => hosts.filter((one) => one === host).length)).toEqual([2, 2, 2]);
    expect((await show(await boot({ availability_zone: "b" })))["OS-EXT-AZ:availability_zone"]).toBe("b");
    const members = (await me.compute("GET", `/v2.1/os-server-groups/${soft}`, undefined, v63)).body.server_group.members;
    expect(members).toHaveLength(6);
    expect((await me.compute("DELETE", `/v2.1/os-server-groups/${soft}`)).status).toBe(204);
  });
  test("counts what fits on a host [OSSIM-025]", async () => {
    await begin({ availabilityZones: [{ name: "a", hosts: 1 }], hostCapacity: { vcpus: 2, ramMiB: -1 } });
    expect((await show(await boot({ flavorRef: "3" }))).status).toBe("ACTIVE");
    expect((await show(await boot({ flavorRef: "2" }))).fault.message).toBe(
      "No valid host was found. There are not enough hosts available.",
    );
  });
});

test("keypairs belong to a user, are named once, and are made when none is given [OSSIM-076]", async () => {
  const made = (await me.compute("POST", "/v2.1/os-keypairs", { keypair: { name: "fresh" } }, at(63))).body.keypair;
  expect(made.public_key).toMatch(/^ssh-rsa AAAAB3NzaC1yc2E/);
  expect(made.private_key).toContain("PRIVATE KEY");
  expect(made.fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  expect(messageOf(await me.compute("POST", "/v2.1/os-keypairs", { keypair: { name: "fresh" } }))).toEqual([
    409,
    "Key pair 'fresh' already exists.",
  ]);
  expect((await me.compute("POST", "/v2.1/os-keypairs", { keypair: { name: "bad", public_key: "nonsense" } })).status).toBe(400);
  expect((await me.compute("POST", "/v2.1/os-keypairs", { keypair: { name: "x" } }, at(92))).status).toBe(400);
  const boss = await world.admin();
  expect((await boss.compute("GET", "/v2.1/os-keypairs/fresh")).status).toBe(404);
  expect((await me.compute("DELETE", "/v2.1/os-keypairs/fresh", undefined, at(63))).status).toBe(204);
});

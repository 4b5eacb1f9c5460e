import type { OpenStackServer, OpenStackServerSpec, ResolvedPort } from "@slipway/api";
import { CloudError, type Server } from "@slipway/openstack";
import { serverRequest } from "@slipway/openstack/compute/servers.ts";
import { portRequest } from "@slipway/openstack/network/ports.ts";
import { describe, expect, test } from "vitest";
import { portFor } from "./ports.ts";
import { isResolved } from "./scope.ts";
import { afterFailedCreate, server, serverFor } from "./server.ts";
import { blockDevices, wantedVolumes, wrongDevice } from "./volumes.ts";

const oss = (spec: Partial<OpenStackServerSpec> = {}, status: object = {}): OpenStackServer =>
  ({
    metadata: { name: "one-md-x", creationTimestamp: "2026-11-22T11:59:00Z" },
    spec: {
      identityRef: { name: "c", cloudName: "c" },
      image: { id: "IMG" },
      flavorID: "F",
      ports: [{}],
      sshKeyName: "key",
      ...spec,
    },
    status: { ready: false, resolved: { imageID: "IMG", flavorID: "F", ports: [] }, ...status },
  }) as unknown as OpenStackServer;

describe("a port is asked for", () => {
  const port: ResolvedPort = { name: "one-md-x-0", description: "d", networkID: "NET" };
  const body = (more: Partial<ResolvedPort>) => portRequest(portFor({ ...port, ...more })) as { port?: unknown };
  const base = { network_id: "NET", name: "one-md-x-0", description: "d" };
  test.each<[string, Partial<ResolvedPort>, object]>([
    ["with nothing that the spec leaves open [OSAPI-051] [OSAPI-052]", {}, base],
    [
      "with its addresses, groups and address pairs",
      {
        fixedIPs: [{ subnet: "S", ipAddress: "10.6.0.9" }, { subnet: "S6" }],
        securityGroups: ["G"],
        allowedAddressPairs: [{ ipAddress: "10.0.0.0/8" }],
      },
      {
        ...base,
        fixed_ips: [{ subnet_id: "S", ip_address: "10.6.0.9" }, { subnet_id: "S6" }],
        security_groups: ["G"],
        allowed_address_pairs: [{ ip_address: "10.0.0.0/8" }],
      },
    ],
    [
      "without groups and pairs when port security is off [CAPO-209]",
      { disablePortSecurity: true, securityGroups: ["G"], allowedAddressPairs: [{ ipAddress: "10.0.0.0/8" }] },
      { ...base, port_security_enabled: false, security_groups: [] },
    ],
    [
      "with its binding, the profile only when it says something [CAPO-213]",
      {
        vnicType: "direct",
        hostID: "h",
        profile: { ovsHWOffload: true, trustedVF: true },
        valueSpecs: [{ name: "n", key: "k", value: "v" }],
      },
      {
        ...base,
        "binding:vnic_type": "direct",
        "binding:host_id": "h",
        "binding:profile": { capabilities: ["switchdev"], trusted: true },
        value_specs: { k: "v" },
      },
    ],
    ["and without a profile that says nothing [CAPO-213]", { profile: { ovsHWOffload: false, trustedVF: false } }, base],
  ])("%s", (_, more, expected) => expect(body(more)).toEqual(expected));
});

describe("a server is asked for", () => {
  const body = (given: OpenStackServer, volumes: readonly string[] = []) =>
    serverRequest(serverFor(given, ["P0", "P1"], volumes, "dGVzdA=="));
  test("with its ports in order, its data as the Secret has it, and its group as a hint [CAPO-222] [OSAPI-031] [OSAPI-033]", () => {
    const given = oss(
      {
        tags: ["b", "a", "b"],
        serverMetadata: [{ key: "k", value: "v" }],
        availabilityZone: "az1",
        schedulerHintAdditionalProperties: [
          { name: "reserve", value: { type: "Bool", bool: false } },
          { name: "weight", value: { type: "Number", number: 3 } },
        ],
      },
      { resolved: { imageID: "IMG", flavorID: "F", serverGroupID: "GRP" } },
    );
    expect(body(given)).toEqual({
      server: {
        name: "one-md-x",
        imageRef: "IMG",
        flavorRef: "F",
        availability_zone: "az1",
        networks: [{ port: "P0" }, { port: "P1" }],
        user_data: "dGVzdA==",
        tags: ["b", "a"],
        metadata: { k: "v" },
        config_drive: false,
        key_name: "key",
        block_device_mapping_v2: [
          { boot_index: 0, delete_on_termination: true, source_type: "image", destination_type: "local", uuid: "IMG" },
        ],
      },
      "os:scheduler_hints": { group: "GRP", reserve: false, weight: 3 },
    });
  });
  test("with its volumes, the one it boots from first [CAPO-218] [CAPO-220] [CAPO-221] [OSAPI-032]", () => {
    const given = oss({
      availabilityZone: "az1",
      rootVolume: { sizeGiB: 50, type: "ssd", availabilityZone: { from: "Machine" } },
      additionalBlockDevices: [
        { name: "etcd", sizeGiB: 8, storage: { type: "Volume", volume: { availabilityZone: { from: "Name", name: "az9" } } } },
        { name: "scratch", sizeGiB: 20, storage: { type: "Local" } },
      ],
    });
    expect(wantedVolumes(given)).toEqual([
      {
        name: "one-md-x-root",
        description: "Root volume for one-md-x",
        sizeGiB: 50,
        imageId: "IMG",
        volumeType: "ssd",
        availabilityZone: "az1",
      },
      {
        name: "one-md-x-etcd",
        description: "Additional block device for one-md-x",
        sizeGiB: 8,
        volumeType: undefined,
        availabilityZone: "az9",
      },
    ]);
    expect(blockDevices(given, ["V0", "V1"])).toEqual([
      { boot_index: 0, delete_on_termination: true, source_type: "volume", destination_type: "volume", uuid: "V0" },
      { boot_index: -1, delete_on_termination: true, source_type: "volume", destination_type: "volume", uuid: "V1", tag: "etcd" },
      {
        boot_index: -1,
        delete_on_termination: true,
        source_type: "blank",
        destination_type: "local",
        volume_size: 20,
        tag: "scratch",
      },
    ]);
    expect(body(given, ["V0", "V1"])).toMatchObject({ server: { imageRef: "" } });
  });
  test("never with a device that nobody could name or make [CAPO-221]", () => {
    const device = (name: string, type: string) =>
      wrongDevice(oss({ additionalBlockDevices: [{ name, sizeGiB: 1, storage: { type } }] }));
    expect(device("root", "Volume")).toContain('must not be named "root"');
    expect(device("a", "Tape")).toContain("use Volume or Local");
    expect(device("a", "Local")).toBeUndefined();
  });
  test("only when all that it needs is an id [CAPO-204]", () => {
    expect(isResolved(oss())).toBe(true);
    expect(isResolved(oss({ serverGroup: { id: "g" } }))).toBe(false);
    expect(isResolved(oss({}, { resolved: { imageID: "i", flavorID: "f" } }))).toBe(false);
  });
});

describe("what Nova says of a server", () => {
  const scope = { oss: oss(), now: new Date("2026-11-22T12:00:00Z") } as unknown as Parameters<typeof server.decide>[1];
  const seen = (status: string, more: Partial<Server> = {}) =>
    server.decide(
      {
        servers: [
          {
            id: "S",
            name: "one-md-x",
            status,
            addresses: [],
            createdAt: new Date("2026-11-22T11:59:51Z"),
            ...more,
          } as unknown as Server,
        ],
        lost: false,
        userData: undefined,
      },
      scope,
      {},
    );
  test.each([
    ["ACTIVE is ready [CAPO-223]", "ACTIVE", { outcome: "ready" }],
    ["BUILD is looked at again soon [CAPO-223]", "BUILD", { outcome: "wait", reason: "InstanceBuilding", recheckSeconds: 3 }],
    ["nothing yet counts as BUILD [OSAPI-034]", "", { outcome: "wait", reason: "InstanceBuilding" }],
    [
      "SHUTOFF is looked at again later [CAPO-223] [CAPO-224]",
      "SHUTOFF",
      { outcome: "wait", reason: "InstanceNotReady", recheckSeconds: 60 },
    ],
    ["DELETED is the end [CAPO-223]", "DELETED", { outcome: "fail", reason: "InstanceDeleted" }],
  ])("%s", (_, status, expected) => expect(seen(status)).toMatchObject(expected));
  test("ERROR is the end, told in Nova's own words [CAPO-223]", () => {
    expect(seen("ERROR", { fault: "No valid host was found." })).toMatchObject({
      outcome: "fail",
      reason: "InstanceStateError",
      message: "No valid host was found.",
      facts: { instanceState: "ERROR" },
    });
  });
  test("nothing, of a server that was there, is the end: it is not made again [CAPO-215]", () => {
    expect(server.decide({ servers: [], lost: true, userData: undefined }, scope, {})).toEqual({
      outcome: "fail",
      reason: "InstanceNotFound",
      message: "virtual machine no longer exists",
    });
  });
});

describe("a server that could not be made", () => {
  test.each(["invalid", "forbidden", "unsupported"] as const)("is given up when the request is %s [CAPO-216]", (kind) => {
    expect(afterFailedCreate(new CloudError(kind, "no"))).toMatchObject({
      outcome: "fail",
      reason: "InstanceCreateFailed",
      facts: { instanceState: "ERROR" },
    });
  });
  test.each([
    ["quota", 60],
    ["conflict", 1],
    ["unavailable", 15],
    ["unauthorized", 60],
  ] as const)("is tried again when it is a matter of %s, under the same reason [CAPO-216]", (kind, recheckSeconds) => {
    expect(afterFailedCreate(new CloudError(kind, "later"))).toEqual({
      outcome: "wait",
      reason: "InstanceCreateFailed",
      message: "later",
      recheckSeconds,
    });
  });
});

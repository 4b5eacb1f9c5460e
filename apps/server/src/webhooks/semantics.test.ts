import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Door, doors } from "./testing/doors.ts";
import { knowledge } from "./testing/knowledge.ts";

/** What the table of fields cannot say of the providers' kinds: how fields merge, and rules across fields. */

const pathOf = (kind: string): string => {
  const { apiVersion, plural } = knowledge.kinds[kind] ?? { apiVersion: "", plural: kind };
  return `/apis/${apiVersion}/namespaces/default/${plural}`;
};
const object = (kind: string, name: string, spec: object) => ({
  ...{ apiVersion: knowledge.kinds[kind]?.apiVersion, kind, metadata: { name } },
  spec,
});
const least = (kind: string): object => knowledge.kinds[kind]?.spec ?? {};
const uuid = "b9bd8f8b-6a7a-4f0a-9d4c-0f6a4c9a7a11";
const machine = { flavor: "m1", image: { id: uuid } };
const identityRef = { name: "c", cloudName: "o" };

describe.each(doors)("%s, with the gate for Ignition", (_name, open) => {
  let door: Door;
  beforeAll(async () => {
    door = await open({ KubeadmBootstrapFormatIgnition: true });
  }, 60_000);
  afterAll(() => door.close());
  const post = async (spec: object) => {
    const { status, body } = await door.call("POST", `${pathOf("KubeadmConfig")}?dryRun=All`, object("KubeadmConfig", "i", spec));
    return {
      status,
      body,
      causes: (body.details?.causes ?? []).map(({ reason, field }: { reason: string; field: string }) => `${reason} ${field}`),
    };
  };
  const more = (containerLinuxConfig: object) => ({ format: "ignition", ignition: { containerLinuxConfig } });

  test("machines may be started with Ignition, and told more of it [BOOT-014] [BOOT-037]", async () => {
    const told = { additionalConfig: "a".repeat(32768), strict: true };
    const made = await post(more(told));
    expect(made.status).toBe(201);
    expect(made.body.spec).toEqual({ format: "ignition", ignition: { containerLinuxConfig: told } });
    expect((await post(more({ additionalConfig: "", strict: false }))).body.spec.ignition).toEqual({ containerLinuxConfig: {} });
    expect((await post(more({ additionalConfig: "a".repeat(32769) }))).causes).toContain(
      "FieldValueTooLong spec.ignition.containerLinuxConfig.additionalConfig",
    );
  });

  test("Ignition's part stands only with Ignition's format, and what Ignition cannot do is refused [BOOT-038] [BOOT-039]", async () => {
    expect((await post({ ignition: {} })).causes).toEqual(["FieldValueInvalid spec.format"]);
    const spec = {
      format: "ignition",
      users: [{ name: "u", inactive: true }],
      useExperimentalRetryJoin: true,
      files: [
        { path: "/a", encoding: "gzip" },
        { path: "/b", encoding: "gzip+base64" },
        { path: "/c", encoding: "base64" },
      ],
      bootCommands: ["x"],
      diskSetup: {
        partitions: [
          { device: "d", layout: true, tableType: "mbr" },
          { device: "e", layout: true, tableType: "gpt" },
        ],
        filesystems: [{ device: "d", filesystem: "ext4", replaceFS: "x", partition: "1" }],
      },
    };
    expect((await post(spec)).causes).toEqual([
      "FieldValueForbidden spec.users[0].inactive",
      "FieldValueForbidden spec.useExperimentalRetryJoin",
      "FieldValueForbidden spec.files[0].encoding",
      "FieldValueForbidden spec.files[1].encoding",
      "FieldValueForbidden spec.bootCommands",
      "FieldValueInvalid spec.diskSetup.partitions[0].tableType",
      "FieldValueForbidden spec.diskSetup.filesystems[0].replaceFS",
      "FieldValueForbidden spec.diskSetup.filesystems[0].partition",
    ]);
  });
});

describe.each(doors)("%s", (_name, open) => {
  let door: Door;
  beforeAll(async () => {
    door = await open();
  }, 60_000);
  afterAll(() => door.close());

  const hints = [{ name: "a", value: { type: "Bool", bool: true } }];
  const item = (key: string, fields: object) => ({ [key]: { ".": {}, ...fields } });
  test.each<[string, string, object, object]>([
    [
      "subnets to make, as a whole [CAPO-018]",
      "OpenStackCluster",
      { managedSubnets: [{ cidr: "10.6.0.0/24" }] },
      { "f:managedSubnets": {} },
    ],
    ["subnets that are there, as a whole [CAPO-019]", "OpenStackCluster", { subnets: [{ id: uuid }] }, { "f:subnets": {} }],
    [
      "the router's addresses, as a whole [CAPO-021]",
      "OpenStackCluster",
      { externalRouterIPs: [{ subnet: { id: uuid } }] },
      { "f:externalRouterIPs": {} },
    ],
    [
      "zones and tags, one by one [CAPO-026]",
      "OpenStackCluster",
      { controlPlaneAvailabilityZones: ["a"], tags: ["b"] },
      { "f:controlPlaneAvailabilityZones": { 'v:"a"': {} }, "f:tags": { 'v:"b"': {} } },
    ],
    [
      "metadata, by its key [CAPO-046]",
      "OpenStackMachine",
      { ...machine, serverMetadata: [{ key: "a", value: "b" }] },
      { "f:serverMetadata": item('k:{"key":"a"}', { "f:key": {}, "f:value": {} }) },
    ],
    [
      "block devices, by their name [CAPO-048]",
      "OpenStackMachine",
      { ...machine, additionalBlockDevices: [{ name: "a", sizeGiB: 1, storage: { type: "Local" } }] },
      { "f:additionalBlockDevices": item('k:{"name":"a"}', { "f:name": {}, "f:sizeGiB": {}, "f:storage": { "f:type": {} } }) },
    ],
    [
      "the pool of floating IPs, as a whole [CAPO-051]",
      "OpenStackMachine",
      { ...machine, floatingIPPoolRef: { kind: "P", name: "p" } },
      { "f:floatingIPPoolRef": {} },
    ],
    [
      "hints, by their name [CAPO-052]",
      "OpenStackMachine",
      { ...machine, schedulerHintAdditionalProperties: hints },
      {
        "f:schedulerHintAdditionalProperties": item('k:{"name":"a"}', {
          "f:name": {},
          "f:value": { "f:bool": {}, "f:type": {} },
        }),
      },
    ],
    [
      "an image's tags, one by one [CAPO-054]",
      "OpenStackMachine",
      { flavor: "m", image: { filter: { tags: ["a"] } } },
      { "f:image": { "f:filter": { "f:tags": { 'v:"a"': {} } } } },
    ],
    [
      "a filter's tags, one by one [CAPO-057]",
      "OpenStackCluster",
      { network: { filter: { tags: ["a"], notTagsAny: ["b"] } } },
      { "f:network": { "f:filter": { "f:notTagsAny": { 'v:"b"': {} }, "f:tags": { 'v:"a"': {} } } } },
    ],
    [
      "ports, as a whole [CAPO-058] [CAPO-059]",
      "OpenStackMachine",
      { ...machine, ports: [{ fixedIPs: [{ ipAddress: "10.0.0.1" }], tags: ["a"], valueSpecs: [] }] },
      { "f:ports": {} },
    ],
  ])("server-side apply owns %s", async (_what, kind, spec, owned) => {
    const whole = kind === "OpenStackCluster" ? { identityRef, ...spec } : spec;
    const path = `${pathOf(kind)}/merged?fieldManager=ann&force=true&dryRun=All`;
    const { status, body } = await door.call("PATCH", path, object(kind, "merged", whole), "application/apply-patch+yaml");
    expect(status).toBe(201);
    expect(body.metadata.managedFields[0].fieldsV1["f:spec"]).toMatchObject(owned);
  });

  test("a cluster template keeps a cluster's rules and defaults [CAPO-035]", async () => {
    const post = (spec: object) =>
      door.call(
        "POST",
        `${pathOf("OpenStackClusterTemplate")}?dryRun=All`,
        object("OpenStackClusterTemplate", "t", { template: { spec } }),
      );
    const made = await post({ identityRef, apiServerLoadBalancer: {}, managedSecurityGroups: {}, bastion: { spec: machine } });
    expect(made.body.spec.template.spec).toMatchObject({
      apiServerLoadBalancer: { enabled: true },
      managedSecurityGroups: { allowAllInClusterTraffic: false },
      bastion: { enabled: true },
    });
    const causes = async (spec: object) =>
      ((await post({ identityRef, ...spec })).body.details?.causes ?? []).map(
        ({ field, message }: { field: string; message: string }) => `${field}: ${message}`,
      );
    expect(await causes({ bastion: { enabled: true } })).toEqual([
      'spec.template.spec.bastion: Invalid value: "object": spec is required if bastion is enabled',
    ]);
    expect(await causes({ disableExternalNetwork: true })).toEqual([
      'spec.template.spec: Invalid value: "object": disableAPIServerFloatingIP cannot be false when disableExternalNetwork is true',
    ]);
    expect(
      await causes({
        disableExternalNetwork: true,
        disableAPIServerFloatingIP: true,
        bastion: { spec: machine, floatingIP: "192.0.2.1" },
      }),
    ).toEqual([
      'spec.template.spec: Invalid value: "object": bastion floating IP cannot be set when disableExternalNetwork is true',
    ]);
  });

  test("a server needs a flavor as a machine does [CAPO-062]", async () => {
    const spec = { ...least("OpenStackServer"), flavor: undefined };
    const { status, body } = await door.call("POST", pathOf("OpenStackServer"), object("OpenStackServer", "flavorless", spec));
    expect(status).toBe(422);
    expect(body.details.causes).toEqual([
      {
        reason: "FieldValueInvalid",
        field: "spec",
        message: 'Invalid value: "object": at least one of flavor or flavorID must be set',
      },
    ]);
  });

  test("a machine template has no capacity to scale from zero by, and no place for one [CAPO-068] [CAPO-007]", async () => {
    const sent = {
      ...object("OpenStackMachineTemplate", "capacity", least("OpenStackMachineTemplate")),
      status: { capacity: { cpu: "1" } },
    };
    const { body } = await door.call("POST", pathOf("OpenStackMachineTemplate"), sent);
    expect(body.status).toBeUndefined();
    expect(
      (await door.call("PUT", `${pathOf("OpenStackMachineTemplate")}/capacity/status`, { ...body, status: sent.status })).status,
    ).toBe(404);
  });

  test("what a control plane template leaves to the topology is unknown to it [KCP-049]", async () => {
    const spec = {
      kubeadmConfigSpec: {},
      replicas: 3,
      version: "v1.33.1",
      machineTemplate: { infrastructureRef: {}, readinessGates: [] },
    };
    const path = `${pathOf("KubeadmControlPlaneTemplate")}?fieldValidation=Strict`;
    const { status, body } = await door.call("POST", path, object("KubeadmControlPlaneTemplate", "t", { template: { spec } }));
    expect(status).toBe(400);
    for (const field of ["replicas", "version", "machineTemplate.infrastructureRef", "machineTemplate.readinessGates"]) {
      expect(body.message).toContain(`unknown field "spec.template.spec.${field}"`);
    }
  });

  test("limits of a control plane's remediation are its own: what is unset stays unset [KCP-008]", async () => {
    const spec = { ...least("KubeadmControlPlane"), remediationStrategy: { maxRetry: 0 } };
    const { body } = await door.call("POST", pathOf("KubeadmControlPlane"), object("KubeadmControlPlane", "remediated", spec));
    expect(body.spec.remediationStrategy).toEqual({ maxRetry: 0, retryPeriod: "0s" });
  });

  test("type markers of kubeadm's documents are kept and mean nothing [BOOT-015] [BOOT-018] [BOOT-019]", async () => {
    const marked = (kind: string) => ({ apiVersion: "kubeadm.k8s.io/v9", kind });
    const spec = {
      clusterConfiguration: marked("Anything"),
      initConfiguration: marked("Else"),
      joinConfiguration: marked("Entirely"),
    };
    const { status, body } = await door.call("POST", pathOf("KubeadmConfig"), object("KubeadmConfig", "marked", spec));
    expect(status).toBe(201);
    expect(body.spec).toMatchObject(spec);
  });
});

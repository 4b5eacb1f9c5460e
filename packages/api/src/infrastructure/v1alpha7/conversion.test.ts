import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryOf } from "../../kind/arbitrary.testing.ts";
import type { Kind } from "../../kind/kind.ts";
import { dataAnnotation } from "../../kind/restore.ts";
import type { StructuralSchema } from "../../kind/structural.ts";
import type { UnstructuredObject } from "../../meta/object.ts";
import { OpenStackCluster } from "../openstackcluster.ts";
import { OpenStackClusterTemplate } from "../openstackclustertemplate.ts";
import { OpenStackMachine } from "../openstackmachine.ts";
import { OpenStackMachineTemplate } from "../openstackmachinetemplate.ts";
import "../../../../../scripts/propertyseed.ts";

const group = "infrastructure.cluster.x-k8s.io";
const kinds: readonly Kind[] = [OpenStackCluster, OpenStackClusterTemplate, OpenStackMachine, OpenStackMachineTemplate];

const schemaOf = (kind: Kind, version: string): StructuralSchema => {
  const found = version === kind.version ? kind.schema : kind.formerVersions?.find(({ name }) => name === version)?.schema;
  if (found === undefined) throw new Error(`${kind.kind} has no ${version}`);
  return found;
};
const convert = (kind: Kind, object: UnstructuredObject, version: string): UnstructuredObject => {
  const converted = kind.convert?.(object, version);
  if (converted === undefined) throw new Error(`${kind.kind} does not convert`);
  // As it travels.
  return JSON.parse(JSON.stringify(converted));
};
const objects = (kind: Kind, version: string): fc.Arbitrary<UnstructuredObject> => {
  const { spec, status } = schemaOf(kind, version).properties ?? {};
  return fc
    .record(
      {
        spec: arbitraryOf(spec ?? {}),
        ...(status === undefined ? {} : { status: arbitraryOf(status) }),
      },
      { requiredKeys: ["spec"], noNullPrototype: true },
    )
    .map((parts) =>
      JSON.parse(
        JSON.stringify({
          apiVersion: `${group}/${version}`,
          kind: kind.kind,
          metadata: { name: "a", namespace: "n", annotations: { mine: "stays" } },
          ...parts,
        }),
        withoutEmptyEndpoint,
      ),
    );
};
/** In v1alpha7 an endpoint is a value, not a pointer: an empty one and none are the same. */
const withoutEmptyEndpoint = (key: string, value: { readonly host?: string; readonly port?: number }): unknown =>
  key === "controlPlaneEndpoint" && (value.host ?? "") === "" && (value.port ?? 0) === 0 ? undefined : value;

describe.each(kinds.map((kind) => [kind.kind, kind] as const))("%s", (_name, kind) => {
  test.each([
    ["v1alpha7", "v1beta1"],
    ["v1beta1", "v1alpha7"],
  ])("comes back from %s through %s as it was [CAPO-263] [CAPO-002]", (from, through) => {
    fc.assert(
      fc.property(objects(kind, from), (object) => {
        const there = convert(kind, object, through);
        expect(there.apiVersion).toBe(`${group}/${through}`);
        expect(convert(kind, there, from)).toEqual(object);
      }),
      { numRuns: 100 },
    );
  });

  test("converted again and again, it stays the same [CAPO-263]", () => {
    fc.assert(
      fc.property(objects(kind, "v1beta1"), (object) => {
        const once = convert(kind, object, "v1alpha7");
        const again = convert(kind, convert(kind, once, "v1beta1"), "v1alpha7");
        expect(again).toEqual(once);
      }),
      { numRuns: 100 },
    );
  });
});

const machine = (spec: object, version = "v1alpha7", more: object = {}): UnstructuredObject => ({
  apiVersion: `${group}/${version}`,
  kind: "OpenStackMachine",
  metadata: { name: "a" },
  spec: spec as { [field: string]: unknown },
  ...more,
});
const cluster = (spec: object, version = "v1alpha7"): UnstructuredObject => ({
  ...machine(spec, version),
  kind: "OpenStackCluster",
});
const upgraded = (kind: Kind, object: UnstructuredObject) => convert(kind, object, "v1beta1");

test("a machine's old fields become the new ones [CAPO-262]", () => {
  const old = machine({
    cloudName: "openstack",
    identityRef: { kind: "Secret", name: "creds" },
    flavor: "m1",
    image: "name",
    imageUUID: "11111111-1111-1111-1111-111111111111",
    serverGroupID: "22222222-2222-2222-2222-222222222222",
    serverMetadata: { key: "v".repeat(300) },
    instanceID: "i",
    sshKeyName: "",
    trunk: false,
    rootVolume: { diskSize: 10, volumeType: "fast" },
    additionalBlockDevices: [
      { name: "etcd", sizeGiB: 5, storage: { type: "Volume", volume: { type: "fast", availabilityZone: "az1" } } },
    ],
    ports: [
      {
        network: { name: "net", tags: "a,,b" },
        fixedIPs: [{ subnet: { id: "33333333-3333-3333-3333-333333333333", name: "lost" } }],
        securityGroupFilters: [{ name: "sg" }],
        hostId: "h",
        profile: { ovsHWOffload: true },
      },
    ],
  });
  expect(upgraded(OpenStackMachine, old)).toMatchObject({
    spec: {
      identityRef: { name: "creds", cloudName: "openstack" },
      flavor: "m1",
      image: { id: "11111111-1111-1111-1111-111111111111" },
      serverGroup: { id: "22222222-2222-2222-2222-222222222222" },
      serverMetadata: [{ key: "key", value: "v".repeat(255) }],
      rootVolume: { sizeGiB: 10, type: "fast", availabilityZone: { from: "Machine" } },
      additionalBlockDevices: [
        {
          name: "etcd",
          sizeGiB: 5,
          storage: { type: "Volume", volume: { type: "fast", availabilityZone: { from: "Name", name: "az1" } } },
        },
      ],
      ports: [
        {
          network: { filter: { name: "net", tags: ["a", "b"] } },
          fixedIPs: [{ subnet: { id: "33333333-3333-3333-3333-333333333333" } }],
          securityGroups: [{ filter: { name: "sg" } }],
          hostID: "h",
          profile: { ovsHWOffload: true },
        },
      ],
    },
    status: { instanceID: "i" },
  });
  expect(upgraded(OpenStackMachine, old).spec).not.toHaveProperty("sshKeyName");
  expect(upgraded(OpenStackMachine, machine({ image: "ubuntu" })).spec).toMatchObject({ image: { filter: { name: "ubuntu" } } });
});

test("a cluster's old fields become the new ones [CAPO-261]", () => {
  const spec = upgraded(
    OpenStackCluster,
    cluster({
      cloudName: "openstack",
      identityRef: { kind: "Secret", name: "creds" },
      nodeCidr: "10.0.0.0/24",
      dnsNameservers: ["1.1.1.1"],
      externalNetworkId: "ext",
      network: { id: "net" },
      subnet: { name: "sub", gateway_ip: "10.0.0.1", ipv6RaMode: "slaac" },
      router: { tagsAny: "x,y" },
      networkMtu: 1400,
      managedSecurityGroups: true,
      apiServerLoadBalancer: { enabled: true, allowedCidrs: ["10.0.0.0/8"], provider: "amphora" },
      apiServerPort: 6443,
      externalRouterIPs: [{ fixedIP: "1.2.3.4", subnet: { id: "s" } }],
      bastion: { enabled: true, instance: { flavor: "small", image: "jump", floatingIP: "5.6.7.8" }, availabilityZone: "az" },
      controlPlaneEndpoint: { host: "", port: 0 },
    }),
  ).spec;
  expect(spec).toMatchObject({
    identityRef: { name: "creds", cloudName: "openstack" },
    managedSubnets: [{ cidr: "10.0.0.0/24", dnsNameservers: ["1.1.1.1"] }],
    externalNetwork: { id: "ext" },
    network: { id: "net" },
    subnets: [{ filter: { name: "sub", gatewayIP: "10.0.0.1", ipv6RAMode: "slaac" } }],
    router: { filter: { tagsAny: ["x", "y"] } },
    networkMTU: 1400,
    apiServerLoadBalancer: { enabled: true, allowedCIDRs: ["10.0.0.0/8"], provider: "amphora" },
    apiServerPort: 6443,
    externalRouterIPs: [{ fixedIP: "1.2.3.4", subnet: { id: "s" } }],
    bastion: {
      enabled: true,
      floatingIP: "5.6.7.8",
      availabilityZone: "az",
      spec: { flavor: "small", image: { filter: { name: "jump" } } },
    },
    managedSecurityGroups: {
      allowAllInClusterTraffic: false,
      allNodesSecurityGroupRules: [
        { name: "BGP (calico)", protocol: "tcp", portRangeMin: 179, portRangeMax: 179, direction: "ingress" },
        { name: "IP-in-IP (calico)", protocol: "4", remoteManagedGroups: ["controlplane", "worker"] },
      ],
    },
  });
  expect(spec).not.toHaveProperty("controlPlaneEndpoint");
  const open = upgraded(OpenStackCluster, cluster({ managedSecurityGroups: true, allowAllInClusterTraffic: true })).spec;
  expect(open?.["managedSecurityGroups"]).toEqual({ allowAllInClusterTraffic: true });
  // No load balancer was said by saying nothing; what is left of one must not become one.
  expect(upgraded(OpenStackCluster, cluster({ apiServerLoadBalancer: {} })).spec).not.toHaveProperty("apiServerLoadBalancer");
  expect(upgraded(OpenStackCluster, cluster({ apiServerLoadBalancer: { provider: "ovn" } })).spec).toMatchObject({
    apiServerLoadBalancer: { enabled: false, provider: "ovn" },
  });
  expect(upgraded(OpenStackCluster, cluster({ bastion: { enabled: false } })).spec).toMatchObject({
    bastion: { enabled: false },
  });
});

test("what the old version cannot say is kept while nobody edits that part, and what was edited wins [CAPO-263]", () => {
  const image = { filter: { name: "ubuntu", tags: ["lts"] } };
  const made = machine({ flavor: "m1", image, identityRef: { name: "c", cloudName: "o", region: "north" } }, "v1beta1");
  const old = convert(OpenStackMachine, made, "v1alpha7");
  expect(old.spec).toMatchObject({ image: "ubuntu", cloudName: "o" });
  const data = JSON.parse(old.metadata.annotations?.[dataAnnotation] ?? "{}");
  expect(data).toEqual({ spec: { h: expect.stringMatching(/^[A-Za-z0-9+/]{11}=$/), d: made.spec } });

  const labelled = { ...old, metadata: { ...old.metadata, labels: { a: "b" } } };
  expect(upgraded(OpenStackMachine, labelled)).toMatchObject({ spec: made.spec, metadata: { labels: { a: "b" } } });
  expect(upgraded(OpenStackMachine, labelled).metadata.annotations).toBeUndefined();

  const edited = upgraded(OpenStackMachine, { ...old, spec: { ...old.spec, flavor: "m2" } });
  expect(edited.spec).toMatchObject({ flavor: "m2", image: { filter: { name: "ubuntu" } } });
  expect(edited.spec?.["image"]).toEqual({ filter: { name: "ubuntu" } });
});

test("the controller's writes to an old object's spec do not cost it the rest [CAPO-263]", () => {
  const old = machine({ flavor: "m1", image: "a", imageUUID: "44444444-4444-4444-4444-444444444444" });
  const made = upgraded(OpenStackMachine, old);
  const provided = { ...made, spec: { ...made.spec, providerID: "openstack:///x" }, status: { instanceID: "x", ready: true } };
  expect(convert(OpenStackMachine, provided, "v1alpha7")).toMatchObject({
    spec: { ...old.spec, providerID: "openstack:///x", instanceID: "x" },
    status: { ready: true },
  });
});

test("an annotation that somebody else wrote does no harm [CAPO-263]", () => {
  const spoilt = { ...machine({ flavor: "m1" }), metadata: { name: "a", annotations: { [dataAnnotation]: "{" } } };
  expect(upgraded(OpenStackMachine, spoilt)).toMatchObject({ spec: { flavor: "m1" } });
});

import { OpenStackServer, OrcImage } from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { namespace } from "../testing/managementcluster.test-support.ts";
import { identityRef, startOpenStack } from "../testing/openstack.test-support.ts";

const started = async () => {
  const world = await startOpenStack();
  const network = await world.tenant.network.createNetwork({ name: "net" });
  const subnet = await world.tenant.network.createSubnet({
    networkId: network.id,
    name: "sub",
    description: "",
    cidr: "10.9.0.0/24",
  });
  const create = async (spec: Partial<OpenStackServer["spec"]> = {}, name = "s", labels: { [label: string]: string } = {}) => {
    await world.client.create(OpenStackServer, {
      apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha1",
      kind: "OpenStackServer",
      metadata: { name, namespace, labels },
      spec: {
        identityRef,
        image: { filter: { name: "ubuntu-2204-kube-v1.31.1" } },
        flavorID: "2",
        sshKeyName: "demo",
        ports: [{ network: { id: network.id } }],
        ...spec,
      },
    });
    await world.advance(60);
  };
  return { ...world, network, subnet, create };
};
const ready = (server: {
  status?: { conditions?: readonly { type: string; status: string; reason?: string; message?: string }[] };
}) => findCondition(server.status?.conditions, "InstanceReady");

describe("an OpenStackServer", () => {
  test("needs no Cluster; its default description then ends in a space [CAPO-112] [CAPO-201]", async () => {
    const { create, server, tenant } = await started();
    await create();
    expect((await server("s")).status?.ready).toBe(true);
    expect((await tenant.network.listPorts({ name: "s-0" }))[0]?.description).toBe(
      "Created by cluster-api-provider-openstack cluster ",
    );
  });
  test("of a Cluster that does not exist waits for it [CAPO-201]", async () => {
    const { create, server } = await started();
    await create({}, "s", { "cluster.x-k8s.io/cluster-name": "none" });
    expect((await server("s")).status?.ready).not.toBe(true);
  });
  test("finds networks, subnets and groups by filters, all groups that match, each once [CAPO-162] [CAPO-208] [OSAPI-042] [OSAPI-044]", async () => {
    const { create, server, tenant, network, subnet } = await started();
    const first = await tenant.network.createSecurityGroup({ name: "many", description: "a" });
    const second = await tenant.network.createSecurityGroup({ name: "many", description: "b" });
    await create({
      securityGroups: [{ id: first.id }],
      ports: [
        {
          network: { filter: { name: "net" } },
          nameSuffix: "front",
          fixedIPs: [{ subnet: { filter: { cidr: "10.9.0.0/24" } }, ipAddress: "10.9.0.77" }],
          securityGroups: [{ filter: { name: "many" } }],
          allowedAddressPairs: [{ ipAddress: "10.0.0.0/8" }],
          tags: ["p"],
        },
        { fixedIPs: [{ subnet: { id: subnet.id } }] },
      ],
      tags: ["s"],
    });
    const { status } = await server("s");
    expect(status?.resolved?.ports).toMatchObject([
      { name: "s-front", networkID: network.id, tags: ["p", "s"], fixedIPs: [{ subnet: subnet.id, ipAddress: "10.9.0.77" }] },
      { name: "s-1", networkID: network.id, fixedIPs: [{ subnet: subnet.id }] },
    ]);
    expect([...(status?.resolved?.ports?.[0]?.securityGroups ?? [])].sort()).toEqual([first.id, second.id].sort());
    const [port] = await tenant.network.listPorts({ name: "s-front" });
    expect(port).toMatchObject({ tags: ["p", "s"], fixedIps: [{ address: "10.9.0.77" }] });
    expect(status?.ready).toBe(true);
  });
  test("says which group or subnet it cannot find [CAPO-162] [CAPO-208]", async () => {
    const { create, server, network } = await started();
    await create({ ports: [{ network: { id: network.id }, securityGroups: [{ filter: { name: "none" } }] }] });
    expect(ready(await server("s"))?.message).toContain('security group matching {"name":"none"}');
  });
  test("waits for an Image object, uses its id, and gives up with it [CAPO-202] [CAPO-206]", async () => {
    const { create, server, tenant, client, setStatus, advance } = await started();
    await create({ image: { imageRef: { name: "img" } } });
    expect(ready(await server("s"))).toMatchObject({ status: "False", reason: "WaitingForImage" });
    const now = "2026-01-01T00:00:00Z";
    const condition = (type: string, status: string, reason: string) => ({
      type,
      status,
      reason,
      message: "m",
      lastTransitionTime: now,
    });
    await client.create(OrcImage, {
      apiVersion: "openstack.k-orc.cloud/v1alpha1",
      kind: "Image",
      metadata: { name: "img", namespace },
      spec: {
        managementPolicy: "unmanaged",
        import: { filter: { name: "x" } },
        cloudCredentialsRef: { secretName: "cloud-config", cloudName: "demo" },
      },
    } as OrcImage);
    const [image] = await tenant.images.listImages({ name: "ubuntu-2204-kube-v1.31.1" });
    await setStatus(OrcImage, "img", {
      id: image?.id,
      conditions: [condition("Available", "True", "Success"), condition("Progressing", "False", "Success")],
    });
    await advance(60);
    expect((await server("s")).status).toMatchObject({ ready: true, resolved: { imageID: image?.id } });
    await setStatus(OrcImage, "img", {
      id: null,
      conditions: [condition("Available", "False", "x"), condition("Progressing", "False", "UnrecoverableError")],
    });
    await create({ image: { imageRef: { name: "img" } } }, "t");
    expect(ready(await server("t"))).toMatchObject({ status: "False", reason: "DependencyFailed" });
  });
  test("is ended by a volume that cannot be used [CAPO-217] [CAPO-218]", async () => {
    const { create, server, tenant, cloud, client, advance, find, holds } = await started();
    await tenant.volumes.createVolume({ name: "s-root", description: "", sizeGiB: 10 });
    await create({ rootVolume: { sizeGiB: 20 } });
    expect((await server("s")).status).toMatchObject({ instanceState: "ERROR" });
    expect(ready(await server("s"))).toMatchObject({
      reason: "InstanceCreateFailed",
      message: "volume s-root has 10 GiB, 20 are wanted",
    });
    cloud.faults.add({ kind: "scenario", scenario: "volume-error", name: "t-root" });
    await create({ rootVolume: { sizeGiB: 20 } }, "t");
    expect(ready(await server("t"))).toMatchObject({
      reason: "InstanceCreateFailed",
      message: expect.stringContaining("status error"),
    });
    for (const name of ["s", "t"]) await client.delete(OpenStackServer, { namespace, name });
    await advance(60);
    expect(await find(OpenStackServer, "t")).toBeUndefined();
    expect(await holds()).not.toHaveProperty("volumes");
  });
  test("records the id of a port that had to be made again [CAPO-211]", async () => {
    const { create, server, tenant, cloud, advance, running, changes } = await started();
    cloud.faults.add({
      kind: "call",
      service: "compute",
      method: "POST",
      path: "/servers$",
      action: { do: "refuse", status: 500 },
    });
    await create();
    const before = (await server("s")).status?.resources?.ports?.[0]?.id ?? "";
    expect(before).not.toBe("");
    await tenant.network.deletePort(before);
    cloud.faults.clear();
    running.wake("openstackserver", { namespace, name: "s" });
    await advance(600);
    const { status } = await server("s");
    expect(status?.ready).toBe(true);
    expect(status?.resources?.ports?.[0]?.id).toBe((await tenant.network.listPorts({ name: "s-0" }))[0]?.id);
    expect(changes().filter((change) => change === "POST network /v2.0/ports")).toHaveLength(2);
  });
  test("that is deleted waits until Nova does not know it any more, then lets its ports go [CAPO-225] [OSAPI-038]", async () => {
    const { create, cloud, client, advance, find, holds } = await started();
    await create();
    cloud.faults.add({ kind: "scenario", scenario: "server-stuck-deleting" });
    await client.delete(OpenStackServer, { namespace, name: "s" });
    await advance(300);
    expect(await find(OpenStackServer, "s")).toBeDefined();
    expect((await holds())["ports"]).toContain("s-0");
    cloud.faults.clear();
    await advance(300);
    expect(await find(OpenStackServer, "s")).toBeUndefined();
    expect(await holds()).not.toHaveProperty("servers");
    expect((await holds())["ports"]).toBeUndefined();
  });
  test("whose name is there twice is left alone, and told of [CAPO-214]", async () => {
    const { create, server, cloud, running, advance, events, client } = await started();
    await create();
    const [first] = cloud.state.servers.by("name", "s");
    if (first) cloud.state.servers.put({ ...first, id: crypto.randomUUID() });
    await client.update(OpenStackServer, { ...(await server("s")), status: { ready: false } } as OpenStackServer, {
      subresource: "status",
    });
    running.wake("openstackserver", { namespace, name: "s" });
    await advance(60);
    expect((await events()).join("\n")).toContain("Warning Duplicateservernames: found 2 servers named s");
  });
});

import { OpenStackCluster } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { machineSpec, startOpenStack } from "../testing/openstack.test-support.ts";

/** Public addresses: whose they are, where they come from, and what is told of them. */

const publicNetwork = async ({ tenant }: Awaited<ReturnType<typeof startOpenStack>>) => {
  const [network] = await tenant.network.listNetworks({ name: "public" });
  if (network === undefined) throw new Error("there is no public network");
  return network.id;
};
const reserved = async (world: Awaited<ReturnType<typeof startOpenStack>>) =>
  world.tenant.network.createFloatingIp({ networkId: await publicNetwork(world), description: "mine" });

describe("the API server's public address", () => {
  test("is the one that was given, wherever it was before, else the endpoint's, else a new one [CAPO-169] [CAPO-237]", async () => {
    const given = await startOpenStack();
    const mine = await reserved(given);
    await given.createCluster({ apiServerFloatingIP: mine.address, tags: ["t"] });
    await given.advance(60);
    const { spec, status } = await given.cluster();
    expect([spec.controlPlaneEndpoint?.host, status?.apiServerLoadBalancer?.ip]).toEqual([mine.address, mine.address]);
    expect((await given.holds())["floatingIps"]).toEqual([mine.address]);
    const [found] = await given.tenant.network.listFloatingIps({ address: mine.address });
    expect(found).toMatchObject({ id: mine.id, status: "ACTIVE", tags: [] });

    const preset = await startOpenStack();
    const theirs = await reserved(preset);
    await preset.createCluster({ controlPlaneEndpoint: { host: theirs.address, port: 6443 } });
    await preset.advance(60);
    expect((await preset.cluster()).status?.apiServerLoadBalancer?.ip).toBe(theirs.address);
    expect((await preset.holds())["floatingIps"]).toEqual([theirs.address]);

    const fresh = await startOpenStack();
    await fresh.createCluster({ tags: ["t"] });
    await fresh.advance(60);
    const ip = (await fresh.cluster()).status?.apiServerLoadBalancer?.ip ?? "";
    expect((await fresh.tenant.network.listFloatingIps({ address: ip }))[0]).toMatchObject({ status: "ACTIVE", tags: ["t"] });

    const none = await startOpenStack();
    await none.createCluster({ disableAPIServerFloatingIP: true });
    await none.advance(60);
    expect(await none.holds()).not.toHaveProperty("floatingIps");
    expect((await none.cluster()).spec.controlPlaneEndpoint?.host).toBe(
      (await none.cluster()).status?.apiServerLoadBalancer?.internalIP,
    );
  });

  test("is put back on its port when somebody took it off, and otherwise left alone [CAPO-238]", async () => {
    const world = await startOpenStack();
    await world.createCluster();
    await world.advance(60);
    const ip = (await world.cluster()).status?.apiServerLoadBalancer?.ip ?? "";
    const [before] = await world.tenant.network.listFloatingIps({ address: ip });
    await world.tenant.network.disassociateFloatingIp(before?.id ?? "");
    const changes = world.changes().length;
    world.running.wake("openstackcluster", { namespace: "magnum-system", name: "one" });
    await world.advance(60);
    const [after] = await world.tenant.network.listFloatingIps({ address: ip });
    expect([after?.portId, after?.status]).toEqual([before?.portId, "ACTIVE"]);
    expect(world.changes().slice(changes)).toEqual([`PUT network /v2.0/floatingips/${before?.id}`]);
  });
});

describe("a bastion's public address", () => {
  test("is the one that was given, else a new one, and none where there is no way out [CAPO-235]", async () => {
    const given = await startOpenStack();
    const mine = await reserved(given);
    await given.createCluster({ bastion: { enabled: true, spec: machineSpec, floatingIP: mine.address } });
    await given.advance(180);
    expect((await given.cluster()).status?.bastion).toMatchObject({ state: "ACTIVE", floatingIP: mine.address });
    expect((await given.tenant.network.listFloatingIps({ address: mine.address }))[0]).toMatchObject({
      id: mine.id,
      status: "ACTIVE",
    });

    const none = await startOpenStack();
    await none.createCluster({
      ...{ disableExternalNetwork: true, disableAPIServerFloatingIP: true },
      bastion: { enabled: true, spec: machineSpec },
    });
    await none.advance(180);
    const { status } = await none.cluster();
    expect(status?.bastion).toMatchObject({ state: "ACTIVE", ip: expect.stringMatching(/^10\.6\./) });
    expect(status?.bastion).not.toHaveProperty("floatingIP");
    expect(await none.holds()).not.toHaveProperty("floatingIps");
  });
});

test("events tell each thing that was made, changed and deleted, or was not, under upstream's names [CAPO-255]", async () => {
  const world = await startOpenStack();
  const { createCluster, createMachine, deleteMachine, deleteCluster, advance, events, setSpec, cloud, tenant } = world;
  const mine = await reserved(world);
  await createCluster({ apiServerFloatingIP: mine.address, bastion: { enabled: true, spec: machineSpec } });
  await advance(120);
  cloud.faults.add({
    ...{ kind: "call", service: "compute", method: "POST", path: "servers$", count: 1 },
    action: { do: "refuse", status: 503, message: "not now" },
  });
  await createMachine("cp-0", { controlPlane: true, spec: { rootVolume: { sizeGiB: 20 }, trunk: true } });
  await advance(600);
  const [trunk] = [...cloud.state.trunks.all()];
  const [network] = await tenant.network.listNetworks({ name: "k8s-clusterapi-cluster-magnum-system-one" });
  const port = await tenant.network.createPort({ name: "sub", networkId: network?.id ?? "" } as never);
  cloud.state.trunks.patch(trunk?.id ?? "", { sub_ports: [{ port_id: port.id, segmentation_type: "vlan", segmentation_id: 7 }] });
  await setSpec(OpenStackCluster, "one", { apiServerLoadBalancer: { enabled: true, allowedCIDRs: ["192.0.2.0/24"] } });
  await advance(60);
  await deleteMachine("cp-0");
  await tenant.network.deletePort(port.id);
  await deleteCluster();
  const things = [
    ...["CreateServer", "DeleteServer", "CreateVolume", "CreatePort", "DeletePort", "CreateTrunk", "DeleteTrunk"],
    ...["RemoveTrunkSubports", "CreateNetwork", "DeleteNetwork", "CreateSubnet", "CreateRouter", "UpdateRouter", "DeleteRouter"],
    ...["CreateSecurityGroup", "DeleteSecurityGroup", "CreateFloatingIP", "DeleteFloatingIP", "AssociateFloatingIP"],
    ...["DisassociateFloatingIP", "CreateLoadBalancer", "DeleteLoadBalancer", "CreateListener", "UpdateListener", "CreatePool"],
    "CreateMonitor",
  ];
  const told = new Set((await events()).map((line) => line.replace(/:.*$/s, "")));
  expect([...told].filter((line) => line.startsWith("Normal ")).sort()).toEqual(
    things.map((thing) => `Normal Successful${thing.toLowerCase()}`).sort(),
  );
  expect(told).toContain("Warning Failedcreateserver");
});

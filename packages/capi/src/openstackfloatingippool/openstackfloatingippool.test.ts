import {
  Cluster,
  IPAddress,
  IPAddressClaim,
  type IpAddressClaimSpec,
  OpenStackFloatingIPPool,
  type OpenStackFloatingIPPoolSpec,
} from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { namespace } from "../testing/managementcluster.test-support.ts";
import { identityRef, startOpenStack } from "../testing/openstack.test-support.ts";

const started = async (
  spec: Partial<OpenStackFloatingIPPoolSpec> = {},
  before?: (world: Awaited<ReturnType<typeof startOpenStack>>) => Promise<Partial<OpenStackFloatingIPPoolSpec>>,
) => {
  const world = await startOpenStack();
  const more = (await before?.(world)) ?? {};
  await world.client.create(OpenStackFloatingIPPool, {
    apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha1",
    kind: "OpenStackFloatingIPPool",
    metadata: { name: "pool", namespace },
    spec: { identityRef, reclaimPolicy: "Delete", ...spec, ...more },
  });
  await world.advance(5);
  const claim = async (name: string, more: Partial<IpAddressClaimSpec> = {}, metadata: object = {}) => {
    await world.client.create(IPAddressClaim, {
      apiVersion: "ipam.cluster.x-k8s.io/v1beta1",
      kind: "IPAddressClaim",
      metadata: { name, namespace, ...metadata },
      spec: {
        poolRef: { apiGroup: "infrastructure.cluster.x-k8s.io", kind: "OpenStackFloatingIPPool", name: "pool" },
        ...more,
      },
    });
    await world.advance(5);
    const address = await world.find(IPAddress, name);
    return address?.spec.address;
  };
  const release = async (name: string) => {
    await world.client.delete(IPAddress, { namespace, name });
    await world.client.delete(IPAddressClaim, { namespace, name });
    await world.advance(5);
  };
  const pool = () => world.get(OpenStackFloatingIPPool, "pool");
  const cluster = async (name: string, spec: Cluster["spec"] = {}, metadata: object = {}) => {
    await world.client.create(Cluster, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: { name, namespace, ...metadata },
      spec,
    });
    await world.advance(5);
  };
  const readyOf = async (name: string) => findCondition((await world.get(IPAddressClaim, name)).status?.conditions, "Ready");
  return { ...world, claim, release, pool, cluster, readyOf };
};

const clusterLabel = "cluster.x-k8s.io/cluster-name";

describe("a pool of floating IPs", () => {
  test("makes an address for each claim, tagged and described, and deletes it when it comes back [CAPO-113] [CAPO-244] [CAPO-245] [CAPO-246] [CAPO-247]", async () => {
    const { claim, release, pool, find, tenant, holds } = await started();
    const address = await claim("a");
    expect(address).toMatch(/^127\.77\./);
    expect((await find(IPAddressClaim, "a"))?.status?.addressRef).toEqual({ name: "a" });
    expect(await find(IPAddress, "a")).toMatchObject({
      metadata: {
        finalizers: ["openstackfloatingippool.infrastructure.cluster.x-k8s.io/delete-floating-ip"],
        ownerReferences: [{ kind: "IPAddressClaim" }],
      },
      spec: {
        prefix: 32,
        claimRef: { name: "a" },
        poolRef: { apiGroup: "infrastructure.cluster.x-k8s.io", kind: "OpenStackFloatingIPPool", name: "pool" },
      },
    });
    const [made] = await tenant.network.listFloatingIps({ address: address ?? "" });
    expect(made).toMatchObject({
      tags: ["cluster-api-provider-openstack-fip-pool-pool"],
      description: "Created by cluster-api-provider-openstack OpenStackFloatingIPPool pool",
    });
    expect((await pool()).status).toMatchObject({
      claimedIPs: [address],
      availableIPs: [],
      floatingIPNetwork: { name: "public" },
    });
    await release("a");
    expect(await find(IPAddress, "a")).toBeUndefined();
    expect(await holds()).toEqual({});
  });
  test("gives what the user put in first, keeps it, and says what the cloud does not know [CAPO-244] [CAPO-246] [CAPO-247]", async () => {
    const { claim, release, pool, holds } = await started({}, async ({ tenant }) => {
      const external = (await tenant.network.listNetworks({ external: true }))[0];
      const own = await tenant.network.createFloatingIp({ networkId: external?.id ?? "", description: "mine" });
      return { preAllocatedFloatingIPs: [own.address, "192.0.2.99"] };
    });
    const [own] = (await pool()).spec.preAllocatedFloatingIPs ?? [];
    expect((await pool()).status).toMatchObject({ availableIPs: [own], failedIPs: ["192.0.2.99"] });
    expect(await claim("a")).toBe(own);
    expect(await claim("b")).not.toBe(own);
    await release("a");
    await release("b");
    expect(await holds()).toEqual({ floatingIps: [own] });
    expect((await pool()).status?.availableIPs).toEqual([own]);
  });
  test("grows to its limit, says so, and gives on what comes back [CAPO-244] [CAPO-246]", async () => {
    const { claim, release, pool, find, advance } = await started({ maxIPs: 1, reclaimPolicy: "Retain" });
    const first = await claim("a");
    expect(await claim("b")).toBeUndefined();
    expect(findCondition((await pool()).status?.conditions, "OpenstackFloatingIPPoolReadyCondition")).toMatchObject({
      status: "False",
      reason: "MaxIPsReached",
    });
    await release("a");
    await advance(5);
    expect((await find(IPAddress, "b"))?.spec.address).toBe(first);
    expect(findCondition((await pool()).status?.conditions, "OpenstackFloatingIPPoolReadyCondition")).toMatchObject({
      status: "True",
    });
  });
  test("stays while an address is out, then goes with all that it made [CAPO-246]", async () => {
    const { claim, release, client, find, advance, holds } = await started({ reclaimPolicy: "Retain" });
    await claim("a");
    await client.delete(OpenStackFloatingIPPool, { namespace, name: "pool" });
    await advance(30);
    expect(await find(OpenStackFloatingIPPool, "pool")).toBeDefined();
    await release("a");
    await advance(30);
    expect(await find(OpenStackFloatingIPPool, "pool")).toBeUndefined();
    expect(await holds()).toEqual({});
  });
  test("looks only at claims on pools of its kind and name [CORE-396]", async () => {
    const { claim, find, holds } = await started();
    const other = (kind: string, name: string) => ({ poolRef: { apiGroup: "example.com", kind, name } });
    expect(await claim("a", other("InClusterIPPool", "pool"))).toBeUndefined();
    expect(await claim("b", other("OpenStackFloatingIPPool", "else"))).toBeUndefined();
    expect((await find(IPAddressClaim, "a"))?.status).toBeUndefined();
    expect((await find(IPAddressClaim, "b"))?.status).toBeUndefined();
    expect(await holds()).toEqual({});
  });
  test("gives an address of the claim's name and namespace that goes and comes back with it [CORE-397] [CORE-398] [CORE-400]", async () => {
    const { claim, client, find, get, advance, holds } = await started();
    await claim("a");
    const { metadata, status } = await get(IPAddressClaim, "a");
    expect(status).toMatchObject({ addressRef: { name: "a" }, conditions: [{ type: "Ready", status: "True" }] });
    expect((await get(IPAddress, "a")).metadata).toMatchObject({
      name: "a",
      namespace,
      finalizers: ["openstackfloatingippool.infrastructure.cluster.x-k8s.io/delete-floating-ip"],
      ownerReferences: [{ kind: "IPAddressClaim", name: "a", uid: metadata.uid, controller: true, blockOwnerDeletion: true }],
    });
    await client.delete(IPAddressClaim, { namespace, name: "a" });
    await advance(30);
    expect(await find(IPAddressClaim, "a")).toBeUndefined();
    expect(await find(IPAddress, "a")).toBeUndefined();
    expect(await holds()).toEqual({});
  });
  test("waits while the claim's cluster is paused or not there, told by the spec before the label [CORE-399] [CORE-403]", async () => {
    const { claim, cluster, find, client, advance, setSpec, setMetadata } = await started();
    await cluster("held", { paused: true });
    await cluster("free");
    expect(await claim("a", { clusterName: "held" }, { labels: { [clusterLabel]: "free" } })).toBeUndefined();
    expect(await claim("b", {}, { labels: { [clusterLabel]: "held" } })).toBeUndefined();
    expect(await claim("c", { clusterName: "free" })).toBeDefined();
    expect(await claim("d", { clusterName: "gone" })).toBeUndefined();
    expect(await claim("e", {}, { annotations: { "cluster.x-k8s.io/paused": "" } })).toBeUndefined();
    await setSpec(Cluster, "held", { paused: false });
    await advance(5);
    expect(await find(IPAddress, "a")).toMatchObject({ metadata: { labels: { [clusterLabel]: "held" } } });
    expect(await find(IPAddress, "b")).toBeDefined();
    await cluster("gone");
    expect(await find(IPAddress, "d")).toBeDefined();
    await setMetadata(IPAddressClaim, "e", { annotations: { "cluster.x-k8s.io/paused": null } });
    await advance(5);
    expect(await find(IPAddress, "e")).toBeDefined();
    // Nothing is given back either.
    await setMetadata(Cluster, "free", { annotations: { "cluster.x-k8s.io/paused": "" } });
    await client.delete(IPAddress, { namespace, name: "c" });
    await advance(30);
    expect(await find(IPAddress, "c")).toBeDefined();
    await setMetadata(Cluster, "free", { annotations: { "cluster.x-k8s.io/paused": null } });
    await advance(5);
    expect(await find(IPAddress, "c")).toBeUndefined();
  });
  test("tells a waiting claim why, in the words of all address providers [CORE-402]", async () => {
    const exhausted = await started({ maxIPs: 1 });
    await exhausted.claim("a");
    await exhausted.claim("b");
    expect(await exhausted.readyOf("b")).toMatchObject({
      status: "False",
      reason: "PoolExhausted",
      message: "all 1 addresses are claimed",
    });
    await exhausted.release("a");
    await exhausted.advance(5);
    expect(await exhausted.readyOf("b")).toMatchObject({ status: "True" });
    const lost = await started({ floatingIPNetwork: { filter: { name: "none" } } });
    await lost.claim("a");
    expect(await lost.readyOf("a")).toMatchObject({ status: "False", reason: "PoolNotReady" });
    const refused = await started();
    refused.cloud.faults.add({
      kind: "call",
      service: "network",
      method: "POST",
      path: "/floatingips$",
      action: { do: "refuse", status: 409 },
    });
    await refused.claim("a");
    expect(await refused.readyOf("a")).toMatchObject({ status: "False", reason: "AllocationFailed" });
  });
  test("says when no network can be meant [CAPO-247]", async () => {
    const { pool } = await started({ floatingIPNetwork: { filter: { name: "none" } } });
    expect(findCondition((await pool()).status?.conditions, "OpenstackFloatingIPPoolReadyCondition")).toMatchObject({
      status: "False",
      reason: "UnableToFindNetwork",
    });
  });
});

import {
  Cluster,
  KubeadmConfig,
  KubeadmControlPlane,
  Machine,
  MachineDeployment,
  MachineHealthCheck,
  MachineSet,
  MagnumCluster,
  OpenStackCluster,
  OpenStackMachine,
  OpenStackServer,
  type Resource,
  Secret,
} from "@slipway/api";
import { type Audit, type AuditDocument, auditOrphans, removeOrphans } from "@slipway/doctor";
import { afterEach, describe, expect, test } from "vitest";
import { askForCluster, cloudOf, isComplete, namespace, type Story, startStory } from "./story.ts";

let story: Story | undefined;
afterEach(async () => {
  await story?.end();
  story = undefined;
});

const options = (now: Story) => ({ client: now.client, cloud: cloudOf(now, "admin").everywhere });
const audit = (now: Story): Promise<Audit> => auditOrphans(options(now));

const volumes = { labels: { kube_tag: "v1.32.5", boot_volume_size: "20" } };
const ask = async (now: Story, title: string): Promise<string> => (await askForCluster(now, { name: title }, volumes)).uuid;
const nameOf = async (now: Story, uuid: string): Promise<string> =>
  (await now.client.list(MagnumCluster)).items.find(({ metadata }) => metadata.uid === uuid)?.metadata.name ?? "";
const make = async (now: Story, title: string): Promise<{ readonly uuid: string; readonly name: string }> => {
  const uuid = await ask(now, title);
  await now.until(`${title} is complete`, () => isComplete(now, uuid));
  return { uuid, name: await nameOf(now, uuid) };
};

/** Somebody takes everything of a cluster out of the management API by force, while nobody can reach the cloud. */
const tearOut = async (now: Story, name: string): Promise<void> => {
  const down = now.world.cloud.faults.add({
    kind: "call",
    service: "identity",
    action: { do: "refuse", status: 503 },
  });
  await now.world.operator.revokeTokens();
  const kinds = [
    MagnumCluster,
    MachineHealthCheck,
    Cluster,
    KubeadmControlPlane,
    MachineDeployment,
    MachineSet,
    Machine,
    KubeadmConfig,
    OpenStackMachine,
    OpenStackServer,
    OpenStackCluster,
    Secret,
  ] as readonly Resource[];
  await now.until("nothing is left of its objects", async () => {
    let left = 0;
    for (const kind of kinds) {
      for (const { metadata } of (await now.client.list(kind, { namespace })).items.filter(
        (one) => one.metadata.name === name || one.metadata.name.startsWith(`${name}-`),
      )) {
        left += 1;
        const ref = { namespace, name: metadata.name };
        await now.client.delete(kind, ref).catch(() => undefined);
        await now.client.patch(kind, ref, { type: "merge", body: { metadata: { finalizers: null } } }).catch(() => undefined);
      }
    }
    return left === 0;
  });
  now.world.cloud.faults.remove(down.id);
};

describe("orphans", () => {
  test("there are none while a cluster is being made, grows, is deleted, and after: not at any step [RUN-079] [ASK-05]", async () => {
    const now = await startStory();
    story = now;
    const found: unknown[] = [];
    const none = async () => found.push(...(await audit(now)).orphans.map(({ kind, name }) => `${kind} ${name}`));
    const uuid = await ask(now, "blue");
    await now.until("complete, looked at on the way", async () => {
      await none();
      return isComplete(now, uuid);
    });
    await now.tenant.call("DELETE", `/clusters/${uuid}`);
    await now.until("gone, looked at on the way", async () => {
      await none();
      return (await now.client.list(MagnumCluster)).items.length === 0;
    });
    await none();
    expect(found).toEqual([]);
  });

  test("are everything that a cluster leaves whose objects were torn out, and nothing of anybody else's [RUN-079] [ASK-05]", async () => {
    const now = await startStory();
    story = now;
    const dead = await make(now, "dead");
    const living = await make(now, "living");
    const before = await audit(now);
    expect(before).toEqual({ orphans: [], clusters: [], abandoned: [], problems: [] });
    const { state } = now.world.cloud;
    const theirs = new Set([...state.servers.all()].filter(({ name }) => name.startsWith(living.name)).map(({ id }) => id));

    // What only looks like it.
    const [demo, other] = [cloudOf(now, "demo"), cloudOf(now, "other")];
    const crn = `${namespace}-${dead.name}`;
    const [ownNetwork] = await demo.network.listNetworks({ name: `k8s-clusterapi-cluster-${crn}` });
    const foreign = await other.network.createNetwork({ name: `k8s-clusterapi-cluster-${crn}` });
    const elsewhere = await demo.network.createNetwork({ name: "k8s-clusterapi-cluster-magnum-system-kube-zzzzz" });
    const likeGroup = await demo.network.createSecurityGroup({
      name: `k8s-cluster-${crn}-secgroup-worker`,
      description: "mine, made by hand",
    });
    const likeServerGroup = await demo.compute.createServerGroup({ name: `${dead.name}x`, policy: "affinity" });
    const likeAddress = await demo.network.createFloatingIp({
      networkId: [...state.networks.all()].find(({ name }) => name === "public")?.id ?? "",
      description: `for ${dead.name}`,
    });
    const likeVolume = await demo.volumes.createVolume({ name: `${dead.name}-data`, description: "tenant's data", sizeGiB: 1 });
    const guestPort = await demo.network.createPort({
      networkId: ownNetwork?.id ?? "",
      name: `${dead.name}-jumphost`,
      description: "",
    });
    const credential = await demo.identity.createApplicationCredential({ name: `backup of ${dead.uuid}` });

    const counts = {
      servers: [...state.servers.all()].filter(({ name }) => name.startsWith(dead.name)).length,
      volumes: [...state.volumes.all()].filter(({ name }) => name?.startsWith(`${dead.name}-`)).length - 1,
    };
    await tearOut(now, dead.name);
    const { orphans, problems } = await audit(now);
    expect(problems).toEqual([]);
    const kinds = [...new Set(orphans.map(({ kind }) => kind))];
    expect(kinds).toEqual([
      "loadbalancer",
      "floatingip",
      "server",
      "port",
      "volume",
      "router",
      "subnet",
      "network",
      "securitygroup",
      "servergroup",
      "applicationcredential",
    ]);
    const ids = new Set(orphans.map(({ id }) => id));
    for (const mine of [foreign, elsewhere, likeGroup, likeServerGroup, likeAddress, likeVolume, guestPort, credential])
      expect(ids).not.toContain(mine.id);
    for (const id of theirs) expect(ids).not.toContain(id);
    expect(orphans.filter(({ kind }) => kind === "server")).toHaveLength(counts.servers);
    expect(orphans.filter(({ kind }) => kind === "volume")).toHaveLength(counts.volumes);
    expect(new Set(orphans.map(({ cluster }) => cluster.name))).toEqual(new Set([dead.name]));
    expect(orphans.every(({ why, projectId }) => why !== "" && projectId !== "")).toBe(true);

    // By id only; what is not an orphan stays, whatever is asked.
    const [network] = orphans.filter(({ kind }) => kind === "network");
    const asked = await removeOrphans([foreign.id, [...theirs][0] ?? "", "nonsense"], options(now));
    expect(asked.map(({ result }) => result)).toEqual(["not an orphan", "not an orphan", "not an orphan"]);
    expect(network?.id).toBe(ownNetwork?.id);
    await demo.network.deletePort(guestPort.id);

    // All of them, in the order in which they hang on each other; servers and load balancers take a moment.
    await now.until("all orphans are deleted", async () => {
      const left = (await audit(now)).orphans.map(({ id }) => id);
      if (left.length > 0) await removeOrphans(left, options(now));
      return left.length === 0;
    });
    const gone = (await audit(now)).orphans;
    expect(gone).toEqual([]);
    expect(await other.network.findNetwork(foreign.id)).toBeDefined();
    expect(await demo.network.findNetwork(elsewhere.id)).toBeDefined();
    expect(await demo.volumes.findVolume(likeVolume.id)).toBeDefined();
    expect([...state.servers.all()].map(({ id }) => id).toSorted()).toEqual([...theirs].toSorted());
    expect(await isComplete(now, living.uuid)).toBe(true);
  });

  test("are looked at again right before they are deleted: a cluster that lives by then keeps its things", async () => {
    const now = await startStory();
    story = now;
    const { name, uuid } = await make(now, "blue");
    await tearOut(now, name);
    const [first] = (await audit(now)).orphans;
    // The record comes back: out of a backup, say.
    await now.client.create(OpenStackCluster, {
      apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
      kind: "OpenStackCluster",
      metadata: { namespace, name, labels: { "cluster.x-k8s.io/cluster-name": name } },
      spec: { identityRef: { name: `${name}-cloud-config`, cloudName: "default" } },
    });
    expect(await removeOrphans([first?.id ?? ""], options(now))).toMatchObject([{ result: "not an orphan" }]);
    expect((await audit(now)).orphans).toEqual([]);
    expect(uuid).not.toBe("");
  });

  test("a load balancer's port that was left over is found on the dead cluster's network", async () => {
    const now = await startStory();
    story = now;
    const { name } = await make(now, "blue");
    await tearOut(now, name);
    now.world.cloud.faults.add({ kind: "scenario", scenario: "loadbalancer-port-left-over" });
    const balancer = (await audit(now)).orphans.find(({ kind }) => kind === "loadbalancer");
    await removeOrphans([balancer?.id ?? ""], options(now));
    await now.until("the load balancer is gone, its port is not", async () => {
      const { orphans } = await audit(now);
      return (
        orphans.every(({ kind }) => kind !== "loadbalancer") && orphans.some(({ why }) => why.includes("left of a load balancer"))
      );
    });
  });

  test("beside them: Clusters whose record was torn out, and records whose project is gone [RUN-079]", async () => {
    const now = await startStory();
    story = now;
    const second = await make(now, "second");
    await now.client.create(Cluster, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: { namespace, name: "kube-first", labels: { "cluster-uuid": "11111111-2222-4333-8444-555555555555" } },
      spec: { paused: true },
    });
    // Somebody's own, not Magnum's.
    await now.client.create(Cluster, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: { namespace: "default", name: "by-hand" },
      spec: { paused: true },
    });
    const { projectId } = (await now.client.get(MagnumCluster, { namespace, name: second.name })).spec;
    now.world.cloud.state.projects.remove(projectId);
    const { orphans, clusters, abandoned } = await audit(now);
    expect(orphans).toEqual([]);
    expect(clusters).toEqual([{ namespace, name: "kube-first", uuid: "11111111-2222-4333-8444-555555555555" }]);
    expect(abandoned).toEqual([{ name: second.name, uuid: second.uuid, projectId, title: "second" }]);
  });

  test("are an administrator's business: tenants may neither list nor delete them over HTTP", async () => {
    const now = await startStory();
    story = now;
    const { name } = await make(now, "blue");
    await tearOut(now, name);
    await expect(now.tenant.call("GET", "/orphans")).rejects.toThrow(/403/);
    const list = await now.admin.call<AuditDocument>("GET", "/orphans");
    expect(list.orphans.length).toBeGreaterThan(8);
    expect(list.orphans[0]).toMatchObject({
      kind: "loadbalancer",
      cluster: { name, title: "blue" },
      age_seconds: expect.any(Number),
    });
    const address = list.orphans.find(({ kind }) => kind === "floatingip")?.id ?? "";
    await expect(now.tenant.call("DELETE", `/orphans/${address}`)).rejects.toThrow(/403/);
    await now.admin.call("DELETE", `/orphans/${address}`);
    await expect(now.admin.call("DELETE", `/orphans/${address}`)).rejects.toThrow(/404/);
    expect(now.world.cloud.state.floatingIps.size).toBe(0);
  });
});

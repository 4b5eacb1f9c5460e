import { Event, MagnumCluster, Node, Secret } from "@slipway/api";
import {
  certificatesOf,
  isSignedBy,
  isTrustedBy,
  publicKeyPins,
  readKubeconfig,
  textFromBase64,
  writeKubeconfig,
} from "@slipway/api/pki/index.ts";
import { kubernetesImages } from "@slipway/sim";
import { afterEach, describe, expect, test } from "vitest";
import { dialSimulated } from "../src/workload/dial.ts";
import { namespace, type Story, startStory } from "./story.ts";

let story: Story | undefined;
afterEach(async () => {
  await story?.end();
  story = undefined;
});
const begin = async (): Promise<Story> => {
  story = await startStory();
  return story;
};

const create = async (now: Story, version: string, masters: number, workers: number) => {
  const { uuid: templateId } = await now.tenant.call<{ uuid: string }>("POST", "/clustertemplates", {
    name: `k8s-${version}`,
    coe: "kubernetes",
    image_id: `ubuntu-2204-kube-${version}`,
    external_network_id: "public",
    flavor_id: "m1.medium",
    master_flavor_id: "m1.medium",
    master_lb_enabled: true,
    labels: { kube_tag: version },
  });
  const { uuid } = await now.tenant.call<{ uuid: string }>("POST", "/clusters", {
    name: "blue",
    cluster_template_id: templateId,
    master_count: masters,
    node_count: workers,
  });
  await now.until("the cluster is complete", async () => (await now.cluster(uuid)).status === "CREATE_COMPLETE");
  const { stack_id, cluster_id } = await now.cluster(uuid);
  return { uuid, name: stack_id ?? cluster_id ?? "" };
};

const rotate = (now: Story, uuid: string) => now.tenant.call<{ uuid: string }>("PATCH", `/certificates/${uuid}`);
const kubeconfigOf = async (now: Story, name: string): Promise<string> => {
  const secret = await now.client.get(Secret, { namespace, name: `${name}-kubeconfig` });
  return textFromBase64(secret.data?.["value"] ?? "");
};
const authorityOf = async (now: Story, name: string, purpose = "ca"): Promise<string> => {
  const secret = await now.client.get(Secret, { namespace, name: `${name}-${purpose}` });
  return textFromBase64(secret.data?.["tls.crt"] ?? "");
};
const dial = (now: Story, kubeconfig: string) => dialSimulated(now.world.guests, () => now.clock.now())(kubeconfig);

/** What must hold at every moment of a rotation; each breach is a sentence. */
const breaches = async (now: Story, name: string): Promise<readonly string[]> => {
  const { guests } = now.world;
  const [cluster] = guests.clusters();
  if (cluster === undefined) return ["there is no cluster"];
  const found = guests.mistrust(cluster).map(({ node, part, message }) => `${part} of ${node}: ${message}`);
  if (!cluster.isServing()) found.push("the API does not answer");
  await dial(now, await kubeconfigOf(now, name)).catch((error: unknown) => found.push(`kubeconfig: ${String(error)}`));
  for (const node of (await cluster.api.admin.list(Node)).items) {
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.message?.includes("stopped posting")) found.push(`node ${node.metadata.name} is silent`);
  }
  return found;
};

const stageOf = async (now: Story, name: string) =>
  (await now.client.get(MagnumCluster, { namespace, name })).status?.caRotation?.stage;
const finished = async (now: Story, uuid: string) => (await now.cluster(uuid)).status === "UPDATE_COMPLETE";

/** Goes on to the end, and collects every breach on the way; `each` is asked at every rest. */
const follow = async (now: Story, uuid: string, name: string, each: () => Promise<void> = async () => {}) => {
  const broken = new Set<string>();
  await now.until("the rotation is done", async () => {
    for (const breach of await breaches(now, name)) broken.add(breach);
    await each();
    return finished(now, uuid);
  });
  return [...broken];
};

/** Of every node, whom it believes and who signed for it. */
const trustOf = (now: Story) => {
  const { guests } = now.world;
  const [cluster] = guests.clusters();
  return cluster === undefined ? [] : guests.nodes(cluster).map(({ name, trust }) => ({ name, trust }));
};

describe("rotating a cluster's certificate authority", () => {
  test("replaces every authority and every node, shuts nobody out on the way, and whoever holds the old one at the end [DRV-221] [DRV-222] [DRV-223] [MCLI-028]", async () => {
    const now = await begin();
    const { uuid, name } = await create(now, "v1.32.5", 3, 2);
    const purposes = ["ca", "etcd", "proxy", "sa"] as const;
    const authorities = () => Promise.all(purposes.map((purpose) => authorityOf(now, name, purpose)));
    const old = { kubeconfig: await kubeconfigOf(now, name), authorities: await authorities(), servers: now.cloudCounts() };
    const nodes = new Set(await now.nodes(name));
    await expect(rotate(now, uuid)).resolves.toMatchObject({ uuid });
    const reasons = new Set<string>();
    const taken = new Map<string, string>();
    const broken = await follow(now, uuid, name, async () => {
      const { status_reason } = await now.cluster(uuid);
      const step = /step \d of \d/.exec(status_reason ?? "")?.[0];
      if (step !== undefined) reasons.add(step);
      const stage = await stageOf(now, name);
      if (stage !== undefined && !taken.has(stage)) taken.set(stage, await kubeconfigOf(now, name));
      // What tenants took before goes on working until the last stage.
      if (stage !== undefined && stage !== "done" && stage !== "drop" && stage !== "renewWorkers")
        await dial(now, taken.get("trust") ?? "");
    });
    expect(broken).toEqual([]);
    expect([...reasons]).toEqual([1, 2, 3, 4, 5].map((step) => `step ${step} of 5`));

    expect((await now.nodes(name)).length).toBe(5);
    expect((await now.nodes(name)).filter((node) => nodes.has(node))).toEqual([]);
    const after = await authorities();
    expect(after.filter((pem, at) => pem === old.authorities[at] || pem.includes(old.authorities[at] ?? ""))).toEqual([]);
    const [ca = ""] = after;
    expect(certificatesOf(ca)).toHaveLength(1);
    const [pin] = await publicKeyPins(ca);
    for (const { name: node, trust } of trustOf(now)) {
      expect(await isSignedBy(trust?.kubelet.certificatePem ?? "", ca), node).toBe(true);
      expect([trust?.kubelet.servers, trust?.kubelet.clients], node).toEqual([[pin], [pin]]);
      if (trust?.apiServer !== undefined) expect(trust.apiServer.clients, node).toEqual([pin]);
      if (trust?.etcd !== undefined) expect(trust.etcd.peers, node).toEqual(await publicKeyPins(after[1] ?? ""));
      if (trust?.serviceAccounts !== undefined) expect(trust.serviceAccounts.accepts, node).toHaveLength(1);
    }

    await expect(dial(now, old.kubeconfig)).rejects.toThrow("certificate signed by unknown authority");
    const [{ certificateAuthorityPem, ...mine }, theirs] = [
      readKubeconfig(await kubeconfigOf(now, name)),
      readKubeconfig(old.kubeconfig),
    ];
    const stubborn = writeKubeconfig({
      ...mine,
      ...(certificateAuthorityPem === undefined ? {} : { certificateAuthorityPem }),
      clientCertificatePem: theirs.clientCertificatePem ?? "",
      clientKeyPem: theirs.clientKeyPem ?? "",
    });
    await expect(dial(now, stubborn)).rejects.toThrow("not signed by the cluster's CA");
    await expect(dial(now, taken.get("trust") ?? "")).rejects.toThrow("not signed by the cluster's CA");
    // Taken once the new authority signs, it is good for ever.
    expect((await (await dial(now, taken.get("switch") ?? "")).client.list(Node)).items).toHaveLength(5);
    await expect(now.client.get(Secret, { namespace, name: `${name}-ca-rotation` })).rejects.toThrow("not found");
    expect(now.cloudCounts()).toEqual(old.servers);
    expect(await isTrustedBy(mine.clientCertificatePem ?? "", ca)).toBe(true);
  });

  test("goes on where it was when the program dies in each of its stages [DRV-224]", async () => {
    let now = await begin();
    const { uuid, name } = await create(now, "v1.32.5", 1, 1);
    const before = now.cloudCounts();
    await rotate(now, uuid);
    const broken: string[] = [];
    for (const stage of ["trust", "trustWorkers", "switch", "renewWorkers", "drop"]) {
      // At once, with passes under way and nothing settled; then when the stage has begun; then with machines half replaced.
      now = story = await now.kill();
      await now.until(`stage ${stage}`, async () => (await stageOf(now, name)) === stage || finished(now, uuid));
      now = story = await now.kill();
      await now.advance(1);
      broken.push(...(await breaches(now, name)));
    }
    broken.push(...(await follow(now, uuid, name)));
    expect(broken).toEqual([]);
    expect(now.cloudCounts()).toEqual(before);
    expect(await now.nodes(name)).toHaveLength(2);
    expect(trustOf(now).map(({ trust }) => trust?.kubelet.servers)).toEqual(
      Array(2).fill(await publicKeyPins(await authorityOf(now, name))),
    );
  });

  test("keeps kubelets of older control planes that speak with any API server [DRV-226]", async () => {
    story = await startStory({ cloud: { images: kubernetesImages(["v1.30.4"]) } });
    const now = story;
    const { uuid, name } = await create(now, "v1.30.4", 3, 1);
    expect(trustOf(now).map(({ trust }) => trust?.kubelet.local)).toEqual([false, false, false, false]);
    await rotate(now, uuid);
    const stages = new Set<string>();
    const broken = await follow(now, uuid, name, async () => void stages.add((await stageOf(now, name)) ?? ""));
    expect(broken).toEqual([]);
    expect([...stages]).toContain("switchAgain");
    await expect(now.workload(name)).resolves.toBeDefined();
  });

  test("waits where the cloud stops it, says why, and goes on when it may [DRV-225]", async () => {
    const now = await begin();
    const { uuid, name } = await create(now, "v1.32.5", 1, 1);
    await now.setQuota({ instances: 2 });
    await rotate(now, uuid);
    await now.until("it stands still", async () => /QUOTA|[Qq]uota/.test((await now.cluster(uuid)).status_reason ?? ""));
    const stuck = await now.cluster(uuid);
    expect(stuck.status).toBe("UPDATE_IN_PROGRESS");
    expect(stuck.status_reason).toContain("Rotating the certificate authority, step 1 of 5");
    await expect(now.workload(name)).resolves.toBeDefined();
    await now.setQuota({ instances: 20 });
    expect(await follow(now, uuid, name)).toEqual([]);
    const events = (await now.client.list(Event, { namespace })).items.filter(
      ({ involvedObject }) => involvedObject.name === name,
    );
    expect(events.map(({ reason }) => reason)).toContain("CertificateAuthorityRotated");
  });
});

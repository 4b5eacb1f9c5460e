import { Deployment, KubeadmControlPlane, Machine, MagnumCluster, Pod, ReplicaSet } from "@slipway/api";
import { afterEach, expect, test } from "vitest";
import { askForCluster, isComplete, namespace, type Story, startStory } from "./story.ts";

const stories: Story[] = [];
afterEach(async () => {
  for (const story of stories.splice(0)) await story.end();
});
const start = async (): Promise<Story> => {
  const story = await startStory();
  stories.push(story);
  return story;
};

const capo = { namespace: "capo-system", name: "capo-controller-manager" };
const podsOf = async ({ client }: Story) => (await client.list(Pod, { namespace: capo.namespace })).items;

test("a provider scaled to zero does nothing until it is wanted again, also through a restart of the program [RUN-073]", async () => {
  const before = await start();
  const scale = (story: Story, replicas: number) =>
    story.client.patch(Deployment, capo, { type: "merge", body: { spec: { replicas } } });
  await scale(before, 0);
  await before.until("the provider has ended", async () => (await podsOf(before)).length === 0);
  const { uuid } = await askForCluster(before);
  await before.advance(600);
  expect(before.cloudCounts().networks).toBe(1);

  const after = await before.kill();
  stories.push(after);
  await after.advance(600);
  expect(after.cloudCounts().networks).toBe(1);
  await scale(after, 1);
  await after.until("the cluster is complete", () => isComplete(after, uuid));
  const [pod] = await podsOf(after);
  expect(pod?.status?.phase).toBe("Running");
});

test("the control plane provider asks its clusters also while the core provider stands still, since another may do its work", async () => {
  const before = await start();
  const { uuid } = await askForCluster(before);
  await before.until("the cluster is complete", () => isComplete(before, uuid));
  for (const [home, name] of [
    ["capi-system", "capi-controller-manager"],
    ["magnum-system", "magnum-conductor"],
  ] as const)
    await before.client.patch(Deployment, { namespace: home, name }, { type: "merge", body: { spec: { replicas: 0 } } });

  const after = await before.kill();
  stories.push(after);
  const [plane] = (await after.client.list(KubeadmControlPlane, { namespace })).items;
  await after.client.patch(
    KubeadmControlPlane,
    { namespace, name: plane?.metadata.name ?? "" },
    { type: "merge", body: { spec: { replicas: 3 } } },
  );
  // It makes no second Machine before etcd and the first one's components have said that they are well.
  const labelSelector = "cluster.x-k8s.io/control-plane";
  await after.until(
    "there is a second Machine",
    async () => (await after.client.list(Machine, { namespace, labelSelector })).items.length === 2,
  );
});

test("every provider restarted again and again during a create makes nothing twice and loses nothing [RUN-073]", async () => {
  const story = await start();
  const { uuid } = await askForCluster(story, { master_count: 3, node_count: 2 });
  const { items: deployments } = await story.client.list(Deployment);
  let restarts = 0;
  await story.until("the cluster is complete", async () => {
    if (await isComplete(story, uuid)) return true;
    restarts += 1;
    const annotations = { "kubectl.kubernetes.io/restartedAt": `${restarts}` };
    for (const { metadata } of deployments)
      await story.client.patch(
        Deployment,
        { namespace: metadata.namespace ?? "", name: metadata.name },
        { type: "merge", body: { spec: { template: { metadata: { annotations } } } } },
      );
    return false;
  });
  expect(restarts).toBeGreaterThan(3);
  expect(story.cloudCounts()).toMatchObject({ servers: 5, networks: 2, routers: 1, loadBalancers: 1 });
  const { items: sets } = await story.client.list(ReplicaSet);
  expect(sets.map(({ metadata }) => metadata.namespace).sort()).toEqual(
    deployments.map(({ metadata }) => metadata.namespace).sort(),
  );
  expect((await story.client.list(MagnumCluster, { namespace })).items).toHaveLength(1);
});

test("a Pod of a provider counts the program's starts as restarts of its container", async () => {
  const before = await start();
  await before.until("the providers are there", async () => (await podsOf(before)).length === 1);
  await before.advance(1);
  const after = await before.kill();
  stories.push(after);
  await after.until("the container is restarted", async () => {
    const [pod] = await podsOf(after);
    return pod?.status?.containerStatuses?.[0]?.restartCount === 1;
  });
});

import { KubeadmControlPlane, labels, Machine } from "@slipway/api";
import { afterEach, expect, test } from "vitest";
import { makeCluster, namespace, type Story, startStory } from "./story.ts";

let story: Story | undefined;
afterEach(async () => {
  await story?.end();
  story = undefined;
});

test("a control plane machine that dies is replaced by itself, and etcd keeps its majority all the while", async () => {
  const now = await startStory();
  story = now;
  await makeCluster(now, { master_count: 3 });

  const machines = async () => (await now.client.list(Machine, { namespace })).items;
  const victim = (await machines()).find(({ metadata }) => Object.hasOwn(metadata.labels ?? {}, labels.controlPlane));
  const members = () => now.world.guests.clusters()[0]?.record().etcd.members ?? [];
  now.world.guests.powerOff(victim?.spec.providerID?.split("/").at(-1) ?? "");

  const seen: number[] = [];
  await now.until("another machine has taken its place", async () => {
    seen.push(members().length);
    const all = await machines();
    const gone = all.every(({ metadata }) => metadata.name !== victim?.metadata.name);
    return gone && all.length === 4 && all.every(({ status }) => status?.phase === "Running");
  });
  expect(members().map(({ name }) => name)).not.toContain(victim?.metadata.name);
  expect(members()).toHaveLength(3);
  // The dead one left before the new one came: two of two is a majority, two of four would not be.
  expect(Math.max(...seen)).toBe(3);
  const [controlPlane] = (await now.client.list(KubeadmControlPlane, { namespace })).items;
  expect(controlPlane?.status).toMatchObject({
    ready: true,
    readyReplicas: 3,
    lastRemediation: { machine: victim?.metadata.name, retryCount: 0 },
  });
});

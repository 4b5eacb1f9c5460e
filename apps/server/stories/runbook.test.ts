import { Event, Machine, OpenStackMachine, Secret } from "@slipway/api";
import { createLog, createVirtualClock } from "@slipway/runtime";
import { afterEach, expect, test } from "vitest";
import { makeCluster, namespace, type Story, startStory } from "./story.ts";

const stories: Story[] = [];
afterEach(async () => {
  for (const story of stories.splice(0)) await story.end();
});
const start = async (...options: Parameters<typeof startStory>): Promise<Story> => {
  const story = await startStory(...options);
  stories.push(story);
  return story;
};

test("no line of a cluster's whole life holds what somebody could sign in with, at the finest level [RUN-026]", async () => {
  const clock = createVirtualClock({ start: new Date("2026-11-22T08:00:00Z") });
  const lines: string[] = [];
  const story = await start({ clock, log: createLog({ write: (line) => void lines.push(line), clock, level: "debug" }) });
  const { uuid } = await makeCluster(story);
  const secrets = new Set<string>();
  for (const { data = {} } of (await story.client.list(Secret)).items)
    for (const value of Object.values(data)) {
      const text = Buffer.from(value, "base64").toString();
      // Keys, tokens and bootstrap data: each line of them that is long enough to be one.
      for (const line of text.split("\n")) if (line.trim().length > 30) secrets.add(line.trim());
      for (const [, secret = ""] of text.matchAll(/(?:secret|password|token)"?: *"?([\w.-]{12,})/g)) secrets.add(secret);
    }
  await story.tenant.call("DELETE", `/clusters/${uuid}`);
  await story.until("the cluster is gone", () => story.cloudCounts().servers === 0);
  expect(secrets.size).toBeGreaterThan(50);
  expect(lines.length).toBeGreaterThan(10);
  const everything = lines.join("\n");
  for (const secret of secrets) expect(everything.includes(secret), `a log line holds ${secret.slice(0, 12)}…`).toBe(false);
});

test("each step of a cluster's life is an event, in upstream's reasons [RUN-053] [RUN-054]", async () => {
  const story = await start();
  const { uuid } = await makeCluster(story);
  await story.tenant.call("POST", `/clusters/${uuid}/actions/resize`, { node_count: 2 });
  await story.until("it has grown", async () => (await story.cluster(uuid)).status === "UPDATE_COMPLETE");
  await story.tenant.call("POST", `/clusters/${uuid}/actions/resize`, { node_count: 1 });
  await story.until("it has shrunk", async () => (await story.client.list(Machine, { namespace })).items.length === 2);
  const before = new Set((await story.client.list(Event, { namespace })).items.map(({ reason }) => reason));
  for (const reason of [
    "Successfulcreatenetwork",
    "Successfulcreatesubnet",
    "Successfulcreaterouter",
    "Successfulcreatesecuritygroup",
    "Successfulcreateloadbalancer",
    "Successfulcreatelistener",
    "Successfulcreatepool",
    "Successfulcreatemonitor",
    "Successfulcreatefloatingip",
    "Successfulcreateport",
    "Successfulcreateserver",
    "Provisioned",
    "InfrastructureReady",
    "ControlPlaneReady",
    "SuccessfulCreate",
    "SuccessfulDelete",
    "SuccessfulSetNodeRef",
    "SuccessfulDrainNode",
  ])
    expect(before, reason).toContain(reason);
});

test("a cluster's parts in the cloud carry its name and its uuid, and its servers stand in a group that goes with it [RUN-085] [RUN-086] [RUN-089]", async () => {
  const story = await start();
  const { uuid } = await makeCluster(story, { master_count: 3 });
  const { state } = story.world.cloud;
  const [machine] = (await story.client.list(OpenStackMachine, { namespace })).items;
  const stack = machine?.metadata.labels?.["cluster.x-k8s.io/cluster-name"] ?? "";
  const marked = (thing: {
    readonly name?: string | null;
    readonly tags?: readonly string[];
    readonly description?: string | null;
  }) => thing.tags?.includes(uuid) === true || `${thing.name} ${thing.description}`.includes(stack);
  const own = {
    servers: [...state.servers.all()],
    ports: [...state.ports.all()].filter(({ device_owner }) => device_owner.startsWith("compute:")),
    networks: [...state.networks.all()].filter(({ name }) => name !== "public"),
    subnets: [...state.subnets.all()].filter(({ name }) => !name?.includes("public")),
    routers: [...state.routers.all()],
    securityGroups: [...state.securityGroups.all()].filter(({ name }) => name.startsWith("k8s-") || name.includes(stack)),
    loadBalancers: [...state.loadBalancers.all()],
    floatingIps: [...state.floatingIps.all()],
  };
  for (const [kind, things] of Object.entries(own)) {
    expect(things.length, kind).toBeGreaterThan(0);
    for (const thing of things) {
      const described = thing as { readonly tags?: readonly string[]; readonly name?: string };
      expect(marked(described), `${kind} ${described.name}: ${JSON.stringify(described.tags)}`).toBe(true);
    }
  }
  expect(state.serverGroups.size).toBeGreaterThan(0);
  await story.tenant.call("DELETE", `/clusters/${uuid}`);
  await story.until("the cluster is gone", () => story.cloudCounts().serverGroups === 0);
});

test("a machine that is deleted without curing its cause fails again, and says the same [RUN-075]", async () => {
  const story = await start();
  await makeCluster(story);
  story.world.cloud.faults.add({ kind: "scenario", scenario: "server-no-valid-host" });
  const workers = async () =>
    (await story.client.list(Machine, { namespace })).items.filter(({ metadata }) => metadata.name.includes("worker"));
  const failedBeside = (names: readonly string[]) => async () =>
    (await workers()).some(
      ({ metadata, status }) =>
        !names.includes(metadata.name) && status?.phase === "Failed" && (status.failureMessage ?? "").includes("No valid host"),
    );
  const seen: string[] = [];
  for (let round = 0; round < 2; round++) {
    for (const { metadata } of await workers()) {
      seen.push(metadata.name);
      await story.client.delete(Machine, { namespace, name: metadata.name });
    }
    await story.until("its replacement has failed for the same reason", failedBeside(seen));
  }
});

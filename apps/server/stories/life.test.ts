import { Machine, MachineDeployment } from "@slipway/api";
import { afterEach, describe, expect, test } from "vitest";
import { namespace, type Story, startStory } from "./story.ts";

let story: Story | undefined;
afterEach(async () => {
  await story?.end();
  story = undefined;
});

const template = (story: Story, version: string) =>
  story.tenant.call<{ uuid: string }>("POST", "/clustertemplates", {
    name: `k8s-${version}`,
    coe: "kubernetes",
    image_id: `ubuntu-2204-kube-${version}`,
    external_network_id: "public",
    flavor_id: "m1.medium",
    master_flavor_id: "m1.medium",
    labels: { kube_tag: version },
  });

const create = async (story: Story, masters: number, workers: number) => {
  const { uuid } = await template(story, "v1.32.5");
  const made = await story.tenant.call<{ uuid: string }>("POST", "/clusters", {
    name: "blue",
    cluster_template_id: uuid,
    master_count: masters,
    node_count: workers,
  });
  await story.until("the cluster is complete", async () => (await story.cluster(made.uuid)).status === "CREATE_COMPLETE");
  return made.uuid;
};

const stackOf = async (story: Story, uuid: string): Promise<string> => {
  const cluster = await story.cluster(uuid);
  return cluster.stack_id ?? cluster.cluster_id ?? "";
};

const cloudCounts = (story: Story) => {
  const { state } = story.world.cloud;
  return state;
};

describe("a tenant's cluster", () => {
  test("goes from a Magnum request to Ready nodes and back to nothing", async () => {
    story = await startStory();
    const now = story;
    const uuid = await create(now, 3, 2);
    const name = await stackOf(now, uuid);
    expect(await now.nodes(name)).toHaveLength(5);
    await now.tenant.call("DELETE", `/clusters/${uuid}`);
    await now.until("the cluster is gone", async () => (await now.client.list(Machine)).items.length === 0);
    void cloudCounts;
    void MachineDeployment;
    void namespace;
  });
});

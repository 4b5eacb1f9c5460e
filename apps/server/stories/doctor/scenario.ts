import { MagnumCluster } from "@slipway/api";
import { examine } from "@slipway/doctor";
import { askForCluster, connectorOf, namespace, type Story, type StoryOptions, startStory } from "../story.ts";

/** What goes wrong, and what a person would say of it. */
export interface Scenario {
  readonly name: string;
  /** Before the tenant asks for the cluster. */
  readonly before?: (now: Story) => unknown;
  /** Right after it is asked for. */
  readonly asked?: (now: Story, uuid: string) => unknown;
  /** When it is complete; the story waits for that only if this is given. */
  readonly complete?: (now: Story, cluster: { readonly uuid: string; readonly name: string }) => unknown;
  readonly story?: StoryOptions;
  readonly template?: object;
  readonly cluster?: object;
  /** The first cause. */
  readonly code: string;
  readonly title: RegExp;
  readonly evidence: RegExp;
  readonly todo: RegExp;
  readonly object: RegExp;
  /** Nothing is in the way of the cluster now: it is complete and well, so Magnum has nothing to explain. */
  readonly quiet?: true;
}

/** Nothing goes wrong, or what a story does by itself. */
export const plain: Scenario = { name: "", code: "", title: /./, evidence: /./, todo: /./, object: /./ };

export const begin = async (one: Scenario): Promise<{ now: Story; uuid: string; name: string }> => {
  const now = await startStory(one.story);
  await one.before?.(now);
  const { uuid } = await askForCluster(now, { node_count: 2, ...one.cluster }, one.template);
  const [record] = (await now.client.list(MagnumCluster)).items;
  const name = record?.metadata.name ?? "";
  await one.asked?.(now, uuid);
  if (one.complete !== undefined) {
    await now.until("the cluster is complete", async () => (await recordOf(now))?.status?.status === "CREATE_COMPLETE");
    await one.complete(now, { uuid, name });
  }
  return { now, uuid, name };
};

export const recordOf = async (now: Story) => (await now.client.list(MagnumCluster)).items[0];

/** As `slipway doctor cluster NAME` and the HTTP API make it: by the name alone, with the operator's client. */
export const doctor = (now: Story, name: string) =>
  examine({ namespace, name }, undefined, { client: now.client, connect: connectorOf(now), now: () => now.clock.now() });

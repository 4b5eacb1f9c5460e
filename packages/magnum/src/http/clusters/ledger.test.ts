import { ConfigMap, MAGNUM_NAMESPACE, MagnumCluster } from "@slipway/api";
import { expect, test } from "vitest";
import { createTestApi, startCluster, type TestApi } from "../../testing/api.ts";
import { writeLedger } from "./ledger.ts";

const entries = async ({ api }: TestApi) =>
  (await api.client.list(ConfigMap, { labelSelector: "magnum.slipway.dev/ledger=cluster" })).items;

/** Gone for good, as when its driver has taken everything down. */
const end = async ({ api, cluster }: TestApi, uuid: string): Promise<void> => {
  const ref = { namespace: MAGNUM_NAMESPACE, name: (await cluster(uuid)).metadata.name };
  await api.client.patch(MagnumCluster, ref, { type: "merge", body: { metadata: { finalizers: null } } });
  await api.client.delete(MagnumCluster, ref);
};

test("each cluster is written down before anything is made for it, and stays when it is gone, to be moved with the others [RUN-079]", async () => {
  const test = await createTestApi();
  const uuid = await startCluster(test);
  const { name } = (await test.cluster(uuid)).metadata;
  const [entry] = await entries(test);
  expect(entry).toMatchObject({
    metadata: { name: `${name}-ledger`, labels: { "clusterctl.cluster.x-k8s.io/move": "" } },
    data: { name, uuid, projectId: "fd17450de87d4b79806270495cf06582", title: "mine" },
  });
  await end(test, uuid);
  expect(await entries(test)).toHaveLength(1);
});

test("what is half a year old and whose cluster is gone is forgotten; a living cluster's entry never is", async () => {
  const test = await createTestApi();
  const { client } = test.api;
  const [gone, living] = [await startCluster(test, { name: "gone" }), await startCluster(test, { name: "living" })];
  await end(test, gone);
  await test.clock.advance(181 * 86_400_000);
  const record = await test.cluster(living);
  const world = { client, clock: test.clock, random: { uuid: () => "", below: () => 0 } };
  await writeLedger({ world } as unknown as Parameters<typeof writeLedger>[0], record);
  expect((await entries(test)).map(({ data }) => data?.["title"])).toEqual(["living"]);
});

import { freshKeys } from "@slipway/api/pki/keys.ts";
import type { Cloud, ServerGroup } from "@slipway/openstack";
import { type Running, runControllers, silentLog } from "@slipway/runtime";
import { createDriver } from "../driver/index.ts";
import { defaultSettings } from "../settings.ts";
import { createTestApi, TEMPLATE, type TestApi } from "./api.ts";
import { type CapiPlayer, createCapiPlayer } from "./capi.ts";

/** For tests: the Magnum API and its driver over a management API in memory. The test plays Cluster API. */
export interface TestDriver extends TestApi, CapiPlayer {
  readonly running: Running;
  readonly serverGroups: Map<string, ServerGroup>;
  readonly revoked: { readonly userId: string; readonly id: string }[];
  /** A template and a cluster of it; answers the cluster's uuid and its stack name. */
  start(
    cluster?: object,
    template?: object,
  ): Promise<{ readonly uuid: string; readonly stack: string; readonly templateId: string }>;
  show(uuid: string): Promise<{ readonly [key: string]: unknown }>;
  stop(): Promise<void>;
}

export const createTestDriver = async (): Promise<TestDriver> => {
  const test = await createTestApi();
  const { client } = test.api;
  const serverGroups = new Map<string, ServerGroup>();
  const revoked: { userId: string; id: string }[] = [];
  const compute = {
    listServerGroups: async () => [...serverGroups.values()],
    createServerGroup: async ({ name, policy }: { name: string; policy: string }) => {
      const group = {
        id: `00000000-0000-4000-8000-${String(serverGroups.size + 1).padStart(12, "0")}`,
        name,
        policies: [policy],
        members: [],
      };
      serverGroups.set(group.id, group);
      return group;
    },
    deleteServerGroup: async (id: string) => serverGroups.delete(id),
  };
  const driver = createDriver({
    connect: () => ({ compute }) as unknown as Cloud,
    revokeCredential: async (credential) => {
      revoked.push(credential);
      test.cloud.credentials.delete(credential.id);
    },
    settings: defaultSettings,
    keys: freshKeys("ecdsa-p256"),
  });
  const running = runControllers([driver], { client, clock: test.clock, log: silentLog });
  await running.ready;

  return {
    ...test,
    running,
    serverGroups,
    revoked,
    ...createCapiPlayer(client, running),
    start: async (cluster = {}, template = {}) => {
      const made = await test.call("POST", "/v1/clustertemplates", {
        version: "latest",
        body: { ...TEMPLATE, docker_volume_size: null, ...template },
      });
      if (made.status !== 201) throw new Error(JSON.stringify(made.body));
      const answer = await test.call("POST", "/v1/clusters", {
        version: "latest",
        body: { name: "mine", cluster_template_id: made.body.uuid, master_count: 3, node_count: 2, ...cluster },
      });
      if (answer.status !== 202) throw new Error(JSON.stringify(answer.body));
      await running.settled();
      const { metadata } = await test.cluster(answer.body.uuid);
      return { uuid: answer.body.uuid, stack: metadata.name, templateId: made.body.uuid };
    },
    show: async (uuid) => (await test.call("GET", `/v1/clusters/${uuid}`, { version: "latest" })).body,
    stop: async () => {
      await running.stop();
      await test.api.close();
    },
  };
};

/** The checks of `../linearizability.test.ts`, over a real etcd through two stores that know nothing of each other. */
import { connectEtcd } from "@slipway/etcd/connect.node.ts";
import { type RunningEtcd, startEtcd } from "@slipway/etcd/testing/etcd.node.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Counted, faultsOf } from "../testing/checkhistory.ts";
import { record, scripts } from "../testing/randomclients.ts";
import { openEtcdStores } from "./etcdstores.ts";
import "../../../../../scripts/propertyseed.ts";

let etcd: RunningEtcd;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.stop());

test("clients at once on two stores over one etcd see one order of all their operations, and watchers are told that order [API-435] [API-436] [API-437] [API-445] [API-446] [API-447] [API-459]", async () => {
  const runs: string[] = [];
  await fc.assert(
    fc.asyncProperty(scripts(8, 10), async (clients) => {
      runs.push("");
      const prefix = `/run-${runs.length}/`;
      const open = () => openEtcdStores({ client: connectEtcd({ endpoints: [etcd.endpoint] }), prefix });
      const opened = await Promise.all([open(), open()]);
      const { operations, watches, start } = await record(
        opened.map((stores) => stores.store<Counted>("test")),
        clients,
      );
      expect(faultsOf(operations, watches, start)).toEqual([]);
      await Promise.all(opened.map((stores) => stores.close()));
    }),
    { numRuns: 60 },
  );
});

/**
 * The store beside Debian's etcd, in one run, on one disk, with objects of 2 KiB: durable creates a second with 1 and 64 writers, reads
 * of one object and of a thousand. etcd is asked through the client that ships, and as the store it makes (`etcd store`).
 *
 *   npx tsx packages/apiserver/bench/etcd.ts [--seconds 3]
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { endOfPrefix } from "@slipway/etcd";
import { connectEtcd } from "@slipway/etcd/connect.node.ts";
import { startEtcd } from "@slipway/etcd/testing/etcd.node.ts";
import { openEtcdStores } from "../src/storage/etcd/etcdstores.ts";
import { openLmdb } from "../src/storage/lmdb.node.ts";
import { createSealer } from "../src/storage/sealing.node.ts";
import type { Storage } from "../src/storage/storage.ts";
import { testKeys } from "../src/storage/testing/keys.node.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "3" } } });
const seconds = Number(values.seconds);
if (!existsSync("/usr/bin/etcd")) {
  console.log("etcd is not installed: apt-get install etcd-server");
  process.exit(0);
}

interface Value {
  readonly n: number;
  readonly text: string;
}
const text = "x".repeat(2000);
const value = (n: number): Value => ({ n, text });

/** What can be measured of anything that keeps values under keys. */
interface Candidate {
  readonly name: string;
  create(key: string, n: number): Promise<unknown>;
  /** As of the newest. */
  read(key: string): Promise<unknown>;
  range(prefix: string): Promise<number>;
  close(): Promise<void>;
}

const overStorage = (name: string, storage: Storage<Value>, prefix: string, close: () => Promise<void>): Candidate => ({
  name,
  create: (key, n) => storage.create(`${prefix}${key}`, value(n)),
  read: async (key) => {
    await storage.latest?.();
    return storage.get(`${prefix}${key}`);
  },
  range: async (keys) => {
    await storage.latest?.();
    return storage.list(`${prefix}${keys}`).items.length;
  },
  close,
});

const etcd = await startEtcd(["--quota-backend-bytes", String(8 * 2 ** 30)]);
const folder = mkdtempSync(join(process.env["SLIPWAY_BENCH_DIR"] ?? tmpdir(), "slipway-bench-"));
const encoder = new TextEncoder();

const candidates: readonly (() => Promise<Candidate>)[] = [
  async () => {
    const stores = openLmdb({ path: join(folder, "plain") });
    return overStorage("store", stores.store<Value>("bench"), "/registry/core/configmaps", stores.close);
  },
  async () => {
    const stores = openLmdb({ path: join(folder, "sealed"), sealer: createSealer(testKeys) });
    return overStorage("store, encrypted", stores.store<Value>("bench"), "/registry/core/secrets", stores.close);
  },
  async () => {
    const client = connectEtcd({ endpoints: [etcd.endpoint] });
    return {
      name: "etcd",
      create: async (key, n) => {
        const { succeeded } = await client.txn({
          compare: [{ key: `/raw${key}`, target: "create", is: "equal", revision: 0 }],
          success: [{ op: "put", key: `/raw${key}`, value: encoder.encode(JSON.stringify(value(n))) }],
          failure: [],
        });
        if (!succeeded) throw new Error(`${key} is there`);
      },
      read: (key) => client.range({ key: `/raw${key}` }),
      range: async (keys) => (await client.range({ key: `/raw${keys}`, end: endOfPrefix(`/raw${keys}`) })).kvs.length,
      close: async () => client.close(),
    };
  },
  async () => {
    const stores = await openEtcdStores({ client: connectEtcd({ endpoints: [etcd.endpoint] }) });
    return overStorage("etcd store", stores.store<Value>("bench"), "/registry/core/configmaps", stores.close);
  },
];

/** Workers that each wait for their own answer before the next. */
const measure = async (workers: number, work: (worker: number, turn: number) => Promise<unknown>) => {
  const times: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (let turn = 0; performance.now() < end; turn += 1) {
        const before = performance.now();
        await work(worker, turn);
        times.push(performance.now() - before);
        // What needs no waiting must not keep the loop for itself.
        if (turn % 200 === 199) await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }),
  );
  times.sort((a, b) => a - b);
  return {
    perSecond: Math.round(times.length / ((performance.now() - start) / 1000)),
    p99Ms: Number((times[Math.floor(times.length * 0.99)] ?? 0).toFixed(2)),
  };
};

const results: { [name: string]: { [what: string]: { perSecond: number; p99Ms: number } } } = {};
for (const open of candidates) {
  const candidate = await open();
  const created1 = await measure(1, (_, turn) => candidate.create(`/one/${turn}`, turn));
  const created64 = await measure(64, (worker, turn) => candidate.create(`/many/${worker}/${turn}`, turn));
  for (let n = 0; n < 1000; n += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => candidate.create(`/range/${n + index}`, n)));
  }
  const read64 = await measure(64, (worker, turn) => candidate.read(`/range/${(worker * 31 + turn) % 1000}`));
  const ranged = await measure(1, async () => {
    const count = await candidate.range("/range/");
    if (count !== 1000) throw new Error(`${count} of 1000`);
  });
  results[candidate.name] = { create1: created1, create64: created64, read64, range1000: ranged };
  await candidate.close();
}
await etcd.stop();
rmSync(folder, { recursive: true });

const ours = results["store"];
const theirs = results["etcd"];
const ratios = Object.fromEntries(
  Object.entries(ours ?? {}).map(([what, { perSecond }]) => [
    what,
    Number((perSecond / (theirs?.[what]?.perSecond ?? 1)).toFixed(1)),
  ]),
);
console.table(
  Object.entries(results).map(([name, of]) => ({
    name,
    ...Object.fromEntries(Object.entries(of).map(([what, { perSecond }]) => [what, perSecond])),
  })),
);
console.table([{ name: "store / etcd", ...ratios }]);
console.log(JSON.stringify({ bench: "etcd", ...results, storeToEtcd: ratios }));

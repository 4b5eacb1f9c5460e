/**
 * What the store carries: durable writes a second with 1 and with 64 writers, through the storage and through the whole registry;
 * how late watchers learn of writes. `npx tsx packages/apiserver/bench/store.ts [--seconds 3]` prints a table, then one line of JSON.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Resource, UnstructuredObject } from "@slipway/api";
import { servedBuiltins } from "../src/builtin/served.ts";
import { createInProcessClient } from "../src/client/inprocess.ts";
import { createRegistry } from "../src/registry/createregistry.ts";
import type { StoredObject } from "../src/registry/object.ts";
import { createObjectOptions } from "../src/registry/objectoptions.ts";
import { openLmdb } from "../src/storage/lmdb.node.ts";
import type { Storage } from "../src/storage/storage.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "3" }, watchers: { type: "string", default: "100" } },
});
const seconds = Number(values.seconds);

const ConfigMap: Resource<UnstructuredObject> = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
};

/** About the size of a Machine. */
const body = (name: string, counter: number): UnstructuredObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", labels: { "cluster.x-k8s.io/cluster-name": "bench" } },
  data: Object.fromEntries([
    ["counter", String(counter)],
    ...Array.from({ length: 20 }, (_, index) => [`field-${index}`, "x".repeat(90)]),
  ]),
});

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Writers that each wait for their own write before the next one. */
const measure = async (writers: number, write: (writer: number, counter: number) => Promise<unknown>) => {
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let counter = 0; performance.now() < end; counter += 1) {
        const before = performance.now();
        await write(writer, counter);
        latencies.push(performance.now() - before);
      }
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  const spent = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  return {
    writesPerSecond: Math.round(latencies.length / elapsed),
    cpuMicrosecondsPerWrite: Math.round((spent.user + spent.system) / latencies.length),
    p50Ms: Number(percentile(latencies, 0.5).toFixed(2)),
    p99Ms: Number(percentile(latencies, 0.99).toFixed(2)),
    slowestMs: Number(percentile(latencies, 1).toFixed(2)),
  };
};

const watchLatency = async (storage: Storage<StoredObject>, rate: number) => {
  const client = createInProcessClient(registry);
  const stop = new AbortController();
  const sent = new Map<string, number>();
  const latencies: number[] = [];
  const watching = Array.from({ length: Number(values.watchers) }, async () => {
    const options = { namespace: "default", resourceVersion: String(storage.revision()), signal: AbortSignal.any([stop.signal]) };
    for await (const event of client.watch(ConfigMap, options)) {
      if (event.type === "BOOKMARK") continue;
      const at = sent.get(event.object.metadata.resourceVersion);
      if (at !== undefined) latencies.push(performance.now() - at);
    }
  });
  const start = performance.now();
  let count = 0;
  const writes: Promise<unknown>[] = [];
  while (performance.now() - start < seconds * 1000) {
    for (const due = ((performance.now() - start) / 1000) * rate; count < due; count += 1) {
      const before = performance.now();
      const name = `watched-${count % 200}`;
      const write = storage.put(`/registry/core/configmaps/default/${name}`, body(name, count) as StoredObject);
      writes.push(write.then((item) => sent.set(String(item.modRevision), before)));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(writes);
  await new Promise((resolve) => setTimeout(resolve, 100));
  stop.abort();
  await Promise.all(watching);
  latencies.sort((a, b) => a - b);
  return {
    writesPerSecond: Math.round(count / seconds),
    watchers: Number(values.watchers),
    delivered: latencies.length,
    expected: count * Number(values.watchers),
    p50Ms: Number(percentile(latencies, 0.5).toFixed(2)),
    p99Ms: Number(percentile(latencies, 0.99).toFixed(2)),
  };
};

const path = mkdtempSync(join(process.env["SLIPWAY_BENCH_DIR"] ?? tmpdir(), "slipway-bench-"));
const stores = openLmdb({ path });
const plain = stores.store<UnstructuredObject>("plain");
const storage = stores.store<StoredObject>("registry", createObjectOptions());
const registry = createRegistry({ storage, resources: servedBuiltins() });
await registry.ensure([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } }]);
const client = createInProcessClient(registry, { fieldManager: "bench" });
await Promise.all(Array.from({ length: 64 }, (_, writer) => client.create(ConfigMap, body(`w${writer}`, -1))));

const small: UnstructuredObject = { apiVersion: "", kind: "", metadata: {}, text: "x".repeat(256 - 51) };
const results = {
  storage1: await measure(1, (writer, counter) => plain.put(`/w${writer}`, body(`w${writer}`, counter))),
  storage64: await measure(64, (writer, counter) => plain.put(`/w${writer}`, body(`w${writer}`, counter))),
  // As `etcdctl check perf --load=l` asks of an etcd.
  small500: await measure(500, (writer, counter) => plain.put(`/small/${writer}/${counter % 100}`, small)),
  registryUpdate1: await measure(1, (writer, counter) => client.update(ConfigMap, body(`w${writer}`, counter))),
  registryUpdate64: await measure(64, (writer, counter) => client.update(ConfigMap, body(`w${writer}`, counter))),
  registryPatch64: await measure(64, (writer, counter) =>
    client.patch(
      ConfigMap,
      { namespace: "default", name: `w${writer}` },
      { type: "merge", body: { data: { counter: String(counter) } } },
    ),
  ),
  registryCreate64: await measure(64, (writer, counter) => client.create(ConfigMap, body(`c${writer}-${counter}`, counter))),
  watch: await watchLatency(storage, 1000),
};
await registry.close();
await stores.close();
rmSync(path, { recursive: true });

const row = (...cells: readonly (string | number)[]): void =>
  console.log(cells.map((cell, index) => (index === 0 ? String(cell).padEnd(36) : String(cell).padStart(12))).join(""));
row("durable writes", "writes/s", "p50 ms", "p99 ms", "CPU us each");
const named = {
  "storage, 1 writer": results.storage1,
  "storage, 64 writers (goal 5000)": results.storage64,
  "storage, 500 writers of 256 bytes": results.small500,
  "registry update, 1 writer": results.registryUpdate1,
  "registry update, 64 writers": results.registryUpdate64,
  "registry merge patch, 64 writers": results.registryPatch64,
  "registry create, 64 writers": results.registryCreate64,
};
for (const [name, { writesPerSecond, p50Ms, p99Ms, cpuMicrosecondsPerWrite }] of Object.entries(named)) {
  row(name, writesPerSecond, p50Ms, p99Ms, cpuMicrosecondsPerWrite);
}
row(
  `watch, ${results.watch.watchers} watchers (goal p99 20)`,
  results.watch.writesPerSecond,
  results.watch.p50Ms,
  results.watch.p99Ms,
);
console.log(JSON.stringify(results));

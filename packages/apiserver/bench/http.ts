/**
 * The wire under load, over a store on the disk: small GETs and durable creates a second over HTTPS, a list of 10,000 objects of 2 KiB alone,
 * beside others and five at once, watchers, large objects. The clients run in processes of their own.
 *
 *   npx tsx packages/apiserver/bench/http.ts [--seconds 3]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigMap } from "@slipway/api";
import { residentMiB, rounded, secondsArgument, startBenchServer } from "./load/server.ts";

const objects = 10_000;
const seconds = secondsArgument();
const server = await startBenchServer();
const { client: inProcess } = server.api;

/** What the API answers of one is 2 KiB. */
const data = { text: "x".repeat(2048 - 436) };
for (let at = 0; at < objects; at += 500)
  await Promise.all(
    Array.from({ length: 500 }, (_, index) =>
      inProcess.create(ConfigMap, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `c-${String(at + index).padStart(5, "0")}`, namespace: "default", labels: { app: "bench" } },
        data,
      }),
    ),
  );

const client = server.client();
const other = server.client();
const figures: { [name: string]: unknown } = {};
const one = "/api/v1/namespaces/default/configmaps/c-00042";
const all = "/api/v1/namespaces/default/configmaps";
const small = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"w-{n}"},"data":{"a":"b"}}`;
const create = { method: "POST", path: "/api/v1/namespaces/kube-public/configmaps", body: small, status: 201 };

await client.requests({ http: 1, workers: 32, seconds: 0.5, path: one });
figures["get1"] = await server.measure(client, { http: 1, workers: 32, seconds, path: one });
await client.requests({ http: 2, workers: 64, seconds: 0.5, path: one });
figures["get2"] = await server.measure(client, { http: 2, workers: 64, seconds, path: one });
await client.requests({ http: 2, workers: 64, seconds: 0.5, ...create });
figures["create1"] = await server.measure(client, { http: 1, workers: 64, seconds, ...create });
figures["create2"] = await server.measure(client, { http: 2, workers: 64, seconds, ...create });
const doomed = { http: 2, workers: 64, seconds: 60, most: 2000 } as const;
await client.requests({ ...doomed, ...create, body: small.replace("w-{n}", "d-{i}") });
figures["delete2"] = await server.measure(client, { ...doomed, method: "DELETE", path: `${create.path}/d-{i}` });

const lists = {
  list: {},
  table: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
  metadata: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" },
  gzip: { "accept-encoding": "gzip" },
};
for (const [name, headers] of Object.entries(lists)) {
  await client.requests({ http: 1, workers: 1, seconds: 0.3, path: all, headers });
  figures[name] = await server.measure(client, { http: 1, workers: 1, seconds, path: all, headers });
}

/** What others wait for meanwhile. */
const beside = async (workers: number, http: 1 | 2) => {
  const until = { over: false };
  let peak = 0;
  const sampling = (async () => {
    for (; !until.over; await sleep(10)) peak = Math.max(peak, residentMiB());
  })();
  const before = residentMiB();
  const [list, get] = await Promise.all([
    client.requests({ http, workers, sessions: workers, seconds, path: all }),
    other.requests({ http: 1, workers: 4, seconds, perSecond: 200, path: one }),
  ]);
  until.over = true;
  await sampling;
  return {
    perSecond: rounded(list.requests / list.seconds),
    p50Ms: rounded(list.p50Ms),
    p99Ms: rounded(list.p99Ms),
    firstByteMs: rounded(list.firstByteMs),
    othersP99Ms: rounded(get.p99Ms),
    othersMaxMs: rounded(get.maxMs),
    growthMiB: peak - before,
  };
};
figures["listBeside"] = await beside(1, 1);
figures["fiveLists"] = await beside(5, 2);

/** A Lease is renewed while others read as fast as they can. */
await client.requests({
  http: 1,
  workers: 1,
  seconds: 1,
  most: 1,
  method: "POST",
  path: "/apis/coordination.k8s.io/v1/namespaces/default/leases",
  body: `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"leader"},"spec":{"holderIdentity":"a","leaseDurationSeconds":15}}`,
  status: 201,
});
const [reads, lease] = await Promise.all([
  client.requests({ http: 2, workers: 64, seconds, path: one }),
  other.requests({
    http: 1,
    workers: 1,
    seconds,
    perSecond: 50,
    method: "PUT",
    path: "/apis/coordination.k8s.io/v1/namespaces/default/leases/leader",
    body: `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"leader","resourceVersion":"{rv}"},"spec":{"holderIdentity":"a-{n}","leaseDurationSeconds":15}}`,
  }),
]);
figures["lease"] = {
  readsPerSecond: Math.round(reads.requests / reads.seconds),
  readP99Ms: rounded(reads.p99Ms),
  p99Ms: rounded(lease.p99Ms),
};

/** 500 and 1,000 writes a second, and everyone who watches. */
const fanOut = async (perSecond: number, watchers: number) => {
  await other.watch({
    watchers,
    sessions: 10,
    path: `/api/v1/namespaces/kube-system/configmaps?watch=true&resourceVersion=${server.api.registry.revision()}`,
  });
  const written = await server.measure(client, {
    http: 2,
    workers: 64,
    seconds,
    perSecond,
    method: "POST",
    path: "/api/v1/namespaces/kube-system/configmaps",
    body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"f-{n}"},"data":{"sent":"{now}","text":"${"x".repeat(1000)}"}}`,
    status: 201,
  });
  const seen = await other.endWatches();
  const writes = Math.round(written.perSecond * seconds);
  return {
    writesPerSecond: written.perSecond,
    // Of a hundred; each write once for each watcher.
    seenPercent: rounded((100 * seen.fewest) / seen.most),
    writes,
    p50Ms: rounded(seen.p50Ms),
    p99Ms: rounded(seen.p99Ms),
    stallMs: written.stallMs,
    perCoreSecond: written.perCoreSecond,
  };
};
figures["fanOut500"] = await fanOut(500, 100);
figures["fanOut1000"] = await fanOut(1000, 100);

const mebibyte = {
  method: "POST",
  path: "/api/v1/namespaces/kube-node-lease/configmaps",
  body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m-{n}"},"data":{"sent":"{now}","text":"${"x".repeat(1_048_000 - 200)}"}}`,
  status: 201,
};
await other.watch({
  watchers: 1,
  sessions: 1,
  path: `/api/v1/namespaces/kube-node-lease/configmaps?watch=true&resourceVersion=${server.api.registry.revision()}`,
});
const large = await server.measure(client, { http: 2, workers: 1, seconds, ...mebibyte });
const delivered = await other.endWatches();
figures["mebibyte"] = {
  ...large,
  watchP99Ms: rounded(delivered.p99Ms),
  seenPercent: rounded((100 * delivered.fewest) / Math.round(large.perSecond * seconds)),
};

await server.close();
console.log(JSON.stringify({ bench: "http", objects, ...figures }));
process.exit(0);

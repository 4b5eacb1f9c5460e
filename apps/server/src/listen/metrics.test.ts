import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { KubeObject } from "@slipway/api";
import { clusterApiKinds, createPrometheusMetrics, type StateSource } from "@slipway/observability";
import { createRenderedState } from "@slipway/observability/scrape/rendered.node.ts";
import { afterEach, expect, test } from "vitest";
import { serveMetrics } from "./metrics.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const cluster = (index: number) =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: { name: `c${index}`, namespace: "tenants", uid: `u${index}`, creationTimestamp: "2026-11-22T08:00:00Z" },
    status: { phase: "Provisioned" },
  }) as KubeObject;

const start = async (source: StateSource): Promise<number> => {
  const metrics = createPrometheusMetrics();
  metrics.count("controller_runtime_reconcile_total", { controller: "machine", result: "success" });
  const scrape = serveMetrics({ metrics, state: createRenderedState(source) });
  const server = createServer((request, response) => void scrape(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
const holding = (objects: readonly KubeObject[]): StateSource => ({
  kinds: clusterApiKinds,
  read: ({ kind }) => (kind === "Cluster" ? objects : []),
});
const get = (port: number, accept = "*/*") => fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } });

test("one answer holds what the controllers count and what the kinds say [OBS-007 OBS-008 OBS-010]", async () => {
  const port = await start(holding([cluster(1)]));
  const plain = await get(port);
  expect(plain.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await plain.text();
  expect(text).toContain('controller_runtime_reconcile_total{controller="machine",result="success"} 1\n');
  expect(text).toContain('name="c1",namespace="tenants",phase="Provisioned",uid="u1"} 1\n');
  expect(text).not.toContain("# EOF");

  const open = await get(port, "application/openmetrics-text; version=1.0.0");
  expect(open.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  const lines = (await open.text()).split("\n");
  expect(lines.slice(-2)).toEqual(["# EOF", ""]);
  expect(lines.slice(0, -1)).not.toContain("");
  expect(lines).toContain("# TYPE controller_runtime_reconcile counter");
  expect(lines).toContain("# TYPE capi_cluster_status_phase stateset");
});

test("thousands of objects arrive whole [OBS-021]", async () => {
  const port = await start(holding(Array.from({ length: 3000 }, (_, index) => cluster(index))));
  const text = await (await get(port)).text();
  expect(text.match(/^capi_cluster_status_phase\{/gm)).toHaveLength(18_000);
  expect(text.match(/^# TYPE capi_cluster_status_phase /gm)).toHaveLength(1);
});

test("gzip is for those who ask for it, and says the same [OBS-014]", async () => {
  const port = await start(holding(Array.from({ length: 300 }, (_, index) => cluster(index))));
  const url = `http://127.0.0.1:${port}/metrics`;
  const plain = await fetch(url, { headers: { "accept-encoding": "identity" } });
  expect(plain.headers.get("content-encoding")).toBeNull();
  const zipped = await fetch(url, { headers: { "accept-encoding": "br, gzip" } });
  expect(zipped.headers.get("content-encoding")).toBe("gzip");
  expect(zipped.headers.get("vary")).toContain("accept-encoding");
  expect(await zipped.text()).toBe(await plain.text()); // fetch unzips
  for (const refusing of ["gzip;q=0", "deflate", "gzip; q=0.0"]) {
    expect((await fetch(url, { headers: { "accept-encoding": refusing } })).headers.get("content-encoding"), refusing).toBeNull();
  }
});

test("a scrape can leave kinds out [OBS-015]", async () => {
  const machine = { ...cluster(1), kind: "Machine" } as KubeObject;
  const port = await start({
    kinds: clusterApiKinds,
    read: ({ kind }) => (kind === "Cluster" ? [cluster(1)] : kind === "Machine" ? [machine] : []),
  });
  const kinds = async (query: string) => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics?${query}`)).text();
    return ["capi_cluster_created", "capi_machine_created", "controller_runtime_reconcile_total"].filter((name) =>
      text.includes(`${name}{`),
    );
  };
  expect(await kinds("")).toHaveLength(3);
  expect(await kinds("resources=clusters,machinesets")).toEqual(["capi_cluster_created", "controller_runtime_reconcile_total"]);
  expect(await kinds("exclude_resources=clusters")).toEqual(["capi_machine_created", "controller_runtime_reconcile_total"]);
});

test("readers that do not read hold a bounded number of scrapes, and their leaving frees them", async () => {
  const port = await start(holding(Array.from({ length: 20_000 }, (_, index) => cluster(index))));
  const stuck = [0, 1].map(() =>
    connect(port, "127.0.0.1", function (this: ReturnType<typeof connect>) {
      this.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    }),
  );
  for (const socket of stuck) {
    await new Promise((resolve) => socket.once("readable", resolve)); // the answer has begun; nobody takes it
  }
  const refused = await get(port);
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain("try again");
  for (const socket of stuck) socket.destroy();
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/metrics`, { method: "HEAD" })).status).toBe(200);
});

test("everybody else has a turn after each piece, however fast the reader is", async () => {
  const seen = { pieces: 0, turns: 0, over: false };
  const response = Object.assign(new EventEmitter(), {
    destroyed: false,
    writeHead: () => {},
    write: () => {
      seen.pieces += 1;
      process.nextTick(() => response.emit("drain"));
      return false;
    },
    end: () => {
      seen.over = true;
    },
  });
  const others = () => {
    seen.turns += 1;
    if (!seen.over) setImmediate(others);
  };
  setImmediate(others);
  const objects = Array.from({ length: 1000 }, (_, index) => cluster(index));
  const scrape = serveMetrics({ metrics: createPrometheusMetrics(), state: createRenderedState(holding(objects)) });
  await scrape({ method: "GET", headers: {} } as IncomingMessage, response as unknown as ServerResponse);
  expect(seen.pieces).toBeGreaterThan(10);
  expect(seen.turns).toBeGreaterThanOrEqual(seen.pieces);
});

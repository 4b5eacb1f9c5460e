import { ConfigMap, customKinds } from "@slipway/api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { type PatchType, wireTo } from "../testing/wire.ts";

/** Whatever a client sends, it gets an answer that blames the client, and the server is as it was. */

let api: KubernetesApi;
const faults: unknown[] = [];
const call = wireTo(() => api.server);

beforeAll(async () => {
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    kinds: customKinds,
    authorization: "always",
    onError: (error) => faults.push(error),
  });
  await call("POST", configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "target" }, data: { a: "b" } });
  await call("POST", deployments, deployment);
  await call("POST", clusters, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: { name: "target" },
    spec: {},
  });
});
afterAll(() => api.close());

const configMaps = "/api/v1/namespaces/default/configmaps";
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const clusters = "/apis/cluster.x-k8s.io/v1beta1/namespaces/default/clusters";
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "target" },
  spec: {
    selector: { matchLabels: { app: "x" } },
    template: { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
};
const targets = [
  `${configMaps}/target`,
  `${deployments}/target`,
  `${clusters}/target`,
  `${deployments}/target/scale`,
  `${clusters}/target/status`,
];

/** Keys and values that servers stumble over. */
const word = fc.oneof(
  fc.constantFrom(
    "metadata",
    "name",
    "namespace",
    "spec",
    "status",
    "data",
    "labels",
    "annotations",
    "finalizers",
    "ownerReferences",
  ),
  fc.constantFrom("managedFields", "$patch", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers"),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "apiVersion",
    "kind",
    "template",
    "containers",
    "selector",
    "replicas",
    "",
  ),
  fc.string({ maxLength: 12 }),
);
const json = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e308, 2 ** 53, "", "delete", "replace", [], {}),
    fc.string({ maxLength: 20 }),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(word, tie("value"), { maxKeys: 5 }),
}));
const pointer = fc
  .array(word, { maxLength: 4 })
  .map((parts) => parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""));
const operation = fc.record({
  op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "nonsense"),
  path: fc.oneof(pointer, fc.constantFrom("/spec/-", "/metadata/labels/0", "/-", "a")),
  from: pointer,
  value: json.value,
});

/** Never a fault of ours: what is wrong is the client's. */
const fine = (status: number): boolean => status < 500;
/** The same every time; SLIPWAY_TEST_SEED tries another. */
const seed = Number(process.env["SLIPWAY_TEST_SEED"] ?? 20_261_122);
const runs = { numRuns: 250, seed };

describe("whatever is sent", () => {
  test("as an object, is taken or refused [API-019] [API-030]", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(configMaps, deployments, clusters),
        json.object,
        fc.boolean(),
        async (path, body, named) => {
          const [apiVersion, kind] =
            path === configMaps
              ? ["v1", "ConfigMap"]
              : path === deployments
                ? ["apps/v1", "Deployment"]
                : ["cluster.x-k8s.io/v1beta1", "Cluster"];
          const metadata = named ? { metadata: { name: "fuzz" } } : {};
          const { status, text } = await call("POST", `${path}?dryRun=All`, { ...body, ...metadata, apiVersion, kind });
          expect(fine(status), text).toBe(true);
        },
      ),
      runs,
    );
  });

  test("as bytes, is read or refused, whatever they are said to be [API-019] [API-422]", async () => {
    const types = [
      "application/json",
      "application/yaml",
      "application/vnd.kubernetes.protobuf",
      "text/plain",
      "application/json;x",
    ];
    const magic = fc.uint8Array({ maxLength: 120 }).map((bytes) => Uint8Array.from([0x6b, 0x38, 0x73, 0, ...bytes]));
    const text = fc
      .oneof(
        fc.json(),
        fc.string({ maxLength: 80 }),
        fc.constantFrom("{", "[[[[", "a: &a [*a]", "!!js/function x", "- ".repeat(500)),
      )
      .map((each) => new TextEncoder().encode(each));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(magic, text, fc.uint8Array({ maxLength: 80 })),
        fc.constantFrom(...types),
        async (bytes, type) => {
          const { status, text: said } = await call("POST", `${configMaps}?dryRun=All`, bytes, { "content-type": type });
          expect(fine(status), said).toBe(true);
        },
      ),
      runs,
    );
  });

  test("what is small and unfolds without end, or is nested without end, is refused [API-040] [API-426]", async () => {
    const laughs = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefghi".split("").map((letter, at) => `${letter}: &${letter} [${Array(9).fill(`*${"abcdefghi"[at]}`).join(",")}]`),
    ].join("\n");
    const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);
    const bodies: readonly (readonly [string, string])[] = [
      ["application/yaml", laughs],
      ["application/yaml", "a: &a [*a]"],
      ["application/json", deep("[", "]")],
      ["application/json", deep('{"a":', "}").replace("}}", "1}}")],
      ["application/json", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":${deep('{"a":', "}")}}`],
    ];
    const began = performance.now();
    for (const [type, body] of bodies) {
      const { status, text } = await call("POST", `${configMaps}?dryRun=All`, body, { "content-type": type });
      expect([status, text.slice(0, 60)]).toEqual([400, expect.any(String)]);
      const patched = await call("PATCH", `${clusters}/target?dryRun=All&fieldManager=f`, body, {
        "content-type": type === "application/yaml" ? "application/apply-patch+yaml" : "application/merge-patch+json",
      });
      expect(fine(patched.status), patched.text).toBe(true);
    }
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test("as a patch of any kind, to any part, changes the object or is refused [API-227] [API-233] [API-260]", async () => {
    const patches: fc.Arbitrary<readonly [PatchType, unknown]> = fc.oneof(
      fc.tuple(fc.constant<PatchType>("json-patch+json"), fc.array(operation, { maxLength: 5 })),
      fc.tuple(fc.constantFrom<PatchType>("merge-patch+json", "strategic-merge-patch+json"), json.value),
      fc.tuple(
        fc.constant<PatchType>("apply-patch+yaml"),
        json.object.map((object) => ({ apiVersion: "apps/v1", kind: "Deployment", ...object, metadata: { name: "target" } })),
      ),
      fc.tuple(fc.constant<PatchType>("apply-patch+yaml"), json.value),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...targets), patches, async (path, [type, body]) => {
        const { status, text } = await call.patch(
          `${path}?dryRun=All&fieldManager=fuzz&force=${type.startsWith("apply")}`.replace("&force=false", ""),
          type,
          body,
        );
        // Upstream answers 500 to a configuration that does not fit its schema; that is its wording, not a crash.
        const typed = status === 500 && text.includes("failed to create typed patch object");
        expect(fine(status) || typed, `${type} ${JSON.stringify(body)}: ${text}`).toBe(true);
      }),
      { numRuns: 400, seed },
    );
  });

  test("as a path and a query, is answered [API-022]", async () => {
    const part = fc.oneof(
      fc.constantFrom(
        "api",
        "apis",
        "v1",
        "namespaces",
        "default",
        "configmaps",
        "target",
        "watch",
        "status",
        "%00",
        "%2e%2e",
        "..",
        "%",
      ),
      fc.string({ maxLength: 8 }).map(encodeURIComponent),
    );
    const key = fc.constantFrom(
      "limit",
      "continue",
      "resourceVersion",
      "labelSelector",
      "fieldSelector",
      "timeoutSeconds",
      "pretty",
      "dryRun",
      "fieldValidation",
      "timeout",
      "resourceVersionMatch",
      "includeObject",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 8 }),
        fc.array(
          fc.tuple(
            key,
            fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("0", "-1", "99999999999999999999", "=", "a in (", "Exact")),
          ),
          { maxLength: 4 },
        ),
        fc.constantFrom("GET", "HEAD", "PUT", "DELETE", "OPTIONS"),
        async (parts, query, method) => {
          const asked = new URLSearchParams(query as [string, string][]);
          // A future revision is waited for; that is held elsewhere.
          if (/^\d+$/.test(asked.get("resourceVersion") ?? "")) asked.set("resourceVersion", "0");
          if (method === "DELETE") asked.set("dryRun", "All");
          const path = `/${parts.join("/")}?${asked}`;
          const stop = new AbortController();
          const response = await api.server.fetch(new Request(`http://api${path}`, { method, signal: stop.signal }));
          stop.abort();
          expect(fine(response.status), `${method} ${path}`).toBe(true);
        },
      ),
      { numRuns: 400, seed },
    );
  });

  test("leaves no fault behind, and nothing in the store [API-030] [API-276]", async () => {
    expect(faults).toEqual([]);
    expect((await call("GET", configMaps)).body.items.map((each: { metadata: { name: string } }) => each.metadata.name)).toEqual([
      "target",
    ]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    const live = (await call("GET", `${deployments}/target`)).body;
    expect(live.metadata.generation).toBe(1);
  });
});

describe("many watches", () => {
  test("ten thousand idle ones cost some kilobytes each, and give it back [API-204]", async () => {
    const collect = (globalThis as { gc?: () => void }).gc;
    const used = (): number => {
      collect?.();
      return process.memoryUsage().heapUsed;
    };
    const { resourceVersion } = (await call("GET", configMaps)).body.metadata;
    const before = used();
    const stops: AbortController[] = [];
    const readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
    for (let at = 0; at < 10_000; at += 1) {
      const stop = new AbortController();
      const response = await api.server.fetch(
        new Request(`http://api${configMaps}?watch=true&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`, {
          signal: stop.signal,
        }),
      );
      stops.push(stop);
      readers.push((response.body as ReadableStream<Uint8Array>).getReader());
    }
    const reads = readers.map((reader) => reader.read());
    const each = (used() - before) / 10_000;
    // Requests, responses and streams of the test itself included.
    expect(each).toBeLessThan(60_000);
    expect(api.server.metrics.render()).toContain("apiserver_longrunning_requests 10000");
    await api.client.create(ConfigMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "news", namespace: "default" },
    });
    const pieces = await Promise.all(reads);
    expect(pieces.every(({ value }) => new TextDecoder().decode(value).includes('"name":"news"'))).toBe(true);
    for (const stop of stops) stop.abort();
    await Promise.all(readers.map((reader) => reader.cancel()));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(api.server.metrics.render()).toContain("apiserver_longrunning_requests 0");
  }, 60_000);

  test("a reader that stops reading holds nobody up, and its place is lost rather than the server's memory [API-204]", async () => {
    const slowApi = await createKubernetesApi({
      storage: createMemoryStorage<StoredObject>({
        stamp: stampObject,
        history: { seconds: 0, events: 50, maximumEvents: 100, watcherLag: 50 },
      }),
      authorization: "always",
    });
    const wire = wireTo(() => slowApi.server);
    const slow = await slowApi.server.fetch(new Request(`http://api${configMaps}?watch=true&resourceVersion=1`));
    const lazy = (slow.body as ReadableStream<Uint8Array>).getReader();
    const quick = wire.watch(`${configMaps}?watch=true&resourceVersion=1`);
    const seen = quick.take(300);
    for (let at = 0; at < 300; at += 1)
      await wire("POST", configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `c${at}` } });
    expect((await seen).map(({ object }) => object.metadata.name).slice(-1)).toEqual(["c299"]);
    quick.close();
    let events = 0;
    for (let piece = await lazy.read(); !piece.done; piece = await lazy.read())
      events += new TextDecoder().decode(piece.value).trim().split("\n").length;
    // It is told no more than was waiting for it, and its stream ends: it begins again from where it was.
    expect(events).toBeLessThan(300);
    await slowApi.close();
  });
});

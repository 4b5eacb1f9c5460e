import { ApiError, customKinds } from "@slipway/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { createApiServer } from "./server.ts";

/** The wire, without sockets: every answer is what `fetch` gives. */

let api: KubernetesApi;
beforeAll(async () => {
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    kinds: customKinds,
    authorization: "always",
  });
});
afterAll(() => api.close());

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Body = any;

const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await api.server.fetch(
    new Request(`http://api${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  const json = response.headers.get("content-type")?.startsWith("application/json");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: (json === true && text !== "" ? JSON.parse(text) : undefined) as Body,
  };
};

const configMaps = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, more: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...more });
const table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

describe("resources over the wire", () => {
  test("create, read, update, patch, delete, each with its own answer [API-007] [API-024] [API-031]", async () => {
    const created = await call("POST", configMaps, configMap("a", { data: { k: "v" } }));
    expect(created.status).toBe(201);
    expect(created.headers.get("audit-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.headers.get("cache-control")).toBe("no-cache, private");
    const again = await call("POST", configMaps, configMap("a"));
    expect(again.body).toMatchObject({
      kind: "Status",
      metadata: {},
      code: 409,
      reason: "AlreadyExists",
      details: { kind: "configmaps" },
    });
    const read = await call("GET", `${configMaps}/a`);
    expect(read.body).toEqual(created.body);
    expect((await call("PUT", `${configMaps}/a`, { ...read.body, data: { k: "w" } })).status).toBe(200);
    const stale = await call("PUT", `${configMaps}/a`, { ...read.body, data: { k: "x" } });
    expect(stale.body).toMatchObject({ code: 409, reason: "Conflict" });
    const patched = await call(
      "PATCH",
      `${configMaps}/a`,
      { data: { l: "1" } },
      { "content-type": "application/merge-patch+json" },
    );
    expect(patched.body.data).toEqual({ k: "w", l: "1" });
    const gone = await call("DELETE", `${configMaps}/a`);
    expect(gone.body).toMatchObject({ kind: "Status", status: "Success", details: { name: "a", kind: "configmaps" } });
    const missing = await call("GET", `${configMaps}/a`);
    expect(missing.body).toMatchObject({ code: 404, reason: "NotFound", message: 'configmaps "a" not found' });
  });

  test("paths that lead nowhere and verbs that nobody knows [API-011] [API-013] [API-015]", async () => {
    expect(await call("GET", "/apis/nosuch.io/v1/things")).toMatchObject({ status: 404, text: "404 page not found\n" });
    expect(await call("GET", "/api/v1/namespaces/default/nodes")).toMatchObject({ status: 404 });
    expect((await call("POST", "/api/v1/configmaps", configMap("x"))).status).toBe(405);
    expect((await call("POST", "/apis/cluster.x-k8s.io/v1beta1/clusters", {})).status).toBe(404);
    expect((await call("POST", `${configMaps}/a`, {})).body).toMatchObject({ reason: "MethodNotAllowed" });
    expect((await call("DELETE", "/api/v1/namespaces")).body).toMatchObject({ reason: "MethodNotAllowed" });
  });

  test("a body that belongs elsewhere is refused [API-016] [API-017] [API-018] [API-020]", async () => {
    const wrongNamespace = await call("POST", configMaps, { ...configMap("b"), metadata: { name: "b", namespace: "other" } });
    expect(wrongNamespace.body.message).toBe(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
    const wrongVersion = await call("POST", configMaps, { ...configMap("b"), apiVersion: "v2" });
    expect(wrongVersion.body.message).toContain("does not match the expected API version (v1)");
    const wrongName = await call("PUT", `${configMaps}/b`, configMap("c"));
    expect(wrongName.body.message).toBe("the name of the object (c) does not match the name on the URL (b)");
    expect((await call("POST", configMaps, { metadata: { name: "bare" } })).status).toBe(201);
    const bareCluster = await call("POST", "/apis/cluster.x-k8s.io/v1beta1/namespaces/default/clusters", {
      metadata: { name: "bare" },
    });
    expect(bareCluster.body.message).toContain("Object 'Kind' is missing");
  });

  test("query parameters that cannot be read are refused, unknown ones passed over [API-022] [API-271] [API-276]", async () => {
    expect((await call("GET", `${configMaps}?limit=abc`)).body).toMatchObject({ code: 400, reason: "BadRequest" });
    expect((await call("GET", `${configMaps}?colour=blue`)).status).toBe(200);
    expect((await call("GET", `${configMaps}/a?export=true`)).body.message).toContain("export parameter");
    expect((await call("POST", `${configMaps}?dryRun=Some`, configMap("d"))).body).toMatchObject({ code: 422 });
    expect((await call("POST", `${configMaps}?dryRun=All`, configMap("d"))).status).toBe(201);
    expect((await call("GET", `${configMaps}/d`)).status).toBe(404);
  });

  test("unknown and repeated fields warn, or are refused when asked to be strict [API-032] [API-272] [API-273]", async () => {
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"w"},"data":{"a":"1","a":"2"},"dta":{}}';
    const warned = await call("POST", `${configMaps}?fieldValidation=Warn`, text);
    expect(warned.status).toBe(201);
    expect(warned.headers.get("warning")).toBe('299 - "duplicate field \\"data.a\\"", 299 - "unknown field \\"dta\\""');
    const strict = await call("POST", `${configMaps}?fieldValidation=Strict`, text.replace('"w"', '"w2"'));
    expect(strict.body.message).toContain('strict decoding error: duplicate field "data.a", unknown field "dta"');
    expect(
      (await call("POST", `${configMaps}?fieldValidation=Ignore`, text.replace('"w"', '"w3"'))).headers.get("warning"),
    ).toBeNull();
  });

  test("lists of built-in kinds carry no kind a item, those of custom kinds do [API-082] [API-174]", async () => {
    await call("POST", configMaps, configMap("listed"));
    const list = await call("GET", configMaps);
    expect(list.body).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1" });
    expect(list.body.items[0]).not.toHaveProperty("kind");
    const empty = await call("GET", "/apis/cluster.x-k8s.io/v1beta1/clusters");
    expect(empty.body).toMatchObject({ kind: "ClusterList", apiVersion: "cluster.x-k8s.io/v1beta1", items: [] });
  });

  test("pages show one snapshot [API-182] [API-183] [API-T06]", async () => {
    for (const name of ["p1", "p2", "p3"])
      await call("POST", configMaps, configMap(name, { metadata: { name, labels: { page: "yes" } } }));
    const first = await call("GET", `${configMaps}?limit=2&labelSelector=page%3Dyes`);
    expect(first.body.items).toHaveLength(2);
    await call("DELETE", `${configMaps}/p3`);
    const next = encodeURIComponent(first.body.metadata.continue);
    const second = await call("GET", `${configMaps}?limit=2&labelSelector=page%3Dyes&continue=${next}`);
    expect(second.body.items.map((item: Body) => item.metadata.name)).toEqual(["p3"]);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  test("Tables: columns, rows, and as much of the object as was asked for [API-280] [API-281] [API-282]", async () => {
    await call("POST", configMaps, configMap("tabled", { data: { a: "1" } }));
    const one = await call("GET", `${configMaps}/tabled`, undefined, { accept: table });
    expect(one.body.columnDefinitions.map((column: Body) => column.name)).toEqual(["Name", "Data", "Age"]);
    expect(one.body.rows[0].cells.slice(0, 2)).toEqual(["tabled", 1]);
    expect(one.body.rows[0].object).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "tabled" } });
    const none = await call("GET", `${configMaps}?includeObject=None`, undefined, { accept: table });
    expect(none.body.rows[0].object).toBeNull();
    const wrong = await call("GET", `${configMaps}?includeObject=Some`, undefined, { accept: table });
    expect(wrong.body.code).toBe(400);
  });

  test("an odd object is a row like any other, and hides none [API-281]", async () => {
    const attachments = "/apis/storage.k8s.io/v1/volumeattachments";
    await call("POST", attachments, { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttachment", metadata: { name: "odd" } });
    const odd = await call("GET", attachments, undefined, { accept: table });
    expect(odd.body.rows[0].cells.slice(0, 2)).toEqual(["odd", "<invalid>"]);
  });

  test("metadata alone, of one or of many [API-288]", async () => {
    const as = (kind: string) => ({ accept: `application/json;as=${kind};g=meta.k8s.io;v=v1` });
    const list = await call("GET", configMaps, undefined, as("PartialObjectMetadataList"));
    expect(list.body).toMatchObject({ kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" });
    expect(list.body.items[0]).not.toHaveProperty("data");
    expect((await call("GET", configMaps, undefined, as("PartialObjectMetadata"))).status).toBe(406);
  });

  test("YAML goes in and comes out [API-004] [API-040]", async () => {
    const sent = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata: {a: b}\n";
    const created = await call("POST", configMaps, sent, { "content-type": "application/yaml", accept: "application/yaml" });
    expect(created.status).toBe(201);
    expect(created.text).toContain("data:\n  a: b");
  });

  test("HEAD answers without a body [API-033]", async () => {
    const head = await call("HEAD", configMaps);
    expect(head).toMatchObject({ status: 200, text: "" });
  });
});

describe("watches over the wire", () => {
  const open = async (path: string, headers: Record<string, string> = {}) => {
    const stop = new AbortController();
    const response = await api.server.fetch(new Request(`http://api${path}`, { headers, signal: stop.signal }));
    const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    const next = async (): Promise<Body> => {
      for (;;) {
        const end = rest.indexOf("\n");
        if (end >= 0) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 1);
          return JSON.parse(line);
        }
        const { done, value } = await reader.read();
        if (done) return undefined;
        rest += value;
      }
    };
    return { response, next, close: () => stop.abort() };
  };

  test("one line an event, from a revision on [API-188] [API-189] [API-190]", async () => {
    const { body } = await call("GET", configMaps);
    const watch = await open(`${configMaps}?watch=true&resourceVersion=${body.metadata.resourceVersion}`);
    expect(watch.response.headers.get("content-type")).toBe("application/json");
    await call("POST", configMaps, configMap("seen"));
    await call("DELETE", `${configMaps}/seen`);
    expect(await watch.next()).toMatchObject({ type: "ADDED", object: { kind: "ConfigMap", metadata: { name: "seen" } } });
    expect(await watch.next()).toMatchObject({ type: "DELETED", object: { metadata: { name: "seen" } } });
    watch.close();
  });

  test("a streaming list ends with a bookmark that says so, in every shape [API-201] [API-203] [API-T09]", async () => {
    const query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    for (const headers of [{}, { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" }]) {
      const watch = await open(`/api/v1/namespaces?${query}`, headers as Record<string, string>);
      const types: string[] = [];
      let event = await watch.next();
      for (; event.type !== "BOOKMARK"; event = await watch.next()) types.push(event.type);
      expect(new Set(types)).toEqual(new Set(["ADDED"]));
      expect(event.object.metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
      watch.close();
    }
    expect((await call("GET", "/api/v1/namespaces?watch=true&sendInitialEvents=true")).body.code).toBe(422);
  });

  test("as a Table only the first event brings the columns [API-287] [API-T29]", async () => {
    const watch = await open("/api/v1/namespaces?watch=true", { accept: table });
    const [first, second] = [await watch.next(), await watch.next()];
    expect(first.object.columnDefinitions).toHaveLength(3);
    expect(second.object.columnDefinitions).toBeNull();
    watch.close();
  });

  test("a revision from the future is an ERROR event in a good stream [API-194] [API-T05]", async () => {
    const watch = await open("/api/v1/namespaces?watch=true&resourceVersion=99999999");
    expect(watch.response.status).toBe(200);
    expect(await watch.next()).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 504, reason: "Timeout" } });
    expect(await watch.next()).toBeUndefined();
  });

  test("ends when its time is over [API-195]", async () => {
    const watch = await open("/api/v1/pods?watch=true&timeoutSeconds=1");
    expect(await watch.next()).toBeUndefined();
  });
});

describe("what is served", () => {
  test("plain discovery [API-042] [API-043] [API-044] [API-046]", async () => {
    expect((await call("GET", "/api")).body).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    const groups = (await call("GET", "/apis")).body.groups.map((group: Body) => group.name);
    expect(groups).toContain("cluster.x-k8s.io");
    expect(groups.indexOf("apps")).toBeLessThan(groups.indexOf("cluster.x-k8s.io"));
    const apps = (await call("GET", "/apis/apps/v1")).body;
    expect(apps.resources.find((resource: Body) => resource.name === "deployments/scale")).toMatchObject({
      group: "autoscaling",
      version: "v1",
      kind: "Scale",
      singularName: "",
    });
    expect((await call("GET", "/apis/nosuch")).status).toBe(404);
    expect((await call("GET", "/")).body.paths).toContain("/apis/apps/v1");
  });

  test("aggregated discovery echoes the media type, and knows what the client has [API-050] [API-053] [API-054] [API-T11]", async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    const first = await call("GET", "/apis", undefined, { accept });
    expect(first.headers.get("content-type")).toBe("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    expect(first.body).toMatchObject({ kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2" });
    const machines = first.body.items
      .find((group: Body) => group.metadata.name === "cluster.x-k8s.io")
      .versions[0].resources.find((resource: Body) => resource.resource === "machines");
    expect(machines).toMatchObject({
      responseKind: { group: "cluster.x-k8s.io", version: "v1beta1", kind: "Machine" },
      scope: "Namespaced",
      subresources: [{ subresource: "status" }],
    });
    const etag = first.headers.get("etag") ?? "";
    expect((await call("GET", "/apis", undefined, { accept, "if-none-match": etag })).status).toBe(304);
  });

  test("OpenAPI v3 is complete in itself and says how each kind may be written [API-062] [API-063] [API-065] [API-067] [API-068]", async () => {
    const index = (await call("GET", "/openapi/v3")).body.paths;
    const url = index["apis/apps/v1"].serverRelativeURL;
    const found = await call("GET", url);
    expect(found.headers.get("cache-control")).toBe("public, immutable");
    const references = [...found.text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? "");
    for (const name of references) expect(found.body.components.schemas).toHaveProperty([name]);
    const patch = found.body.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"].patch;
    expect(patch["x-kubernetes-group-version-kind"]).toEqual({ group: "apps", version: "v1", kind: "Deployment" });
    expect(patch.parameters.map((parameter: Body) => parameter.name)).toContain("fieldValidation");
    expect(Object.keys(patch.requestBody.content)).toContain("application/strategic-merge-patch+json");
    const custom = (await call("GET", index["apis/cluster.x-k8s.io/v1beta1"].serverRelativeURL)).body;
    const cluster = custom.paths["/apis/cluster.x-k8s.io/v1beta1/namespaces/{namespace}/clusters/{name}"].patch;
    expect(Object.keys(cluster.requestBody.content)).not.toContain("application/strategic-merge-patch+json");
    const stale = await call("GET", "/openapi/v3/apis/apps/v1?hash=OLD");
    expect(stale.status).toBe(301);
    expect(stale.headers.get("location")).toBe(url);
  });

  test("every kind's document can be made", async () => {
    const index = (await call("GET", "/openapi/v3")).body.paths;
    for (const { serverRelativeURL } of Object.values(index) as { serverRelativeURL: string }[])
      expect((await call("GET", serverRelativeURL)).status).toBe(200);
    expect((await call("GET", "/openapi/v2")).body.swagger).toBe("2.0");
    expect((await call("GET", "/openapi/v3/api/v1", undefined, { accept: "application/x-protobuf" })).status).toBe(406);
  });

  test("version and health [API-056] [API-057] [API-058] [API-059] [API-060]", async () => {
    expect((await call("GET", "/version")).body).toMatchObject({ major: "1", minor: "33", gitVersion: "v1.33.4" });
    expect(await call("GET", "/livez")).toMatchObject({ status: 200, text: "ok" });
    expect((await call("GET", "/readyz?verbose")).text).toMatch(/^\[\+\]ping ok\n.*readyz check passed\n$/s);
    const sick = createApiServer({
      registry: api.registry,
      healthChecks: [{ name: "etcd", check: () => Promise.reject(new Error("disk is full")) }],
    });
    const livez = await sick.fetch(new Request("http://api/livez"));
    expect(livez.status).toBe(500);
    expect(await livez.text()).toContain("[-]etcd failed: reason withheld\nlivez check failed");
    expect((await sick.fetch(new Request("http://api/livez?exclude=etcd"))).status).toBe(200);
    expect((await sick.fetch(new Request("http://api/livez/nosuch"))).status).toBe(404);
  });
});

test("a fault of ours is told to the log, not to the client [API-030]", async () => {
  const told: unknown[] = [];
  const broken = createApiServer({
    registry: { ...api.registry, list: () => Promise.reject(new TypeError("a secret detail")) },
    onError: (error) => told.push(error),
  });
  const response = await broken.fetch(new Request("http://api/api/v1/pods"));
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret detail");
  expect(told[0]).toBeInstanceOf(TypeError);
  expect(told[0]).not.toBeInstanceOf(ApiError);
});

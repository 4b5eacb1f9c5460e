import { type Client, ConfigMap, customKinds, Event, Lease, Namespace, Pod, Secret } from "@slipway/api";
import { fromBase64 } from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { createDaysClock } from "../testing/daysclock.ts";
import { wireTo } from "../testing/wire.ts";
import { staticTokens } from "./authn/tokens.ts";
import { decodeProtobuf } from "./protobuf.ts";

/** The rules of the wire, one by one: addresses, errors, patches, deletion, selection, watching, who may see what. */

let api: KubernetesApi;
let client: Client;
const clock = createDaysClock();
const call = wireTo(() => api.server, { authorization: "Bearer root" });
const asJoe = wireTo(() => api.server, { authorization: "Bearer joe" });

const widgets = "/apis/example.com/v1/namespaces/default/widgets";
const widgetCrd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      ["v1alpha1", false],
      ["v1", true],
      ["v1beta2", false],
      ["v2", false],
    ].map(([name, storage]) => ({
      name,
      served: true,
      storage,
      selectableFields: [{ jsonPath: ".spec.colour" }],
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: {
            spec: {
              type: "object",
              properties: {
                colour: { type: "string" },
                size: { type: "integer", format: "int64" },
                tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
                anything: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                port: { "x-kubernetes-int-or-string": true },
                other: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
                items: {
                  type: "array",
                  "x-kubernetes-list-type": "map",
                  "x-kubernetes-list-map-keys": ["name"],
                  items: {
                    type: "object",
                    required: ["name"],
                    properties: { name: { type: "string" }, value: { type: "string" } },
                  },
                },
              },
            },
            status: { type: "object", "x-kubernetes-map-type": "atomic", properties: { phase: { type: "string" } } },
          },
        },
      },
      subresources: { status: {} },
    })),
  },
};
const widget = (name: string, spec: object = {}) => ({ apiVersion: "example.com/v1", kind: "Widget", metadata: { name }, spec });
const configMaps = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, more: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...more } });
const pods = "/api/v1/namespaces/default/pods";
const pod = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...more },
  spec: { containers: [{ name: "c", image: "i" }] },
});

beforeAll(async () => {
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject, clock }),
    kinds: customKinds,
    clock,
    version: "v1.31.7",
    tokens: [
      staticTokens(
        new Map([
          ["root", { name: "root", groups: ["system:masters"] }],
          ["joe", { name: "joe", groups: [] }],
        ]),
      ),
    ],
  });
  client = api.client;
  expect((await call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgetCrd)).status).toBe(201);
  await vi.waitFor(async () => expect((await call("GET", widgets)).status).toBe(200), 5000);
});
afterAll(() => api.close());

describe("what is served", () => {
  test("every entry says how it is called and what can be done with it, no more and no less [API-045] [API-047]", async () => {
    const { resources } = (await call("GET", "/api/v1")).body;
    const entry = (name: string) => resources.find((each: { name: string }) => each.name === name);
    expect(entry("pods")).toMatchObject({
      singularName: "pod",
      namespaced: true,
      kind: "Pod",
      shortNames: ["po"],
      categories: ["all"],
    });
    expect(entry("pods").verbs).toEqual(["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]);
    expect(entry("namespaces").verbs).toEqual(["create", "delete", "get", "list", "patch", "update", "watch"]);
    expect(entry("pods/status")).toMatchObject({ singularName: "", kind: "Pod", verbs: ["get", "patch", "update"] });
    expect(entry("pods/eviction")).toMatchObject({ group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] });
    expect(entry("bindings").verbs).toEqual(["create"]);
  });

  test("stable versions come before betas, whichever is stored [API-048]", async () => {
    const group = (await call("GET", "/apis/example.com")).body;
    expect(group.versions.map(({ version }: { version: string }) => version)).toEqual(["v2", "v1", "v1beta2", "v1alpha1"]);
    expect(group.preferredVersion).toEqual({ groupVersion: "example.com/v2", version: "v2" });
  });

  test("kubectl's way of asking for all of it at once [API-051] [API-052]", async () => {
    const accept = [
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
      "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
      "application/json",
    ].join(",");
    const core = await call("GET", "/api?timeout=32s", undefined, { accept });
    expect(core.body.items).toHaveLength(1);
    expect(core.body.items[0].metadata).toEqual({ creationTimestamp: null });
    const groups = (await call("GET", "/apis?timeout=32s", undefined, { accept })).body.items;
    const found = groups.find(({ metadata }: { metadata: { name: string } }) => metadata.name === "example.com");
    expect(
      found.versions.map(({ version, freshness }: { version: string; freshness: string }) => `${version} ${freshness}`),
    ).toEqual(["v2 Current", "v1 Current", "v1beta2 Current", "v1alpha1 Current"]);
    const peer = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;profile=nopeer";
    expect((await call("GET", "/apis", undefined, { accept: peer })).body.kind).toBe("APIGroupDiscoveryList");
  });

  test("the version is what the API was told to be [API-002]", async () => {
    expect((await call("GET", "/version")).body).toMatchObject({ major: "1", minor: "31", gitVersion: "v1.31.7" });
  });

  test("only kinds that are listed exist [API-003]", async () => {
    expect((await call("GET", "/api/v1/persistentvolumes")).status).toBe(200);
    expect((await call("GET", "/apis/apps/v1beta1/deployments")).status).toBe(404);
    expect((await call("GET", "/apis/resource.k8s.io/v1/resourceclaims")).text).toBe("404 page not found\n");
  });

  test("OpenAPI v3 is JSON only, says what each operation does, and keeps the schemas' extensions [API-064] [API-066] [API-070]", async () => {
    const only = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
    expect((await call("GET", "/openapi/v3/api/v1", undefined, { accept: only })).status).toBe(406);
    const { paths, components } = (await call("GET", "/openapi/v3/apis/example.com/v1")).body;
    const one = paths["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"];
    const many = paths["/apis/example.com/v1/namespaces/{namespace}/widgets"];
    expect(
      [one.get, one.put, one.patch, one.delete, many.get, many.post, many.delete].map((each) => each["x-kubernetes-action"]),
    ).toEqual(["get", "put", "patch", "delete", "list", "post", "deletecollection"]);
    const gvk = { group: "example.com", version: "v1", kind: "Widget" };
    expect(one.get["x-kubernetes-group-version-kind"]).toEqual(gvk);
    const schema = components.schemas["com.example.v1.Widget"];
    expect(schema["x-kubernetes-group-version-kind"]).toEqual([gvk]);
    const { tags, anything, port, other, items } = schema.properties.spec.properties;
    expect(tags["x-kubernetes-list-type"]).toBe("set");
    expect(anything["x-kubernetes-preserve-unknown-fields"]).toBe(true);
    expect(port["x-kubernetes-int-or-string"]).toBe(true);
    expect(other["x-kubernetes-embedded-resource"]).toBe(true);
    expect(items).toMatchObject({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] });
    const core = (await call("GET", "/openapi/v3/api/v1")).body.components.schemas;
    const containers = core["io.k8s.api.core.v1.PodSpec"].properties.containers;
    expect(containers).toMatchObject({
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
    });
    expect(core["io.k8s.api.core.v1.ObjectReference"]["x-kubernetes-map-type"]).toBe("atomic");
  });

  test("OpenAPI v2 comes as JSON or protobuf, and as nothing else [API-072] [API-073]", async () => {
    const json = await call("GET", "/openapi/v2", undefined, { accept: "application/json" });
    expect(json.body).toMatchObject({ swagger: "2.0" });
    expect(json.body.paths).toHaveProperty(["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"]);
    const asked = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const protobuf = await call("GET", "/openapi/v2", undefined, { accept: asked });
    expect(protobuf.headers.get("content-type")).toBe("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    // Field 1, a string: "2.0".
    expect([...protobuf.text.slice(0, 5)].map((letter) => letter.charCodeAt(0))).toEqual([10, 3, 50, 46, 48]);
    expect((await call("GET", "/openapi/v2", undefined, { accept: "text/html" })).status).toBe(406);
  });
});

describe("errors", () => {
  test("every error is a Status whose code is the answer's [API-023]", async () => {
    const { status, body } = await call("GET", `${configMaps}/nosuch`);
    expect(status).toBe(404);
    expect(body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'configmaps "nosuch" not found',
      reason: "NotFound",
      details: { name: "nosuch", kind: "configmaps" },
      code: 404,
    });
    expect((await call("GET", "/api/v1/pods?limit=abc")).body).not.toHaveProperty("details");
  });

  test("a rule that forbids says so with the object's name [API-026]", async () => {
    expect((await call("DELETE", "/api/v1/namespaces/default")).body).toMatchObject({
      code: 403,
      reason: "Forbidden",
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    });
  });

  test("values and paths print as Go prints them [API-029]", async () => {
    const labels = { "bad key": "x" };
    const { body } = await call("POST", configMaps, configMap("Wrong", { annotations: labels }));
    const causes = body.details.causes.map(({ field, message }: { field: string; message: string }) => `${field} ${message}`);
    expect(causes.join("\n")).toMatch(/metadata\.name Invalid value: "Wrong": /);
    expect(causes.join("\n")).toMatch(/metadata\.annotations.* Invalid value: "bad key": /);
    const nested = await call("POST", widgets, widget("w", { items: [{ name: 5 }], size: "many" }));
    expect(nested.body.details.causes.map(({ field }: { field: string }) => field).sort()).toEqual([
      "spec.items[0].name",
      "spec.size",
    ]);
  });

  test("watching one object by its name is a watch of that object [API-010]", async () => {
    await call("POST", configMaps, configMap("watched"));
    await call("POST", configMaps, configMap("beside"));
    for (const path of [`${configMaps}/watched?watch=true`, "/api/v1/watch/namespaces/default/configmaps/watched"]) {
      const watch = call.watch(path);
      const [event] = await watch.take(1);
      expect([event.type, event.object.metadata.name]).toEqual(["ADDED", "watched"]);
      await call("PUT", `${configMaps}/beside`, { ...configMap("beside"), data: { a: path } });
      await call("PUT", `${configMaps}/watched`, { ...configMap("watched"), data: { a: path } });
      const [next] = await watch.take(1);
      expect([next.type, next.object.metadata.name]).toEqual(["MODIFIED", "watched"]);
      watch.close();
    }
    const odd = await call("GET", `${configMaps}/watched?watch=true&fieldSelector=metadata.name%3Dbeside`);
    expect([odd.status, odd.body.message]).toEqual([400, "fieldSelector metadata.name doesn't match requested name"]);
  });
});

describe("patches", () => {
  test("are known by their type, whatever its parameters, and others are named the known ones [API-220] [API-221]", async () => {
    await call("POST", configMaps, { ...configMap("p"), data: { a: "1" } });
    const patch = (type: string, body: unknown) => call("PATCH", `${configMaps}/p`, body, { "content-type": type });
    expect((await patch("application/merge-patch+json; charset=utf-8", { data: { a: "2" } })).body.data).toEqual({ a: "2" });
    const all =
      "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";
    expect((await patch("application/json", {})).body).toMatchObject({
      code: 415,
      reason: "UnsupportedMediaType",
      message: `the body of the request was in an unknown format - accepted media types include: ${all}`,
    });
    await call("POST", widgets, widget("p"));
    const custom = await call.patch(`${widgets}/p`, "strategic-merge-patch+json", { spec: {} });
    expect([custom.status, custom.body.message]).toEqual([
      415,
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    ]);
  });

  test("act on the version of the address, and the result is checked as a PUT would be [API-222]", async () => {
    await call("POST", widgets, widget("versions", { colour: "red" }));
    const beta = widgets.replace("/v1/", "/v1beta2/");
    const patched = await call.patch(`${beta}/versions`, "merge-patch+json", { spec: { colour: "blue" } });
    expect([patched.status, patched.body.apiVersion, patched.body.spec.colour]).toEqual([200, "example.com/v1beta2", "blue"]);
    expect((await call("GET", `${widgets}/versions`)).body).toMatchObject({
      apiVersion: "example.com/v1",
      spec: { colour: "blue" },
    });
    const invalid = await call.patch(`${beta}/versions`, "merge-patch+json", { spec: { size: "large" } });
    expect([invalid.status, invalid.body.reason]).toEqual([422, "Invalid"]);
    const path = `${widgets}/applied?fieldManager=m`;
    expect((await call.patch(path, "apply-patch+yaml", widget("applied"))).status).toBe(201);
    expect((await call.patch(path, "apply-patch+yaml", widget("applied"))).status).toBe(200);
  });

  test("change neither name nor kind, and make nothing that is not there [API-223] [API-149]", async () => {
    await call("POST", configMaps, configMap("fixed"));
    const renamed = await call.patch(`${configMaps}/fixed`, "merge-patch+json", { metadata: { name: "other" } });
    expect([renamed.status, renamed.body.message]).toEqual([
      400,
      "the name of the object (other) does not match the name on the URL (fixed)",
    ]);
    const kind = await call.patch(`${configMaps}/fixed`, "merge-patch+json", { kind: "Secret" });
    expect(kind.status).toBe(400);
    const missing = await call.patch(`${configMaps}/missing`, "merge-patch+json", { data: {} });
    expect([missing.status, missing.body.reason]).toEqual([404, "NotFound"]);
    const stale = await call.patch(`${configMaps}/fixed`, "merge-patch+json", { metadata: { resourceVersion: "1" } });
    expect([stale.status, stale.body.details.retryAfterSeconds]).toEqual([409, undefined]);
  });
});

describe("managed fields", () => {
  // biome-ignore lint/suspicious/noExplicitAny: looked into freely
  const entries = (object: any) =>
    object.metadata.managedFields.map(
      ({ manager, operation, subresource = "", apiVersion }: Record<string, string>) =>
        `${operation} ${manager} ${apiVersion} ${subresource}`,
    );

  test("one manager has an entry each for applying, for updating, and for each subresource [API-238] [API-241]", async () => {
    const path = `${widgets}/managed`;
    await call.patch(`${path}?fieldManager=zoe`, "apply-patch+yaml", widget("managed", { colour: "red" }));
    await call.patch(`${path}?fieldManager=zoe`, "merge-patch+json", { spec: { size: 1 } });
    await call.patch(`${path}/status?fieldManager=zoe`, "merge-patch+json", { status: { phase: "A" } });
    await call.patch(`${widgets.replace("/v1/", "/v2/")}/managed?fieldManager=zoe`, "merge-patch+json", { spec: { size: 2 } });
    const applied = await call.patch(`${path}?fieldManager=ann`, "apply-patch+yaml", widget("managed", { tags: ["x"] }));
    // Applies first; then by time (equal within a second), manager, version and subresource.
    expect(entries(applied.body).slice(0, 2).sort()).toEqual(["Apply ann example.com/v1 ", "Apply zoe example.com/v1 "]);
    expect(entries(applied.body).slice(2).sort()).toEqual(["Update zoe example.com/v1 status", "Update zoe example.com/v2 "]);
    const times = applied.body.metadata.managedFields.map(({ time: at }: { time: string }) => at);
    expect([...times.slice(0, 2)].sort()).toEqual(times.slice(0, 2));
  });

  test("entries of another version count in this one; those of a version that went are dropped [API-268]", async () => {
    const path = `${widgets}/across`;
    const beta = { ...widget("across", { colour: "red" }), apiVersion: "example.com/v1beta2" };
    await call.patch(`${path.replace("/v1/", "/v1beta2/")}?fieldManager=old`, "apply-patch+yaml", beta);
    const conflict = await call.patch(`${path}?fieldManager=new`, "apply-patch+yaml", widget("across", { colour: "blue" }));
    expect([conflict.status, conflict.body.details.causes]).toEqual([
      409,
      [{ reason: "FieldManagerConflict", message: 'conflict with "old"', field: ".spec.colour" }],
    ]);
    const live = (await call("GET", path)).body;
    const other = { manager: "other", operation: "Update", apiVersion: "example.com/v1", fieldsType: "FieldsV1" };
    const gone = [
      ...live.metadata.managedFields.map((entry: object) => ({ ...entry, apiVersion: "example.com/v0" })),
      { ...other, fieldsV1: { "f:spec": { "f:size": {} } } },
    ];
    await call.patch(path, "merge-patch+json", { metadata: { managedFields: gone } });
    const applied = await call.patch(`${path}?fieldManager=new`, "apply-patch+yaml", widget("across", { colour: "blue" }));
    expect(applied.status).toBe(200);
    expect(entries(applied.body)).toEqual(["Apply new example.com/v1 ", "Update other example.com/v1 "]);
  });
});

describe("deletion", () => {
  test("options may come under any of their versions, or in the query [API-150]", async () => {
    for (const [at, apiVersion] of ["v1", "meta.k8s.io/v1", "example.com/v1", undefined].entries()) {
      await call("POST", widgets, { ...widget(`d${at}`), metadata: { name: `d${at}`, finalizers: ["example.com/x"] } });
      const options = {
        kind: "DeleteOptions",
        propagationPolicy: "Foreground",
        ...(apiVersion === undefined ? {} : { apiVersion }),
      };
      const gone = await call("DELETE", `${widgets}/d${at}`, options);
      expect(gone.body.metadata.finalizers).toEqual(["example.com/x", "foregroundDeletion"]);
    }
    await call("POST", widgets, { ...widget("q"), metadata: { name: "q", finalizers: ["example.com/x"] } });
    const inQuery = await call("DELETE", `${widgets}/q?propagationPolicy=Orphan&dryRun=All`);
    expect(inQuery.body.metadata.finalizers).toEqual(["example.com/x", "orphan"]);
    expect((await call("GET", `${widgets}/q`)).body.metadata.deletionTimestamp).toBeUndefined();
    const yaml = "kind: DeleteOptions\napiVersion: v1\npreconditions: {uid: other}\n";
    const refused = await call("DELETE", `${widgets}/q`, yaml, { "content-type": "application/yaml" });
    expect(refused.status).toBe(409);
  });

  test("watchers get the last state, with the revision of the deletion [API-153]", async () => {
    const made = (await call("POST", configMaps, { ...configMap("last"), data: { a: "b" } })).body;
    const watch = call.watch(`${configMaps}?watch=true&resourceVersion=${made.metadata.resourceVersion}`);
    const answer = await call("DELETE", `${configMaps}/last`);
    expect(answer.body).toMatchObject({ kind: "Status", status: "Success", details: { uid: made.metadata.uid } });
    const [event] = await watch.take(1);
    expect(event).toMatchObject({ type: "DELETED", object: { data: { a: "b" }, metadata: { uid: made.metadata.uid } } });
    expect(Number(event.object.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    watch.close();
  });

  test("blocking an owner's deletion asks for no more rights than writing the object [API-135]", async () => {
    const limited = api.as({ user: { name: "joe", groups: [] } });
    const owner = await client.create(ConfigMap, { ...configMap("owner"), metadata: { name: "owner", namespace: "default" } });
    const reference = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid, blockOwnerDeletion: true };
    const made = await limited.create(ConfigMap, {
      ...configMap("owned"),
      metadata: { name: "owned", namespace: "default", ownerReferences: [reference] },
    });
    expect(made.metadata.ownerReferences).toHaveLength(1);
  });
});

describe("selection", () => {
  test("acts alike on lists, watches and deletions of many, and not on one [API-218]", async () => {
    for (const [name, colour] of [
      ["s1", "red"],
      ["s2", "blue"],
      ["s3", "red"],
    ])
      await call("POST", widgets, { ...widget(name as string, { colour }), metadata: { name, labels: { set: "s" } } });
    const query = "labelSelector=set%3Ds&fieldSelector=spec.colour%3Dred";
    // biome-ignore lint/suspicious/noExplicitAny: looked into freely
    const names = (list: any) => list.items.map((each: any) => each.metadata.name);
    expect(names((await call("GET", `${widgets}?${query}`)).body)).toEqual(["s1", "s3"]);
    expect(names((await call("GET", `${widgets.replace("/v1/", "/v2/")}?${query}`)).body)).toEqual(["s1", "s3"]);
    const watch = call.watch(`${widgets}?watch=true&${query}`);
    expect((await watch.take(2)).map(({ object }) => object.metadata.name)).toEqual(["s1", "s3"]);
    watch.close();
    expect((await call("GET", `${widgets}/s2?labelSelector=set%3Dother`)).status).toBe(200);
    await call("DELETE", `${widgets}?${query}`);
    expect(names((await call("GET", `${widgets}?labelSelector=set%3Ds`)).body)).toEqual(["s2"]);
  });

  test("a selector in an object: both halves must fit, an empty one fits all, none fits nothing [API-213]", async () => {
    const labels = { app: "web", tier: "front" };
    await call("POST", pods, { ...pod("chosen", { labels }), spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] } });
    await call.patch(`${pods}/chosen/status`, "merge-patch+json", { status: { phase: "Running" } });
    const budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    const evicted = async (selector: object | undefined) => {
      const spec = { minAvailable: 1, ...(selector === undefined ? {} : { selector }) };
      await call("POST", budgets, { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "b" }, spec });
      const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "chosen" } };
      const answer = await call("POST", `${pods}/chosen/eviction?dryRun=All`, eviction);
      await call("DELETE", `${budgets}/b`);
      return answer.status;
    };
    const guarded = 429;
    expect(
      await evicted({ matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "In", values: ["front"] }] }),
    ).toBe(guarded);
    expect(await evicted({ matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] })).toBe(
      201,
    );
    expect(await evicted({ matchExpressions: [{ key: "tier", operator: "NotIn", values: ["back"] }] })).toBe(guarded);
    expect(await evicted({ matchExpressions: [{ key: "nosuch", operator: "Exists" }] })).toBe(201);
    expect(await evicted({})).toBe(guarded);
    expect(await evicted(undefined)).toBe(201);
    const wrong = { selector: { matchExpressions: [{ key: "a", operator: "In" }] }, minAvailable: 1 };
    const refused = await call("POST", budgets, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "w" },
      spec: wrong,
    });
    expect([refused.status, refused.body.message]).toEqual([
      422,
      expect.stringContaining("spec.selector.matchExpressions[0].values: Required value"),
    ]);
  });
});

describe("watching", () => {
  test("a lone event goes out at once, those that wait go out together [API-206]", async () => {
    const { resourceVersion } = (await call("GET", configMaps)).body.metadata;
    const answer = await api.server.fetch(
      new Request(`http://api${configMaps}?watch=true&resourceVersion=${resourceVersion}`, {
        headers: { authorization: "Bearer root" },
      }),
    );
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const first = reader.read();
    await call("POST", configMaps, configMap("alone"));
    const lines = async (piece: ReturnType<typeof reader.read>) =>
      new TextDecoder()
        .decode((await piece).value)
        .trim()
        .split("\n").length;
    expect(await lines(first)).toBe(1);
    await Promise.all(["t1", "t2", "t3"].map((name) => call("POST", configMaps, configMap(name))));
    let pieces = 0;
    for (let seen = 0; seen < 3; pieces += 1) seen += await lines(reader.read());
    expect(pieces).toBeLessThanOrEqual(3);
    await reader.cancel();
  });

  test("metadata clients hear of every change, also of others' fields, in JSON [API-289]", async () => {
    await call("POST", configMaps, configMap("meta"));
    const accept =
      "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
    const watch = call.watch(`${configMaps}?watch=true&fieldSelector=metadata.name%3Dmeta`, { accept });
    const [added] = await watch.take(1);
    expect(added.object).toMatchObject({
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: { name: "meta" },
    });
    await call.patch(`${configMaps}/meta`, "merge-patch+json", { data: { only: "data" } });
    const [changed] = await watch.take(1);
    expect(changed.type).toBe("MODIFIED");
    expect(changed.object).not.toHaveProperty("data");
    expect(changed.object.metadata.resourceVersion).not.toBe(added.object.metadata.resourceVersion);
    watch.close();
  });

  test("a row of a table has a cell for every column, the wide ones too [API-283]", async () => {
    await call("POST", pods, pod("row"));
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { columnDefinitions, rows } = (await call("GET", `${pods}/row`, undefined, { accept })).body;
    expect(columnDefinitions.some(({ priority }: { priority: number }) => priority > 0)).toBe(true);
    expect(rows[0].cells).toHaveLength(columnDefinitions.length);
  });
});

describe("long lists", () => {
  test("are made in pieces, with turns for everyone else in between [API-187] [API-408]", async () => {
    const secrets = "/api/v1/namespaces/lists/secrets";
    await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "lists" } });
    await Promise.all(
      Array.from({ length: 3000 }, (_, at) =>
        client.create(Secret, { apiVersion: "v1", kind: "Secret", metadata: { name: `s${at}`, namespace: "lists" } }),
      ),
    );
    const order: string[] = [];
    const lists = Promise.all(
      [1, 2, 3].map(async (id) => {
        const { body } = await call("GET", secrets);
        order.push(`list ${id}`);
        expect(body.items).toHaveLength(3000);
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    await call("GET", `${secrets}/s1`);
    order.push("one");
    // A leader must not lose its office to somebody's lists.
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "leader" },
      spec: { holderIdentity: "me" },
    };
    await call("PUT", "/apis/coordination.k8s.io/v1/namespaces/default/leases/leader", lease);
    order.push("lease");
    await lists;
    expect(order.slice(0, 2)).toEqual(["one", "lease"]);
    const answer = await api.server.fetch(new Request(`http://api${secrets}`, { headers: { authorization: "Bearer root" } }));
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      expect(decoder.decode(piece.value).match(/"uid":/g)?.length ?? 0).toBeLessThanOrEqual(250);
  });
});

describe("who may see what", () => {
  test("is decided before anybody is told what there is [API-392]", async () => {
    for (const path of ["/apis/no.such/v1/things", "/api/v1/namespaces/nosuch/pods", `${configMaps}/nosuch`]) {
      const { status, body } = await asJoe("GET", path);
      expect([status, body.reason]).toEqual([403, "Forbidden"]);
    }
    expect((await call("GET", "/apis/no.such/v1/things")).status).toBe(404);
  });

  test("a rule for names admits lists and watches that pin the name, and no others [API-388] [API-387]", async () => {
    const group = "rbac.authorization.k8s.io";
    await call("POST", `/apis/${group}/v1/namespaces/default/roles`, {
      apiVersion: `${group}/v1`,
      kind: "Role",
      metadata: { name: "one" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["watched"], verbs: ["get", "list", "watch"] }],
    });
    await call("POST", `/apis/${group}/v1/namespaces/default/rolebindings`, {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata: { name: "one" },
      roleRef: { apiGroup: group, kind: "Role", name: "one" },
      subjects: [{ apiGroup: group, kind: "User", name: "joe" }],
    });
    const pinned = `${configMaps}?fieldSelector=metadata.name%3Dwatched`;
    await vi.waitFor(async () => expect((await asJoe("GET", pinned)).status).toBe(200), 5000);
    expect((await asJoe("GET", configMaps)).status).toBe(403);
    expect((await asJoe("GET", `${configMaps}?fieldSelector=metadata.name%3Dbeside`)).status).toBe(403);
    expect((await asJoe("GET", `${configMaps}?fieldSelector=metadata.name!%3Dwatched`)).status).toBe(403);
    const watch = asJoe.watch(`${configMaps}/watched?watch=true`);
    expect((await watch.take(1))[0].type).toBe("ADDED");
    watch.close();
  });
});

describe("events and leases", () => {
  const event = (name: string) => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: "p", uid: "u-1" },
    reason: "Tried",
    message: "again",
    count: 1,
    type: "Normal",
  });

  test("a recorder makes an event, counts it up, and makes it anew when it has gone [API-406] [API-405]", async () => {
    const events = "/api/v1/namespaces/default/events";
    const name = "p.0123456789abcdef";
    expect((await call("POST", events, event(name))).status).toBe(201);
    expect((await call("POST", events, event(name))).body.reason).toBe("AlreadyExists");
    const again = await call.patch(`${events}/${name}`, "strategic-merge-patch+json", { count: 2, message: "and again" });
    expect(again.body).toMatchObject({ count: 2, message: "and again" });
    const watch = call.watch(`${events}?watch=true&timeoutSeconds=86400&resourceVersion=${again.body.metadata.resourceVersion}`);
    clock.pass(3_590_000);
    await call.patch(`${events}/${name}`, "strategic-merge-patch+json", { count: 3 });
    // An hour after the last write, not after the first.
    clock.pass(3_000_000);
    expect((await client.list(Event, { namespace: "default" })).items).toHaveLength(1);
    clock.pass(700_000);
    const [modified, deleted] = await watch.take(2);
    expect([modified.type, deleted.type, deleted.object.metadata.name]).toEqual(["MODIFIED", "DELETED", name]);
    const late = await call.patch(`${events}/${name}`, "strategic-merge-patch+json", { count: 4 });
    expect(late.status).toBe(404);
    expect((await call("POST", events, event(name))).status).toBe(201);
    watch.close();
  });

  test("a leader takes, renews and gives up its lease as controller-runtime does [API-409] [API-407]", async () => {
    const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    const name = "controller-leader-election-caph";
    const spec = {
      holderIdentity: "host-1_6f1c2e",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:00.000000Z",
      leaseTransitions: 0,
    };
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name }, spec };
    const made = (await call("POST", leases, lease)).body;
    expect(made.spec).toEqual(spec);
    const renewed = await call("PUT", `${leases}/${name}`, {
      ...made,
      spec: { ...spec, renewTime: "2026-01-01T00:00:02.000001Z" },
    });
    expect(renewed.body.spec.renewTime).toBe("2026-01-01T00:00:02.000001Z");
    const released = await call("PUT", `${leases}/${name}`, {
      ...renewed.body,
      spec: { ...spec, holderIdentity: "", leaseDurationSeconds: 1 },
    });
    expect([released.status, released.body.spec.holderIdentity]).toEqual([200, ""]);
    const taken = { ...released.body, spec: { ...spec, holderIdentity: "host-2_aa", leaseTransitions: 1 } };
    expect((await call("PUT", `${leases}/${name}`, taken)).status).toBe(200);
    expect((await call("PUT", `${leases}/${name}`, taken)).body.reason).toBe("Conflict");
    expect((await client.get(Lease, { namespace: "default", name })).spec?.holderIdentity).toBe("host-2_aa");
  });
});

describe("protobuf", () => {
  const envelope = (apiVersion: string, kind: string, raw: readonly number[]) => {
    const field = (number: number, bytes: readonly number[]) => [number * 8 + 2, ...varint(bytes.length), ...bytes];
    const text = (value: string) => [...new TextEncoder().encode(value)];
    return Uint8Array.from([
      0x6b,
      0x38,
      0x73,
      0,
      ...field(1, [...field(1, text(apiVersion)), ...field(2, text(kind))]),
      ...field(2, raw),
    ]);
  };
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]);
  const bytes = (number: number, inner: readonly number[]) => [...varint(number * 8 + 2), ...varint(inner.length), ...inner];
  const string = (number: number, value: string) => bytes(number, [...new TextEncoder().encode(value)]);
  const number = (field: number, value: number) => [...varint(field * 8), ...varint(value)];

  test("times, quantities, ports, raw JSON and maps read as their JSON does; unknown fields are passed over [API-417]", () => {
    // Lease: renewTime (MicroTime) in spec, creationTimestamp (Time) in metadata, a field 99 from the future.
    const lease = [
      ...bytes(1, [...string(1, "l"), ...bytes(8, [...number(1, 1_767_225_600)])]),
      ...bytes(2, [...string(1, "me"), ...bytes(4, [...number(1, 1_767_225_600), ...number(2, 5000)])]),
      ...string(99, "new"),
    ];
    expect(decodeProtobuf(envelope("coordination.k8s.io/v1", "Lease", lease))).toMatchObject({
      metadata: { name: "l", creationTimestamp: "2026-01-01T00:00:00Z" },
      spec: { holderIdentity: "me", renewTime: "2026-01-01T00:00:00.000005Z" },
    });
    const service = bytes(2, [
      ...bytes(1, [...number(3, 80), ...bytes(4, [...number(1, 0), ...number(2, 8080)])]),
      ...bytes(1, [...number(3, 81), ...bytes(4, [...number(1, 1), ...string(3, "web")])]),
      ...bytes(2, [...string(1, "app"), ...string(2, "x")]),
    ]);
    expect(decodeProtobuf(envelope("v1", "Service", service))).toMatchObject({
      spec: {
        ports: [
          { port: 80, targetPort: 8080 },
          { port: 81, targetPort: "web" },
        ],
        selector: { app: "x" },
      },
    });
    const quantity = bytes(2, bytes(2, bytes(8, bytes(1, [...string(1, "cpu"), ...bytes(2, string(1, "250m"))]))));
    expect(decodeProtobuf(envelope("v1", "Pod", quantity))).toMatchObject({
      spec: { containers: [{ resources: { limits: { cpu: "250m" } } }] },
    });
    const raw = bytes(2, string(1, '{"x":[1,2]}'));
    expect(decodeProtobuf(envelope("apps/v1", "ControllerRevision", raw))).toMatchObject({ data: { x: [1, 2] } });
  });

  test("custom resources and patches never come in it, and answers are JSON whenever that is acceptable [API-420] [API-421]", async () => {
    const type = { "content-type": "application/vnd.kubernetes.protobuf" };
    const body = envelope("example.com/v1", "Widget", bytes(1, string(1, "w")));
    expect((await call("POST", widgets, body, type)).status).toBe(415);
    expect((await call("PATCH", `${configMaps}/meta`, body, type)).status).toBe(415);
    const both = await call("GET", `${configMaps}/meta`, undefined, {
      accept: "application/vnd.kubernetes.protobuf,application/json",
    });
    expect([both.status, both.headers.get("content-type")]).toEqual([200, "application/json"]);
    const any = await call("GET", `${configMaps}/meta`, undefined, { accept: "application/vnd.kubernetes.protobuf, */*" });
    expect(any.headers.get("content-type")).toBe("application/json");
    const only = await call("GET", `${configMaps}/meta`, undefined, { accept: "application/vnd.kubernetes.protobuf" });
    expect([only.status, only.body.reason]).toEqual([406, "NotAcceptable"]);
  });

  test("what is broken, or nested without end, is a bad request and no more [API-422]", async () => {
    const type = { "content-type": "application/vnd.kubernetes.protobuf" };
    let deep: number[] = [];
    // JSONSchemaProps.not is a JSONSchemaProps.
    for (let depth = 0; depth < 200; depth += 1) deep = bytes(28, deep);
    const crd = bytes(2, [...string(1, "g"), ...bytes(7, [...string(1, "v1"), ...bytes(4, bytes(1, deep))])]);
    const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const answers = [
      await call("POST", crds, envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", crd), type),
      await call("POST", configMaps, envelope("v1", "ConfigMap", [0xff, 0xff, 0xff]), type),
      await call("POST", configMaps, fromBase64("azhzAAoM"), type),
    ];
    for (const { status, body } of answers) expect([status, body.reason]).toEqual([400, "BadRequest"]);
  });
});

describe("the same in process and over the wire", () => {
  test("an object reads the same either way, to the last key [API-001] [API-463] [API-466]", async () => {
    const list = (await call("GET", `${widgets}?limit=5`)).body.items;
    for (const object of list) {
      const kind = { group: "example.com", version: "v1", kind: "Widget", plural: "widgets", scope: "Namespaced" } as const;
      const inProcess = await client.get(kind, { namespace: "default", name: object.metadata.name });
      expect(JSON.parse(JSON.stringify(inProcess))).toEqual(object);
      expect(inProcess).toEqual(object);
    }
    const sent = { ...pod("same"), metadata: { name: "same", namespace: "default", labels: { a: "b" }, annotations: {} } };
    const made = await client.create(Pod, sent as Pod);
    const { status, body } = await call("GET", `${pods}/same`);
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(made)));
    // Revisions are only compared for being newer; they need not follow each other.
    expect(Number(made.metadata.resourceVersion)).toBeGreaterThan(0);
  });

  test("a watcher in the process hears of a write no earlier than its writer may go on [API-462]", async () => {
    const order: string[] = [];
    const stop = new AbortController();
    const stream = api.registry.watch(
      ConfigMap,
      { namespace: "default", resourceVersion: api.registry.revision(), signal: stop.signal },
      { user: { name: "x", groups: [] }, warn: () => {} },
    );
    const next = stream.next().then(() => order.push("event"));
    const write = client.create(ConfigMap, { ...configMap("order"), metadata: { name: "order", namespace: "default" } });
    order.push("write begun");
    await write;
    await next;
    expect(order).toEqual(["write begun", "event"]);
    stop.abort();
    stream.close();
  });
});

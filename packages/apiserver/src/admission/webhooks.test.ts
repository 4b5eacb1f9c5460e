import { ApiError, ConfigMap, type Resource, type UnstructuredObject } from "@slipway/api";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { servedBuiltins } from "../builtin/served.ts";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";
import type { ServedResource } from "../registry/served.ts";
import { Crd, gadget } from "../testing/resources.ts";
import { allowing, answers, patching, startWebhook, type TestWebhook } from "../testing/webhook.node.ts";
import { createHttpsCaller, type HttpsCaller, type WebhookRoute } from "./https.node.ts";

const cluster = (group: string, version: string, kind: string, plural: string): Resource<UnstructuredObject> => ({
  group,
  version,
  kind,
  plural,
  scope: "Cluster",
});
const Mutating = cluster("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations");
const Validating = cluster(
  "admissionregistration.k8s.io",
  "v1",
  "ValidatingWebhookConfiguration",
  "validatingwebhookconfigurations",
);
const Namespace = cluster("", "v1", "Namespace", "namespaces");

let hook: TestWebhook;
let caller: HttpsCaller;
let api: InMemoryApi;
const routes = new Map<string, WebhookRoute>();
const warnings: string[] = [];

beforeAll(async () => {
  hook = await startWebhook(["127.0.0.1", "hook.default.svc"]);
  caller = createHttpsCaller({ resolve: ({ namespace, name }) => routes.get(`${namespace}/${name}`) });
});
afterAll(async () => {
  caller.close();
  await hook.close();
});
beforeEach(async () => {
  hook.calls.length = 0;
  warnings.length = 0;
  routes.clear();
  api = await createApiInMemory({
    webhooks: caller,
    namespaces: ["labelled"],
    judge: (_user, { verb }) => ({ allowed: verb === "get" }),
  });
});
afterEach(async () => {
  await api.settled();
  await api.close();
});

const everyWrite = [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }];
const webhook = (path: string, more: object = {}) => ({
  name: `${path.replaceAll("/", "")}.hooks.example.com`,
  clientConfig: { url: `${hook.url}${path}`, caBundle: hook.caBundle },
  rules: everyWrite,
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  ...more,
});
const configuration = (kind: string, name: string, webhooks: readonly object[]): UnstructuredObject =>
  ({ apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name }, webhooks }) as unknown as UnstructuredObject;
const mutates = (...webhooks: readonly object[]) =>
  api.client.create(Mutating, configuration("MutatingWebhookConfiguration", "m", webhooks));
const validates = (...webhooks: readonly object[]) =>
  api.client.create(Validating, configuration("ValidatingWebhookConfiguration", "v", webhooks));
const configMap = (name: string, more: object = {}, metadata: object = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", ...metadata },
  ...more,
});
const refused = async (work: Promise<unknown>): Promise<ApiError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`was not refused: ${String(error)}`);
  return error;
};
const paths = () => hook.calls.map(({ path }) => path);

test("a webhook is asked with the whole review: who, what, how, before and after [API-358] [API-359] [API-364] [API-370]", async () => {
  hook.on("/v", allowing);
  await validates(webhook("/v", { timeoutSeconds: 7 }));
  const client = api.as({ user: { name: "ann", uid: "u1", groups: ["g"], extra: { k: ["x"] } }, fieldManager: "me" });
  const made = await client.create(ConfigMap, configMap("a", { data: { k: "1" } }));
  await client.update(ConfigMap, { ...made, data: { k: "2" } });
  await client.patch(ConfigMap, { namespace: "default", name: "a" }, { type: "merge", body: { data: { k: "3" } } });
  await client.delete(ConfigMap, { namespace: "default", name: "a" }, { propagationPolicy: "Foreground" });

  const [create, update, patch, remove] = hook.calls.map(({ body }) => body);
  expect(create).toMatchObject({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      kind: { group: "", version: "v1", kind: "ConfigMap" },
      resource: { group: "", version: "v1", resource: "configmaps" },
      requestKind: { group: "", version: "v1", kind: "ConfigMap" },
      requestResource: { group: "", version: "v1", resource: "configmaps" },
      name: "a",
      namespace: "default",
      operation: "CREATE",
      userInfo: { username: "ann", uid: "u1", groups: ["g"], extra: { k: ["x"] } },
      object: { data: { k: "1" }, metadata: { name: "a", uid: made.metadata.uid } },
      oldObject: null,
      dryRun: false,
      options: { apiVersion: "meta.k8s.io/v1", kind: "CreateOptions", fieldManager: "me" },
    },
  });
  expect(create.request.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(update.request).toMatchObject({
    operation: "UPDATE",
    object: { data: { k: "2" } },
    oldObject: { data: { k: "1" } },
    options: { kind: "UpdateOptions" },
  });
  expect(patch.request).toMatchObject({ operation: "UPDATE", object: { data: { k: "3" } }, oldObject: { data: { k: "2" } } });
  expect(remove.request).toMatchObject({
    operation: "DELETE",
    object: null,
    oldObject: { data: { k: "3" } },
    options: { kind: "DeleteOptions", propagationPolicy: "Foreground" },
  });
  expect(hook.calls[0]).toMatchObject({ query: "?timeout=7s", headers: { "content-type": "application/json" } });
});

test("webhooks that change come first, in order, and see an object that is not named yet; those that judge see the last word [API-352] [API-358] [API-366]", async () => {
  hook.on("/one", patching({ op: "add", path: "/data", value: { one: "1" } }));
  hook.on("/two", patching({ op: "add", path: "/data/two", value: "2" }, { op: "add", path: "/colour", value: "red" }));
  hook.on("/v", allowing);
  await validates(webhook("/v"));
  await mutates(webhook("/one"), webhook("/two"));
  const made = await api.client.create(ConfigMap, {
    ...configMap(""),
    metadata: { generateName: "a-", namespace: "default" },
  });
  expect(made.data).toEqual({ one: "1", two: "2" });
  expect(made).not.toHaveProperty("colour");
  expect(paths()).toEqual(["/one", "/two", "/v"]);
  const [one, two, last] = hook.calls.map(({ body }) => body.request);
  expect(one.name).toBeUndefined();
  expect(one.object.metadata.name).toBeUndefined();
  expect(one.object.metadata.uid).toBeUndefined();
  expect(two.object.data).toEqual({ one: "1" });
  expect(last.object).toMatchObject({ data: made.data, metadata: { name: made.metadata.name, uid: made.metadata.uid } });
  // What a webhook adds belongs to nobody.
  expect(JSON.stringify(made.metadata.managedFields)).not.toContain("f:two");
});

test("a schema judges what webhooks made of an object, and completes it [API-352] [API-366]", async () => {
  await api.client.create(Crd, gadgets());
  const rules = [{ operations: ["CREATE"], apiGroups: ["example.com"], apiVersions: ["v1"], resources: ["gadgets"] }];
  hook.on("/bad", patching({ op: "add", path: "/spec/size", value: 0 }));
  hook.on("/empty", patching({ op: "add", path: "/spec/part", value: { nope: 1 } }));
  await mutates(webhook("/bad", { rules }));
  const make = (name: string) =>
    api.client.create(gadget("v1"), {
      apiVersion: "example.com/v1",
      kind: "Gadget",
      metadata: { name, namespace: "default" },
      spec: { size: 1 },
    } as UnstructuredObject);
  expect(await refused(make("a"))).toMatchObject({ code: 422 });
  await api.client.delete(Mutating, { name: "m" });
  await mutates(webhook("/empty", { rules }));
  expect((await make("b")).spec).toEqual({ size: 1, part: { level: 5 } });
});

test("a webhook may be asked once more when a later one changed what it saw, and only once [API-365]", async () => {
  const adds = (label: string) =>
    answers((review) => {
      const labels = review.request.object.metadata.labels ?? {};
      const value = { ...labels, [label]: String(Number(labels[label] ?? "0") + 1) };
      return {
        allowed: true,
        patchType: "JSONPatch",
        patch: btoa(JSON.stringify([{ op: "add", path: "/metadata/labels", value }])),
      };
    });
  hook.on("/a", adds("a"));
  hook.on("/b", adds("b"));
  hook.on("/c", allowing);
  await mutates(
    webhook("/a", { reinvocationPolicy: "IfNeeded" }),
    webhook("/b", { reinvocationPolicy: "IfNeeded" }),
    webhook("/c", { reinvocationPolicy: "IfNeeded" }),
  );
  const made = await api.client.create(ConfigMap, configMap("x"));
  expect(paths()).toEqual(["/a", "/b", "/c", "/a"]);
  expect(made.metadata.labels).toEqual({ a: "2", b: "1" });
});

test("a denial reaches the client with the webhook's code, reason and details [API-361] [API-362]", async () => {
  const causes = [{ reason: "FieldValueInvalid", message: "too red", field: "data.colour" }];
  const denials: readonly [object | undefined, object, string][] = [
    [{ code: 403, reason: "Forbidden", message: "no" }, { code: 403, reason: "Forbidden" }, ": no"],
    [{ reason: "Forbidden" }, { code: 400, reason: "Forbidden" }, ": Forbidden"],
    [undefined, { code: 400 }, " without explanation"],
    [
      { code: 422, reason: "Invalid", message: "bad", details: { causes } },
      { code: 422, reason: "Invalid", details: { causes } },
      ": bad",
    ],
    [{ code: 200, message: "odd" }, { code: 400 }, ": odd"],
  ];
  await validates(webhook("/v"));
  for (const [status, expected, text] of denials) {
    hook.on("/v", answers({ allowed: false, ...(status === undefined ? {} : { status }) }));
    const error = await refused(api.client.create(ConfigMap, configMap("a")));
    expect(error).toMatchObject(expected);
    expect(error.message).toBe(`admission webhook "v.hooks.example.com" denied the request${text}`);
  }
  // A policy for failures says nothing of denials.
  await api.client.delete(Validating, { name: "v" });
  await validates(webhook("/v", { failurePolicy: "Ignore" }));
  expect((await refused(api.client.create(ConfigMap, configMap("a")))).message).toContain("denied the request");
});

test("a webhook that cannot be asked stops the write, or is passed over when it says so [API-360] [API-363] [API-369]", async () => {
  const elsewhere = await startWebhook();
  const own = { url: `${hook.url}/v`, caBundle: hook.caBundle };
  const cases: readonly [Parameters<TestWebhook["on"]>[1], object, RegExp][] = [
    [() => 500, own, /failed to call webhook: an error on the server/],
    [() => 302, own, /failed to call webhook: the server redirected/],
    [() => "no json", own, /json parse error/],
    [() => "x".repeat(4 * 1024 * 1024), own, /response body too large/],
    [() => ({ kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1" }), own, /webhook response was absent/],
    [() => ({ kind: "Pod", apiVersion: "v1" }), own, /expected webhook response of admission.k8s.io\/v1, Kind=AdmissionReview/],
    [answers({ uid: "other", allowed: true }), own, /expected response.uid="[0-9a-f-]+", got "other"/],
    [patching({ op: "add", path: "/data", value: {} }), own, /validating webhook may not return response.patch/],
    [allowing, { ...own, caBundle: elsewhere.caBundle }, /x509: certificate signed by unknown authority/],
    [allowing, { ...own, caBundle: "" }, /x509: certificate signed by unknown authority/],
    [allowing, { url: `${elsewhere.url.replace(/\d+$/, "1")}/v` }, /dial tcp 127.0.0.1:1: connect: connection refused/],
  ];
  for (const [handler, clientConfig, text] of cases) {
    hook.on("/v", handler);
    await validates(webhook("/v", { clientConfig }));
    const error = await refused(api.client.create(ConfigMap, configMap("a")));
    expect(error.message).toMatch(/^Internal error occurred: failed calling webhook "v.hooks.example.com": /);
    expect(error.message).toMatch(text);
    expect(error).toMatchObject({ code: 500, reason: "InternalError" });
    await api.client.delete(Validating, { name: "v" });
    await validates(webhook("/v", { clientConfig, failurePolicy: "Ignore" }));
    await api.client.create(ConfigMap, configMap("a"), { dryRun: true });
    await api.client.delete(Validating, { name: "v" });
  }
  await elsewhere.close();
});

test("a patch needs its type, a type its patch, and nothing can be patched that goes [API-360]", async () => {
  await mutates(webhook("/m"));
  hook.on("/m", answers({ allowed: true, patch: btoa("[]") }));
  expect((await refused(api.client.create(ConfigMap, configMap("a")))).message).toContain(
    "webhook returned response.patch but not response.patchType",
  );
  hook.on("/m", answers({ allowed: true, patchType: "JSONPatch" }));
  expect((await refused(api.client.create(ConfigMap, configMap("a")))).message).toContain(
    "webhook returned response.patchType but not response.patch",
  );
  hook.on("/m", allowing);
  await api.client.create(ConfigMap, configMap("a"));
  hook.on("/m", patching({ op: "add", path: "/data", value: {} }));
  expect((await refused(api.client.delete(ConfigMap, { namespace: "default", name: "a" }))).message).toContain(
    "attempted to modify the object, which is not supported for this operation",
  );
});

test("a webhook that answers too late counts as one that cannot be asked [API-364]", async () => {
  hook.on("/v", () => new Promise(() => undefined));
  await validates(webhook("/v", { timeoutSeconds: 1 }));
  expect((await refused(api.client.create(ConfigMap, configMap("a")))).message).toContain("context deadline exceeded");
});

test("rules say which writes are asked about: operation, group, version, resource, subresource and scope [API-353]", async () => {
  hook.on("/v", allowing);
  const asked = async (rule: object): Promise<readonly string[]> => {
    await validates(webhook("/v", { rules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], ...rule }] }));
    hook.calls.length = 0;
    const made = await api.client.create(ConfigMap, configMap("a"));
    await api.client.update(ConfigMap, { ...made, data: { a: "b" } });
    await api.client.patch(
      ConfigMap,
      { namespace: "default", name: "applied" },
      { type: "apply", body: configMap("applied", { data: { a: "b" } }) },
    );
    await api.client.deleteCollection(ConfigMap, { namespace: "default" });
    const space = await api.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "temp" } });
    await api.client.update(Namespace, space, { subresource: "status" });
    await api.client.delete(Namespace, { name: "temp" });
    await api.settled();
    await api.client.delete(Validating, { name: "v" });
    return hook.calls.map(({ body: { request } }) =>
      [request.operation, request.resource.resource, request.subResource].filter(Boolean).join(" "),
    );
  };
  const writes = ["CREATE configmaps", "UPDATE configmaps", "CREATE configmaps", "DELETE configmaps", "DELETE configmaps"];
  expect(await asked({ resources: ["configmaps"] })).toEqual(writes);
  expect(await asked({ resources: ["configmaps"], operations: ["UPDATE", "DELETE"] })).toEqual(
    writes.filter((one) => !one.startsWith("CREATE")),
  );
  expect(await asked({ resources: ["configmaps"], apiGroups: ["apps"] })).toEqual([]);
  expect(await asked({ resources: ["configmaps"], apiVersions: ["v2"] })).toEqual([]);
  expect(await asked({ resources: ["configmaps/status"] })).toEqual([]);
  expect(await asked({ resources: ["configmaps/*"] })).toEqual(writes);
  expect(await asked({ resources: ["namespaces/status"] })).toEqual(["UPDATE namespaces status"]);
  expect(await asked({ resources: ["*/status"] })).toEqual(["UPDATE namespaces status"]);
  expect(await asked({ resources: ["*"], scope: "Cluster", operations: ["CREATE"] })).toEqual(["CREATE namespaces"]);
  const everything = await asked({ resources: ["*/*"], scope: "Namespaced" });
  expect(everything.slice(0, 5)).toEqual(writes);
  expect(everything.every((one) => !one.includes("namespaces"))).toBe(true);
});

test("nobody is asked about webhook configurations, and about reviews only who names their group [API-357]", async () => {
  hook.on("/v", answers({ allowed: false }));
  const all = [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] }];
  const review = cluster("authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews");
  const answered: ServedResource["virtual"] = async (object) => object;
  const own = await createApiInMemory({
    webhooks: caller,
    resources: servedBuiltins({ virtual: { "selfsubjectreviews.authentication.k8s.io": answered } }),
  });
  const ask = () =>
    own.client.create(review, { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: {} });
  const put = (rules: readonly object[]) =>
    own.client.create(Validating, configuration("ValidatingWebhookConfiguration", "v", [webhook("/v", { rules })]));
  await put(all);
  await own.client.create(Mutating, configuration("MutatingWebhookConfiguration", "m", [webhook("/m")]));
  await own.client.delete(Mutating, { name: "m" });
  await ask();
  await refused(own.client.create(ConfigMap, configMap("a")));
  await own.client.delete(Validating, { name: "v" });
  await put([{ ...all[0], apiGroups: ["authentication.k8s.io"] }]);
  await refused(ask());
  await own.close();
});

const gadgets = (): UnstructuredObject => {
  const version = (name: string, storage: boolean, field: string) => ({
    name,
    served: true,
    storage,
    schema: {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: {
            type: "object",
            properties: {
              [field]: { type: "integer", minimum: 1 },
              part: { type: "object", properties: { level: { type: "integer", default: 5 } } },
            },
          },
        },
      },
    },
    subresources: { scale: { specReplicasPath: `.spec.${field}`, statusReplicasPath: ".status.n" } },
  });
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget" },
      versions: [version("v1", true, "size"), version("v2", false, "size")],
    },
  } as unknown as UnstructuredObject;
};
const make = (version: string, name: string, spec: object): Promise<UnstructuredObject> =>
  api.client.create(gadget(version), {
    apiVersion: `example.com/${version}`,
    kind: "Gadget",
    metadata: { name, namespace: "default" },
    spec,
  } as UnstructuredObject);

test("a rule for one version sees writes of every version, converted to its own, unless it wants the literal one [API-354]", async () => {
  await api.client.create(Crd, gadgets());
  const rules = [{ operations: ["*"], apiGroups: ["example.com"], apiVersions: ["v1"], resources: ["gadgets"] }];
  hook.on("/m", patching({ op: "add", path: "/spec/size", value: 7 }));
  await mutates(webhook("/m", { rules }));
  const made = await make("v2", "a", { size: 1 });
  expect(made).toMatchObject({ apiVersion: "example.com/v2", spec: { size: 7 } });
  expect(hook.calls[0]?.body.request).toMatchObject({
    kind: { version: "v1" },
    resource: { version: "v1" },
    requestKind: { version: "v2" },
    requestResource: { version: "v2" },
    object: { apiVersion: "example.com/v1", spec: { size: 1 } },
  });
  await api.client.delete(Mutating, { name: "m" });
  await mutates(webhook("/m", { rules, matchPolicy: "Exact" }));
  expect(await make("v2", "b", { size: 1 })).toMatchObject({ spec: { size: 1 } });
  expect(await make("v1", "c", { size: 1 })).toMatchObject({ spec: { size: 7 } });
});

test("a scaling is shown as a Scale, and may be changed as one [API-353] [API-358]", async () => {
  await api.client.create(Crd, gadgets());
  await make("v1", "a", { size: 1 });
  const rules = [{ operations: ["UPDATE"], apiGroups: ["example.com"], apiVersions: ["*"], resources: ["gadgets/scale"] }];
  hook.on("/m", patching({ op: "replace", path: "/spec/replicas", value: 9 }));
  await mutates(webhook("/m", { rules }));
  await api.client.patch(
    gadget("v1"),
    { namespace: "default", name: "a" },
    { type: "merge", body: { spec: { replicas: 3 } } },
    { subresource: "scale" },
  );
  expect((await api.client.get(gadget("v1"), { namespace: "default", name: "a" })).spec).toMatchObject({ size: 9 });
  expect(hook.calls[0]?.body.request).toMatchObject({
    kind: { group: "autoscaling", version: "v1", kind: "Scale" },
    resource: { resource: "gadgets" },
    subResource: "scale",
    object: { kind: "Scale", spec: { replicas: 3 } },
    oldObject: { kind: "Scale", spec: { replicas: 1 } },
  });
});

test("labels choose: those of the namespace, and those of the object before or after [API-355]", async () => {
  hook.on("/v", allowing);
  const space = await api.client.get(Namespace, { name: "labelled" });
  await api.client.update(Namespace, { ...space, metadata: { ...space.metadata, labels: { watched: "yes" } } });
  const rules = [...everyWrite, { operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["namespaces", "nodes"] }];
  await validates(webhook("/v", { rules, namespaceSelector: { matchLabels: { watched: "yes" } } }));
  await api.client.create(ConfigMap, configMap("a"));
  await api.client.create(ConfigMap, configMap("a", {}, { namespace: "labelled" }));
  await api.client.create(Namespace, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "own", labels: { watched: "yes" } },
  });
  await api.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
  await api.client.create(cluster("", "v1", "Node", "nodes"), { apiVersion: "v1", kind: "Node", metadata: { name: "n" } });
  expect(hook.calls.map(({ body: { request } }) => `${request.namespace ?? ""}/${request.name}`)).toEqual([
    "labelled/a",
    "/own",
    "/n",
  ]);
  await api.client.delete(Validating, { name: "v" });
  hook.calls.length = 0;

  await validates(webhook("/v", { objectSelector: { matchExpressions: [{ key: "mine", operator: "Exists" }] } }));
  const plain = await api.client.create(ConfigMap, configMap("b"));
  const marked = await api.client.update(ConfigMap, { ...plain, metadata: { ...plain.metadata, labels: { mine: "" } } });
  const unmarked = await api.client.update(ConfigMap, { ...marked, metadata: { ...marked.metadata, labels: {} } });
  await api.client.update(ConfigMap, { ...unmarked, data: { a: "b" } });
  expect(hook.calls.map(({ body: { request } }) => request.operation)).toEqual(["UPDATE", "UPDATE"]);
});

test("conditions in CEL decide whether a webhook is asked, and one that fails is a failure [API-356]", async () => {
  hook.on("/v", allowing);
  const conditions = (...expressions: readonly string[]) =>
    expressions.map((expression, index) => ({ name: `c${index}`, expression }));
  const asked = async (matchConditions: readonly object[], more: object = {}): Promise<number> => {
    await validates(webhook("/v", { matchConditions, ...more }));
    hook.calls.length = 0;
    try {
      await api
        .as({ user: { name: "ann", groups: [] } })
        .create(ConfigMap, configMap("a", { data: { n: "1" } }), { dryRun: true });
      return hook.calls.length;
    } finally {
      await api.client.delete(Validating, { name: "v" });
    }
  };
  expect(await asked(conditions("request.operation == 'CREATE'", "object.data.n == '1'", "oldObject == null"))).toBe(1);
  expect(await asked(conditions("request.userInfo.username == 'bob'"))).toBe(0);
  expect(await asked(conditions("authorizer.group('').resource('pods').check('get').allowed()"))).toBe(1);
  expect(await asked(conditions("authorizer.requestResource.check('delete').allowed()"))).toBe(0);
  expect(await asked(conditions("object.data.missing == '1'", "false"))).toBe(0);
  expect(await asked(conditions("object.data.missing == '1'"), { failurePolicy: "Ignore" })).toBe(0);
  const error = await refused(asked(conditions("object.data.missing == '1'")));
  expect(error).toMatchObject({ code: 403, reason: "Forbidden" });
  const costly = `${"[1,2,3,4,5,6,7,8,9,10].all(a, ".repeat(8)}true${")".repeat(8)}`;
  expect((await refused(asked(conditions(costly)))).message).toContain("cost limit exceeded");
  const tooMany = Array.from({ length: 65 }, (_, index) => ({ name: `c${index}`, expression: "true" }));
  expect((await refused(asked(tooMany))).message).toContain("Too many: 65: must have at most 64 items");
});

test("warnings reach the client, annotations the audit log [API-360]", async () => {
  hook.on("/v", answers({ allowed: true, warnings: ["mind the gap"], auditAnnotations: { why: "because" } }));
  await validates(webhook("/v"));
  const annotations: string[] = [];
  await api.registry.create(
    ConfigMap as Resource,
    configMap("a") as unknown as UnstructuredObject,
    {},
    {
      user: { name: "ann", groups: [] },
      warn: (text) => warnings.push(text),
      annotate: (key, value) => annotations.push(`${key}=${value}`),
    },
  );
  expect(warnings).toEqual(["mind the gap"]);
  expect(annotations).toEqual(["v.hooks.example.com/why=because"]);
});

test("a dry run asks webhooks too, and says so [API-278]", async () => {
  hook.on("/v", allowing);
  await validates(webhook("/v", { sideEffects: "NoneOnDryRun" }));
  await api.client.create(ConfigMap, configMap("a"), { dryRun: true });
  expect(hook.calls[0]?.body.request).toMatchObject({ dryRun: true, options: { dryRun: ["All"] } });
});

test("managers that a webhook spoils are kept as they were, with a warning; names cannot be changed [API-366]", async () => {
  hook.on("/m", patching({ op: "replace", path: "/metadata/managedFields/0/operation", value: "Spoil" }));
  await mutates(webhook("/m", { rules: [{ ...everyWrite[0], operations: ["UPDATE"] }] }));
  const client = api.as({ onWarning: (text) => warnings.push(text) });
  const made = await client.create(ConfigMap, configMap("a", { data: { a: "1" } }));
  const changed = await client.update(ConfigMap, { ...made, data: { a: "2" } });
  expect(changed.metadata.managedFields).toHaveLength(1);
  expect(warnings.join()).toContain(".metadata.managedFields was in an invalid state after admission");
  for (const field of ["name", "namespace", "uid"]) {
    hook.on("/m", patching({ op: "replace", path: `/metadata/${field}`, value: "other" }));
    expect((await refused(client.update(ConfigMap, { ...changed, data: { a: field } }))).message).toContain(
      `metadata.${field}: Invalid value: "other": field is immutable`,
    );
  }
});

test("configurations that could not be obeyed are refused [API-367]", async () => {
  const wrong: readonly [object, string][] = [
    [{ sideEffects: "Some" }, 'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    [{ name: "two.segments" }, "should be a domain with at least three segments separated by dots"],
    [{ admissionReviewVersions: ["v2"] }, "must include at least one of v1, v1beta1"],
    [{ admissionReviewVersions: [] }, "webhooks[0].admissionReviewVersions: Required value"],
    [{ clientConfig: {} }, "exactly one of url or service is required"],
    [{ clientConfig: { url: "http://x.y/z" } }, "'https' is the only allowed URL scheme"],
    [{ clientConfig: { url: "https://x.y/z?a=b" } }, "query parameters are not permitted in the URL"],
    [{ clientConfig: { url: "https://x.y", caBundle: btoa("none") } }, "unable to load root certificates"],
    [{ timeoutSeconds: 31 }, "the timeout value must be between 1 and 30 seconds"],
    [{ failurePolicy: "Maybe" }, 'supported values: "Fail", "Ignore"'],
    [{ rules: [{ ...everyWrite[0], operations: ["*", "CREATE"] }] }, "if '*' is present, must not specify other operations"],
    [{ rules: [{ ...everyWrite[0], resources: ["*/*", "pods"] }] }, "if '*/*' is present, must not specify other resources"],
    [{ rules: [{ ...everyWrite[0], resources: [] }] }, "webhooks[0].rules[0].resources: Required value"],
    [{ matchConditions: [{ name: "a", expression: "nope == 1" }] }, "webhooks[0].matchConditions[0].expression: Invalid value"],
    [{ matchConditions: [{ name: "a", expression: "'a' + 'b'" }] }, "must evaluate to bool"],
    [{ objectSelector: { matchExpressions: [{ key: "a", operator: "Around" }] } }, "not a valid selector operator"],
  ];
  for (const [change, text] of wrong) {
    const error = await refused(validates(webhook("/v", change)));
    expect(error).toMatchObject({ code: 422, reason: "Invalid" });
    expect(error.message).toContain(text);
  }
  expect((await refused(validates(webhook("/v"), webhook("/v")))).message).toContain("webhooks[1].name: Duplicate value");
});

test("a configuration acts on the request after the answer to it, whether it came, changed or went [API-368]", async () => {
  hook.on("/v", answers({ allowed: false }));
  hook.on("/w", allowing);
  const made = await validates(webhook("/v"));
  await refused(api.client.create(ConfigMap, configMap("a")));
  const changed = await api.client.update(Validating, { ...made, webhooks: [webhook("/w")] } as UnstructuredObject);
  await api.client.create(ConfigMap, configMap("a"));
  await api.client.update(Validating, { ...changed, webhooks: [webhook("/v")] } as UnstructuredObject);
  await refused(api.client.create(ConfigMap, configMap("b")));
  await api.client.delete(Validating, { name: "v" });
  await api.client.create(ConfigMap, configMap("b"));
});

test("a service is found by the resolver, over the wire under its own name or in this very process [API-350] [API-370]", async () => {
  hook.on("/v", allowing);
  const clientConfig = { service: { name: "hook", namespace: "default", path: "/v" }, caBundle: hook.caBundle };
  await validates(webhook("/v", { clientConfig }));
  routes.set("default/hook", { host: "127.0.0.1", port: hook.port });
  await api.client.create(ConfigMap, configMap("a"));
  expect(hook.calls[0]?.headers).toMatchObject({ host: "hook.default.svc:443" });
  const seen: unknown[] = [];
  routes.set("default/hook", async (path, body) => {
    seen.push(path, body);
    const { uid } = (body as { request: { uid: string } }).request;
    return { kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", response: { uid, allowed: false } };
  });
  expect((await refused(api.client.create(ConfigMap, configMap("b")))).message).toContain("without explanation");
  expect(seen).toMatchObject(["/v", { kind: "AdmissionReview", request: { operation: "CREATE" } }]);
});

test("webhooks that speak only v1beta1 are asked in it [API-367]", async () => {
  hook.on("/m", (review) => ({
    apiVersion: review.apiVersion,
    kind: "AdmissionReview",
    response: { allowed: true, patch: btoa(JSON.stringify([{ op: "add", path: "/data", value: { a: "b" } }])) },
  }));
  await mutates(webhook("/m", { admissionReviewVersions: ["v1beta1"] }));
  expect((await api.client.create(ConfigMap, configMap("a"))).data).toEqual({ a: "b" });
  expect(hook.calls[0]?.body.apiVersion).toBe("admission.k8s.io/v1beta1");
});

import { once } from "node:events";
import { Pod, type UnstructuredObject } from "@slipway/api";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Listener, listen } from "../http/listen.node.ts";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { simulatedShell } from "../testing/shell.ts";
import { allowing, answers, patching, startWebhook, type TestWebhook } from "../testing/webhook.node.ts";
import { wireTo } from "../testing/wire.ts";
import { createHttpsCaller, type HttpsCaller } from "./https.node.ts";

/** Connections: whoever has a say in them is asked before a byte is streamed. */

let hook: TestWebhook;
let caller: HttpsCaller;
let api: KubernetesApi;
let listener: Listener;
beforeAll(async () => {
  hook = await startWebhook();
  caller = createHttpsCaller({ resolve: () => undefined });
});
afterAll(async () => {
  caller.close();
  await hook.close();
});
beforeEach(async () => {
  hook.calls.length = 0;
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    authorization: "always",
    webhooks: caller,
    pods: { exec: (_pod, options) => simulatedShell(options) },
  });
  listener = await listen(api.server, { port: 0 });
  await api.client.create(Pod, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "default" },
    spec: { nodeName: "n", containers: [{ name: "main", image: "i" }] },
  });
});
afterEach(async () => {
  await listener.close();
  await api.close();
});
const wire = wireTo(() => api.server);
const group = "/apis/admissionregistration.k8s.io/v1";

const rules = (...resources: readonly string[]) => [{ operations: ["CONNECT"], apiGroups: [""], apiVersions: ["v1"], resources }];
const configure = async (kind: "Mutating" | "Validating", path: string, ...resources: readonly string[]) => {
  const made = await wire("POST", `${group}/${kind.toLowerCase()}webhookconfigurations`, {
    metadata: { name: "c" },
    webhooks: [
      {
        name: "c.hooks.example.com",
        clientConfig: { url: `${hook.url}${path}`, caBundle: hook.caBundle },
        rules: rules(...resources),
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  });
  expect(made.status, made.text).toBe(201);
};
const pod = "/api/v1/namespaces/default/pods/p";

/** What a command printed, or why it did not come to that. */
const run = async (query: string): Promise<string> => {
  const client = new WebSocket(`${listener.url.replace(/^http/, "ws")}${pod}/exec?${query}`, "v4.channel.k8s.io");
  let out = "";
  client.on("message", (data: Buffer) => {
    if (data[0] === 1) out += data.subarray(1).toString();
  });
  client.on("unexpected-response", (_request, answer) => {
    answer.on("data", (piece: Buffer) => {
      out += piece.toString();
    });
    answer.on("end", () => client.emit("close"));
  });
  client.on("error", () => {});
  await once(client, "close");
  return out;
};

test("a webhook sees a command before it runs, with all that was asked for [API-483]", async () => {
  hook.on("/v", allowing);
  await configure("Validating", "/v", "pods/exec", "pods/attach");
  expect(await run("command=echo&command=hello&stdout=true&container=main")).toBe("hello\n");
  expect(hook.calls).toHaveLength(1);
  expect(hook.calls[0]?.body.request).toMatchObject({
    kind: { group: "", version: "v1", kind: "PodExecOptions" },
    resource: { group: "", version: "v1", resource: "pods" },
    subResource: "exec",
    name: "p",
    namespace: "default",
    operation: "CONNECT",
    object: { kind: "PodExecOptions", apiVersion: "v1", command: ["echo", "hello"], stdout: true, container: "main" },
    oldObject: null,
    dryRun: false,
    options: null,
  });
});

test("what it denies is not run, and the client hears why [API-483]", async () => {
  let ran = 0;
  api.server.pods.exec = () => {
    ran += 1;
    return undefined;
  };
  hook.on("/v", answers({ allowed: false, status: { message: "no shells here", code: 403 } }));
  await configure("Validating", "/v", "pods/*");
  expect(JSON.parse(await run("command=sh&stdin=true&stdout=true"))).toMatchObject({
    code: 403,
    message: 'admission webhook "c.hooks.example.com" denied the request: no shells here',
  });
  expect(ran).toBe(0);
});

test("a mutating webhook may change what is run [API-483]", async () => {
  hook.on("/m", patching({ op: "replace", path: "/command/1", value: "changed" }));
  await configure("Mutating", "/m", "pods/exec");
  expect(await run("command=echo&command=asked&stdout=true")).toBe("changed\n");
});

test.each([
  [`${pod}/attach?stdin=true&container=main`, "pods/attach", "PodAttachOptions", { stdin: true, container: "main" }],
  [`${pod}/portforward?ports=80&ports=443`, "pods/portforward", "PodPortForwardOptions", { ports: [80, 443] }],
  [`${pod}/proxy/metrics/x`, "pods/proxy", "PodProxyOptions", { path: "metrics/x" }],
  ["/api/v1/namespaces/default/services/s/proxy", "services/proxy", "ServiceProxyOptions", { path: "" }],
  ["/api/v1/nodes/n/proxy/healthz", "nodes/proxy", "NodeProxyOptions", { path: "healthz" }],
])("GET %s is a connection to %s with %s [API-483]", async (path, resource, kind, fields) => {
  hook.on("/v", answers({ allowed: false, status: { message: "no", code: 418 } }));
  await configure("Validating", "/v", resource);
  expect((await wire("GET", path)).status).toBe(418);
  expect(hook.calls.map(({ body }) => body.request)).toMatchObject([
    { kind: { kind }, object: { kind, apiVersion: "v1", ...fields } },
  ]);
});

test("reading a log is no connection, and a rule for writes does not mean connections [API-483]", async () => {
  hook.on("/v", answers({ allowed: false }));
  await configure("Validating", "/v", "pods", "pods/log");
  expect((await wire("GET", `${pod}/log`)).status).toBe(200);
  expect(await run("command=echo&command=x&stdout=true")).toBe("x\n");
  expect(hook.calls).toEqual([]);
});

test("a policy judges connections by what they ask for [API-483] [API-371]", async () => {
  const create = async (plural: string, object: object) => {
    const made = await wire("POST", `${group}/${plural}`, object as UnstructuredObject);
    expect(made.status, made.text).toBe(201);
  };
  await create("validatingadmissionpolicies", {
    metadata: { name: "no-terminals" },
    spec: {
      matchConstraints: { resourceRules: rules("pods/exec") },
      validations: [
        {
          expression: "request.operation != 'CONNECT' || !has(object.tty) || !object.tty || request.userInfo.username == 'root'",
          message: "terminals are not for you",
        },
      ],
    },
  });
  await create("validatingadmissionpolicybindings", {
    metadata: { name: "b" },
    spec: { policyName: "no-terminals", validationActions: ["Deny"] },
  });
  expect(await run("command=echo&command=x&stdout=true")).toBe("x\n");
  expect(JSON.parse(await run("command=sh&stdin=true&stdout=true&tty=true")).message).toContain("terminals are not for you");
});

test("an eviction and a token over the wire are creates that webhooks see [API-483]", async () => {
  hook.on("/v", answers({ allowed: false, status: { message: "stays", code: 409 } }));
  const made = await wire("POST", `${group}/validatingwebhookconfigurations`, {
    metadata: { name: "e" },
    webhooks: [
      {
        name: "e.hooks.example.com",
        clientConfig: { url: `${hook.url}/v`, caBundle: hook.caBundle },
        rules: [
          { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods/eviction", "serviceaccounts/token"] },
        ],
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  });
  expect(made.status).toBe(201);
  const eviction = await wire("POST", `${pod}/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" } });
  expect(eviction.body).toMatchObject({ code: 409, message: expect.stringContaining("stays") });
  await wire("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "a" } });
  const token = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  expect((await wire("POST", "/api/v1/namespaces/default/serviceaccounts/a/token", token)).status).toBe(409);
  expect(hook.calls.map(({ body }) => [body.request.operation, body.request.kind.kind, body.request.name])).toEqual([
    ["CREATE", "Eviction", "p"],
    ["CREATE", "TokenRequest", "a"],
  ]);
  expect((await wire("GET", pod)).status).toBe(200);
});

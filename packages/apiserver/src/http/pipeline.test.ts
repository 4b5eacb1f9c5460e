import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterRole, ClusterRoleBinding } from "@slipway/api";
import { generateKeyPair } from "@slipway/api/pki/index.ts";
import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi, type KubernetesApiOptions } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { openAuditFile } from "./audit/file.node.ts";
import { type AuditPolicy, decideAudit, defaultAuditPolicy, readAuditPolicy } from "./audit/policy.ts";
import { staticTokens } from "./authn/tokens.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { allowedTime, goDuration } from "./limits/duration.ts";
import { createFamilies } from "./metrics/families.ts";

/** What befalls every request, whatever it asks: how long it may take, how many there may be, who writes it down. */

const tokens = staticTokens(
  new Map([
    ["root", { name: "root", groups: ["system:masters"] }],
    ["user", { name: "joe", uid: "u1", groups: ["people"], extra: { team: ["red"] } }],
  ]),
);
const open = (options: Partial<KubernetesApiOptions> = {}) =>
  createKubernetesApi({ storage: createMemoryStorage<StoredObject>({ stamp: stampObject }), tokens: [tokens], ...options });

const exchange = (
  method: string,
  url: string,
  more: Partial<Exchange> & { token?: string; headers?: object; text?: string } = {},
): Exchange => {
  const [path = "", query = ""] = url.split("?", 2);
  const headers: Record<string, string> = {
    ...(more.token === undefined ? {} : { authorization: `Bearer ${more.token}` }),
    ...(more.headers as Record<string, string> | undefined),
  };
  return {
    method,
    path,
    query: new URLSearchParams(query),
    header: (name) => headers[name],
    body: async () => new TextEncoder().encode(more.text ?? ""),
    signal: new AbortController().signal,
    peer: {},
    ...(more.body === undefined ? {} : { body: more.body }),
    ...(more.peer === undefined ? {} : { peer: more.peer }),
  };
};
const textOf = ({ body }: Answer): string => (typeof body === "string" ? body : "");
const configMaps = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, data: object = {}) =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });

describe("time", () => {
  test("durations are read as Go writes them", () => {
    expect(["32s", "1m30s", "1.5h", "300ms", "0", "-2s"].map(goDuration)).toEqual([32_000, 90_000, 5_400_000, 300, 0, -2000]);
    expect(["", "abc", "5", "1d"].map(goDuration)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("a request has a minute, a write 34 seconds, and `timeout` makes it less, never more [API-425]", () => {
    expect([allowedTime(null, false), allowedTime(null, true), allowedTime("2m", false), allowedTime("2s", true)]).toEqual([
      60_000, 34_000, 60_000, 2000,
    ]);
    expect(() => allowedTime("soon", false)).toThrow(
      'invalid timeout specified in the request URL - time: invalid duration "soon"',
    );
  });

  test("what takes longer is answered 504; watches may last [API-425]", async () => {
    const api = await open({ authorization: "always" });
    const never = () => new Promise<Uint8Array>(() => {});
    const late = await api.server.handle(exchange("POST", `${configMaps}?timeout=20ms`, { body: never }));
    expect(late.status).toBe(504);
    expect(JSON.parse(textOf(late))).toMatchObject({
      reason: "Timeout",
      message: "Timeout: request did not complete within the allotted timeout",
    });
    const wrong = await api.server.handle(exchange("GET", `${configMaps}?timeout=soon`));
    expect([wrong.status, JSON.parse(textOf(wrong)).reason]).toEqual([400, "BadRequest"]);
    const watch = await api.server.handle(exchange("GET", `${configMaps}?watch=true&timeout=20ms&timeoutSeconds=1`));
    expect(watch.status).toBe(200);
    await api.close();
  });
});

describe("numbers", () => {
  let api: KubernetesApi;
  beforeAll(async () => {
    api = await open({ limits: { readOnly: 2, mutating: 1 } });
    await api.client.create(ClusterRole, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "all" },
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
    });
    await api.client.create(ClusterRoleBinding, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "all" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "all" },
      subjects: [{ kind: "User", name: "joe" }],
    });
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await api.server.handle(exchange("GET", configMaps, { token: "user" }))).status === 200) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  afterAll(() => api.close());

  test("too many at once are sent away with a time to come back; the operator and leaders are not [API-427] [API-428]", async () => {
    const bodies: ((bytes: Uint8Array) => void)[] = [];
    const slow = () => new Promise<Uint8Array>((resolve) => bodies.push(resolve));
    const first = api.server.handle(exchange("POST", configMaps, { token: "user", body: slow }));
    while (bodies.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const second = await api.server.handle(exchange("POST", configMaps, { token: "user", text: configMap("b") }));
    expect([second.status, second.headers["retry-after"], textOf(second)]).toEqual([
      429,
      "1",
      "Too many requests, please try again later.\n",
    ]);
    // Reads are counted apart from writes.
    expect((await api.server.handle(exchange("GET", configMaps, { token: "user" }))).status).toBe(200);
    const lease = JSON.stringify({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "l" }, spec: {} });
    const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    expect((await api.server.handle(exchange("POST", leases, { token: "user", text: lease }))).status).toBe(201);
    expect((await api.server.handle(exchange("POST", configMaps, { token: "root", text: configMap("c") }))).status).toBe(201);
    bodies[0]?.(new TextEncoder().encode(configMap("a")));
    expect((await first).status).toBe(201);
    expect((await api.server.handle(exchange("POST", configMaps, { token: "user", text: configMap("d") }))).status).toBe(201);
  });

  test("watches are not counted, and a long list is until its last piece is taken [API-427]", async () => {
    const watches = await Promise.all(
      Array.from({ length: 5 }, () => api.server.handle(exchange("GET", `${configMaps}?watch=true`, { token: "user" }))),
    );
    expect(watches.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    for (let at = 0; at < 300; at += 1)
      await api.server.handle(exchange("POST", configMaps, { token: "root", text: configMap(`many-${at}`) }));
    const held = [
      await api.server.handle(exchange("GET", configMaps, { token: "user" })),
      await api.server.handle(exchange("GET", configMaps, { token: "user" })),
    ];
    expect((await api.server.handle(exchange("GET", configMaps, { token: "user" }))).status).toBe(429);
    let text = "";
    for await (const piece of (held[0] as Answer).body as AsyncIterable<string>) text += piece;
    expect(JSON.parse(text).items.length).toBeGreaterThan(300);
    expect((await api.server.handle(exchange("GET", `${configMaps}/many-1`, { token: "user" }))).status).toBe(200);
  });
});

describe("size", () => {
  test("an object that no store should hold is refused, whichever way it grew [API-426]", async () => {
    const api = await open({ authorization: "always" });
    const chunk = "x".repeat(400_000);
    const annotated = { a: { "example.com/x": "y".repeat(200_000) } };
    // Each part is within its own bounds, together they are not.
    const custom = JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "big", annotations: annotated.a },
      spec: { containers: ["a", "b", "c", "d"].map((name) => ({ name, image: "i", args: [chunk] })) },
    });
    const made = await api.server.handle(exchange("POST", "/api/v1/namespaces/default/pods", { text: custom }));
    expect(made.status).toBe(413);
    expect(JSON.parse(textOf(made)).message).toContain("request is too large");
    const small = JSON.stringify({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n" },
      status: { images: [{ names: [chunk, chunk, chunk] }] },
    });
    expect((await api.server.handle(exchange("POST", "/api/v1/nodes", { text: small }))).status).toBe(201);
    const grown = await api.server.handle(
      exchange("PATCH", "/api/v1/nodes/n/status", {
        headers: { "content-type": "application/merge-patch+json" },
        text: JSON.stringify({ status: { images: [{ names: [chunk, chunk, chunk, chunk] }] } }),
      }),
    );
    expect(grown.status).toBe(413);
    await api.close();
  });
});

describe("pages of other sites", () => {
  test("may read nothing unless their origin is named [API-429]", async () => {
    const api = await open({ authorization: "always", corsOrigins: ["https://console.example.com"] });
    const from = (origin: string, method = "GET") => api.server.handle(exchange(method, "/version", { headers: { origin } }));
    expect((await from("https://evil.example")).headers).not.toHaveProperty("access-control-allow-origin");
    expect((await from("https://console.example.com")).headers).toMatchObject({
      "access-control-allow-origin": "https://console.example.com",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "Date",
    });
    const asked = await from("https://console.example.com", "OPTIONS");
    expect([asked.status, asked.headers["access-control-allow-methods"]]).toEqual([
      204,
      "POST, GET, OPTIONS, PUT, DELETE, PATCH",
    ]);
    expect((await from("https://evil.example", "OPTIONS")).status).not.toBe(204);
    await api.close();
  });
});

describe("the audit trail", () => {
  const everything: AuditPolicy = { rules: [{ level: "RequestResponse" }] };
  const trail = (policy: AuditPolicy) => {
    const lines: string[] = [];
    // biome-ignore lint/suspicious/noExplicitAny: events are looked into freely
    const events = () => lines.map((line) => JSON.parse(line) as any);
    return { events, lines, audit: { policy, sink: { write: (line: string) => lines.push(line) > 0 } } };
  };

  test("tells who did what to which object and what came of it [API-431]", async () => {
    const { audit, events } = trail(everything);
    const api = await open({ audit });
    const pod = JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { generateName: "p-" },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    await api.server.handle(
      exchange("POST", "/api/v1/namespaces/default/pods?dryRun=All", {
        token: "root",
        text: pod,
        headers: { "user-agent": "kubectl/v1", "impersonate-user": "ann" },
        peer: { address: "192.0.2.7" },
      }),
    );
    const [received, complete] = events().filter(({ objectRef }) => objectRef?.resource === "pods");
    expect(received).toMatchObject({ stage: "RequestReceived", kind: "Event", apiVersion: "audit.k8s.io/v1" });
    expect(complete).toMatchObject({
      level: "RequestResponse",
      stage: "ResponseComplete",
      auditID: received.auditID,
      requestURI: "/api/v1/namespaces/default/pods?dryRun=All",
      verb: "create",
      user: { username: "root", groups: ["system:masters", "system:authenticated"] },
      impersonatedUser: { username: "ann" },
      sourceIPs: ["192.0.2.7"],
      userAgent: "kubectl/v1",
      objectRef: { resource: "pods", namespace: "default", apiVersion: "v1" },
      responseStatus: { code: 403, reason: "Forbidden", status: "Failure" },
      annotations: { "authorization.k8s.io/decision": "forbid" },
    });
    expect(complete.stageTimestamp).toMatch(/^\d{4}-.*\.\d{6}Z$/);
    await api.server.handle(exchange("POST", "/api/v1/namespaces/default/pods", { token: "root", text: pod }));
    const made = events().at(-1);
    expect(made.objectRef.name).toBe(made.responseObject.metadata.name);
    expect(made).toMatchObject({
      requestObject: { metadata: { generateName: "p-" } },
      responseStatus: { code: 201 },
      annotations: { "authorization.k8s.io/decision": "allow" },
    });
    expect((await api.server.handle(exchange("GET", "/metrics", { token: "root" }))).status).toBe(200);
    await api.close();
  });

  test("keeps what admission had to say of a request, digits of long numbers included [API-431] [API-371] [API-040]", async () => {
    const { audit, events } = trail({ rules: [{ level: "Metadata" }] });
    const api = await open({ audit });
    const post = (path: string, object: object) =>
      api.server.handle(exchange("POST", path, { token: "root", text: JSON.stringify(object) }));
    const group = "/apis/admissionregistration.k8s.io/v1";
    await post(`${group}/validatingadmissionpolicies`, {
      metadata: { name: "short-lived" },
      spec: {
        matchConstraints: {
          resourceRules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
        },
        validations: [{ expression: "object.spec.activeDeadlineSeconds < 9007199254740993", message: "too long" }],
        auditAnnotations: [{ key: "seconds", valueExpression: "string(object.spec.activeDeadlineSeconds)" }],
      },
    });
    await post(`${group}/validatingadmissionpolicybindings`, {
      metadata: { name: "b" },
      spec: { policyName: "short-lived", validationActions: ["Audit"] },
    });
    const pod = (seconds: string) =>
      api.server.handle(
        exchange("POST", "/api/v1/namespaces/default/pods", {
          token: "root",
          text: `{"metadata":{"generateName":"p-"},"spec":{"activeDeadlineSeconds":${seconds},"containers":[{"name":"c","image":"i"}]}}`,
        }),
      );
    const annotations = () => events().at(-1).annotations;
    expect((await pod("9007199254740992")).status).toBe(201);
    expect(annotations()).toMatchObject({ "short-lived/seconds": "9007199254740992", "authorization.k8s.io/decision": "allow" });
    expect(annotations()["validation.policy.admission.k8s.io/validation_failure"]).toBeUndefined();
    expect((await pod("9007199254740993")).status).toBe(201);
    expect(annotations()["short-lived/seconds"]).toBe("9007199254740993");
    expect(JSON.parse(annotations()["validation.policy.admission.k8s.io/validation_failure"])).toMatchObject([
      { message: "too long", policy: "short-lived", binding: "b" },
    ]);
    await api.close();
  });

  test("a policy's first fitting rule decides, stages and managers may be left out [API-432]", async () => {
    const policy = readAuditPolicy(`
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived]
      omitManagedFields: true
      rules:
        - {level: None, users: [joe]}
        - {level: None, nonResourceURLs: ["/version*"]}
        - {level: Request, verbs: [create], resources: [{group: "", resources: [pods, "pods/*"]}], namespaces: [default]}
        - {level: Metadata, userGroups: ["system:masters"]}
    `);
    const level = (subject: object) =>
      decideAudit(policy, { user: "root", groups: ["system:masters"], verb: "create", path: "/", ...subject }).level;
    const resource = { group: "", resource: "pods", subresource: "", namespace: "default", name: "" };
    expect([
      level({ resource, user: "joe" }),
      level({ path: "/version/" }),
      level({ resource }),
      level({ resource: { ...resource, subresource: "eviction" } }),
      level({ resource: { ...resource, namespace: "other" } }),
      level({ resource, verb: "delete" }),
      level({ resource, verb: "delete", groups: [] }),
    ]).toEqual(["None", "None", "Request", "Request", "Metadata", "Metadata", "None"]);
    expect(() => readAuditPolicy("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: All}]")).toThrow("rules[0].level");

    const { audit, events } = trail({ ...policy, rules: [{ level: "RequestResponse" }] });
    const api = await open({ audit });
    const watch = await api.server.handle(exchange("GET", "/api/v1/namespaces?watch=true", { token: "root" }));
    await (watch.body as AsyncIterable<string>)[Symbol.asyncIterator]().return?.();
    expect(events().map(({ stage, verb }) => `${verb} ${stage}`)).toEqual(["watch ResponseStarted", "watch ResponseComplete"]);
    await api.server.handle(
      exchange("POST", "/api/v1/namespaces", {
        token: "root",
        text: JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } }),
      }),
    );
    expect(events().at(-1).responseObject.metadata).not.toHaveProperty("managedFields");
    await api.close();
  });

  test("never holds a secret, whatever the policy says [API-433] [API-376]", async () => {
    const { audit, lines, events } = trail(everything);
    const api = await open({ audit, serviceAccounts: { ...(await generateKeyPair("ecdsa-p256")), issuer: "https://k" } });
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { password: "hunter2-hunter2" } };
    const made = await api.server.handle(
      exchange("POST", "/api/v1/namespaces/default/secrets", { token: "root", text: JSON.stringify(secret) }),
    );
    expect(made.status).toBe(201);
    await api.server.handle(exchange("GET", "/api/v1/namespaces/default/secrets/s", { token: "root" }));
    await api.server.handle(exchange("POST", configMaps, { token: "root", text: configMap("c", { key: "hunter2-hunter2" }) }));
    const account = JSON.stringify({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "sa" } });
    await api.server.handle(exchange("POST", "/api/v1/namespaces/default/serviceaccounts", { token: "root", text: account }));
    const issued = await api.server.handle(
      exchange("POST", "/api/v1/namespaces/default/serviceaccounts/sa/token", {
        token: "root",
        text: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} }),
      }),
    );
    const { token } = JSON.parse(textOf(issued)).status as { token: string };
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
    await api.server.handle(
      exchange("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { token: "root", text: JSON.stringify(review) }),
    );
    const all = lines.join("\n");
    expect(all).not.toContain("hunter2");
    expect(all).not.toContain(btoa("hunter2-hunter2"));
    expect(all).not.toContain(token);
    expect(all).not.toContain("Bearer");
    expect(
      new Set(
        events()
          .filter(({ objectRef }) => objectRef?.resource === "secrets")
          .map(({ level }) => level),
      ),
    ).toEqual(new Set(["Metadata"]));
    await api.close();
  });

  test("is quiet about probes by default", () => {
    const level = (path: string) => decideAudit(defaultAuditPolicy, { user: "u", groups: [], verb: "get", path }).level;
    expect([level("/livez"), level("/readyz/etcd"), level("/secret")]).toEqual(["None", "None", "Metadata"]);
  });

  test("goes to a file of its owner's, which is put aside when full, and never holds a request up [API-433]", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-audit-"));
    const path = join(folder, "audit.log");
    const file = openAuditFile({ path, maximumBytes: 100, backups: 2 });
    for (let at = 0; at < 8; at += 1) {
      file.write(`{"at":${at},"text":"${"x".repeat(80)}"}`);
      await file.flushed();
    }
    await file.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toHaveLength(3);
    expect(
      readFileSync(path, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).at)
        .at(-1),
    ).toBe(7);

    const troubles: unknown[] = [];
    const broken = openAuditFile({
      path: join(folder, "no", "such", "folder.log"),
      waitingLines: 3,
      onTrouble: (error) => troubles.push(error),
    });
    const taken = Array.from({ length: 5 }, () => broken.write("{}"));
    expect(taken).toContain(false);
    await broken.flushed();
    expect(broken.lost).toBe(5);
    expect(troubles).toHaveLength(1);
    await broken.close();
    rmSync(folder, { recursive: true });
  });

  test("what is lost is counted, and the request answered all the same [API-433]", async () => {
    const api = await open({ audit: { policy: everything, sink: { write: () => false } } });
    expect((await api.server.handle(exchange("GET", "/version", { token: "root" }))).status).toBe(200);
    const metrics = textOf(await api.server.handle(exchange("GET", "/metrics", { token: "root" })));
    expect(metrics).toMatch(/apiserver_audit_error_total\{plugin="log"\} [1-9]/);
    await api.close();
  });
});

describe("metrics", () => {
  test("count requests under a kube-apiserver's names, for those who may see them [API-074]", async () => {
    const api = await open({ moreMetrics: () => "process_cpu_seconds_total 1\n", storageBytes: () => 4096 });
    await api.server.handle(exchange("POST", configMaps, { token: "root", text: configMap("m") }));
    await api.server.handle(exchange("POST", configMaps, { token: "root", text: configMap("m") }));
    await api.server.handle(exchange("GET", "/apis/no.such/v1/made-up", { token: "root" }));
    const watch = await api.server.handle(exchange("GET", `${configMaps}?watch=true`, { token: "root" }));
    const iterator = (watch.body as AsyncIterable<string>)[Symbol.asyncIterator]();
    await iterator.next();
    const next = iterator.next();
    await api.server.handle(exchange("POST", configMaps, { token: "root", text: configMap("m2") }));
    await next;
    void iterator.next().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect((await api.server.handle(exchange("GET", "/metrics"))).status).toBe(403);
    const answer = await api.server.handle(exchange("GET", "/metrics", { token: "root" }));
    const text = textOf(answer);
    expect(answer.headers["content-type"]).toMatch(/^text\/plain; version=0.0.4/);
    const about = 'verb="POST",dry_run="",group="",version="v1",resource="configmaps",subresource="",scope="namespace"';
    expect(text.replaceAll('scope="resource"', 'scope="namespace"')).toContain(
      `apiserver_request_total{${about},component="apiserver",code="201"} 2`,
    );
    expect(text).toMatch(/apiserver_request_total\{.*code="409"\} 1/);
    expect(text).toMatch(/apiserver_request_duration_seconds_count\{verb="POST".*resource="configmaps".*\} 3/);
    expect(text).toContain('apiserver_current_inflight_requests{request_kind="mutating"} 0');
    expect(text).toContain("apiserver_longrunning_requests 1");
    expect(text).toMatch(/apiserver_watch_events_total\{group="",version="v1",kind="ConfigMap"\} [2-9]/);
    expect(text).toMatch(/apiserver_response_sizes_sum\{verb="POST".*\} \d{3}/);
    expect(text).toContain('apiserver_storage_objects{resource="configmaps"} 2');
    expect(text).toMatch(/etcd_request_duration_seconds_count\{operation="create",type="configmaps"\} [1-3]/);
    expect(text).toContain('apiserver_storage_size_bytes{storage_cluster_id="slipway"} 4096');
    expect(text).toContain("process_cpu_seconds_total 1");
    expect(text).not.toContain("made-up");
    await api.close();
  });

  test("no family grows without end", () => {
    const families = createFamilies();
    const counter = families.counter("c", "help", ["a"]);
    for (let at = 0; at < 6000; at += 1) counter.add([`v${at}`]);
    const lines = families.render().split("\n");
    expect(lines.length).toBeLessThan(5010);
    expect(lines).toContain('c{a="other"} 1000');
  });
});

describe("tokens for others to check", () => {
  test("the issuer's document leads to the keys, and a token is valid by them [API-075]", async () => {
    const api = await open({
      serviceAccounts: { ...(await generateKeyPair("rsa-2048")), issuer: "https://kubernetes.example" },
      authorization: "always",
    });
    const document = JSON.parse(textOf(await api.server.handle(exchange("GET", "/.well-known/openid-configuration"))));
    expect(document).toEqual({
      issuer: "https://kubernetes.example",
      jwks_uri: "https://kubernetes.example/openid/v1/jwks",
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    });
    const answer = await api.server.handle(exchange("GET", "/openid/v1/jwks"));
    expect(answer.headers["content-type"]).toBe("application/jwk-set+json");
    const account = JSON.stringify({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "sa" } });
    await api.server.handle(exchange("POST", "/api/v1/namespaces/default/serviceaccounts", { text: account }));
    const request = JSON.stringify({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: ["vault"] },
    });
    const issued = await api.server.handle(
      exchange("POST", "/api/v1/namespaces/default/serviceaccounts/sa/token", { text: request }),
    );
    const keys = createLocalJWKSet(JSON.parse(textOf(answer)));
    const { payload } = await jwtVerify(JSON.parse(textOf(issued)).status.token, keys, { audience: "vault" });
    expect(payload.sub).toBe("system:serviceaccount:default:sa");
    await api.close();
  });

  test("strangers see neither the keys nor the list of paths [API-075]", async () => {
    const api = await open({ serviceAccounts: { ...(await generateKeyPair("ecdsa-p256")), issuer: "https://k" } });
    expect((await api.server.handle(exchange("GET", "/openid/v1/jwks"))).status).toBe(403);
    expect((await api.server.handle(exchange("GET", "/"))).status).toBe(403);
    const { paths } = JSON.parse(textOf(await api.server.handle(exchange("GET", "/", { token: "root" }))));
    expect(paths).toEqual(expect.arrayContaining(["/api", "/api/v1", "/apis"]));
    await api.close();
  });
});

describe("health", () => {
  test("probes are told of the store, the roles and of the server's leaving [API-061] [API-430]", async () => {
    const api = await open();
    const verbose = textOf(await api.server.handle(exchange("GET", "/readyz?verbose")));
    for (const name of [
      "ping",
      "log",
      "etcd",
      "informer-sync",
      "poststarthook/rbac/bootstrap-roles",
      "poststarthook/crd-informer-synced",
      "shutdown",
    ])
      expect(verbose).toContain(`[+]${name} ok`);
    // What the probe writes is nobody's object: who waits for the API's own work does not wait for it.
    await api.settled();
    api.server.beginShutdown();
    const leaving = await api.server.handle(exchange("GET", "/readyz"));
    expect([leaving.status, textOf(leaving)]).toEqual([500, expect.stringContaining("[-]shutdown failed: reason withheld")]);
    expect((await api.server.handle(exchange("GET", "/livez"))).status).toBe(200);
    await api.close();
    const gone = await open();
    await gone.close();
    const closed = await gone.server.handle(exchange("GET", "/livez/etcd", { token: "root" }));
    expect([closed.status, textOf(closed)]).toEqual([500, expect.stringContaining("internal server error")]);
  });
});

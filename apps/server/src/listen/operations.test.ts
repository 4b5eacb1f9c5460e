import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterRole, ClusterRoleBinding, ServiceAccount } from "@slipway/api";
import { generateKeyPair, issueCertificate } from "@slipway/api/pki/index.ts";
import {
  createKubernetesApi,
  createMemoryStores,
  createObjectOptions,
  type KubernetesApi,
  type StoredObject,
} from "@slipway/apiserver";
import { clusterApiKinds, createPrometheusMetrics } from "@slipway/observability";
import { createRenderedState } from "@slipway/observability/scrape/rendered.node.ts";
import { systemClock } from "@slipway/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../../../scripts/freeports.ts";
import { type Home, openHome } from "../home/home.ts";
import { createStatusBoard } from "../status/status.ts";
import { delegatedAccess } from "./access.ts";
import type { Listener } from "./http.ts";
import { listenOperations } from "./operations.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-operations-"));
const now = () => new Date();
const clock = { ahead: 0 };
let home: Home;
let api: KubernetesApi;
let listeners: readonly Listener[];
let port = 0;
let alive = true;

beforeAll(async () => {
  home = await openHome(folder, now());
  api = await createKubernetesApi({
    storage: createMemoryStores({ clock: systemClock }).store<StoredObject>("management", createObjectOptions()),
    serviceAccounts: { ...home.secrets.serviceAccountKey, issuer: "https://kubernetes.default.svc.cluster.local" },
  });
  port = await freePort();
  listeners = await listenOperations({
    address: "127.0.0.1",
    ports: { metrics: port },
    board: createStatusBoard({}),
    metrics: createPrometheusMetrics(),
    state: createRenderedState({ kinds: clusterApiKinds, read: () => [] }),
    alive: async () => alive,
    alerts: { report: async () => ({ evaluatedAt: now().toISOString(), alerts: [], rules: [], elsewhere: [] }) },
    secure: {
      home,
      access: delegatedAccess({ client: api.client, now: () => new Date(Date.now() + clock.ahead) }),
      now,
    },
  });
});
afterAll(async () => {
  for (const listener of listeners) await listener.close();
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Shown {
  readonly token?: string;
  readonly client?: { readonly certificatePem: string; readonly privateKeyPem: string };
  readonly path?: string;
}
const get = ({ token, client, path = "/metrics" }: Shown): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const asking = request(
      {
        ...{ host: "127.0.0.1", port, path, agent: false, ca: home.secrets.certificateAuthority.certificatePem },
        ...(client === undefined ? {} : { cert: client.certificatePem, key: client.privateKeyPem }),
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      },
      (response) => {
        let text = "";
        response.on("data", (piece) => {
          text += piece;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    asking.on("error", reject).end();
  });
const certificate = async (commonName: string, organizations: readonly string[], authority = home.secrets.certificateAuthority) =>
  issueCertificate(
    authority,
    { commonName, organizations, usages: ["clientAuth"], days: 1 },
    { keys: await generateKeyPair("ecdsa-p256"), now: now() },
  );

test("metrics are for a token or a certificate that may get /metrics; health and status are for everybody [OBS-017 OBS-101]", async () => {
  expect((await get({})).status).toBe(401);
  expect((await get({ token: "made-up" })).status).toBe(401);
  expect((await get({ path: "/healthz" })).status).toBe(200);
  expect((await get({ path: "/status" })).status).toBe(200);
  const admin = await certificate("slipway-admin", ["system:masters"]);
  expect((await get({ client: admin })).status).toBe(200);
  expect((await get({ path: "/alerts" })).status).toBe(401);
  expect(JSON.parse((await get({ client: admin, path: "/alerts" })).text)).toMatchObject({ alerts: [] });
  const nobody = await get({ client: await certificate("somebody", ["tenants"]) });
  expect(nobody.status).toBe(403);
  expect(nobody.text).toContain('User "somebody" may not get path "/metrics"');
});

test("a ServiceAccount may scrape once it is bound, and not any more soon after it is not [OBS-017 OBS-101]", async () => {
  await api.client.create(ServiceAccount, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "scraper", namespace: "default" },
  });
  const { serviceAccountToken } = await issued();
  expect((await get({ token: serviceAccountToken })).status).toBe(403);
  await api.client.create(ClusterRole, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "metrics-reader" },
    rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
  });
  await api.client.create(ClusterRoleBinding, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "scraper" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "metrics-reader" },
    subjects: [{ kind: "ServiceAccount", name: "scraper", namespace: "default" }],
  });
  await api.settled();
  clock.ahead += 11_000; // the refusal is believed for ten seconds
  expect((await get({ token: serviceAccountToken })).status).toBe(200);
  await api.client.delete(ClusterRoleBinding, { name: "scraper" });
  await api.settled();
  clock.ahead += 11_000;
  expect((await get({ token: serviceAccountToken })).status).toBe(403);
});

test("a certificate of another authority is none, and what is not TLS gets no answer [OBS-101]", async () => {
  const other = await openHome(join(folder, "other"), now());
  const forged = await certificate("slipway-admin", ["system:masters"], other.secrets.certificateAuthority);
  expect((await get({ client: forged })).status).toBe(401);
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
});

test("health: it serves; the API behind it lives; it is ready [OBS-003 OBS-004]", async () => {
  expect(await get({ path: "/healthz" })).toEqual({ status: 200, text: "OK" });
  expect(await get({ path: "/livez" })).toEqual({ status: 200, text: "OK" });
  alive = false;
  expect((await get({ path: "/livez" })).status).toBe(503);
  expect((await get({ path: "/healthz" })).status).toBe(200);
  expect((await get({ path: "/readyz" })).status).toBe(503); // nothing has said that it is ready
});

test("where an operator asked for it, the port is plain and asks nobody who they are [OBS-101]", async () => {
  const plain = await freePort();
  const open = await listenOperations({
    ...{ address: "127.0.0.1", ports: { metrics: plain }, board: createStatusBoard({}) },
    metrics: createPrometheusMetrics(),
    state: createRenderedState({ kinds: clusterApiKinds, read: () => [] }),
    alive: async () => true,
    alerts: { report: async () => ({ evaluatedAt: now().toISOString(), alerts: [], rules: [], elsewhere: [] }) },
  });
  for (const path of ["/metrics", "/alerts"]) expect((await fetch(`http://127.0.0.1:${plain}${path}`)).status).toBe(200);
  for (const listener of open) await listener.close();
});

test("there is no profiling endpoint, and other paths say what there is [OBS-006]", async () => {
  for (const path of ["/debug/pprof/", "/debug/pprof/heap", "/"]) expect((await get({ path })).status).toBe(404);
});

const issued = async (): Promise<{ readonly serviceAccountToken: string }> => {
  const response = await api.server.handle({
    method: "POST",
    path: "/api/v1/namespaces/default/serviceaccounts/scraper/token",
    query: new URLSearchParams(),
    header: (name) => (name === "content-type" ? "application/json" : undefined),
    body: async () =>
      new TextEncoder().encode(
        JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } }),
      ),
    signal: new AbortController().signal,
    peer: { certificate: { commonName: "slipway-admin", organizations: ["system:masters"] } },
  });
  const body = JSON.parse(String(response.body)) as { readonly status: { readonly token: string } };
  return { serviceAccountToken: body.status.token };
};

import { CertificateSigningRequest, ClusterRole, ClusterRoleBinding } from "@slipway/api";
import { createCertificateRequest, textToBase64 } from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { staticTokens } from "./authn/tokens.ts";

/** Who comes in by a token, as whom, and what a request needs beyond its own verb. */

let api: KubernetesApi;
const group = "rbac.authorization.k8s.io";

beforeAll(async () => {
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    tokens: [
      staticTokens(
        new Map([
          ["root-token", { name: "root", groups: ["system:masters"] }],
          ["patcher-token", { name: "patcher", groups: [] }],
        ]),
      ),
    ],
  });
  await api.client.create(ClusterRole, {
    apiVersion: `${group}/v1`,
    kind: "ClusterRole",
    metadata: { name: "patcher" },
    rules: [
      { verbs: ["get", "patch", "update"], apiGroups: ["", "coordination.k8s.io"], resources: ["configmaps", "leases"] },
      { verbs: ["get", "update"], apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests/approval"] },
    ],
  });
  await api.client.create(ClusterRoleBinding, {
    apiVersion: `${group}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "patcher" },
    roleRef: { apiGroup: group, kind: "ClusterRole", name: "patcher" },
    subjects: [{ apiGroup: group, kind: "User", name: "patcher" }],
  });
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await call("patcher-token", "GET", `${configMaps}/none`)).status === 404) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});
afterAll(() => api.close());

const signingRequest = async () =>
  textToBase64((await createCertificateRequest({ commonName: "somebody", organizations: [] })).requestPem);
const configMaps = "/api/v1/namespaces/default/configmaps";

const call = async (token: string, method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
  const response = await api.server.fetch(
    new Request(`http://api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, body: (await response.json()) as { message?: string; status?: object } };
};

describe("access", () => {
  test("who applies or puts what is not there must be allowed to create [API-122] [API-393]", async () => {
    const apply = { "content-type": "application/apply-patch+yaml" };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { k: "v" } };
    const path = `${configMaps}/a?fieldManager=m`;
    const refused = await call("patcher-token", "PATCH", path, object, apply);
    expect(refused.body.message).toContain('User "patcher" cannot create resource "configmaps"');
    expect((await call("root-token", "PATCH", path, object, apply)).status).toBe(201);
    expect((await call("patcher-token", "PATCH", path, object, apply)).status).toBe(200);
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "l" }, spec: {} };
    const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l";
    expect((await call("patcher-token", "PUT", leases, lease)).status).toBe(403);
    expect((await call("root-token", "PUT", leases, lease)).status).toBe(201);
  });

  test("a static token is somebody, a wrong one is nobody at all [API-376] [API-377] [API-373]", async () => {
    expect((await call("root-token", "GET", "/api/v1/namespaces/default")).status).toBe(200);
    expect((await call("root-toke", "GET", "/version")).status).toBe(401);
    expect((await call("", "GET", "/version")).status).toBe(200);
  });

  test("acting for others takes the right to, and is told in their name [API-384] [API-385]", async () => {
    const asJoe = { "impersonate-user": "joe", "impersonate-group": "people" };
    const denied = await call("patcher-token", "GET", "/version", undefined, asJoe);
    expect(denied.body.message).toContain('cannot impersonate resource "users"');
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const answered = await call("root-token", "POST", path, review, asJoe);
    expect(answered.body.status).toEqual({ userInfo: { username: "joe", groups: ["people", "system:authenticated"] } });
    const alone = await call("root-token", "GET", "/version", undefined, { "impersonate-group": "people" });
    expect(alone).toMatchObject({ status: 400 });
  });

  test("bootstrap tokens work until they expire [API-381]", async () => {
    const secret = (expiration: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
      type: "bootstrap.kubernetes.io/token",
      stringData: {
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        "usage-bootstrap-authentication": "true",
        "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
        expiration,
      },
    });
    const secrets = "/api/v1/namespaces/kube-system/secrets";
    await call("root-token", "POST", secrets, secret("2999-01-01T00:00:00Z"));
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const answered = await call("abcdef.0123456789abcdef", "POST", path, review);
    expect(answered.body.status).toEqual({
      userInfo: {
        username: "system:bootstrap:abcdef",
        groups: ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:authenticated"],
      },
    });
    expect((await call("abcdef.0123456789abcdeX", "GET", "/version")).status).toBe(401);
    await call("root-token", "PUT", `${secrets}/bootstrap-token-abcdef`, secret("2001-01-01T00:00:00Z"));
    expect((await call("abcdef.0123456789abcdef", "GET", "/version")).status).toBe(401);
  });

  test("a TokenReview says whose token it is, or that it is nobody's [API-382]", async () => {
    const path = "/apis/authentication.k8s.io/v1/tokenreviews";
    const review = (token: string) => ({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } });
    const known = await call("root-token", "POST", path, review("patcher-token"));
    expect(known).toMatchObject({ status: 201, body: { status: { authenticated: true, user: { username: "patcher" } } } });
    const unknown = await call("root-token", "POST", path, review("nonsense"));
    expect(unknown.status).toBe(201);
    expect(unknown.body.status).not.toHaveProperty("authenticated", true);
  });

  test("approving a certificate takes the right to approve for its signer, and is not taken back [API-410] [API-411]", async () => {
    const made = await api.client.create(CertificateSigningRequest, {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "csr" },
      spec: { request: await signingRequest(), signerName: "example.com/signer", usages: ["client auth"], username: "forged" },
    });
    expect(made.spec.username).toBe("system:slipway");
    const refusal = async (spec: object) => {
      const wrong = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name: "w" }, spec };
      return (await call("root-token", "POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests", wrong)).body.message;
    };
    expect(await refusal({ request: btoa("request"), signerName: "example.com/signer", usages: ["client auth"] })).toContain(
      "spec.request: Invalid value",
    );
    expect(await refusal({ request: made.spec.request, signerName: "x", expirationSeconds: 5 })).toMatch(
      /spec.signerName: Invalid value.*spec.usages: Required value.*spec.expirationSeconds: Invalid value: 5/,
    );
    const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests/csr/approval";
    const decided = (type: string) => ({ ...made, status: { conditions: [{ type, status: "True" }] } });
    const refused = await call("patcher-token", "PUT", path, decided("Approved"));
    expect(refused.body.message).toContain("not permitted to approve requests with signerName");
    expect((await call("root-token", "PUT", path, decided("Approved"))).status).toBe(200);
    const current = await api.client.get(CertificateSigningRequest, { name: "csr" });
    const undone = await call("root-token", "PUT", path, { ...current, status: {} });
    expect(undone.status).toBe(422);
  });

  test("what is deprecated says so [API-088] [API-098]", async () => {
    const response = await api.server.fetch(
      new Request("http://api/api/v1/endpoints", { headers: { authorization: "Bearer root-token" } }),
    );
    expect(response.headers.get("warning")).toContain("v1 Endpoints is deprecated in v1.33+");
  });
});

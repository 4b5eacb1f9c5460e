import {
  APIService,
  CertificateSigningRequest,
  type Client,
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  CustomResourceDefinition,
  EndpointSlice,
  Endpoints,
  Namespace,
  Secret,
  Service,
  ServiceAccount,
} from "@slipway/api";
import {
  type CertificateAuthority,
  createCertificateAuthority,
  createCertificateRequest,
  generateKeyPair,
  isSignedBy,
  readCertificate,
  textFromBase64,
  textToBase64,
} from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../../kubernetesapi.ts";
import { stampObject } from "../../registry/core.ts";
import type { StoredObject } from "../../registry/object.ts";
import { createMemoryStorage } from "../../storage/memory.ts";
import { createDaysClock } from "../../testing/daysclock.ts";

/** What the API does of itself: certificates for approved requests, tokens in Secrets, and what is there from the start. */

let api: KubernetesApi;
let client: Client;
let authority: CertificateAuthority;
const clock = createDaysClock();

beforeAll(async () => {
  authority = await createCertificateAuthority(await generateKeyPair("ecdsa-p256"), { now: new Date() });
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    clock,
    signer: authority,
    rootCaPem: authority.certificatePem,
    clientCaPem: authority.certificatePem,
    apiServices: true,
    advertise: { address: "192.0.2.1", port: 6443 },
    serviceAccounts: { ...(await generateKeyPair("ecdsa-p256")), issuer: "https://kubernetes.default.svc" },
    onError: (error) => console.error(error),
  });
  client = api.client;
});
afterAll(() => api.close());

const kubernetesSigner = (name: string) => `kubernetes.io/${name}`;
let count = 0;
const ask = async (
  wish: { commonName: string; organizations?: readonly string[]; dnsNames?: readonly string[] },
  spec: { signerName: string; usages: readonly string[]; expirationSeconds?: number },
  as: Client = client,
) => {
  count += 1;
  const { requestPem } = await createCertificateRequest({ organizations: [], ...wish });
  return as.create(CertificateSigningRequest, {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: `csr-${count}` },
    spec: { request: textToBase64(requestPem), ...spec },
  });
};
const approve = async (name: string) => {
  const live = await client.get(CertificateSigningRequest, { name });
  const status = {
    conditions: [{ type: "Approved" as const, status: "True", reason: "Test", lastUpdateTime: clock.now().toISOString() }],
  };
  await client.update(CertificateSigningRequest, { ...live, status }, { subresource: "approval" });
};
const outcome = async (name: string) => {
  await vi.waitFor(async () => {
    const { status } = await client.get(CertificateSigningRequest, { name });
    const failed = status?.conditions?.some(({ type }) => type === "Failed");
    if (status?.certificate === undefined && failed !== true) throw new Error("nothing has become of it");
  }, 5000);
  return (await client.get(CertificateSigningRequest, { name })).status;
};
const clientUsages = ["digital signature", "key encipherment", "client auth"];

describe("certificates", () => {
  test("an approved request gets one, for as long as asked, by the cluster's authority [API-412]", async () => {
    const made = await ask(
      { commonName: "jane", organizations: ["devs", "ops"] },
      { signerName: kubernetesSigner("kube-apiserver-client"), usages: clientUsages, expirationSeconds: 3600 },
    );
    await approve(made.metadata.name);
    const pem = textFromBase64((await outcome(made.metadata.name))?.certificate ?? "");
    expect(await isSignedBy(pem, authority.certificatePem)).toBe(true);
    const facts = readCertificate(pem);
    expect(facts).toMatchObject({ commonName: "jane", organizations: ["devs", "ops"], isAuthority: false });
    expect(Math.round((facts.notAfter.getTime() - clock.now().getTime()) / 1000)).toBeGreaterThan(3500);
    expect(Math.round((facts.notAfter.getTime() - clock.now().getTime()) / 1000)).toBeLessThanOrEqual(3600);
  });

  test("nobody gets system:masters, and what a signer does not sign has failed [API-412] [API-372]", async () => {
    await expect(
      ask(
        { commonName: "me", organizations: ["system:masters"] },
        { signerName: kubernetesSigner("kube-apiserver-client"), usages: clientUsages },
      ),
    ).rejects.toMatchObject({ reason: "Forbidden", message: expect.stringContaining("system:masters group is not allowed") });
    const wrong = await ask(
      { commonName: "jane" },
      { signerName: kubernetesSigner("kube-apiserver-client"), usages: ["server auth"] },
    );
    await approve(wrong.metadata.name);
    expect(await outcome(wrong.metadata.name)).toMatchObject({
      conditions: [{ type: "Approved" }, { type: "Failed", reason: "SignerValidationFailure" }],
    });
    const serving = { signerName: kubernetesSigner("kubelet-serving"), usages: ["digital signature", "server auth"] };
    const nameless = await ask({ commonName: "system:node:a", organizations: ["system:nodes"] }, serving);
    await approve(nameless.metadata.name);
    expect((await outcome(nameless.metadata.name))?.conditions?.at(-1)?.message).toContain("a DNS or IP name is needed");
    const named = await ask({ commonName: "system:node:a", organizations: ["system:nodes"], dnsNames: ["node-a"] }, serving);
    await approve(named.metadata.name);
    expect(readCertificate(textFromBase64((await outcome(named.metadata.name))?.certificate ?? "")).sans).toEqual(["node-a"]);
  });

  test("a node's own is approved for those who may ask for it, and for nobody else [API-412]", async () => {
    const group = "rbac.authorization.k8s.io";
    await client.create(ClusterRoleBinding, {
      apiVersion: `${group}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: "kubeadm:node-autoapprove-bootstrap" },
      roleRef: { apiGroup: group, kind: "ClusterRole", name: "system:certificates.k8s.io:certificatesigningrequests:nodeclient" },
      subjects: [{ apiGroup: group, kind: "Group", name: "system:bootstrappers:nodes" }],
    });
    const spec = { signerName: kubernetesSigner("kube-apiserver-client-kubelet"), usages: clientUsages };
    const wish = { commonName: "system:node:b", organizations: ["system:nodes"] };
    const bootstrapper = api.as({ user: { name: "system:bootstrap:abcdef", groups: ["system:bootstrappers:nodes"] } });
    const trusted = await ask(wish, spec, bootstrapper);
    const status = await outcome(trusted.metadata.name);
    expect(status?.conditions).toMatchObject([{ type: "Approved", reason: "AutoApproved" }]);
    const stranger = await ask(wish, spec, api.as({ user: { name: "stranger", groups: [] } }));
    await api.settled();
    expect((await client.get(CertificateSigningRequest, { name: stranger.metadata.name })).status ?? {}).toEqual({});
  });

  test("decided requests go after an hour, undecided ones after a day [API-412]", async () => {
    const decided = await ask({ commonName: "x" }, { signerName: "example.com/other", usages: ["client auth"] });
    await approve(decided.metadata.name);
    const waiting = await ask({ commonName: "y" }, { signerName: "example.com/other", usages: ["client auth"] });
    const gone = (name: string) =>
      vi.waitFor(
        () => expect(client.get(CertificateSigningRequest, { name })).rejects.toMatchObject({ reason: "NotFound" }),
        5000,
      );
    await vi.waitFor(() => expect(clock.waiting()).toBeGreaterThan(0));
    await api.settled();
    clock.pass(3_700_000);
    await gone(decided.metadata.name);
    expect((await client.get(CertificateSigningRequest, { name: waiting.metadata.name })).metadata.name).toBe(
      waiting.metadata.name,
    );
    await api.settled();
    clock.pass(86_400_000);
    await gone(waiting.metadata.name);
  });

  test("through /status comes only the certificate, from those who may sign [API-411]", async () => {
    const made = await ask({ commonName: "z" }, { signerName: "example.com/other", usages: ["client auth"] });
    const status = { certificate: textToBase64("pem"), conditions: [{ type: "Approved" as const, status: "True" }] };
    const stranger = api.as({ user: { name: "stranger", groups: [] } });
    await expect(
      stranger.update(CertificateSigningRequest, { ...made, status }, { subresource: "status" }),
    ).rejects.toMatchObject({ message: expect.stringContaining("not permitted to sign requests with signerName") });
    const signed = await client.update(CertificateSigningRequest, { ...made, status }, { subresource: "status" });
    expect(signed.status).toEqual({ certificate: textToBase64("pem") });
  });
});

describe("tokens in Secrets", () => {
  const meta = (name: string, more: object = {}) => ({ namespace: "default", name, ...more });
  const asking = (name: string, account: string) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: meta(name, { annotations: { "kubernetes.io/service-account.name": account } }),
    type: "kubernetes.io/service-account-token",
  });
  const review = async (token: string) => {
    const response = await api.server.fetch(
      new Request("http://api/apis/authentication.k8s.io/v1/selfsubjectreviews", {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }),
      }),
    );
    return response.status === 201
      ? ((await response.json()) as { status: { userInfo: object } }).status.userInfo
      : response.status;
  };

  test("are filled in, work as long as the Secret is there, and tell when they were used last [API-380]", async () => {
    await client.create(ServiceAccount, { apiVersion: "v1", kind: "ServiceAccount", metadata: meta("robot") });
    await client.create(Secret, asking("robot-token", "robot"));
    const data = await vi.waitFor(async () => {
      const found = await client.get(Secret, meta("robot-token"));
      if (found.data?.["token"] === undefined) throw new Error("no token yet");
      return found.data;
    }, 5000);
    expect([textFromBase64(data["namespace"] ?? ""), textFromBase64(data["ca.crt"] ?? "")]).toEqual([
      "default",
      authority.certificatePem,
    ]);
    const token = textFromBase64(data["token"] ?? "");
    expect(await review(token)).toMatchObject({
      username: "system:serviceaccount:default:robot",
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    });
    expect((await client.get(Secret, meta("robot-token"))).metadata.labels).toEqual({
      "kubernetes.io/legacy-token-last-used": clock.now().toISOString().slice(0, 10),
    });
    await client.delete(Secret, meta("robot-token"));
    expect(await review(token)).toBe(401);
  });

  test("go with their account, and are refused without one's name [API-380] [API-085]", async () => {
    await expect(client.create(Secret, { ...asking("x", ""), metadata: meta("x") })).rejects.toMatchObject({
      message: expect.stringContaining("metadata.annotations[kubernetes.io/service-account.name]: Required value"),
    });
    await client.create(ServiceAccount, { apiVersion: "v1", kind: "ServiceAccount", metadata: meta("leaver") });
    await client.create(Secret, asking("leaver-token", "leaver"));
    await vi.waitFor(async () => expect((await client.get(Secret, meta("leaver-token"))).data?.["token"]).toBeDefined(), 5000);
    await client.delete(ServiceAccount, meta("leaver"));
    await vi.waitFor(() => expect(client.get(Secret, meta("leaver-token"))).rejects.toMatchObject({ reason: "NotFound" }), 5000);
  });
});

test("each group version that is served has an APIService, as long as it is; nobody's server is aggregated [API-117]", async () => {
  const names = async () => (await client.list(APIService)).items.map(({ metadata }) => metadata.name);
  await vi.waitFor(async () => expect(await names()).toEqual(expect.arrayContaining(["v1.", "v1.apps", "v2.autoscaling"])), 5000);
  await vi.waitFor(async () => {
    const { status } = await client.get(APIService, { name: "v1.apps" });
    expect(status?.conditions).toMatchObject([{ type: "Available", status: "True", reason: "Local" }]);
  }, 5000);
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.org" },
    spec: {
      group: "example.org",
      scope: "Cluster",
      names: { plural: "things", kind: "Thing" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
  await client.create(CustomResourceDefinition, crd as never);
  await vi.waitFor(async () => expect(await names()).toContain("v1.example.org"), 5000);
  await client.delete(CustomResourceDefinition, { name: "things.example.org" });
  await vi.waitFor(async () => expect(await names()).not.toContain("v1.example.org"), 5000);
  const spec = { group: "metrics.k8s.io", version: "v1beta1", groupPriorityMinimum: 100, versionPriority: 100 };
  const foreign = {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.metrics.k8s.io" },
    spec: { ...spec, service: { name: "m", namespace: "n" } },
  };
  await expect(client.create(APIService, foreign as never)).rejects.toMatchObject({ code: 422 });
});

describe("from the start", () => {
  test("there are the namespaces, the API's own Service, its authorities and what every namespace has [API-125]", async () => {
    expect((await client.list(Namespace)).items.map(({ metadata }) => metadata.name)).toEqual([
      "default",
      "kube-node-lease",
      "kube-public",
      "kube-system",
    ]);
    const own = { namespace: "default", name: "kubernetes" };
    expect((await client.get(Service, own)).spec).toMatchObject({
      clusterIP: "10.96.0.1",
      ports: [{ port: 443, targetPort: 6443 }],
    });
    expect((await client.get(Endpoints, own)).subsets).toMatchObject([
      { addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 6443 }] },
    ]);
    expect((await client.get(EndpointSlice, own)).endpoints).toMatchObject([{ addresses: ["192.0.2.1"] }]);
    expect((await client.get(ConfigMap, { namespace: "kube-system", name: "extension-apiserver-authentication" })).data).toEqual({
      "client-ca-file": authority.certificatePem,
    });
    const classes = await api.server.fetch(new Request("http://api/apis/scheduling.k8s.io/v1/priorityclasses"));
    expect(classes.status).toBe(403);
    const { items } = await client.list({
      group: "scheduling.k8s.io",
      version: "v1",
      kind: "PriorityClass",
      plural: "priorityclasses",
      scope: "Cluster",
    });
    expect(items.map((each) => [each.metadata.name, (each as unknown as { value: number }).value])).toEqual([
      ["system-cluster-critical", 2_000_000_000],
      ["system-node-critical", 2_000_001_000],
    ]);
    const account = { namespace: "kube-public", name: "default" };
    await vi.waitFor(() => client.get(ServiceAccount, account), 5000);
    const { uid } = (await client.get(ServiceAccount, account)).metadata;
    await client.delete(ServiceAccount, account);
    await vi.waitFor(async () => expect((await client.get(ServiceAccount, account)).metadata.uid).not.toBe(uid), 5000);
    expect((await client.get(ConfigMap, { namespace: "kube-public", name: "kube-root-ca.crt" })).data).toEqual({
      "ca.crt": authority.certificatePem,
    });
  });

  test("there are the default roles, all marked as such [API-398]", async () => {
    const roles = (await client.list(ClusterRole)).items;
    const names = roles.map(({ metadata }) => metadata.name);
    for (const name of [
      ...["cluster-admin", "admin", "edit", "view"],
      ...["admin", "edit", "view"].map((each) => `system:aggregate-to-${each}`),
      ...["system:discovery", "system:public-info-viewer", "system:basic-user", "system:auth-delegator", "system:node"],
      ...["system:node-bootstrapper", "system:kube-controller-manager", "system:kube-scheduler", "system:monitoring"],
      "system:service-account-issuer-discovery",
      "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
      "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
      "system:certificates.k8s.io:kubelet-serving-approver",
    ])
      expect(names).toContain(name);
    for (const { metadata } of roles) {
      expect(metadata.labels?.["kubernetes.io/bootstrapping"]).toBe("rbac-defaults");
      expect(metadata.annotations?.["rbac.authorization.kubernetes.io/autoupdate"]).toBe("true");
    }
    const admin = await vi.waitFor(async () => {
      const found = await client.get(ClusterRole, { name: "admin" });
      if (!(found.rules ?? []).some(({ resources }) => resources?.includes("rolebindings")))
        throw new Error("not aggregated yet");
      return found;
    }, 5000);
    expect(admin.aggregationRule?.clusterRoleSelectors).toEqual([
      { matchLabels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" } },
    ]);
  });

  test("what was taken from a default role comes back with the next start, unless it says not to [API-401]", async () => {
    const storage = createMemoryStorage<StoredObject>({ stamp: stampObject });
    const keep = { ...storage, close: () => {} };
    const first = await createKubernetesApi({ storage: keep });
    for (const [name, auto] of [
      ["system:discovery", "true"],
      ["system:basic-user", "false"],
    ] as const) {
      const role = await first.client.get(ClusterRole, { name });
      const annotations = { "rbac.authorization.kubernetes.io/autoupdate": auto };
      await first.client.update(ClusterRole, { ...role, metadata: { ...role.metadata, annotations }, rules: [] });
    }
    await first.client.delete(ClusterRoleBinding, { name: "system:discovery" });
    await first.close();
    const second = await createKubernetesApi({ storage: keep });
    expect((await second.client.get(ClusterRole, { name: "system:discovery" })).rules?.length).toBeGreaterThan(0);
    expect((await second.client.get(ClusterRole, { name: "system:basic-user" })).rules ?? []).toEqual([]);
    await second.client.get(ClusterRoleBinding, { name: "system:discovery" });
    await second.close();
    storage.close();
  });
});

import { Node, Secret } from "@slipway/api";
import { generateKeyPair } from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { staticTokens } from "../http/authn/tokens.ts";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { wireTo } from "../testing/wire.ts";

/** Kubelets, over the wire: what concerns their own node they may, and nothing else. */

let api: KubernetesApi;
const uids = new Map<string, string>();
beforeAll(async () => {
  const node = (name: string) => ({ name, groups: ["system:nodes"] });
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    serviceAccounts: { ...(await generateKeyPair("ecdsa-p256")), issuer: "https://kubernetes.default.svc" },
    tokens: [
      staticTokens(
        new Map([
          ["root-token", { name: "root", groups: ["system:masters"] }],
          ["n1-token", node("system:node:n1")],
          ["nameless-token", node("somebody")],
        ]),
      ),
    ],
  });
  for (const name of ["n1", "n2"])
    uids.set(name, (await api.client.create(Node, { apiVersion: "v1", kind: "Node", metadata: { name } })).metadata.uid);
  for (const plural of ["secrets", "configmaps", "persistentvolumeclaims"])
    for (const name of ["own", "env", "whole", "mixed", "pull", "other", "nobody", "of-volume", "of-controller"])
      await thing(plural, name);
  await root("POST", `${core}serviceaccounts`, { metadata: { name: "runner" } });
  await root("POST", `${core}serviceaccounts`, { metadata: { name: "stranger" } });
  await pod("mine", "n1", {
    serviceAccountName: "runner",
    imagePullSecrets: [{ name: "pull" }],
    containers: [
      {
        name: "a",
        image: "b",
        env: [
          { name: "A", valueFrom: { secretKeyRef: { name: "env", key: "a" } } },
          { name: "B", valueFrom: { configMapKeyRef: { name: "env", key: "a" } } },
        ],
        envFrom: [{ secretRef: { name: "whole" } }, { configMapRef: { name: "whole" } }],
      },
    ],
    volumes: [
      { name: "s", secret: { secretName: "own" } },
      { name: "c", configMap: { name: "own" } },
      { name: "p", persistentVolumeClaim: { claimName: "own" } },
      { name: "m", projected: { sources: [{ secret: { name: "mixed" } }, { configMap: { name: "mixed" } }] } },
    ],
  });
  await pod("theirs", "n2", { volumes: [{ name: "s", secret: { secretName: "other" } }] });
  await root("POST", "/api/v1/persistentvolumes", {
    metadata: { name: "bound" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      claimRef: { namespace: "default", name: "own" },
      csi: {
        driver: "d",
        volumeHandle: "h",
        nodeStageSecretRef: { namespace: "default", name: "of-volume" },
        controllerPublishSecretRef: { namespace: "default", name: "of-controller" },
      },
    },
  });
  await root("POST", "/api/v1/persistentvolumes", {
    metadata: { name: "free" },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } },
  });
  for (const [name, nodeName] of [
    ["here", "n1"],
    ["there", "n2"],
  ])
    await root("POST", "/apis/storage.k8s.io/v1/volumeattachments", {
      metadata: { name },
      spec: { attacher: "d", nodeName, source: { persistentVolumeName: "bound" } },
    });
});
afterAll(() => api.close());

const as = (token: string) => wireTo(() => api.server, { authorization: `Bearer ${token}` });
const root = as("root-token");
const n1 = as("n1-token");
const core = "/api/v1/namespaces/default/";
const claimSpec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const thing = (plural: string, name: string) =>
  root("POST", `${core}${plural}`, { metadata: { name }, ...(plural === "persistentvolumeclaims" ? { spec: claimSpec } : {}) });
const pod = (name: string, nodeName: string, spec: object = {}, metadata: object = {}) =>
  root("POST", `${core}pods`, {
    metadata: { name, ...metadata },
    spec: { nodeName, containers: [{ name: "a", image: "b" }], ...spec },
  });
const status = async (path: string): Promise<number> => (await n1("GET", path)).status;

describe("what a node may see", () => {
  test.each(["secrets", "configmaps"])("%s that its pods name, in whatever way, and no others [API-481]", async (plural) => {
    for (const name of ["own", "env", "whole", "mixed"])
      expect([name, await status(`${core}${plural}/${name}`)]).toEqual([name, 200]);
    const refused = await n1("GET", `${core}${plural}/nobody`);
    expect(refused.body).toMatchObject({ code: 403, reason: "Forbidden" });
    expect(refused.body.message).toBe(
      `${plural} "nobody" is forbidden: User "system:node:n1" cannot get resource "${plural}" in API group "" in the namespace "default": no relationship found between node 'n1' and this object`,
    );
    // One object by a watch that is pinned to it, as kubelets look at them; never all.
    expect(await status(`${core}${plural}?fieldSelector=metadata.name%3Down`)).toBe(200);
    expect(await status(`${core}${plural}`)).toBe(403);
    expect(await status(`/api/v1/${plural}`)).toBe(403);
    expect((await n1("DELETE", `${core}${plural}/own`)).status).toBe(403);
  });

  test("another node's secrets are not its own; those for pulling images are, and those of its volumes [API-481]", async () => {
    expect(await status(`${core}secrets/other`)).toBe(403);
    expect(await status(`${core}secrets/pull`)).toBe(200);
    expect(await status(`${core}secrets/of-volume`)).toBe(200);
    expect(await status(`${core}secrets/of-controller`)).toBe(403);
  });

  test("claims, volumes and attachments of its pods [API-481]", async () => {
    expect(await status(`${core}persistentvolumeclaims/own`)).toBe(200);
    expect(await status(`${core}persistentvolumeclaims/other`)).toBe(403);
    expect(await status(`${core}persistentvolumeclaims`)).toBe(403);
    expect(await status("/api/v1/persistentvolumes/bound")).toBe(200);
    expect(await status("/api/v1/persistentvolumes/free")).toBe(403);
    expect(await status("/apis/storage.k8s.io/v1/volumeattachments/here")).toBe(200);
    expect(await status("/apis/storage.k8s.io/v1/volumeattachments/there")).toBe(403);
  });

  test("its own Node and its own pods [API-481]", async () => {
    expect(await status("/api/v1/nodes/n1")).toBe(200);
    expect((await n1("GET", "/api/v1/nodes/n2")).body.message).toContain("node 'n1' cannot read 'n2', only its own Node object");
    expect(await status("/api/v1/nodes?fieldSelector=metadata.name%3Dn1")).toBe(200);
    expect(await status("/api/v1/nodes")).toBe(403);
    expect(await status(`${core}pods/mine`)).toBe(200);
    expect(await status(`${core}pods/theirs`)).toBe(403);
    expect(await status("/api/v1/pods?fieldSelector=spec.nodeName%3Dn1")).toBe(200);
    expect(await status("/api/v1/pods?fieldSelector=spec.nodeName%3Dn2")).toBe(403);
    expect((await n1("GET", "/api/v1/pods")).body.message).toContain(
      "can only list/watch pods with spec.nodeName field selector",
    );
    expect(await status(`${core}pods/mine/log`)).toBe(403);
  });

  test("what every node needs, and what roles give it besides [API-481] [API-386]", async () => {
    expect(await status("/api/v1/services")).toBe(200);
    expect(await status("/apis/storage.k8s.io/v1/csidrivers")).toBe(200);
    expect(await status("/apis/node.k8s.io/v1/runtimeclasses")).toBe(200);
    expect(await status("/apis/apps/v1/deployments")).toBe(403);
    expect((await as("nameless-token")("GET", "/api/v1/services")).body.message).toContain('unknown node for user "somebody"');
    await root("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "nodes-view" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "Group", name: "system:nodes" }],
    });
    await vi.waitFor(async () => expect(await status("/apis/apps/v1/deployments")).toBe(200));
    await root("DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/nodes-view");
    await vi.waitFor(async () => expect(await status("/apis/apps/v1/deployments")).toBe(403));
  });

  test("a secret as long as a pod of its own needs it [API-481]", async () => {
    await thing("secrets", "passing");
    expect(await status(`${core}secrets/passing`)).toBe(403);
    for (const name of ["first", "second"])
      await pod(name, "n1", { volumes: [{ name: "v", secret: { secretName: "passing" } }] });
    await vi.waitFor(async () => expect(await status(`${core}secrets/passing`)).toBe(200));
    await root("DELETE", `${core}pods/first`, { gracePeriodSeconds: 0 });
    await vi.waitFor(async () => expect(await status(`${core}pods/first`)).not.toBe(200));
    expect(await status(`${core}secrets/passing`)).toBe(200);
    await root("DELETE", `${core}pods/second`, { gracePeriodSeconds: 0 });
    await vi.waitFor(async () => expect(await status(`${core}secrets/passing`)).toBe(403));
  });

  test("reviews say the same as the requests [API-481] [API-396]", async () => {
    const ask = async (resourceAttributes: object) =>
      (
        await root("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
          spec: { user: "system:node:n1", groups: ["system:nodes"], resourceAttributes },
        })
      ).body.status.allowed;
    const secret = { resource: "secrets", namespace: "default", verb: "get" };
    expect(await ask({ ...secret, name: "own" })).toBe(true);
    expect(await ask({ ...secret, name: "other" })).toBe(false);
    const list = { resource: "pods", verb: "list" };
    expect(await ask(list)).toBe(false);
    expect(await ask({ ...list, fieldSelector: { rawSelector: "spec.nodeName=n1" } })).toBe(true);
    const requirements = [{ key: "spec.nodeName", operator: "In", values: ["n1"] }];
    expect(await ask({ ...list, fieldSelector: { requirements } })).toBe(true);
    const mine = await n1("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace: "default" } });
    expect(mine.body.status).toMatchObject({ incomplete: true, evaluationError: expect.stringContaining("node authorizer") });
  });
});

describe("what a node may write", () => {
  const refusal = async (answer: Promise<{ body: { code?: number; message?: string } }>): Promise<string> => {
    const { body } = await answer;
    expect(body.code).toBe(403);
    return body.message ?? "";
  };
  const merge = (path: string, body: object) => n1.patch(path, "merge-patch+json", body);

  test("its own Node: status, capacity, and of Kubernetes' labels only those that name what it is [API-482]", async () => {
    expect((await merge("/api/v1/nodes/n1/status", { status: { capacity: { cpu: "4" } } })).status).toBe(200);
    const labels = (more: object) => merge("/api/v1/nodes/n1", { metadata: { labels: more } });
    expect((await labels({ "kubernetes.io/os": "linux", "example.com/a": "b", "x.node.kubernetes.io/y": "z" })).status).toBe(200);
    expect(await refusal(labels({ "node-role.kubernetes.io/control-plane": "" }))).toContain(
      "is not allowed to modify labels: node-role.kubernetes.io/control-plane",
    );
    expect(await refusal(labels({ "node-restriction.kubernetes.io/pci": "yes" }))).toContain("node-restriction");
    expect(await refusal(merge("/api/v1/nodes/n1", { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } }))).toContain(
      'node "n1" is not allowed to modify taints',
    );
    expect(await refusal(merge("/api/v1/nodes/n2/status", { status: {} }))).toContain(
      'node "n1" is not allowed to modify node "n2"',
    );
    expect(await refusal(n1("POST", "/api/v1/nodes", { metadata: { name: "n3" } }))).toContain("not allowed to modify node");
    expect((await n1("DELETE", "/api/v1/nodes/n1")).status).toBe(403);
  });

  test("a Node that registers anew, without labels that draw workloads to it [API-482]", async () => {
    await root("DELETE", "/api/v1/nodes/n1");
    const register = (labels: object) => n1("POST", "/api/v1/nodes", { metadata: { name: "n1", labels } });
    expect(await refusal(register({ "node-role.kubernetes.io/master": "" }))).toContain(
      'node "n1" is not allowed to set the following labels: node-role.kubernetes.io/master',
    );
    const made = await register({ "kubernetes.io/hostname": "n1", "node.kubernetes.io/instance-type": "m1" });
    expect(made.status).toBe(201);
    uids.set("n1", made.body.metadata.uid);
  });

  test("leases and CSINodes of its own name [API-482]", async () => {
    const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    expect((await n1("POST", leases, { metadata: { name: "n1" }, spec: { leaseDurationSeconds: 40 } })).status).toBe(201);
    expect(await refusal(n1("POST", leases, { metadata: { name: "n2" } }))).toContain(
      "can only access node lease with the same name as the requesting node",
    );
    expect((await merge(`${leases}/n1`, { spec: { holderIdentity: "n1" } })).status).toBe(200);
    expect(await status(`${leases}/n2`)).toBe(403);
    expect(await status("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/n1")).toBe(403);
    const csiNodes = "/apis/storage.k8s.io/v1/csinodes";
    expect((await n1("POST", csiNodes, { metadata: { name: "n1" }, spec: { drivers: [] } })).status).toBe(201);
    expect(await refusal(n1("POST", csiNodes, { metadata: { name: "n2" }, spec: { drivers: [] } }))).toContain(
      "can only access CSINode with the same name as the requesting node",
    );
  });

  test("the status of its own pods, without their labels; their end, and their eviction [API-482]", async () => {
    expect((await merge(`${core}pods/mine/status`, { status: { phase: "Running" } })).status).toBe(200);
    expect(await refusal(merge(`${core}pods/mine/status`, { metadata: { labels: { a: "b" } } }))).toContain(
      'node "n1" cannot update labels through pod status',
    );
    expect(await refusal(merge(`${core}pods/theirs/status`, { status: { phase: "Failed" } }))).toContain(
      'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    );
    expect(await refusal(merge(`${core}pods/mine`, { metadata: { labels: { a: "b" } } }))).toContain("cannot patch");
    const eviction = (name: string) =>
      n1("POST", `${core}pods/${name}/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } });
    expect(await refusal(eviction("theirs"))).toContain("node n1 can only evict pods with spec.nodeName set to itself");
    await pod("leaves", "n1");
    expect((await eviction("leaves")).status).toBe(201);
    expect((await n1("DELETE", `${core}pods/leaves`, { gracePeriodSeconds: 0 })).status).toBe(200);
    expect(await refusal(n1("DELETE", `${core}pods/theirs`))).toContain(
      'node "n1" can only delete pods with spec.nodeName set to itself',
    );
  });

  test("pods that mirror what it runs anyway, which open nothing to it [API-482]", async () => {
    const mirror = (name: string, spec: object = {}, metadata: object = {}) =>
      n1("POST", `${core}pods`, {
        metadata: {
          name,
          annotations: { "kubernetes.io/config.mirror": "x" },
          ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "n1", uid: uids.get("n1"), controller: true }],
          ...metadata,
        },
        spec: { nodeName: "n1", containers: [{ name: "a", image: "b" }], ...spec },
      });
    const made = await mirror("static");
    expect(made.status, made.text).toBe(201);
    expect(made.body.spec.serviceAccountName).toBeUndefined();
    expect(await refusal(mirror("m1", {}, { annotations: {} }))).toContain('node "n1" can only create mirror pods');
    expect(await refusal(mirror("m2", { nodeName: "n2" }))).toContain("can only create pods with spec.nodeName set to itself");
    expect(await refusal(mirror("m3", {}, { ownerReferences: [] }))).toContain("with an owner reference set to itself");
    expect(await refusal(mirror("m4", { serviceAccountName: "runner" }))).toContain(
      "can not create pods that reference a service account",
    );
    expect(await refusal(mirror("m5", { volumes: [{ name: "v", secret: { secretName: "other" } }] }))).toContain(
      "can not create pods that reference secrets",
    );
    expect(await refusal(mirror("m6", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "other" } }] }))).toContain(
      "can not create pods that reference persistentvolumeclaims",
    );
    // Who may make such a pod all the same opens nothing by it either.
    await pod(
      "planted",
      "n1",
      { volumes: [{ name: "v", secret: { secretName: "nobody" } }] },
      { annotations: { "kubernetes.io/config.mirror": "x" } },
    );
    await vi.waitFor(async () => expect(await status(`${core}pods/planted`)).toBe(200));
    expect(await status(`${core}secrets/nobody`)).toBe(403);
  });

  test("tokens of accounts that its pods run as, bound to such a pod [API-482]", async () => {
    const { metadata } = (await root("GET", `${core}pods/mine`)).body;
    const token = (account: string, boundObjectRef?: object) =>
      n1("POST", `${core}serviceaccounts/${account}/token`, {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { audiences: [], ...(boundObjectRef === undefined ? {} : { boundObjectRef }) },
      });
    const mine = { apiVersion: "v1", kind: "Pod", name: "mine", uid: metadata.uid };
    const made = await token("runner", mine);
    expect(made.status, made.text).toBe(201);
    expect(made.body.status.token).toMatch(/^ey/);
    expect(await refusal(token("stranger", mine))).toContain("no relationship found between node 'n1' and this object");
    expect(await refusal(token("runner"))).toContain("node requested token not bound to a pod");
    expect(await refusal(token("runner", { ...mine, uid: "" }))).toContain("without a uid");
    const theirs = (await root("GET", `${core}pods/theirs`)).body.metadata.uid;
    expect(await refusal(token("runner", { ...mine, name: "theirs", uid: theirs }))).toContain("scheduled on a different node");
  });

  test("how much room its claims have, and nothing else of them [API-482]", async () => {
    const path = `${core}persistentvolumeclaims/own/status`;
    expect((await merge(path, { status: { capacity: { storage: "2Gi" } } })).status).toBe(200);
    expect(await refusal(merge(path, { status: { phase: "Lost" } }))).toContain(
      "is not allowed to update fields other than status.capacity and status.conditions",
    );
    expect(await refusal(merge(`${core}persistentvolumeclaims/other/status`, { status: {} }))).toContain("no relationship found");
  });

  test("nothing, when it cannot be told which node it is [API-482]", async () => {
    const nameless = api.as({ user: { name: "somebody", groups: ["system:nodes"] } });
    await expect(
      nameless.create(Secret, { apiVersion: "v1", kind: "Secret", metadata: { namespace: "default", name: "x" } }),
    ).rejects.toThrow('could not determine node from user "somebody"');
  });
});

test("an API that gave nodes the whole role takes it back, and keeps what an operator added [API-401] [API-481]", async () => {
  const storage = createMemoryStorage<StoredObject>({ stamp: stampObject });
  const path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:node";
  const before = await createKubernetesApi({ storage, authorization: "always" });
  const added = { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "old-kubelet" };
  await wireTo(() => before.server)("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: "system:node", annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" } },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:node" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:nodes" }, added],
  });
  const after = await createKubernetesApi({
    storage,
    tokens: [staticTokens(new Map([["t", { name: "r", groups: ["system:masters"] }]]))],
  });
  const { body } = await wireTo(() => after.server, { authorization: "Bearer t" })("GET", path);
  expect(body.subjects).toEqual([added]);
  await after.close();
});

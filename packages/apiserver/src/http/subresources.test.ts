import { customKinds } from "@slipway/api";
import { generateKeyPair } from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";

let api: KubernetesApi;
beforeAll(async () => {
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    kinds: customKinds,
    authorization: "always",
    serviceAccounts: { ...(await generateKeyPair("rsa-2048")), issuer: "https://kubernetes.default.svc" },
    pods: {
      logs: (pod, options) => JSON.stringify({ pod: pod.metadata.name, ...options, signal: undefined }),
    },
  });
});
afterAll(() => api.close());

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Body = any;
const call = async (method: string, path: string, body?: object | Uint8Array<ArrayBuffer>, type = "application/json") => {
  const response = await api.server.fetch(
    new Request(`http://api${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": type }, body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  const json = response.headers.get("content-type")?.startsWith("application/json") === true && text !== "";
  return { status: response.status, text, body: (json ? JSON.parse(text) : undefined) as Body };
};
const merge = "application/merge-patch+json";
const namespaced = (group: string, resource: string) => `/apis/${group}/namespaces/default/${resource}`;
const pods = "/api/v1/namespaces/default/pods";
const pod = (name: string, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "main", image: "i" }], ...spec },
});

describe("status", () => {
  const clusters = namespaced("cluster.x-k8s.io/v1beta1", "clusters");
  const cluster = (name: string) => ({ apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", metadata: { name }, spec: {} });

  test("its endpoint changes status alone, the object's own endpoint everything but status [API-290] [API-T15]", async () => {
    const made = (await call("POST", clusters, { ...cluster("s"), status: { phase: "Failed" } })).body;
    expect(made.status?.phase).not.toBe("Failed");
    const sent = {
      ...made,
      metadata: { ...made.metadata, finalizers: ["a.b/c"] },
      spec: { paused: true },
      status: { phase: "Pending" },
    };
    const changed = (await call("PUT", `${clusters}/s/status`, sent)).body;
    expect(changed.status.phase).toBe("Pending");
    expect(changed.spec).toEqual(made.spec);
    expect(changed.metadata.finalizers).toBeUndefined();
    const patched = (await call("PATCH", `${clusters}/s`, { status: { phase: "Deleted" }, spec: { paused: true } }, merge)).body;
    expect(patched).toMatchObject({ spec: { paused: true }, status: { phase: "Pending" } });
    expect((await call("GET", `${clusters}/s/status`)).body.kind).toBe("Cluster");
    expect((await call("POST", `${clusters}/s/status`, sent)).status).toBe(405);
    expect((await call("DELETE", `${clusters}/s/status`)).status).toBe(405);
  });

  test("a subresource that is not declared is as if the object were not there [API-014]", async () => {
    await call("POST", clusters, cluster("t"));
    expect((await call("GET", `${clusters}/t/scale`)).body).toMatchObject({
      code: 404,
      reason: "NotFound",
      details: { name: "t" },
    });
  });

  test("details name the resource in 404 and 409, the kind in 422 [API-T13]", async () => {
    expect((await call("GET", `${clusters}/nosuch`)).body.details.kind).toBe("clusters");
    await call("POST", clusters, cluster("dup"));
    expect((await call("POST", clusters, cluster("dup"))).body.details.kind).toBe("clusters");
    const invalid = await call("POST", clusters, { ...cluster("Wrong_Name") });
    expect(invalid.body).toMatchObject({ code: 422, details: { kind: "Cluster" } });
  });
});

describe("scale", () => {
  test("of a kind of ours: reads and writes one number [API-291] [API-292]", async () => {
    const path = namespaced("cluster.x-k8s.io/v1beta1", "machinedeployments");
    const made = await call("POST", path, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "MachineDeployment",
      metadata: { name: "md" },
      spec: {
        clusterName: "c",
        replicas: 2,
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: {
            clusterName: "c",
            bootstrap: { dataSecretName: "x" },
            infrastructureRef: { apiVersion: "a.b/v1", kind: "X", name: "x" },
          },
        },
      },
    });
    expect(made.status).toBe(201);
    const scale = (await call("GET", `${path}/md/scale`)).body;
    expect(scale).toMatchObject({ kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas: 2 }, status: { replicas: 0 } });
    expect((await call("PUT", `${path}/md/scale`, { ...scale, spec: { replicas: 5 } })).body.spec.replicas).toBe(5);
    expect((await call("GET", `${path}/md`)).body).toMatchObject({ spec: { replicas: 5 }, metadata: { generation: 2 } });
    expect((await call("PATCH", `${path}/md/scale`, { spec: { replicas: -1 } }, merge)).status).toBe(422);
  });

  test("takes no number of replicas that no Scale could show, wherever it comes from [API-334]", async () => {
    const path = namespaced("cluster.x-k8s.io/v1beta1", "machinedeployments");
    const spec = (replicas: number) => ({
      clusterName: "c",
      replicas,
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: {
          clusterName: "c",
          bootstrap: { dataSecretName: "x" },
          infrastructureRef: { apiVersion: "a.b/v1", kind: "X", name: "x" },
        },
      },
    });
    const create = (replicas: number) =>
      call("POST", path, {
        apiVersion: "cluster.x-k8s.io/v1beta1",
        kind: "MachineDeployment",
        metadata: { name: "n" },
        spec: spec(replicas),
      });
    const refused = await create(-1);
    expect([refused.status, refused.body.message]).toEqual([
      422,
      expect.stringContaining(".spec.replicas: Invalid value: -1: should be a non-negative integer"),
    ]);
    expect((await create(0)).status).toBe(201);
    const status = await call("PATCH", `${path}/n/status`, { status: { replicas: -2 } }, merge);
    expect([status.status, status.body.message]).toEqual([
      422,
      expect.stringContaining(".status.replicas: Invalid value: -2: should be a non-negative integer"),
    ]);
    expect((await call("PATCH", `${path}/n/status`, { status: { replicas: 2 } }, merge)).status).toBe(200);
  });

  test("of a control plane: never none, and an even number only with etcd elsewhere [KCP-048]", async () => {
    const path = namespaced("controlplane.cluster.x-k8s.io/v1beta1", "kubeadmcontrolplanes");
    const controlPlane = (name: string, etcd: object) => ({
      apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
      kind: "KubeadmControlPlane",
      metadata: { name },
      spec: {
        version: "v1.33.1",
        replicas: 3,
        machineTemplate: { infrastructureRef: { apiVersion: "a.b/v1", kind: "X", name: "x" } },
        kubeadmConfigSpec: { clusterConfiguration: { etcd } },
      },
    });
    await call("POST", path, controlPlane("stacked", { local: {} }));
    const external = { endpoints: ["https://etcd:2379"], caFile: "a", certFile: "b", keyFile: "c" };
    await call("POST", path, controlPlane("external", { external }));
    const scaled = async (name: string, replicas: number) => {
      const { status, body } = await call("PATCH", `${path}/${name}/scale`, { spec: { replicas } }, merge);
      return status === 200 ? body.spec.replicas : `${status} ${body.reason}: ${body.message}`;
    };
    const denied =
      'admission webhook "validation-scale.kubeadmcontrolplane.controlplane.cluster.x-k8s.io" denied the request: replicas cannot be';
    expect(await scaled("stacked", 0)).toBe(`403 Forbidden: ${denied} 0`);
    expect(await scaled("stacked", 2)).toBe(`403 Forbidden: ${denied} an even number when etcd is stacked`);
    expect(await scaled("stacked", 5)).toBe(5);
    expect(await scaled("external", 0)).toBe(`403 Forbidden: ${denied} 0`);
    expect(await scaled("external", 4)).toBe(4);
  });

  test("of a built-in kind, with its selector as text [API-293]", async () => {
    const path = namespaced("apps/v1", "deployments");
    await call("POST", path, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { app: "d" } },
        template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "c", image: "i" }] } },
      },
    });
    expect((await call("GET", `${path}/d/scale`)).body).toMatchObject({ spec: { replicas: 1 }, status: { selector: "app=d" } });
    await call("PATCH", `${path}/d/scale`, { spec: { replicas: 4 } }, merge);
    expect((await call("GET", `${path}/d`)).body).toMatchObject({ spec: { replicas: 4 }, metadata: { generation: 2 } });
  });
});

describe("pods", () => {
  test("are bound to a node once [API-296]", async () => {
    await call("POST", pods, pod("bound"));
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { name: "bound" }, target: { kind: "Node", name: "n1" } };
    expect((await call("POST", `${pods}/bound/binding`, binding)).body).toMatchObject({ kind: "Status", status: "Success" });
    expect((await call("GET", `${pods}/bound`)).body.spec.nodeName).toBe("n1");
    const again = await call("POST", `${pods}/bound/binding`, binding);
    expect(again.body).toMatchObject({ code: 409, reason: "Conflict" });
    expect(again.body.message).toContain('pod bound is already assigned to node "n1"');
  });

  test("say which container they mean, and pass on what is asked of their logs [API-297]", async () => {
    const two = [
      { name: "a", image: "i" },
      { name: "b", image: "i" },
    ];
    await call("POST", pods, pod("two", { containers: two }));
    expect((await call("GET", `${pods}/two/log`)).body.message).toBe(
      "a container name must be specified for pod two, choose one of: [a b]",
    );
    const { text } = await call("GET", `${pods}/two/log?container=b&tailLines=5&timestamps=true&sinceSeconds=60`);
    expect(JSON.parse(text)).toEqual({
      pod: "two",
      container: "b",
      follow: false,
      previous: false,
      timestamps: true,
      tailLines: 5,
      sinceSeconds: 60,
    });
    expect((await call("GET", `${pods}/two/log?container=b&tailLines=all`)).status).toBe(400);
  });

  test("what needs a kubelet is refused at once, never left hanging [API-298] [API-299] [API-301]", async () => {
    await call("POST", pods, pod("loose"));
    expect((await call("POST", `${pods}/loose/exec?command=ls`)).body.message).toBe("pod loose does not have a host assigned");
    expect((await call("POST", `${pods}/bound/exec?command=ls`)).body.code).toBe(501);
    expect((await call("GET", `${pods}/bound/proxy/x`)).status).toBe(503);
    expect((await call("GET", "/api/v1/nodes/n1/proxy/metrics")).status).toBe(503);
  });
});

describe("tokens of ServiceAccounts", () => {
  const path = "/api/v1/namespaces/default/serviceaccounts";
  const request = (spec: object) => ({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec });

  test("last as long as asked, within bounds, and may be bound to an object [API-300] [API-378] [API-379]", async () => {
    await call("POST", path, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "sa" } });
    const short = await call("POST", `${path}/sa/token`, request({ expirationSeconds: 60 }));
    expect(short.body).toMatchObject({ code: 422 });
    expect(short.body.message).toContain("may not specify a duration less than 10 minutes");
    await call("POST", pods, pod("holder", { nodeName: "n1" }));
    const { uid } = (await call("GET", `${pods}/holder`)).body.metadata;
    const bound = { kind: "Pod", apiVersion: "v1", name: "holder" };
    expect((await call("POST", `${path}/sa/token`, request({ boundObjectRef: { ...bound, uid: "other" } }))).status).toBe(409);
    expect((await call("POST", `${path}/sa/token`, request({ boundObjectRef: { ...bound, name: "none" } }))).status).toBe(404);
    expect((await call("POST", `${path}/sa/token`, request({ boundObjectRef: { kind: "Lease", name: "x" } }))).status).toBe(400);
    const made = await call("POST", `${path}/sa/token`, request({ boundObjectRef: { ...bound, uid } }));
    expect(made.status).toBe(201);
    const review = async () =>
      (
        await call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenReview",
          spec: { token: made.body.status.token },
        })
      ).body.status;
    expect(await review()).toMatchObject({
      authenticated: true,
      user: {
        username: "system:serviceaccount:default:sa",
        groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
        extra: { "authentication.kubernetes.io/pod-name": ["holder"] },
      },
    });
    await call("DELETE", `${pods}/holder?gracePeriodSeconds=0`);
    expect(await review()).not.toHaveProperty("authenticated", true);
  });
});

describe("reviews", () => {
  test("a SelfSubjectReview says who is asking, a rules review what they may [API-383] [API-397]", async () => {
    const who = await call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      apiVersion: "authentication.k8s.io/v1",
      kind: "SelfSubjectReview",
    });
    expect(who).toMatchObject({ status: 201, body: { status: { userInfo: { username: "system:anonymous" } } } });
    const rules = await call("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace: "default" },
    });
    expect(rules.body.status).toMatchObject({ incomplete: false, resourceRules: [{ verbs: ["*"] }] });
  });

  test("a local review must be of its own namespace, and every review of exactly one thing [API-396]", async () => {
    const path = "/apis/authorization.k8s.io/v1";
    const spec = { user: "joe", resourceAttributes: { namespace: "other", verb: "get", resource: "pods" } };
    const local = { apiVersion: "authorization.k8s.io/v1", kind: "LocalSubjectAccessReview", spec };
    expect((await call("POST", `${path}/namespaces/default/localsubjectaccessreviews`, local)).status).toBe(422);
    const subject = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview" };
    expect((await call("POST", `${path}/subjectaccessreviews`, { ...subject, spec })).body.status).toMatchObject({
      allowed: true,
    });
    expect((await call("POST", `${path}/subjectaccessreviews`, { ...subject, spec: { user: "joe" } })).status).toBe(422);
  });
});

test("a deletion's options may come in protobuf, under the group version of what is deleted [API-413] [API-419]", async () => {
  await call("POST", pods, pod("gone", { nodeName: "n1" }));
  const field = (number: number, bytes: readonly number[]) => [number * 8 + 2, bytes.length, ...bytes];
  const text = (value: string) => [...new TextEncoder().encode(value)];
  const type = field(1, [...field(1, text("v1")), ...field(2, text("DeleteOptions"))]);
  // gracePeriodSeconds is a pointer: zero is said, not left out.
  const body = Uint8Array.from([0x6b, 0x38, 0x73, 0x00, ...type, ...field(2, [0x08, 0x00])]);
  const answer = await call("DELETE", `${pods}/gone`, body, "application/vnd.kubernetes.protobuf");
  expect(answer.status).toBe(200);
  expect((await call("GET", `${pods}/gone`)).status).toBe(404);
});

test("a namespace is finalized through its own endpoint [API-006] [API-083]", async () => {
  await call("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "ending" } });
  const found = (await call("GET", "/api/v1/namespaces/ending")).body;
  expect(found).toMatchObject({
    metadata: { labels: { "kubernetes.io/metadata.name": "ending" } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
  const finalized = await call("PUT", "/api/v1/namespaces/ending/finalize", { ...found, spec: { finalizers: [] } });
  expect(finalized.body.spec.finalizers ?? []).toEqual([]);
  expect((await call("DELETE", "/api/v1/namespaces/kube-system")).body.message).toContain("this namespace may not be deleted");
});

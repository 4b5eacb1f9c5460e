import {
  type Client,
  Cluster,
  ClusterResourceSet,
  ClusterResourceSetBinding,
  type ClusterResourceSetSpec,
  ConfigMap,
  CustomResourceDefinition,
  Namespace,
  Secret,
  Service,
} from "@slipway/api";
import { textToBase64 } from "@slipway/api/pki/index.ts";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { namespace, startManagementCluster } from "../testing/managementcluster.test-support.ts";
import { createRunningCluster, createTenantCluster } from "../testing/workloadcluster.test-support.ts";
import { clusterResourceSetBindingController } from "./bindings.ts";
import { hashOf, objectsIn, valuesOf } from "./contents.ts";
import { clusterResourceSetController } from "./index.ts";

const setType = "addons.cluster.x-k8s.io/resource-set";
const encoded = (data: { readonly [key: string]: string }) =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, textToBase64(text)]));
const source = (kind: "ConfigMap" | "Secret", name: string, data: { readonly [key: string]: string }) => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace },
  data: kind === "Secret" ? encoded(data) : data,
});
const map = (name: string, data: object, into = "default") =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: into }, data });

/** A management cluster with a running tenant that is labelled for the sets. */
const started = async (options: { readonly early?: true; readonly unlabelled?: true } = {}) => {
  const made: { tenant?: ReturnType<typeof createTenantCluster> } = {};
  const management = await startManagementCluster((clock) => {
    made.tenant = createTenantCluster(clock);
    return [
      made.tenant.controller,
      clusterResourceSetController({ workloads: made.tenant.clusters }),
      clusterResourceSetBindingController(),
    ];
  });
  if (made.tenant === undefined) throw new Error("there is no tenant");
  const { tenant } = made;
  await createRunningCluster(management);
  const { client, setMetadata, settled, advance, find } = management;
  if (!options.unlabelled) await setMetadata(Cluster, "one", { labels: { cni: "yes" } });
  const remote: Client = await tenant.client;
  const serve = () =>
    remote.create(Service, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kubernetes", namespace: "default" },
      spec: { ports: [{ port: 443 }] },
    });
  if (!options.early) await serve().catch(() => undefined);
  await settled();
  return {
    ...management,
    state: tenant.state,
    remote,
    serve,
    put: (kind: "ConfigMap" | "Secret", name: string, data: { readonly [key: string]: string }, type?: string) =>
      client.create(kind === "Secret" ? Secret : ConfigMap, {
        ...source(kind, name, data),
        ...(type === undefined ? {} : { type }),
      } as Secret & ConfigMap),
    createSet: async (spec: Partial<ClusterResourceSetSpec> = {}, name = "cni") => {
      await client.create(ClusterResourceSet, {
        apiVersion: "addons.cluster.x-k8s.io/v1beta1",
        kind: "ClusterResourceSet",
        metadata: { name, namespace },
        spec: { clusterSelector: { matchLabels: { cni: "yes" } }, resources: [{ kind: "ConfigMap", name: "net" }], ...spec },
      });
      await advance(1);
    },
    said: async (name = "cni") => {
      const set = await find(ClusterResourceSet, name);
      const v1 = findCondition(set?.status?.conditions, "ResourcesApplied");
      const v2 = findCondition(set?.status?.v1beta2?.conditions, "ResourcesApplied");
      return [v1?.reason ?? v1?.status, v1?.severity, v2?.reason, v2?.message].filter(
        (part) => part !== undefined && part !== "",
      );
    },
    there: async (name: string, kind = ConfigMap) => {
      const found = await remote.get(kind, { namespace: "default", name }).catch(() => undefined);
      return found?.data;
    },
  };
};

test("what a set names is in every matched cluster, once its API serves, and written down [CORE-383] [CORE-384] [CORE-385] [CORE-390]", async () => {
  const world = await started({ early: true });
  const { put, createSet, said, there, serve, advance, get, remote } = world;
  await remote.delete(Service, { namespace: "default", name: "kubernetes" }).catch(() => undefined);
  await put("ConfigMap", "net", { "net.yaml": `${map("a", { k: "1" })}\n---\n${map("b", { k: "2" })}` });
  await createSet();
  expect(await there("a")).toBeUndefined();
  await serve();
  await advance(5);
  expect(await there("a")).toEqual({ k: "1" });
  expect(await there("b")).toEqual({ k: "2" });
  expect(await said()).toEqual(["True", "Applied"]);
  const binding = await get(ClusterResourceSetBinding, "one");
  expect(binding.metadata.ownerReferences).toEqual([
    {
      apiVersion: "addons.cluster.x-k8s.io/v1beta1",
      kind: "ClusterResourceSet",
      name: "cni",
      uid: (await get(ClusterResourceSet, "cni")).metadata.uid,
    },
  ]);
  expect(binding.spec).toEqual({
    clusterName: "one",
    bindings: [
      {
        clusterResourceSetName: "cni",
        resources: [
          {
            kind: "ConfigMap",
            name: "net",
            applied: true,
            hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
            lastAppliedTime: expect.any(String),
          },
        ],
      },
    ],
  });
  expect((await get(ClusterResourceSet, "cni")).metadata.finalizers).toEqual(["addons.cluster.x-k8s.io"]);
});

test("only clusters of the set's namespace that its selector matches are meant; an empty one means nobody [CORE-381]", async () => {
  const { put, createSet, there, setMetadata, advance, find, client } = await started({ unlabelled: true });
  await put("ConfigMap", "net", { a: map("a", { k: "1" }) });
  await createSet();
  expect(await find(ClusterResourceSetBinding, "one")).toBeUndefined();
  await expect(createSet({ clusterSelector: {} }, "all")).rejects.toThrow("selector must not be empty");
  await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } });
  await client.create(Cluster, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: { name: "two", namespace: "elsewhere", labels: { cni: "yes" } },
    spec: {},
  });
  await advance(5);
  expect((await client.list(ClusterResourceSetBinding)).items).toEqual([]);
  await setMetadata(Cluster, "one", { labels: { cni: "yes" } });
  await advance(5);
  expect(await there("a")).toEqual({ k: "1" });
  expect((await find(ClusterResourceSetBinding, "one"))?.spec.bindings).toHaveLength(1);
});

test("a Secret must be meant for it by its type [CORE-053] [CORE-380]", async () => {
  const { put, createSet, said, there, client, advance } = await started();
  await put("ConfigMap", "net", { a: map("a", { k: "1" }) });
  await put("Secret", "keys", { s: map("s", { k: "2" }) }, "Opaque");
  await createSet({
    resources: [
      { kind: "ConfigMap", name: "net" },
      { kind: "Secret", name: "keys" },
    ],
  });
  expect(await said()).toEqual([
    "WrongSecretType",
    "Warning",
    "WrongSecretType",
    "Secret type of resource keys is not supported",
  ]);
  expect(await there("a")).toBeUndefined();
  await client.delete(Secret, { namespace, name: "keys" });
  await put("Secret", "keys", { s: map("s", { k: "2" }) }, setType);
  await advance(5);
  expect(await said()).toEqual(["True", "Applied"]);
  expect(await there("s")).toEqual({ k: "2" });
});

test("what is missing is told and does not keep the others back; what is there becomes the set's [CORE-382]", async () => {
  const { put, createSet, said, there, advance, get } = await started();
  await put("Secret", "keys", { s: map("s", { k: "2" }) }, setType);
  await createSet({
    resources: [
      { kind: "ConfigMap", name: "net" },
      { kind: "Secret", name: "keys" },
    ],
  });
  expect((await said()).slice(0, 2)).toEqual(["RetrievingResourceFailed", "Warning"]);
  expect(await there("s")).toEqual({ k: "2" });
  const { ownerReferences } = (await get(Secret, "keys")).metadata;
  expect(ownerReferences).toMatchObject([{ kind: "ClusterResourceSet", name: "cni" }]);
  expect(ownerReferences?.[0]).not.toHaveProperty("controller");
  await put("ConfigMap", "net", { a: map("a", { k: "1" }) });
  await advance(5);
  expect(await said()).toEqual(["True", "Applied"]);
  expect(await there("a")).toEqual({ k: "1" });
});

test("ApplyOnce makes what is not there and never looks again [CORE-387]", async () => {
  const { put, createSet, said, there, remote, setSpec, client, advance } = await started();
  await remote.create(ConfigMap, { ...source("ConfigMap", "a", { k: "theirs" }), metadata: { name: "a", namespace: "default" } });
  await put("ConfigMap", "net", { a: map("a", { k: "1" }), b: map("b", { k: "1" }) });
  await createSet();
  expect(await said()).toEqual(["True", "Applied"]);
  expect(await there("a")).toEqual({ k: "theirs" });
  await remote.delete(ConfigMap, { namespace: "default", name: "b" });
  const body = { data: { b: map("b", { k: "2" }) } };
  await client.patch(ConfigMap, { namespace, name: "net" }, { type: "merge", body });
  await advance(5);
  expect(await there("b")).toBeUndefined();
  await expect(setSpec(ClusterResourceSet, "cni", { strategy: "Reconcile" })).rejects.toThrow("field is immutable");
});

test("Reconcile follows the content, and leaves alone what others have added [CORE-388]", async () => {
  const { put, createSet, there, remote, client, advance, get } = await started();
  await put("ConfigMap", "net", { a: map("a", { k: "1", gone: "x" }) });
  await createSet({ strategy: "Reconcile" });
  const hash = async () => (await get(ClusterResourceSetBinding, "one")).spec.bindings?.[0]?.resources?.[0]?.hash;
  const before = await hash();
  await remote.patch(ConfigMap, { namespace: "default", name: "a" }, { type: "merge", body: { data: { theirs: "y" } } });
  const body = { data: { a: map("a", { k: "2" }) } };
  await client.patch(ConfigMap, { namespace, name: "net" }, { type: "merge", body });
  await advance(5);
  expect(await there("a")).toEqual({ k: "2", gone: "x", theirs: "y" });
  expect(await hash()).not.toBe(before);
});

test("what cannot be applied is told, written down and tried again; the rest is there [CORE-389] [CORE-390] [CORE-386]", async () => {
  const { put, createSet, said, there, remote, advance, get } = await started();
  const boat = JSON.stringify({ apiVersion: "example.com/v1", kind: "Boat", metadata: { name: "argo", namespace: "default" } });
  await put("ConfigMap", "net", { a: boat, b: map("b", { k: "1" }) });
  await createSet();
  expect(await said()).toEqual([
    "ApplyFailed",
    "Warning",
    "NotApplied",
    "Failed to apply ClusterResourceSet resources to Cluster",
  ]);
  expect(await there("b")).toEqual({ k: "1" });
  expect((await get(ClusterResourceSetBinding, "one")).spec.bindings?.[0]?.resources?.[0]).toMatchObject({ applied: false });
  await remote.create(CustomResourceDefinition, boatCrd as unknown as CustomResourceDefinition);
  await advance(15);
  expect(await said()).toEqual(["True", "Applied"]);
  expect((await get(ClusterResourceSetBinding, "one")).spec.bindings?.[0]?.resources?.[0]).toMatchObject({ applied: true });
});

const boatCrd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "boats.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "boats", kind: "Boat" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

test("without a connection it says so, and goes on when there is one [CORE-390]", async () => {
  const world = await started();
  const { put, createSet, said, there, state, advance } = world;
  state.up = false;
  await advance(120);
  await put("ConfigMap", "net", { a: map("a", { k: "1" }) });
  await createSet();
  expect((await said()).slice(0, 3)).toEqual(["RemoteClusterClientFailed", "Error", "InternalError"]);
  state.up = true;
  await advance(120);
  expect(await said()).toEqual(["True", "Applied"]);
  expect(await there("a")).toEqual({ k: "1" });
});

test("a set that goes takes its entries along and leaves the objects [CORE-391]", async () => {
  const { put, createSet, there, client, advance, find } = await started();
  await put("ConfigMap", "net", { a: map("a", { k: "1" }) });
  await createSet();
  await createSet({}, "other");
  const named = async () =>
    (await find(ClusterResourceSetBinding, "one"))?.spec.bindings?.map(({ clusterResourceSetName }) => clusterResourceSetName);
  expect((await named())?.toSorted()).toEqual(["cni", "other"]);
  await client.delete(ClusterResourceSet, { namespace, name: "cni" });
  await advance(5);
  expect(await find(ClusterResourceSet, "cni")).toBeUndefined();
  expect(await named()).toEqual(["other"]);
  expect((await find(ClusterResourceSetBinding, "one"))?.metadata.ownerReferences).toMatchObject([{ name: "other" }]);
  await client.delete(ClusterResourceSet, { namespace, name: "other" });
  await advance(5);
  expect(await find(ClusterResourceSetBinding, "one")).toBeUndefined();
  expect(await there("a")).toEqual({ k: "1" });
});

test("a binding goes with its cluster, and older ones learn its name [CORE-392]", async () => {
  const { client, get, find, advance } = await started();
  const { uid } = (await get(Cluster, "one")).metadata;
  await client.create(ClusterResourceSetBinding, {
    apiVersion: "addons.cluster.x-k8s.io/v1beta1",
    kind: "ClusterResourceSetBinding",
    metadata: {
      name: "one",
      namespace,
      ownerReferences: [{ apiVersion: "cluster.x-k8s.io/v1alpha4", kind: "Cluster", name: "one", uid }],
    },
    spec: {},
  });
  await advance(1);
  const binding = await get(ClusterResourceSetBinding, "one");
  expect(binding.spec.clusterName).toBe("one");
  expect(binding.metadata.ownerReferences ?? []).toEqual([]);
  await client.delete(Cluster, { namespace, name: "one" });
  await advance(5);
  expect(await find(ClusterResourceSetBinding, "one")).toBeUndefined();
});

describe("contents", () => {
  const bytes = (...texts: readonly string[]) => texts.map((text) => new TextEncoder().encode(text));
  test("are the values in the order of their keys, a Secret's decoded [CORE-384]", async () => {
    const stored = (kind: "ConfigMap" | "Secret") => source(kind, "a", { b: "two", a: "one", C: "zero" }) as never;
    const values = valuesOf(stored("ConfigMap"));
    expect(values.map((value) => new TextDecoder().decode(value))).toEqual(["zero", "one", "two"]);
    expect(await hashOf(valuesOf(stored("Secret")))).toBe(await hashOf(values));
    // printf zeroonetwo | sha256sum
    expect(await hashOf(values)).toBe("sha256:abdc526ce7a73458542d7efd797a59c00ed1aa191bb96daf732b00d1488864aa");
  });
  test("are objects in YAML or a list in JSON, each value's in the order in which they can be made [CORE-386]", () => {
    const one = (kind: string) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: x}\n`;
    const kinds = (...texts: readonly string[]) => objectsIn(bytes(...texts)).map(({ kind }) => kind);
    expect(kinds(["Deployment", "Secret", "Service", "CustomResourceDefinition", "Namespace"].map(one).join("---\n"))).toEqual([
      "Namespace",
      "CustomResourceDefinition",
      "Secret",
      "Deployment",
      "Service",
    ]);
    expect(kinds(one("Deployment"), `---\n${one("Namespace")}---\n`)).toEqual(["Deployment", "Namespace"]);
    expect(kinds(` [${map("a", {})},${map("b", {})}]`)).toEqual(["ConfigMap", "ConfigMap"]);
    expect(() => kinds("just text")).toThrow("failed converting data");
  });
});

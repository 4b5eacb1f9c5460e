/** Two management clusters, each a whole Kubernetes API of ours, and a cluster that moves from one to the other. */
import {
  type Client,
  Cluster,
  ClusterClass,
  ClusterctlProvider,
  ConfigMap,
  customKinds,
  isNotFound,
  Machine,
  OpenStackCluster,
  Secret,
  type UnstructuredObject,
} from "@slipway/api";
import { createKubernetesApi, createMemoryStorage, type KubernetesApi, type StoredObject, stampObject } from "@slipway/apiserver";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inventoryObject } from "../components/components.ts";
import { bundledProviders } from "../repository/bundled.ts";
import { readObjects, writeYaml } from "../template/yaml.ts";
import { move, moveFromDirectory, moveToDirectory, rehearse, type SavedObject } from "./move.ts";

const namespace = "tenants";
const at = (name: string) => ({ namespace, name });
let source: KubernetesApi;
let target: KubernetesApi;
let lines: string[];
const options = () => ({ namespace, log: (line: string) => lines.push(line), sleep: async () => undefined });
const both = () => ({ source: source.client, target: target.client });

const startApi = async (): Promise<KubernetesApi> => {
  const api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    kinds: customKinds,
    authorization: "always",
    objects: bundledProviders.map(({ namespace: name }) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
  });
  for (const { namespace: place, version, ...provider } of bundledProviders)
    await api.client.create(ClusterctlProvider, inventoryObject({ provider, version, namespace: place }));
  return api;
};

const owned = (by: UnstructuredObject, controller = true) => ({
  ownerReferences: [
    {
      apiVersion: by.apiVersion,
      kind: by.kind,
      name: by.metadata.name ?? "",
      uid: by.metadata.uid ?? "",
      controller,
      blockOwnerDeletion: true,
    },
  ],
});
const settled = {
  infrastructureReady: true,
  conditions: [{ type: "ControlPlaneInitialized", status: "True", lastTransitionTime: "2026-11-22T12:00:00Z" }],
};

/** A settled cluster of one machine, with what belongs to it and what does not. */
const fill = async (client: Client): Promise<void> => {
  await client.create(
    { group: "", version: "v1", kind: "Namespace", plural: "namespaces", scope: "Cluster" },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  );
  const made = await client.create(Cluster, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: { ...at("demo"), finalizers: ["cluster.cluster.x-k8s.io"], annotations: { kept: "yes" } },
    spec: {
      infrastructureRef: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackCluster", ...at("demo") },
      controlPlaneEndpoint: { host: "203.0.113.10", port: 6443 },
    },
  } as unknown as Cluster);
  const cluster = made as unknown as UnstructuredObject;
  await client.patch(Cluster, at("demo"), { type: "merge", body: { status: settled } }, { subresource: "status" });
  await client.create(OpenStackCluster, {
    apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
    kind: "OpenStackCluster",
    metadata: { ...at("demo"), ...owned(cluster), finalizers: ["openstackcluster.infrastructure.cluster.x-k8s.io"] },
    spec: { identityRef: { name: "credentials", cloudName: "openstack" } },
  } as unknown as OpenStackCluster);
  const machine = await client.create(Machine, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: {
      ...at("demo-1"),
      ...owned(cluster),
      labels: { "cluster.x-k8s.io/cluster-name": "demo" },
      finalizers: ["machine.cluster.x-k8s.io"],
    },
    spec: {
      clusterName: "demo",
      bootstrap: { dataSecretName: "demo-1" },
      infrastructureRef: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachine", ...at("demo-1") },
      providerID: "openstack:///5c2a",
    },
  } as unknown as Machine);
  const status = { nodeRef: { apiVersion: "v1", kind: "Node", name: "demo-1" } };
  await client.patch(Machine, at("demo-1"), { type: "merge", body: { status } }, { subresource: "status" });
  const secret = (name: string, more = {}) =>
    client.create(Secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { ...at(name), ...more },
      data: { value: btoa(name) },
    } as Secret);
  await secret("demo-1", owned(machine as unknown as UnstructuredObject));
  await secret("demo-kubeconfig");
  await secret("credentials");
  await secret("somebody-elses");
  // A field of somebody else, written by server-side apply.
  const body = { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", metadata: { ...at("demo"), labels: { topic: "x" } } };
  await client.patch(Cluster, at("demo"), { type: "apply", body }, { fieldManager: "capi-topology", force: true });
};

const namesIn = async (api: KubernetesApi): Promise<readonly string[]> => {
  const kinds = [Cluster, OpenStackCluster, Machine, Secret, ConfigMap];
  const lists = await Promise.all(kinds.map((kind) => api.client.list(kind as typeof Cluster, { namespace })));
  return lists.flatMap(({ items }, index) => items.map(({ metadata }) => `${kinds[index]?.kind}/${metadata.name}`)).sort();
};
const everything = [
  "Cluster/demo",
  "Machine/demo-1",
  "OpenStackCluster/demo",
  "Secret/credentials",
  "Secret/demo-1",
  "Secret/demo-kubeconfig",
];

beforeEach(async () => {
  lines = [];
  source = await startApi();
  target = await startApi();
  await fill(source.client);
});
afterEach(async () => {
  await source.close();
  await target.close();
});

describe("a move", () => {
  test("takes a cluster's objects over, whole, with new owners' uids, and leaves nothing of them behind [CTL-120, CTL-122, CTL-123, CTL-125, CTL-127, CTL-130]", async () => {
    const before = await source.client.get(Cluster, at("demo"));
    await move(both(), options());
    expect(await namesIn(source)).toEqual(["Secret/somebody-elses"]);
    expect(await namesIn(target)).toEqual(everything);
    const after = (await target.client.get(Cluster, at("demo"))) as unknown as UnstructuredObject;
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.metadata.annotations).toEqual({ kept: "yes" });
    expect(after.metadata.finalizers).toEqual(["cluster.cluster.x-k8s.io"]);
    expect(after.spec).toEqual(before.spec);
    expect(after.spec).not.toHaveProperty("paused");
    expect(after.status ?? {}).not.toHaveProperty("infrastructureReady");
    const machine = await target.client.get(Machine, at("demo-1"));
    expect(machine.metadata.ownerReferences).toEqual([expect.objectContaining({ uid: after.metadata.uid, controller: true })]);
    const data = await target.client.get(Secret, at("demo-1"));
    expect(data.metadata.ownerReferences?.[0]?.uid).toBe(machine.metadata.uid);
    expect(data.data).toEqual({ value: btoa("demo-1") });
  });

  test("keeps who owns which field, so that its owner can take it away again [CTL-123]", async () => {
    await move(both(), options());
    const managers = (await target.client.get(Cluster, at("demo"))).metadata.managedFields ?? [];
    expect(managers.map(({ manager, operation }) => `${manager} ${operation}`)).toContain("capi-topology Apply");
    const body = { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", metadata: at("demo") };
    const applied = await target.client.patch(Cluster, at("demo"), { type: "apply", body }, { fieldManager: "capi-topology" });
    expect(applied.metadata.labels ?? {}).not.toHaveProperty("topic");
  });

  test("that was interrupted is finished by running it again; what is there already is brought up to date [CTL-124, CTL-127]", async () => {
    let left = 4;
    const dying: Client = {
      ...target.client,
      create: (resource, object, more) =>
        left-- > 0 ? target.client.create(resource, object, more) : Promise.reject(new Error("the cable was cut")),
    };
    await expect(move({ source: source.client, target: dying }, options())).rejects.toThrow("the cable was cut");
    expect((await source.client.get(Cluster, at("demo"))).spec.paused).toBe(true);
    expect(await namesIn(source)).toEqual([...everything, "Secret/somebody-elses"]);
    await source.client.patch(Secret, at("demo-kubeconfig"), { type: "merge", body: { data: { value: btoa("newer") } } });
    await move(both(), options());
    expect(await namesIn(target)).toEqual(everything);
    expect((await target.client.get(Secret, at("demo-kubeconfig"))).data).toEqual({ value: btoa("newer") });
    expect(await namesIn(source)).toEqual(["Secret/somebody-elses"]);
  });

  test("is refused with every reason while something is not settled, before anything is changed [CTL-121]", async () => {
    await source.client.patch(
      Machine,
      at("demo-1"),
      { type: "merge", body: { status: { nodeRef: null } } },
      { subresource: "status" },
    );
    await source.client.patch(
      Cluster,
      at("demo"),
      { type: "merge", body: { status: { conditions: [] } } },
      { subresource: "status" },
    );
    const refused = move(both(), options());
    await expect(refused).rejects.toThrow(
      'cannot start the move operation while the control plane for "cluster.x-k8s.io/v1beta1, Kind=Cluster" tenants/demo is not yet initialized',
    );
    await expect(refused).rejects.toThrow("tenants/demo-1 is still provisioning the node");
    expect((await source.client.get(Cluster, at("demo"))).spec).not.toHaveProperty("paused");
    expect(await namesIn(target)).toEqual([]);
  });

  test("is refused when the target lacks a provider, or has an older one [CTL-117]", async () => {
    await target.client.delete(ClusterctlProvider, { namespace: "capi-system", name: "cluster-api" });
    await target.client.patch(
      ClusterctlProvider,
      { namespace: "capo-system", name: "infrastructure-openstack" },
      { type: "merge", body: { version: "v0.11.7" } },
    );
    const refused = move(both(), options());
    await expect(refused).rejects.toThrow("provider cluster-api not found in the target cluster");
    await expect(refused).rejects.toThrow(
      "provider infrastructure-openstack in the target cluster is older than in the source cluster (source: v0.11.8, target: v0.11.7)",
    );
  });

  test("waits for what blocks it, and gives up in the end with the source paused [CTL-122]", async () => {
    const block = (value: string | null) =>
      source.client.patch(Machine, at("demo-1"), {
        type: "merge",
        body: { metadata: { annotations: { "clusterctl.cluster.x-k8s.io/block-move": value } } },
      });
    await block("");
    const waits: number[] = [];
    const sleep = async (milliseconds: number) => void waits.push(milliseconds);
    await expect(move(both(), { ...options(), sleep })).rejects.toThrow("Machine tenants/demo-1 is not ready to move");
    expect(waits).toHaveLength(9);
    expect(waits[0]).toBeGreaterThanOrEqual(5000);
    expect((await source.client.get(Cluster, at("demo"))).spec.paused).toBe(true);
    let looked = 0;
    await move(both(), { ...options(), sleep: async () => void (++looked === 2 && (await block(null))) });
    expect(await namesIn(target)).toEqual(everything);
  });

  test("that is only rehearsed says what it would do and does nothing [CTL-128]", async () => {
    await rehearse(source.client, options());
    expect(lines).toContain("Would create Machine tenants/demo-1");
    expect(lines).toContain("Would delete Cluster tenants/demo");
    expect(lines.indexOf("Would create Cluster tenants/demo")).toBeLessThan(lines.indexOf("Would create Machine tenants/demo-1"));
    expect(lines.indexOf("Would delete Cluster tenants/demo")).toBeGreaterThan(
      lines.indexOf("Would delete Machine tenants/demo-1"),
    );
    expect((await source.client.get(Cluster, at("demo"))).spec).not.toHaveProperty("paused");
    expect(await namesIn(source)).toHaveLength(everything.length + 1);
  });

  test("pauses a ClusterClass by an annotation, and lets it go on in the target [CTL-122, CTL-125, CTL-127]", async () => {
    const seen: unknown[] = [];
    const made = await source.client.create(ClusterClass, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "ClusterClass",
      metadata: at("class"),
      spec: {
        infrastructure: {
          ref: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackClusterTemplate", ...at("class") },
        },
        controlPlane: {
          ref: { apiVersion: "controlplane.cluster.x-k8s.io/v1beta1", kind: "KubeadmControlPlaneTemplate", ...at("class") },
        },
        workers: {},
      },
    } as unknown as ClusterClass);
    const watching: Client = {
      ...target.client,
      create: async (resource, object, more) => {
        const created = await target.client.create(resource, object, more);
        if (resource.kind === "ClusterClass") seen.push(created.metadata.annotations);
        return created;
      },
    };
    await move({ source: source.client, target: watching }, options());
    expect(seen).toEqual([{ "cluster.x-k8s.io/paused": "" }]);
    const moved = await target.client.get(ClusterClass, at("class"));
    expect(moved.metadata.annotations ?? {}).toEqual({});
    expect(moved.metadata.uid).not.toBe(made.metadata.uid);
    await expect(source.client.get(ClusterClass, at("class"))).rejects.toSatisfy(isNotFound);
  });
});

describe("a move to files", () => {
  const save = async (): Promise<readonly SavedObject[]> => {
    const saved: SavedObject[] = [];
    await moveToDirectory(source.client, { ...options(), save: (one) => saved.push(one) });
    return saved;
  };

  test("writes each object once and leaves the source as it was, not paused [CTL-129]", async () => {
    const saved = await save();
    expect(saved.map(({ file }) => file).sort()).toEqual(
      [
        "Cluster_tenants_demo.yaml",
        "Machine_tenants_demo-1.yaml",
        "OpenStackCluster_tenants_demo.yaml",
        "Secret_tenants_credentials.yaml",
        "Secret_tenants_demo-1.yaml",
        "Secret_tenants_demo-kubeconfig.yaml",
      ].sort(),
    );
    expect(await namesIn(source)).toEqual([...everything, "Secret/somebody-elses"]);
    expect((await source.client.get(Cluster, at("demo"))).spec).not.toHaveProperty("paused");
  });

  test("and back makes the namespace and the objects with their owners' new uids, keeps what is there, and lets it run [CTL-129]", async () => {
    const saved = await save();
    const objects = saved.flatMap(({ object }) => readObjects(writeYaml(object)));
    const restore = () => moveFromDirectory(target.client, { ...options(), objects });
    await restore();
    expect(await namesIn(target)).toEqual(everything);
    const cluster = await target.client.get(Cluster, at("demo"));
    expect(cluster.spec).not.toHaveProperty("paused");
    expect((await target.client.get(Machine, at("demo-1"))).metadata.ownerReferences?.[0]?.uid).toBe(cluster.metadata.uid);
    await target.client.patch(Secret, at("credentials"), { type: "merge", body: { data: { value: btoa("changed") } } });
    await target.client.delete(Secret, at("demo-kubeconfig"));
    await restore();
    expect((await target.client.get(Secret, at("credentials"))).data).toEqual({ value: btoa("changed") });
    expect(await namesIn(target)).toEqual(everything);
  });
});

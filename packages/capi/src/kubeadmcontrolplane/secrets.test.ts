import { Cluster, Event, KubeadmConfig, KubeadmControlPlane, Machine, OpenStackMachineTemplate, Secret } from "@slipway/api";
import {
  certificatesOf,
  createCertificateAuthority,
  freshKeys,
  isSignedBy,
  readCertificate,
  readKubeconfig,
  textFromBase64,
  textToBase64,
} from "@slipway/api/pki/index.ts";
import { findCondition } from "@slipway/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createKubeconfig } from "../certificates/kubeconfig.ts";
import { kubeadmConfigController } from "../kubeadmconfig/index.ts";
import { clusterName, createTestWorld, namespace, readyCluster, type TestWorld } from "../kubeadmconfig/testing/world.ts";
import { kubeadmControlPlaneController } from "./index.ts";
import { kubeadmControlPlane, machineTemplate } from "./testing/tenant.ts";

const keys = freshKeys("ecdsa-p256");
const ref = { namespace, name: clusterName };
const dayMilliseconds = 86_400_000;
let world: TestWorld;
beforeEach(async () => {
  world = await createTestWorld({
    controllers: (workloads) => [kubeadmControlPlaneController({ keys, workloads })],
    connected: false,
  });
});
afterEach(() => world.close());

const controlPlaneRef = {
  apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
  kind: "KubeadmControlPlane",
  name: clusterName,
  namespace,
};
const cluster = (spec: Partial<Cluster["spec"]> = {}) => readyCluster(world.client, Cluster, { controlPlaneRef, ...spec });
const start = async (spec: Partial<KubeadmControlPlane["spec"]> = {}, clusterSpec: Partial<Cluster["spec"]> = {}) => {
  const made = await cluster(clusterSpec);
  await world.client.create(OpenStackMachineTemplate, machineTemplate("small") as OpenStackMachineTemplate);
  await world.client.create(KubeadmControlPlane, kubeadmControlPlane(made, spec));
  await world.settled();
};
const secretOf = (purpose: string) => world.client.get(Secret, { namespace, name: `demo-${purpose}` });
const kcp = () => world.client.get(KubeadmControlPlane, ref);
const put = (name: string, data: { readonly [key: string]: string }, extra: Partial<Secret> = {}) =>
  world.client.create(Secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, ...extra.metadata },
    type: extra.type ?? "cluster.x-k8s.io/secret",
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, textToBase64(value)])),
  });

describe("certificates", () => {
  test("wait for the network, not for the address [CERT-014] [KCP-055] [KCP-058]", async () => {
    await start({}, { controlPlaneEndpoint: undefined });
    expect((await secretOf("ca")).type).toBe("cluster.x-k8s.io/secret");
    await expect(secretOf("kubeconfig")).rejects.toThrow("not found");
    const { status } = await kcp();
    expect(findCondition(status?.v1beta2?.conditions, "EtcdClusterHealthy")).toMatchObject({
      status: "Unknown",
      reason: "InspectionFailed",
    });
    expect((await world.client.list(Machine)).items).toEqual([]);
  });

  test("that a user brought are kept, found without the label, and never written over [CERT-010] [CERT-011] [CERT-015]", async () => {
    const own = await createCertificateAuthority(await keys.take(), { now: world.clock.now(), commonName: "mine" });
    await put("demo-ca", { "tls.crt": own.certificatePem, "tls.key": own.privateKeyPem }, { type: "kubernetes.io/tls" });
    await start();
    const kept = await secretOf("ca");
    expect(textFromBase64(kept.data?.["tls.crt"] ?? "")).toBe(own.certificatePem);
    expect(kept.metadata.ownerReferences).toBeUndefined();
    const access = readKubeconfig(textFromBase64((await secretOf("kubeconfig")).data?.["value"] ?? ""));
    expect(access.certificateAuthorityPem).toBe(own.certificatePem);
    expect((await secretOf("etcd")).metadata.ownerReferences).toMatchObject([{ kind: "KubeadmControlPlane", controller: true }]);
  });

  test("that lack the label are asked for when the cache holds only Secrets of clusters; ConfigMaps never are in it [CORE-054]", async () => {
    await world.close();
    world = await createTestWorld({
      controllers: (workloads) => [
        kubeadmControlPlaneController({ keys, workloads }),
        kubeadmConfigController({ keys, workloads }),
      ],
      connected: false,
      scopes: { secrets: { labelSelector: "cluster.x-k8s.io/cluster-name" } },
    });
    const own = await createCertificateAuthority(await keys.take(), { now: world.clock.now(), commonName: "mine" });
    await put("demo-ca", { "tls.crt": own.certificatePem, "tls.key": own.privateKeyPem }, { type: "kubernetes.io/tls" });
    await start();
    const { items } = await world.client.list(Secret, { namespace });
    expect(items.map(({ metadata }) => metadata.name)).toContain("demo-ca");
    expect(
      world.running.caches
        .list(Secret, { namespace })
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    ).toEqual(["demo-etcd", "demo-kubeconfig", "demo-proxy", "demo-sa"]);
    expect(world.running.caches.sizes().map(({ resource }) => resource.plural)).not.toContain("configmaps");
    const access = readKubeconfig(textFromBase64((await secretOf("kubeconfig")).data?.["value"] ?? ""));
    expect(access.certificateAuthorityPem).toBe(own.certificatePem);
  });

  test("of the cluster's own type become ours, whoever had them [CERT-015] [TRAP-019]", async () => {
    const other = {
      apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
      kind: "KubeadmConfig",
      name: "old",
      uid: "old",
      controller: true,
    };
    const own = await createCertificateAuthority(await keys.take(), { now: world.clock.now() });
    await put(
      "demo-etcd",
      { "tls.crt": own.certificatePem, "tls.key": own.privateKeyPem },
      { metadata: { ownerReferences: [other] } },
    );
    await start();
    expect((await secretOf("etcd")).metadata.ownerReferences).toMatchObject([
      { kind: "KubeadmControlPlane", name: "demo", controller: true },
    ]);
  });

  test("that are broken are told, not replaced [CERT-012] [CERT-016]", async () => {
    await put("demo-ca", { other: "x" });
    await start();
    const { status } = await kcp();
    expect(findCondition(status?.conditions, "CertificatesAvailable")).toMatchObject({
      status: "False",
      severity: "Warning",
      reason: "CertificatesGenerationFailed",
      message: expect.stringContaining('tenants/demo-ca has no "tls.crt"'),
    });
    expect(findCondition(status?.v1beta2?.conditions, "CertificatesAvailable")).toMatchObject({
      status: "Unknown",
      reason: "InternalError",
    });
    expect((await secretOf("ca")).data).toEqual({ other: textToBase64("x") });
  });

  test("of external etcd have to be there [CERT-009] [KCP-224]", async () => {
    const external = { endpoints: ["https://etcd"], caFile: "/a", certFile: "/b", keyFile: "/c" };
    await start({ kubeadmConfigSpec: { clusterConfiguration: { etcd: { external } } } });
    const { status } = await kcp();
    expect(findCondition(status?.conditions, "CertificatesAvailable")?.message).toContain("external certificate not found");
    await expect(secretOf("etcd")).rejects.toThrow("not found");
  });
});

describe("the kubeconfig", () => {
  const expiry = async () =>
    readCertificate(
      readKubeconfig(textFromBase64((await secretOf("kubeconfig")).data?.["value"] ?? "")).clientCertificatePem ?? "",
    ).notAfter;

  test("is renewed in the middle of its year, for the server that is in it [CERT-023] [CERT-024] [CORE-471]", async () => {
    const long = new Date(world.clock.now().getTime() - 183 * dayMilliseconds);
    const authority = await createCertificateAuthority(await keys.take(), { now: long });
    await put("demo-ca", { "tls.crt": authority.certificatePem, "tls.key": authority.privateKeyPem });
    const old = await createKubeconfig(authority, { cluster: "demo", server: "https://elsewhere:6443", keys, now: long });
    await put("demo-kubeconfig", { value: old });
    await start();
    expect((await expiry()).getTime() - world.clock.now().getTime()).toBe(365 * dayMilliseconds);
    const { server } = readKubeconfig(textFromBase64((await secretOf("kubeconfig")).data?.["value"] ?? ""));
    expect(server).toBe("https://elsewhere:6443");
  });

  test("of a user's own is left alone [CERT-025]", async () => {
    const authority = await createCertificateAuthority(await keys.take(), { now: world.clock.now() });
    const long = new Date(world.clock.now().getTime() - 300 * dayMilliseconds);
    const text = await createKubeconfig(authority, { cluster: "demo", server: "https://mine", keys, now: long });
    await put("demo-kubeconfig", { value: text }, { type: "Opaque" });
    await start();
    const kept = await secretOf("kubeconfig");
    expect(textFromBase64(kept.data?.["value"] ?? "")).toBe(text);
    expect(kept.metadata.ownerReferences).toBeUndefined();
  });

  test("of the cluster's type that cannot be renewed is an error that says why [CERT-026]", async () => {
    const text = "apiVersion: v1\nkind: Config\nusers:\n- {name: me, user: {token: abc}}\n";
    await put("demo-kubeconfig", { value: text });
    await start();
    await world.advance(30);
    expect((await secretOf("kubeconfig")).metadata.ownerReferences).toMatchObject([{ kind: "KubeadmControlPlane" }]);
    expect((await world.client.list(Machine)).items).toEqual([]);
  });
});

describe("an authority that takes the place of another", () => {
  const replace = async (...authorities: readonly { certificatePem: string; privateKeyPem: string }[]) => {
    const data = {
      "tls.crt": textToBase64(authorities.map(({ certificatePem }) => certificatePem).join("")),
      "tls.key": textToBase64(authorities[0]?.privateKeyPem ?? ""),
    };
    await world.client.patch(Secret, { namespace, name: "demo-ca" }, { type: "merge", body: { data } });
    await world.settled();
    return readKubeconfig(textFromBase64((await secretOf("kubeconfig")).data?.["value"] ?? ""));
  };
  const made = async (commonName: string) =>
    createCertificateAuthority(await keys.take(), { now: world.clock.now(), commonName });

  test("is in the kubeconfig at once: who is believed and who signs are what the Secret says, and nothing is written twice [CERT-017] [DRV-222]", async () => {
    await start();
    const { data = {} } = await secretOf("ca");
    const old = { certificatePem: textFromBase64(data["tls.crt"] ?? ""), privateKeyPem: textFromBase64(data["tls.key"] ?? "") };
    const fresh = await made("fresh");
    const trusting = await replace(old, fresh);
    expect(certificatesOf(trusting.certificateAuthorityPem ?? "")).toEqual([old.certificatePem, fresh.certificatePem]);
    expect(await isSignedBy(trusting.clientCertificatePem ?? "", old.certificatePem)).toBe(true);
    const switched = await replace(fresh, old);
    expect(await isSignedBy(switched.clientCertificatePem ?? "", fresh.certificatePem)).toBe(true);
    expect(switched.server).toBe(trusting.server);
    const alone = await replace(fresh);
    expect(certificatesOf(alone.certificateAuthorityPem ?? "")).toEqual([fresh.certificatePem]);
    const { resourceVersion } = (await secretOf("kubeconfig")).metadata;
    await world.client.patch(KubeadmControlPlane, ref, {
      type: "merge",
      body: { metadata: { annotations: { touched: "yes" } } },
    });
    await world.settled();
    expect((await secretOf("kubeconfig")).metadata.resourceVersion).toBe(resourceVersion);
  });

  test("leaves a kubeconfig alone that a user brought", async () => {
    await start();
    const { data = {} } = await secretOf("kubeconfig");
    await world.client.delete(Secret, { namespace, name: "demo-kubeconfig" });
    await world.client.create(Secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "demo-kubeconfig", namespace },
      type: "Opaque",
      data,
    });
    await world.settled();
    await replace(await made("fresh"));
    expect((await secretOf("kubeconfig")).data).toEqual(data);
  });
});

describe("machines that were there before", () => {
  const before = async (version: string) => {
    const labels = { "cluster.x-k8s.io/cluster-name": "demo", "cluster.x-k8s.io/control-plane": "" };
    const made = await world.client.create(Machine, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Machine",
      metadata: { name: "first", namespace, labels },
      spec: {
        clusterName: "demo",
        version,
        bootstrap: {
          configRef: { apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind: "KubeadmConfig", name: "first", namespace },
        },
        infrastructureRef: {
          apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
          kind: "OpenStackMachine",
          name: "first",
          namespace,
        },
      },
    });
    const config = await world.client.create(KubeadmConfig, {
      apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
      kind: "KubeadmConfig",
      metadata: { name: "first", namespace, labels },
      spec: {},
    });
    const authority = await createCertificateAuthority(await keys.take(), { now: world.clock.now() });
    const owner = {
      apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
      kind: "KubeadmConfig",
      name: "first",
      uid: config.metadata.uid,
      controller: true,
    };
    await put(
      "demo-ca",
      { "tls.crt": authority.certificatePem, "tls.key": authority.privateKeyPem },
      { type: "own/type", metadata: { labels: { "cluster.x-k8s.io/cluster-name": "demo" }, ownerReferences: [owner] } },
    );
    return made;
  };

  test("are adopted with the Secrets they brought, and do not make a new one necessary [KCP-067] [KCP-071] [KCP-072]", async () => {
    await before("v1.31.0");
    await start({ replicas: 1, version: "v1.31.0" });
    const machine = await world.client.get(Machine, { namespace, name: "first" });
    expect(machine.metadata.ownerReferences).toMatchObject([{ kind: "KubeadmControlPlane", name: "demo", controller: true }]);
    expect((await secretOf("ca")).metadata.ownerReferences).toMatchObject([
      { kind: "KubeadmControlPlane", controller: true, blockOwnerDeletion: true },
    ]);
    expect((await world.client.list(Machine)).items).toHaveLength(1);
  });

  test("of a version too far away are not [KCP-070]", async () => {
    await before("v1.28.0");
    await start({ replicas: 1, version: "v1.31.0" });
    expect((await world.client.get(Machine, { namespace, name: "first" })).metadata.ownerReferences).toBeUndefined();
    const events = (await world.client.list(Event, { namespace })).items.map(({ type, reason }) => `${type} ${reason}`);
    expect(events).toContain("Warning AdoptionFailed");
    expect((await world.client.list(Machine)).items).toHaveLength(1);
  });

  test("of somebody else's are a reason to stop [KCP-056]", async () => {
    const made = await before("v1.31.0");
    const other = { apiVersion: "controlplane.example/v1", kind: "OtherControlPlane", name: "x", uid: "x", controller: true };
    await world.client.patch(
      Machine,
      { namespace, name: made.metadata.name },
      { type: "merge", body: { metadata: { ownerReferences: [other] } } },
    );
    await start({ replicas: 1, version: "v1.31.0" });
    expect((await world.client.list(Machine)).items).toHaveLength(1);
    const owners = (await world.client.get(Machine, { namespace, name: "first" })).metadata.ownerReferences;
    expect(owners?.map(({ kind }) => kind)).toEqual(["OtherControlPlane"]);
  });
});

test("what was made for a machine that never came to be is removed [KCP-075]", async () => {
  await start({ replicas: 1 });
  const { uid } = (await kcp()).metadata;
  const owner = { apiVersion: "controlplane.cluster.x-k8s.io/v1beta1", kind: "KubeadmControlPlane", name: "demo", uid };
  await world.client.create(KubeadmConfig, {
    apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmConfig",
    metadata: { name: "demo-lost", namespace, labels: { "cluster.x-k8s.io/cluster-name": "demo" }, ownerReferences: [owner] },
    spec: {},
  });
  await world.client.patch(KubeadmControlPlane, ref, { type: "merge", body: { spec: { rolloutAfter: "2020-01-01T00:00:00Z" } } });
  await world.settled();
  const names = (await world.client.list(KubeadmConfig)).items.map(({ metadata }) => metadata.name);
  expect(names).toHaveLength(1);
  expect(names).not.toContain("demo-lost");
});

test("finalizer first, then everything else; without an owner nothing [KCP-010] [KCP-053] [KCP-054]", async () => {
  const made = await cluster();
  const alone = kubeadmControlPlane(made);
  await world.client.create(KubeadmControlPlane, { ...alone, metadata: { ...alone.metadata, ownerReferences: [] } });
  await world.settled();
  const { metadata, status } = await kcp();
  expect(metadata.finalizers).toEqual(["kubeadm.controlplane.cluster.x-k8s.io"]);
  expect(status?.conditions).toBeUndefined();
});

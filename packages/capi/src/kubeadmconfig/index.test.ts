import { Cluster, ConfigMap, KubeadmConfig, Machine, MachinePool, Secret } from "@slipway/api";
import { createCertificateAuthority, freshKeys, publicKeyPins, textFromBase64, textToBase64 } from "@slipway/api/pki/index.ts";
import { findCondition } from "@slipway/runtime";
import { dump, load } from "js-yaml";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { certificateSecret } from "../certificates/secrets.ts";
import { kubeadmConfigController } from "./index.ts";
import { clusterName, createTestWorld, namespace, readyCluster, type TestWorld } from "./testing/world.ts";

const keys = freshKeys("ecdsa-p256");
const clusterLabel = { "cluster.x-k8s.io/cluster-name": clusterName };
const controlPlaneLabel = { "cluster.x-k8s.io/control-plane": "" };

let world: TestWorld;
beforeEach(async () => {
  world = await createTestWorld({ controllers: (workloads) => [kubeadmConfigController({ keys, workloads })] });
});
afterEach(() => world.close());

const find = async (name: string) => {
  const config = await world.client.get(KubeadmConfig, { namespace, name });
  const older = (type: string) => {
    const { status, severity, reason } = findCondition(config.status?.conditions, type) ?? {};
    return [status, severity, reason].filter((part) => part !== undefined && part !== "").join("/");
  };
  const newer = (type: string) => {
    const { status, reason } = findCondition(config.status?.v1beta2?.conditions, type) ?? {};
    return status === undefined ? "" : `${status}/${reason}`;
  };
  return { config, older, newer };
};
const dataOf = async (name: string) =>
  textFromBase64((await world.client.get(Secret, { namespace, name })).data?.["value"] ?? "");
const initialized = () =>
  world.client.patch(
    Cluster,
    { namespace, name: clusterName },
    {
      type: "merge",
      body: {
        status: { conditions: [{ type: "ControlPlaneInitialized", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }] },
      },
    },
    { subresource: "status" },
  );

/** A Machine and its KubeadmConfig, named alike, as a control plane or a MachineSet makes them. */
const machine = async (
  name: string,
  spec: KubeadmConfig["spec"],
  options: { controlPlane?: boolean; version?: string; dataSecretName?: string } = {},
) => {
  const labels = { ...clusterLabel, ...(options.controlPlane ? controlPlaneLabel : {}) };
  const made = await world.client.create(Machine, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: { name, namespace, labels },
    spec: {
      clusterName,
      version: options.version ?? "v1.31.2",
      bootstrap: {
        configRef: { apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind: "KubeadmConfig", name, namespace },
        ...(options.dataSecretName === undefined ? {} : { dataSecretName: options.dataSecretName }),
      },
      infrastructureRef: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachine", name, namespace },
    },
  });
  const owner = { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Machine", name, uid: made.metadata.uid, controller: true };
  await world.client.create(KubeadmConfig, {
    apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmConfig",
    metadata: { name, namespace, labels, ownerReferences: [owner] },
    spec,
  });
};

const authorities = async () => {
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x" };
  const made = await createCertificateAuthority(await keys.take(), { now: world.clock.now() });
  for (const purpose of ["ca", "etcd", "proxy", "sa"] as const) {
    const secret = certificateSecret({ namespace, cluster: clusterName, owner }, purpose, made);
    await world.client.create(Secret, { ...secret, metadata: { ...secret.metadata, ownerReferences: [] } });
  }
  return made;
};

test("a KubeadmConfig belongs to its Machine's Cluster, whatever its label says, and waits in silence for one that is not there [BOOT-046]", async () => {
  await machine("cp-0", { initConfiguration: {} }, { controlPlane: true });
  await world.advance(600);
  expect((await find("cp-0")).config.status).toBeUndefined();
  await readyCluster(world.client, Cluster);
  await world.client.patch(
    KubeadmConfig,
    { namespace, name: "cp-0" },
    { type: "merge", body: { metadata: { labels: { "cluster.x-k8s.io/cluster-name": "another" } } } },
  );
  await world.settled();
  expect((await find("cp-0")).config.status?.ready).toBe(true);
  expect((await world.client.get(Secret, { namespace, name: "cp-0" })).metadata.labels).toMatchObject(clusterLabel);
});

test("a KubeadmConfig that is going is left alone, and nothing of ours holds it [BOOT-049]", async () => {
  await machine("cp-0", { initConfiguration: {} }, { controlPlane: true });
  const ref = { namespace, name: "cp-0" };
  await world.client.patch(KubeadmConfig, ref, { type: "merge", body: { metadata: { finalizers: ["example.com/mine"] } } });
  await world.client.delete(KubeadmConfig, ref);
  await readyCluster(world.client, Cluster);
  await world.advance(600);
  const { config } = await find("cp-0");
  expect([config.metadata.finalizers, config.status]).toEqual([["example.com/mine"], undefined]);
  await expect(world.client.get(Secret, ref)).rejects.toThrow("not found");
  await machine("cp-1", { initConfiguration: {} }, { controlPlane: true });
  await world.settled();
  expect((await find("cp-1")).config.metadata.finalizers).toBeUndefined();
  await world.client.delete(KubeadmConfig, { namespace, name: "cp-1" });
  await expect(find("cp-1")).rejects.toThrow("not found");
});

describe("a machine that reads Ignition", () => {
  test("finds Ignition in its Secret, which says so [BOOT-157] [BOOT-159]", async () => {
    await readyCluster(world.client, Cluster);
    const additional = "storage: {files: [{path: /foo, contents: {inline: foo}}]}";
    await machine(
      "cp-0",
      { format: "ignition", initConfiguration: {}, ignition: { containerLinuxConfig: { additionalConfig: additional } } },
      { controlPlane: true },
    );
    await world.settled();
    const { config, older } = await find("cp-0");
    expect([config.status?.ready, older("DataSecretAvailable")]).toEqual([true, "True"]);
    const secret = await world.client.get(Secret, { namespace, name: "cp-0" });
    expect(Object.fromEntries(Object.entries(secret.data ?? {}).map(([key]) => [key, true]))).toEqual({
      value: true,
      format: true,
    });
    expect(textFromBase64(secret.data?.["format"] ?? "")).toBe("ignition");
    const document = JSON.parse(await dataOf("cp-0"));
    expect(document.ignition).toEqual({ version: "2.3.0" });
    const paths = document.storage.files.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(["/etc/kubernetes/pki/ca.key", "/etc/kubeadm.sh", "/etc/kubeadm.yml", "/foo"]));
  });

  test("is told by a condition what cannot be said to Ignition [BOOT-154] [BOOT-163]", async () => {
    await readyCluster(world.client, Cluster);
    const filesystems = [{ device: "/dev/vdb", filesystem: "ext4", label: "data" }];
    await machine("cp-0", { format: "ignition", initConfiguration: {}, diskSetup: { filesystems } }, { controlPlane: true });
    await world.settled();
    const { config, older } = await find("cp-0");
    expect(older("DataSecretAvailable")).toBe("False/Warning/DataSecretGenerationFailed");
    expect(findCondition(config.status?.conditions, "DataSecretAvailable")?.message).toContain(
      "file system data does not say whether it may be made over another",
    );
    expect(config.status?.ready).toBe(false);
  });
});

describe("the first machine", () => {
  test("waits for the cluster's infrastructure, then founds it with certificates of its own [BOOT-053] [BOOT-058] [BOOT-060] [BOOT-061] [BOOT-066] [BOOT-076] [BOOT-078] [BOOT-081] [BOOT-158] [BOOT-159] [BOOT-161]", async () => {
    await readyCluster(world.client, Cluster);
    await world.client.patch(
      Cluster,
      { namespace, name: clusterName },
      { type: "merge", body: { status: { infrastructureReady: false } } },
      { subresource: "status" },
    );
    await machine("cp-0", { initConfiguration: {} }, { controlPlane: true });
    await world.settled();
    const waiting = await find("cp-0");
    expect(waiting.older("DataSecretAvailable")).toBe("False/Info/WaitingForClusterInfrastructure");
    expect(waiting.newer("DataSecretAvailable")).toBe("False/NotAvailable");
    expect(waiting.older("Ready")).toBe("False/Info/WaitingForClusterInfrastructure");
    expect(waiting.newer("Ready")).toBe("False/NotReady");
    expect(findCondition(waiting.config.status?.v1beta2?.conditions, "Ready")?.message).toBe(
      "* DataSecretAvailable: Waiting for Cluster demo infrastructure to be ready\n* CertificatesAvailable: Condition not yet reported",
    );
    expect(waiting.newer("Paused")).toBe("False/NotPaused");
    expect(waiting.config.status?.ready).toBe(false);

    await world.client.patch(
      Cluster,
      { namespace, name: clusterName },
      { type: "merge", body: { status: { infrastructureReady: true } } },
      { subresource: "status" },
    );
    await world.settled();
    const { config, older, newer } = await find("cp-0");
    expect(config.status).toMatchObject({ ready: true, dataSecretName: "cp-0", observedGeneration: config.metadata.generation });
    expect([older("Ready"), older("DataSecretAvailable"), older("CertificatesAvailable")]).toEqual(["True", "True", "True"]);
    expect([newer("Ready"), newer("DataSecretAvailable"), newer("CertificatesAvailable")]).toEqual([
      "True/Ready",
      "True/Available",
      "True/Available",
    ]);
    expect(config.spec.clusterConfiguration).toMatchObject({
      controlPlaneEndpoint: "127.100.0.5:6443",
      kubernetesVersion: "v1.31.2",
      networking: { podSubnet: "10.100.0.0/16" },
    });
    const ca = await world.client.get(Secret, { namespace, name: "demo-ca" });
    expect(ca.metadata.ownerReferences).toMatchObject([{ kind: "KubeadmConfig", name: "cp-0", controller: true }]);
    const data = await dataOf("cp-0");
    expect(data).toContain("kubeadm init");
    expect(data).toContain(textFromBase64(ca.data?.["tls.crt"] ?? "").split("\n")[1] ?? "missing");
    const secret = await world.client.get(Secret, { namespace, name: "cp-0" });
    expect(secret).toMatchObject({
      type: "cluster.x-k8s.io/secret",
      metadata: { labels: clusterLabel, ownerReferences: [{ kind: "KubeadmConfig", name: "cp-0", controller: true }] },
      data: { format: textToBase64("cloud-config") },
    });
    expect(secret.metadata.ownerReferences?.[0]).not.toHaveProperty("blockOwnerDeletion");
    const lock = await world.client.get(ConfigMap, { namespace, name: "demo-lock" });
    expect(lock.data).toEqual({ "lock-information": '{"machineName":"cp-0"}' });
    expect(lock.metadata.ownerReferences).toMatchObject([{ kind: "Cluster", name: clusterName }]);
  });

  test("with a control plane object takes the certificates from there, and goes without what is missing [BOOT-076] [BOOT-077]", async () => {
    await readyCluster(world.client, Cluster, {
      controlPlaneRef: {
        apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
        kind: "KubeadmControlPlane",
        name: "demo",
        namespace,
      },
    });
    await machine("cp-0", { clusterConfiguration: {} }, { controlPlane: true });
    await world.settled();
    expect((await find("cp-0")).config.status?.ready).toBe(true);
    expect(await dataOf("cp-0")).not.toContain("/etc/kubernetes/pki");
  });

  test("only one machine founds the cluster; the lock of one that is gone is removed [BOOT-064] [BOOT-069] [BOOT-063] [BOOT-067]", async () => {
    await readyCluster(world.client, Cluster);
    await machine("cp-0", { initConfiguration: {} }, { controlPlane: true });
    await world.settled();
    await machine("cp-1", { initConfiguration: {} }, { controlPlane: true });
    await machine("cp-2", {}, { controlPlane: true });
    await machine("worker", { initConfiguration: {} });
    await world.settled();
    for (const name of ["cp-1", "cp-2", "worker"]) {
      const { config, older } = await find(name);
      expect(config.status?.ready).toBe(false);
      expect(older("DataSecretAvailable")).toBe("False/Info/WaitingForControlPlaneAvailable");
    }
    await world.client.delete(Machine, { namespace, name: "cp-0" });
    await world.advance(31);
    expect((await find("cp-1")).config.status?.ready).toBe(true);
    expect((await find("worker")).config.status?.ready).toBe(false);
  });

  test("says which Secret is missing, keeps nobody else waiting, and goes on when it comes [BOOT-059] [BOOT-062] [BOOT-071] [BOOT-079]", async () => {
    await readyCluster(world.client, Cluster);
    const contentFrom = { secret: { name: "cloud", key: "conf" } };
    await machine("cp-0", { initConfiguration: {}, files: [{ path: "/etc/cloud.conf", contentFrom }] }, { controlPlane: true });
    await world.settled();
    const { config, older, newer } = await find("cp-0");
    expect(older("DataSecretAvailable")).toBe("False/Warning/DataSecretGenerationFailed");
    expect(newer("DataSecretAvailable")).toBe("False/NotAvailable");
    expect(findCondition(config.status?.conditions, "DataSecretAvailable")?.message).toContain(
      "tenants/cloud, which does not exist",
    );
    expect(config.status?.observedGeneration).toBeUndefined();
    const since = findCondition(config.status?.conditions, "DataSecretAvailable")?.lastTransitionTime;
    await world.advance(30);
    expect(findCondition((await find("cp-0")).config.status?.conditions, "DataSecretAvailable")).toMatchObject({
      reason: "DataSecretGenerationFailed",
      lastTransitionTime: since,
    });
    await expect(world.client.get(ConfigMap, { namespace, name: "demo-lock" })).rejects.toThrow("not found");
    const metadata = { name: "cloud", namespace };
    await world.client.create(Secret, { apiVersion: "v1", kind: "Secret", metadata, data: { conf: textToBase64("[Global]") } });
    await world.advance(60);
    expect((await find("cp-0")).config.status?.ready).toBe(true);
    expect(await dataOf("cp-0")).toContain("      [Global]");
  });
});

describe("a machine that joins", () => {
  test("gets a token of the workload cluster, pins of the CA, and all certificates if it is a control plane [BOOT-082] [BOOT-089] [BOOT-098] [BOOT-097]", async () => {
    await readyCluster(world.client, Cluster);
    const authority = await authorities();
    await initialized();
    await machine("worker", {});
    await machine("cp-1", { clusterConfiguration: {}, joinConfiguration: {} }, { controlPlane: true });
    await world.settled();
    const worker = await find("worker");
    expect(worker.config.status).toMatchObject({ ready: true, dataSecretName: "worker" });
    const discovery = worker.config.spec.joinConfiguration?.discovery?.bootstrapToken;
    expect(discovery).toMatchObject({
      apiServerEndpoint: "127.100.0.5:6443",
      caCertHashes: await publicKeyPins(authority.certificatePem),
      token: expect.stringMatching(/^[a-z0-9]{6}\.[a-z0-9]{16}$/),
    });
    const id = discovery?.token?.slice(0, 6);
    const token = await world.workload.get(Secret, { namespace: "kube-system", name: `bootstrap-token-${id}` });
    expect(textFromBase64(token.data?.["expiration"] ?? "")).toBe("2026-01-01T00:15:00Z");
    expect((await world.workload.list(Secret, { namespace: "kube-system" })).items).toHaveLength(2);
    expect(await dataOf("worker")).toContain(`token: ${discovery?.token}`);
    expect(await dataOf("worker")).toContain("node.cluster.x-k8s.io/uninitialized");
    expect(worker.config.spec.joinConfiguration?.nodeRegistration?.taints).toBeUndefined();
    expect(await dataOf("worker")).not.toContain("ca.key");
    expect((await find("cp-1")).config.spec.joinConfiguration?.controlPlane).toEqual({ localAPIEndpoint: {} });
    expect(await dataOf("cp-1")).toContain("/etc/kubernetes/pki/ca.key");
  });

  test("finds the cluster's authorities of today in cluster-info, whoever wrote those of yesterday there [DRV-222]", async () => {
    await readyCluster(world.client, Cluster);
    const old = await createCertificateAuthority(await keys.take(), { now: world.clock.now() });
    const clusterInfo = { namespace: "kube-public", name: "cluster-info" };
    const infoOf = (pem: string) => ({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "", cluster: { server: "https://127.100.0.5:6443", "certificate-authority-data": textToBase64(pem) } }],
      users: null,
    });
    await world.workload.create(ConfigMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: clusterInfo,
      data: { kubeconfig: dump(infoOf(old.certificatePem)), "jws-kubeconfig-abcdef": "signature" },
    });
    const authority = await authorities();
    await initialized();
    await machine("worker", {});
    await world.settled();
    const { data, metadata } = await world.workload.get(ConfigMap, clusterInfo);
    expect(load(data?.["kubeconfig"] ?? "")).toEqual(infoOf(authority.certificatePem));
    expect(data?.["jws-kubeconfig-abcdef"]).toBe("signature");
    await machine("another", {});
    await world.settled();
    expect((await world.workload.get(ConfigMap, clusterInfo)).metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  test("keeps its token alive until it is a node, and gets a lost one back [BOOT-095] [BOOT-099] [BOOT-102] [TRAP-007]", async () => {
    await readyCluster(world.client, Cluster);
    await authorities();
    await initialized();
    await machine("worker", {});
    await world.settled();
    const name = async () => (await world.workload.list(Secret, { namespace: "kube-system" })).items[0]?.metadata.name ?? "";
    const expiration = async () => {
      const secret = await world.workload.get(Secret, { namespace: "kube-system", name: await name() });
      return textFromBase64(secret.data?.["expiration"] ?? "");
    };
    const secretName = await name();
    expect(await expiration()).toBe("2026-01-01T00:15:00Z");
    await world.advance(300);
    expect(await expiration()).toBe("2026-01-01T00:20:00Z");
    await world.workload.delete(Secret, { namespace: "kube-system", name: secretName });
    await world.advance(301);
    expect(await name()).toBe(secretName);
    const body = { status: { nodeRef: { apiVersion: "v1", kind: "Node", name: "worker" } } };
    await world.client.patch(Machine, { namespace, name: "worker" }, { type: "merge", body }, { subresource: "status" });
    const before = await expiration();
    await world.advance(3600);
    expect(await expiration()).toBe(before);
  });

  test("waits for the connection to the workload cluster, and comes when it is there [BOOT-042] [BOOT-092]", async () => {
    await readyCluster(world.client, Cluster);
    await authorities();
    await initialized();
    world.connect(false);
    await machine("worker", {});
    await world.settled();
    expect((await find("worker")).config.status?.ready).toBe(false);
    world.connect(true);
    await world.settled();
    expect((await find("worker")).config.status?.ready).toBe(true);
  });

  test("does not join with half of the certificates [BOOT-084] [TRAP-009]", async () => {
    await readyCluster(world.client, Cluster);
    await initialized();
    await machine("worker", {});
    await world.settled();
    const { config, older, newer } = await find("worker");
    expect(older("CertificatesAvailable")).toBe("False/Error/CertificatesCorrupted");
    expect(newer("CertificatesAvailable")).toBe("Unknown/InternalError");
    expect(findCondition(config.status?.conditions, "CertificatesAvailable")?.message).toContain("ca (all of it is missing)");
  });

  test("takes the init lock away [BOOT-070] [BOOT-071] [TRAP-002]", async () => {
    await readyCluster(world.client, Cluster);
    await machine("cp-0", { initConfiguration: {} }, { controlPlane: true });
    await world.settled();
    await initialized();
    await world.settled();
    expect((await world.client.list(ConfigMap, { namespace })).items.map(({ metadata }) => metadata.name)).toContain("demo-lock");
    await machine("worker", {});
    await world.settled();
    expect((await world.client.list(ConfigMap, { namespace })).items.map(({ metadata }) => metadata.name)).not.toContain(
      "demo-lock",
    );
  });
});

describe("a pool of machines", () => {
  const pool = async () => {
    const made = await world.client.create(MachinePool, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "MachinePool",
      metadata: { name: "pool", namespace, labels: clusterLabel },
      spec: {
        clusterName,
        replicas: 1,
        template: {
          spec: {
            clusterName,
            version: "v1.31.2",
            bootstrap: {
              configRef: { apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind: "KubeadmConfig", name: "pool", namespace },
            },
            infrastructureRef: { apiVersion: "infrastructure.example/v1", kind: "Pool", name: "pool", namespace },
          },
        },
      },
    });
    const owner = {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "MachinePool",
      name: "pool",
      uid: made.metadata.uid,
      controller: true,
    };
    await world.client.create(KubeadmConfig, {
      apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
      kind: "KubeadmConfig",
      metadata: { name: "pool", namespace, labels: clusterLabel, ownerReferences: [owner] },
      spec: {},
    });
    await world.settled();
  };
  const tokenOf = async () => (await find("pool")).config.spec.joinConfiguration?.discovery?.bootstrapToken;

  test("joins as workers, and its token is changed for another in good time [BOOT-050] [BOOT-086] [BOOT-103] [BOOT-104]", async () => {
    await readyCluster(world.client, Cluster);
    await authorities();
    await initialized();
    await pool();
    const first = await tokenOf();
    expect(await dataOf("pool")).toContain(`token: ${first?.token}`);
    const body = { status: { nodeRefs: [{ kind: "Node", name: "a" }] } };
    await world.client.patch(MachinePool, { namespace, name: "pool" }, { type: "merge", body }, { subresource: "status" });
    await world.advance(300);
    expect((await tokenOf())?.token).toBe(first?.token);
    await world.advance(400);
    const second = await tokenOf();
    expect(second?.token).not.toBe(first?.token);
    expect(second).toMatchObject({ apiServerEndpoint: first?.apiServerEndpoint, caCertHashes: first?.caCertHashes });
    expect(await dataOf("pool")).toContain(`token: ${second?.token}`);
    expect((await world.workload.list(Secret, { namespace: "kube-system" })).items).toHaveLength(2);
    expect((await find("pool")).config.status?.ready).toBe(true);
  });

  test("gets another token when its own was lost [BOOT-101]", async () => {
    await readyCluster(world.client, Cluster);
    await authorities();
    await initialized();
    await pool();
    const first = await tokenOf();
    await world.workload.delete(Secret, { namespace: "kube-system", name: `bootstrap-token-${first?.token?.slice(0, 6)}` });
    await world.advance(301);
    const second = await tokenOf();
    expect(second?.token).not.toBe(first?.token);
    expect(await dataOf("pool")).toContain(`token: ${second?.token}`);
  });
});

describe("what is there already", () => {
  test("data that the Machine was given is not made again, only remembered [BOOT-054]", async () => {
    await readyCluster(world.client, Cluster);
    await machine("cp-0", { initConfiguration: {} }, { controlPlane: true, dataSecretName: "given" });
    await world.settled();
    const { config, older, newer } = await find("cp-0");
    expect(config.status).toMatchObject({ ready: true, dataSecretName: "given" });
    expect([older("DataSecretAvailable"), older("CertificatesAvailable")]).toEqual(["True", ""]);
    expect([newer("DataSecretAvailable"), newer("CertificatesAvailable")]).toEqual(["True/Available", "True/Available"]);
    expect((await world.client.list(Secret, { namespace })).items).toEqual([]);
  });

  test("a Secret of its name is taken over and written anew [BOOT-052] [BOOT-160]", async () => {
    await readyCluster(world.client, Cluster);
    const other = {
      apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
      kind: "KubeadmConfig",
      name: "before",
      uid: "x",
      controller: true,
    };
    await world.client.create(Secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "cp-0", namespace, ownerReferences: [other] },
      type: "cluster.x-k8s.io/secret",
      data: { value: textToBase64("stale") },
    });
    await machine("cp-0", { initConfiguration: {} }, { controlPlane: true });
    await world.settled();
    const secret = await world.client.get(Secret, { namespace, name: "cp-0" });
    expect(secret.metadata.ownerReferences).toMatchObject([{ kind: "KubeadmConfig", name: "cp-0", controller: true }]);
    expect(await dataOf("cp-0")).toContain("kubeadm init");
  });

  test("kubeadm's version is the Machine's, whatever the configuration says [BOOT-106]", async () => {
    await readyCluster(world.client, Cluster);
    const clusterConfiguration = { apiVersion: "kubeadm.k8s.io/v1beta4", kubernetesVersion: "v1.33.0" };
    await machine("cp-0", { clusterConfiguration }, { controlPlane: true, version: "v1.29.6" });
    await world.settled();
    expect(await dataOf("cp-0")).toContain("apiVersion: kubeadm.k8s.io/v1beta3");
    expect(await dataOf("cp-0")).toContain("kubernetesVersion: v1.33.0");
  });

  test("a worker that claims to be a control plane is told so on the object [BOOT-085] [BOOT-163]", async () => {
    await readyCluster(world.client, Cluster);
    await authorities();
    await initialized();
    await machine("worker", { joinConfiguration: { controlPlane: {} } });
    await world.settled();
    const { config } = await find("worker");
    expect(config.status?.ready).toBe(false);
    expect(findCondition(config.status?.conditions, "DataSecretAvailable")?.message).toContain(
      "must not have joinConfiguration.controlPlane",
    );
  });

  test("a paused cluster's configs only say that they are paused [BOOT-047] [BOOT-048]", async () => {
    await readyCluster(world.client, Cluster, { paused: true });
    await machine("cp-0", { initConfiguration: {} }, { controlPlane: true });
    await world.settled();
    const { config, newer } = await find("cp-0");
    expect(newer("Paused")).toBe("True/Paused");
    expect(config.status?.conditions).toBeUndefined();
    expect((await world.client.list(Secret, { namespace })).items).toEqual([]);
  });

  test("a config without a Machine is left alone [BOOT-045]", async () => {
    await readyCluster(world.client, Cluster);
    const metadata = { name: "orphan", namespace, labels: clusterLabel };
    await world.client.create(KubeadmConfig, {
      apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
      kind: "KubeadmConfig",
      metadata,
      spec: {},
    });
    await world.settled();
    expect((await find("orphan")).config.status?.conditions).toBeUndefined();
  });

  test("ready stays ready, whatever the spec says later [BOOT-055] [BOOT-162]", async () => {
    await readyCluster(world.client, Cluster);
    await machine("cp-0", { initConfiguration: {} }, { controlPlane: true });
    await world.settled();
    const before = await dataOf("cp-0");
    await world.client.patch(
      KubeadmConfig,
      { namespace, name: "cp-0" },
      { type: "merge", body: { spec: { preKubeadmCommands: ["late"] } } },
    );
    await world.settled();
    expect(await dataOf("cp-0")).toBe(before);
    expect((await find("cp-0")).config.status?.ready).toBe(true);
  });
});

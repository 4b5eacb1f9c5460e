import {
  Cluster,
  type Cluster as ClusterObject,
  CustomResourceDefinition,
  KubeadmControlPlane,
  Machine,
  MachineDeployment,
  OpenStackCluster,
  type OwnerReference,
  type Resource,
  Secret,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import { createCertificateAuthority, freshKeys, readKubeconfig, textFromBase64, textToBase64 } from "@slipway/api/pki/index.ts";
import { findCondition } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { namespace, provided, referenceTo, refIn, startManagementCluster } from "../testing/managementcluster.test-support.ts";
import { clusterController } from "./index.ts";

const ControlPlane = KubeadmControlPlane as unknown as Resource<UnstructuredObject>;
const Infrastructure = OpenStackCluster as unknown as Resource<UnstructuredObject>;

const start = (lastProbe?: (now: Date) => Date | undefined) =>
  startManagementCluster((clock) => [
    clusterController({
      keys: freshKeys("ecdsa-p256"),
      workloads: { lastProbeSuccess: () => lastProbe?.(clock.now()), onChange: () => () => {} },
    }),
  ]);

const cluster = (spec: ClusterObject["spec"] = {}, metadata: object = {}): ClusterObject => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Cluster",
  metadata: { name: "one", namespace, ...metadata },
  spec,
});
const whole = cluster({
  infrastructureRef: referenceTo(Infrastructure, "one"),
  controlPlaneRef: referenceTo(ControlPlane, "one-cp"),
});
const infrastructure = () => provided(Infrastructure, "one", { spec: { identityRef: { name: "cloud", cloudName: "c" } } });
const controlPlane = () =>
  provided(ControlPlane, "one-cp", {
    spec: {
      replicas: 1,
      version: "v1.31.1",
      kubeadmConfigSpec: {},
      machineTemplate: {
        infrastructureRef: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachineTemplate", name: "t" },
      },
    },
  });
const machine = (name: string, labels: object = {}, owners: readonly OwnerReference[] = []) => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Machine",
  metadata: {
    name,
    namespace,
    labels: { "cluster.x-k8s.io/cluster-name": "one", ...labels },
    ownerReferences: owners,
    finalizers: ["test/hold"],
  },
  spec: {
    clusterName: "one",
    bootstrap: { dataSecretName: "data" },
    infrastructureRef: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachine", name, namespace },
  },
});
const v1 = (object: Stored<ClusterObject>, type: string) => findCondition(object.status?.conditions, type);
const v2 = (object: Stored<ClusterObject>, type: string) => findCondition(object.status?.v1beta2?.conditions, type);

describe("a Cluster", () => {
  test("without references is Pending, its infrastructure counts as ready but it never becomes Available [CORE-147] [CORE-161] [CORE-180]", async () => {
    const { client, get, settled } = await start();
    await client.create(Cluster, cluster());
    await settled();
    const stored = await get(Cluster, "one");
    expect(stored.metadata.finalizers).toEqual(["cluster.cluster.x-k8s.io"]);
    expect(stored.status).toMatchObject({
      phase: "Pending",
      infrastructureReady: true,
      controlPlaneReady: false,
      observedGeneration: 1,
    });
    expect(v1(stored, "InfrastructureReady")?.status).toBe("True");
    expect(v2(stored, "InfrastructureReady")).toMatchObject({ status: "Unknown", reason: "InternalError" });
    expect(v2(stored, "Available")?.status).toBe("False");
  });

  test("makes its references its own and waits for them without polling [CORE-148] [CORE-149] [CORE-420] [TRAP-05]", async () => {
    const { client, get, settled, running, advance } = await start();
    await client.create(Cluster, whole);
    await settled();
    const waiting = await get(Cluster, "one");
    expect(waiting.status?.phase).toBe("Provisioning");
    const { passes } = running;
    const before = passes("cluster");
    await advance(3600);
    expect(passes("cluster")).toBe(before);
    await client.create(Infrastructure, infrastructure());
    await client.create(ControlPlane, controlPlane());
    await settled();
    const { uid } = (await get(Cluster, "one")).metadata;
    const owner = {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      name: "one",
      uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    for (const object of [await get(Infrastructure, "one"), await get(ControlPlane, "one-cp")]) {
      expect(object.metadata.ownerReferences).toEqual([owner]);
      expect(object.metadata.labels).toMatchObject({ "cluster.x-k8s.io/cluster-name": "one" });
    }
  });

  test("takes endpoint and failure domains from ready infrastructure, and stays ready when it is not any more [CORE-152] [CORE-154] [TRAP-01]", async () => {
    const { client, get, settled, setStatus, setSpec, events } = await start();
    await client.create(Infrastructure, infrastructure());
    await client.create(ControlPlane, controlPlane());
    await client.create(Cluster, whole);
    await setSpec(Infrastructure, "one", { controlPlaneEndpoint: { host: "127.0.0.9", port: 6443 } });
    await settled();
    expect((await get(Cluster, "one")).spec.controlPlaneEndpoint).toBeUndefined();
    await setStatus(Infrastructure, "one", { ready: true, failureDomains: { nova: { controlPlane: true } } });
    await settled();
    let stored = await get(Cluster, "one");
    expect(stored.spec.controlPlaneEndpoint).toEqual({ host: "127.0.0.9", port: 6443 });
    expect(stored.status).toMatchObject({
      phase: "Provisioned",
      infrastructureReady: true,
      failureDomains: { nova: { controlPlane: true } },
    });
    expect(v1(stored, "InfrastructureReady")?.status).toBe("True");

    await setStatus(Infrastructure, "one", { ready: false });
    await settled();
    stored = await get(Cluster, "one");
    expect(stored.status).toMatchObject({ phase: "Provisioned", infrastructureReady: true });
    expect(v1(stored, "InfrastructureReady")).toMatchObject({
      status: "False",
      reason: "WaitingForInfrastructure",
      severity: "Info",
    });
    expect(v2(stored, "InfrastructureReady")).toMatchObject({ status: "True", reason: "Ready" });
    expect(await events()).toEqual([
      "Normal Provisioning: Cluster one is Provisioning",
      "Normal InfrastructureReady: Cluster one InfrastructureReady is now True",
      "Normal Provisioned: Cluster one is Provisioned",
    ]);
  });

  test("mirrors what its control plane says of itself, in both families [CORE-151] [CORE-159] [CORE-179] [CORE-413]", async () => {
    const { client, get, settled, setStatus } = await start();
    await client.create(Infrastructure, infrastructure());
    await client.create(ControlPlane, controlPlane());
    await client.create(Cluster, whole);
    await setStatus(Infrastructure, "one", { ready: true });
    await settled();
    const time = { lastTransitionTime: "2025-12-31T00:00:00Z" };
    await setStatus(ControlPlane, "one-cp", {
      ready: true,
      conditions: [{ ...time, type: "Ready", status: "False", severity: "Error", reason: "Broken", message: "on fire" }],
      v1beta2: { conditions: [{ ...time, type: "Available", status: "False", reason: "EtcdDown", message: "* etcd is down" }] },
    });
    await settled();
    const stored = await get(Cluster, "one");
    const broken = { status: "False", reason: "Broken", severity: "Error", message: "on fire" };
    expect(v1(stored, "ControlPlaneReady")).toMatchObject({ ...broken, lastTransitionTime: "2026-01-01T00:00:00Z" });
    expect(v1(stored, "Ready")).toMatchObject(broken);
    expect(v2(stored, "ControlPlaneAvailable")).toMatchObject({ status: "False", reason: "EtcdDown", message: "* etcd is down" });
    expect(v2(stored, "Available")?.message).toContain("* ControlPlaneAvailable:\n  * etcd is down");
  });

  test("knows for good that its control plane was initialized [CORE-157] [CORE-181]", async () => {
    const { client, get, settled, setStatus } = await start();
    await client.create(Infrastructure, infrastructure());
    await client.create(ControlPlane, controlPlane());
    await client.create(Cluster, whole);
    await settled();
    expect(v1(await get(Cluster, "one"), "ControlPlaneInitialized")).toMatchObject({
      status: "False",
      reason: "WaitingForControlPlaneProviderInitialized",
    });
    await setStatus(ControlPlane, "one-cp", { initialized: true });
    await settled();
    await setStatus(ControlPlane, "one-cp", { initialized: false });
    await settled();
    const stored = await get(Cluster, "one");
    expect(v1(stored, "ControlPlaneInitialized")?.status).toBe("True");
    expect(v2(stored, "ControlPlaneInitialized")).toMatchObject({ status: "True", reason: "Initialized" });
  });

  test("fails when its infrastructure says so, and names it [CORE-101] [CORE-160] [CORE-162]", async () => {
    const { client, get, settled, setStatus, events } = await start();
    await client.create(Infrastructure, infrastructure());
    await client.create(Cluster, cluster({ infrastructureRef: referenceTo(Infrastructure, "one") }));
    await settled();
    await setStatus(Infrastructure, "one", { failureReason: "CreateError", failureMessage: "no network" });
    await settled();
    const { status } = await get(Cluster, "one");
    const failureMessage =
      'Failure detected from referenced resource infrastructure.cluster.x-k8s.io/v1beta1, Kind=OpenStackCluster with name "one": no network';
    expect(status).toMatchObject({ phase: "Failed", failureReason: "CreateError", failureMessage });
    expect(await events()).toContain(`Warning Failed: Cluster one is Failed: ${failureMessage}`);
  });

  test("reports infrastructure that vanished after it was ready [CORE-149] [CORE-178]", async () => {
    const { client, get, settled, setStatus } = await start();
    await client.create(Infrastructure, infrastructure());
    await client.create(Cluster, cluster({ infrastructureRef: referenceTo(Infrastructure, "one") }));
    await setStatus(Infrastructure, "one", { ready: true });
    await settled();
    await client.delete(Infrastructure, refIn("one"));
    await settled();
    expect(v2(await get(Cluster, "one"), "InfrastructureReady")).toMatchObject({
      status: "False",
      reason: "ObjectDeleted",
      message: "OpenStackCluster has been deleted while the cluster still exists",
    });
  });

  test("does nothing but say so while it is paused, and goes on afterwards [CORE-087] [CORE-088] [TRAP-06]", async () => {
    const { client, get, settled } = await start();
    await client.create(Infrastructure, infrastructure());
    await client.create(Cluster, cluster({ paused: true, infrastructureRef: referenceTo(Infrastructure, "one") }));
    await settled();
    expect((await get(Infrastructure, "one")).metadata.ownerReferences).toBeUndefined();
    const paused = await get(Cluster, "one");
    expect(v2(paused, "Paused")).toMatchObject({
      status: "True",
      reason: "Paused",
      message: "Cluster spec.paused is set to true",
    });
    expect(paused.status?.phase).toBeUndefined();
    await client.patch(Cluster, refIn("one"), { type: "merge", body: { spec: { paused: false } } });
    await settled();
    expect(v2(await get(Cluster, "one"), "Paused")).toMatchObject({ status: "False", reason: "NotPaused" });
    expect((await get(Infrastructure, "one")).metadata.ownerReferences).toHaveLength(1);
  });

  test("writes the newest contract version into its references, and fails on a CRD that names none [CORE-095] [CORE-096] [TRAP-04]", async () => {
    const { client, get, settled, setMetadata } = await start();
    const label = (contract: string | null) =>
      client.patch(
        CustomResourceDefinition,
        { name: "openstackclusters.infrastructure.cluster.x-k8s.io" },
        { type: "merge", body: { metadata: { labels: { "cluster.x-k8s.io/v1beta1": contract } } } },
      );
    await label(null);
    await client.create(Infrastructure, infrastructure());
    await client.create(
      Cluster,
      cluster({
        infrastructureRef: { ...referenceTo(Infrastructure, "one"), apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha7" },
      }),
    );
    await settled();
    expect(v2(await get(Cluster, "one"), "InfrastructureReady")).toMatchObject({ status: "Unknown", reason: "InternalError" });
    expect((await get(Cluster, "one")).status?.observedGeneration).toBeUndefined();
    await label("v1alpha7_v1beta1");
    await setMetadata(Cluster, "one", { annotations: { again: "now" } });
    await settled();
    expect((await get(Cluster, "one")).spec.infrastructureRef?.apiVersion).toBe("infrastructure.cluster.x-k8s.io/v1beta1");
  });

  test("is deleted from the workers up: what it owns is deleted, what bears its name is waited for [CORE-168] [CORE-169] [CORE-170] [CORE-171] [CORE-172] [TRAP-07]", async () => {
    const { client, get, find, settled, setMetadata, events } = await start();
    await client.create(Cluster, whole);
    const hold = { finalizers: ["test/hold"] };
    await client.create(Infrastructure, { ...infrastructure(), metadata: { ...infrastructure().metadata, ...hold } });
    await client.create(ControlPlane, { ...controlPlane(), metadata: { ...controlPlane().metadata, ...hold } });
    await settled();
    const { uid } = (await get(Cluster, "one")).metadata;
    const owner = { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", name: "one", uid };
    await client.create(Machine, machine("own", {}, [owner]));
    await client.create(Machine, machine("stranger"));
    await client.create(Machine, machine("cp-0", { "cluster.x-k8s.io/control-plane": "" }));
    await client.delete(Cluster, refIn("one"));
    await settled();
    const deleting = async (resource: Resource, name: string) =>
      (await find(resource, name))?.metadata.deletionTimestamp !== undefined;
    expect([await deleting(Machine, "own"), await deleting(Machine, "stranger"), await deleting(ControlPlane, "one-cp")]).toEqual(
      [true, false, false],
    );
    expect(v2(await get(Cluster, "one"), "Deleting")).toMatchObject({
      status: "True",
      reason: "WaitingForWorkersDeletion",
      message: "* Worker Machines: own, stranger",
    });
    expect((await get(Cluster, "one")).status?.phase).toBe("Deleting");

    await client.delete(Machine, refIn("stranger"));
    for (const name of ["own", "stranger"]) await setMetadata(Machine, name, { finalizers: null });
    await settled();
    expect([await deleting(ControlPlane, "one-cp"), await deleting(Infrastructure, "one")]).toEqual([true, false]);
    expect(v2(await get(Cluster, "one"), "Deleting")).toMatchObject({
      reason: "WaitingForControlPlaneDeletion",
      message: "Waiting for KubeadmControlPlane to be deleted",
    });

    await setMetadata(ControlPlane, "one-cp", { finalizers: null });
    await settled();
    expect(await deleting(Infrastructure, "one")).toBe(true);
    expect(v1(await get(Cluster, "one"), "ControlPlaneReady")).toMatchObject({
      status: "False",
      reason: "Deleted",
      severity: "Info",
    });

    await setMetadata(Infrastructure, "one", { finalizers: null });
    await settled();
    expect(await find(Cluster, "one")).toBeUndefined();
    expect(await events()).toContain("Normal Deleted: Cluster one has been deleted");
  });

  test("makes the administrator's kubeconfig when no control plane does [CORE-163] [CORE-164] [CORE-165]", async () => {
    const { client, get, settled, clock } = await start();
    await client.create(Cluster, cluster({ controlPlaneEndpoint: { host: "2001:db8::1", port: 6443 } }));
    await settled();
    const ca = await createCertificateAuthority(await freshKeys("ecdsa-p256").take(), { now: clock.now() });
    const data = { "tls.crt": textToBase64(ca.certificatePem), "tls.key": textToBase64(ca.privateKeyPem) };
    await client.create(Secret, { apiVersion: "v1", kind: "Secret", metadata: { name: "one-ca", namespace }, data });
    for (let wait = 0; wait < 50; wait += 1) await settled(); // keys are made off the event loop
    const secret = await get(Secret, "one-kubeconfig");
    expect(secret).toMatchObject({
      type: "cluster.x-k8s.io/secret",
      metadata: { labels: { "cluster.x-k8s.io/cluster-name": "one" } },
    });
    expect(secret.metadata.ownerReferences).toMatchObject([{ kind: "Cluster", name: "one" }]);
    expect(secret.metadata.ownerReferences?.[0]?.controller).toBeUndefined();
    expect(readKubeconfig(textFromBase64(secret.data?.["value"] ?? ""))).toMatchObject({
      clusterName: "one",
      userName: "one-admin",
      server: "https://[2001:db8::1]:6443",
    });
  });

  test("adds up its workers and says whether they are available [CORE-183] [CORE-196]", async () => {
    const { client, get, settled, setStatus } = await start((now) => now);
    await client.create(Infrastructure, infrastructure());
    await client.create(ControlPlane, controlPlane());
    await client.create(Cluster, whole);
    await settled();
    await client.create(MachineDeployment, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "MachineDeployment",
      metadata: { name: "md", namespace, labels: { "cluster.x-k8s.io/cluster-name": "one" } },
      spec: {
        clusterName: "one",
        replicas: 3,
        selector: {},
        template: {
          spec: {
            clusterName: "one",
            bootstrap: { dataSecretName: "x" },
            infrastructureRef: { name: "t", kind: "OpenStackMachineTemplate" },
          },
        },
      },
    });
    await settled();
    expect(v2(await get(Cluster, "one"), "WorkersAvailable")).toMatchObject({
      status: "Unknown",
      reason: "AvailableUnknown",
      message: "* MachineDeployment md: Condition Available not yet reported",
    });
    const available = {
      type: "Available",
      status: "True",
      reason: "Available",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    await setStatus(MachineDeployment, "md", { replicas: 2, v1beta2: { readyReplicas: 1, conditions: [available] } });
    await setStatus(Infrastructure, "one", { ready: true });
    await setStatus(ControlPlane, "one-cp", { ready: true, replicas: 1, v1beta2: { conditions: [available] } });
    await settled();
    const stored = await get(Cluster, "one");
    expect(stored.status?.v1beta2?.workers).toEqual({ desiredReplicas: 3, replicas: 2, readyReplicas: 1 });
    expect(stored.status?.v1beta2?.controlPlane).toEqual({ desiredReplicas: 1, replicas: 1 });
    expect(v2(stored, "RemoteConnectionProbe")).toMatchObject({ status: "True", reason: "ProbeSucceeded" });
    expect(v2(stored, "Available")).toMatchObject({ status: "True", reason: "Available" });
  });
});

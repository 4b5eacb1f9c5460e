import {
  Cluster,
  ClusterRole,
  Event,
  KubeadmConfig,
  KubeadmControlPlane,
  Machine,
  OpenStackMachine,
  OpenStackMachineTemplate,
  type Resource,
  Secret,
  type UnstructuredObject,
} from "@slipway/api";
import { freshKeys } from "@slipway/api/pki/index.ts";
import { findCondition } from "@slipway/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kubeadmConfigController } from "../kubeadmconfig/index.ts";
import { clusterName, createTestWorld, namespace, readyCluster, type TestWorld } from "../kubeadmconfig/testing/world.ts";
import { kubeadmControlPlaneController } from "./index.ts";
import { createTenant, kubeadmControlPlane, machineTemplate } from "./testing/tenant.ts";

/** What a control plane says while things go wrong, and what it leaves alone. */

const keys = freshKeys("ecdsa-p256");
const ref = { namespace, name: clusterName };
let world: TestWorld;
let tenant: ReturnType<typeof createTenant>;

beforeEach(async () => {
  let seed = 13;
  tenant = createTenant({ bootSeconds: 20 });
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  world = await createTestWorld({
    controllers: (workloads) => [
      kubeadmConfigController({ keys, workloads }),
      kubeadmControlPlaneController({ keys, workloads, random }),
    ],
    etcd: tenant.etcd,
    meanwhile: tenant.meanwhile,
  });
});
afterEach(() => world.close());

const kcp = () => world.client.get(KubeadmControlPlane, ref);
const machines = async () => (await world.client.list(Machine, { namespace })).items;
const patch = (resource: Resource, body: object, at = ref) =>
  world.client.patch(resource, at, { type: "merge", body: body as { readonly [name: string]: unknown } });
const pass = async (minutes: number) => {
  for (let step = 0; step < minutes * 2; step += 1) await world.advance(30);
};
const start = async (spec: Partial<KubeadmControlPlane["spec"]> = {}, infrastructureReady = true) => {
  const controlPlaneRef = {
    ...{ apiVersion: "controlplane.cluster.x-k8s.io/v1beta1", kind: "KubeadmControlPlane" },
    ...ref,
  };
  const cluster = await readyCluster(world.client, Cluster, { controlPlaneRef });
  if (!infrastructureReady) {
    await world.client.patch(
      Cluster,
      ref,
      { type: "merge", body: { status: { infrastructureReady } } },
      { subresource: "status" },
    );
  }
  await world.client.create(OpenStackMachineTemplate, machineTemplate("small") as OpenStackMachineTemplate);
  await world.client.create(KubeadmControlPlane, kubeadmControlPlane(cluster, spec));
  await world.settled();
};
const events = async () =>
  (await world.client.list(Event, { namespace })).items
    .filter(({ involvedObject }) => involvedObject.kind === "KubeadmControlPlane")
    .map(({ type, reason, source }) => ({ type, reason, component: source?.component }));

const admission = (kind: string, plural: string): Resource<UnstructuredObject> => ({
  ...{ group: "admissionregistration.k8s.io", version: "v1", scope: "Cluster" },
  kind,
  plural,
});
const Policy = admission("ValidatingAdmissionPolicy", "validatingadmissionpolicies");
const Binding = admission("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings");
/** An operator's rule: nobody may do that for now. */
const forbid = async (resource: Resource, operation: "CREATE" | "DELETE") => {
  const { group, version, plural } = resource;
  const rule = { operations: [operation], apiGroups: [group], apiVersions: [version], resources: [plural] };
  const object = (kind: string, spec: object) =>
    ({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind,
      metadata: { name: "frozen" },
      spec,
    }) as unknown as UnstructuredObject;
  const validations = [{ expression: "false", message: "frozen" }];
  await world.client.create(
    Policy,
    object("ValidatingAdmissionPolicy", { matchConstraints: { resourceRules: [rule] }, validations }),
  );
  await world.client.create(
    Binding,
    object("ValidatingAdmissionPolicyBinding", { policyName: "frozen", validationActions: ["Deny"] }),
  );
};
const allow = () => world.client.delete(Binding, { name: "frozen" });

test("says its zeros from the beginning, and never a failure reason [KCP-009]", async () => {
  await start({}, false);
  const { status = {} } = await kcp();
  expect(status).toMatchObject({ replicas: 0, updatedReplicas: 0, readyReplicas: 0, unavailableReplicas: 0 });
  expect(status).toMatchObject({ initialized: false, ready: false });
  expect(Object.keys(status).filter((name) => name.startsWith("failure"))).toEqual([]);
});

test("tells by Warning events what it could not make, whichever it was [KCP-127] [KCP-237]", async () => {
  await forbid(OpenStackMachine, "CREATE");
  await start({ replicas: 1 });
  expect(await machines()).toEqual([]);
  expect(await events()).toContainEqual({
    type: "Warning",
    reason: "FailedInitialization",
    component: "kubeadmcontrolplane-controller",
  });
  await allow();
  await pass(4);
  expect((await kcp()).status?.readyReplicas).toBe(1);
  await world.client.create(Binding, {
    ...{ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding", metadata: { name: "frozen" } },
    spec: { policyName: "frozen", validationActions: ["Deny"] },
  } as unknown as UnstructuredObject);
  await patch(KubeadmControlPlane, { spec: { replicas: 3 } });
  await pass(1);
  expect(await events()).toContainEqual({
    type: "Warning",
    reason: "FailedScaleUp",
    component: "kubeadmcontrolplane-controller",
  });
  expect((await events()).filter(({ type }) => type !== "Warning")).toEqual([]);
  await allow();
  await pass(6);
  expect((await kcp()).status?.readyReplicas).toBe(3);
});

test("tells when a machine too many cannot be deleted [KCP-127]", async () => {
  await start({ replicas: 3 });
  await pass(5);
  await forbid(Machine, "DELETE");
  await patch(KubeadmControlPlane, { spec: { replicas: 1 } });
  await pass(1);
  expect((await events()).map(({ type, reason }) => `${type} ${reason}`)).toContain("Warning FailedScaleDown");
  await allow();
  await pass(5);
  expect(await machines()).toHaveLength(1);
});

test("that is deleted says why its machines stay, and leaves Secrets to their owners [KCP-219] [KCP-221]", async () => {
  const own = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "demo-mine", namespace },
    type: "Opaque",
    data: {},
  } as Secret;
  await start({ replicas: 1 });
  await pass(3);
  await world.client.create(Secret, own);
  await forbid(Machine, "DELETE");
  await world.client.delete(KubeadmControlPlane, ref);
  await pass(1);
  expect((await events()).map(({ type, reason }) => `${type} ${reason}`)).toContain("Warning FailedDelete");
  const deleting = findCondition((await kcp()).status?.v1beta2?.conditions, "Deleting");
  expect(deleting).toMatchObject({ status: "True", reason: "InternalError" });
  const named = async () => (await world.client.list(Secret, { namespace })).items.map(({ metadata }) => metadata.name);
  expect(await named()).toContain("demo-ca");
  await allow();
  await pass(3);
  await expect(kcp()).rejects.toThrow("not found");
  await pass(1);
  expect(await named()).toEqual(["demo-mine"]);
});

test("takes over no machine whose bootstrap configuration is another's, and then none at all [KCP-069]", async () => {
  const machine = (name: string, kind: string) =>
    world.client.create(Machine, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Machine",
      metadata: {
        ...{ name, namespace },
        labels: { "cluster.x-k8s.io/cluster-name": clusterName, "cluster.x-k8s.io/control-plane": "" },
      },
      spec: {
        ...{ clusterName, version: "v1.31.2" },
        bootstrap: { configRef: { apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind, name, namespace } },
        infrastructureRef: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachine", name, namespace },
      },
    });
  await machine("good", "KubeadmConfig");
  await machine("strange", "OtherConfig");
  await start({ replicas: 1 });
  await pass(2);
  expect((await machines()).map(({ metadata }) => [metadata.name, metadata.ownerReferences])).toEqual([
    ["good", undefined],
    ["strange", undefined],
  ]);
});

test("a machine whose infrastructure or bootstrap object is gone is no reason to stop [KCP-091]", async () => {
  await start({ replicas: 1 });
  await pass(3);
  const name = (await machines())[0]?.metadata.name ?? "";
  await patch(OpenStackMachine, { metadata: { finalizers: null } }, { namespace, name });
  await world.client.delete(OpenStackMachine, { namespace, name });
  await patch(KubeadmControlPlane, { spec: { machineTemplate: { metadata: { labels: { tier: "gold" } } } } });
  await pass(1);
  expect((await machines())[0]?.metadata.labels).toMatchObject({ tier: "gold" });
  expect((await world.client.get(KubeadmConfig, { namespace, name })).metadata.labels).toMatchObject({ tier: "gold" });
  await world.client.delete(KubeadmConfig, { namespace, name });
  await patch(KubeadmControlPlane, { spec: { machineTemplate: { metadata: { labels: { tier: "silver" } } } } });
  await pass(1);
  expect((await machines()).map(({ metadata }) => metadata.labels?.["tier"])).toEqual(["silver"]);
});

test("what a joining kubeadm may read is made when it is missing, and otherwise the tenant's own [KCP-110]", async () => {
  const role = {
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "kubeadm:get-nodes" } },
    rules: [{ verbs: ["get", "list"], apiGroups: [""], resources: ["nodes"] }],
  } as ClusterRole;
  const made = await world.workload.create(ClusterRole, role);
  await start({ replicas: 1 });
  await pass(3);
  await patch(KubeadmControlPlane, { spec: { version: "v1.32.0" } });
  await pass(5);
  expect((await kcp()).status?.version).toBe("v1.32.0");
  const { metadata, rules } = await world.workload.get(ClusterRole, { name: "kubeadm:get-nodes" });
  expect([metadata.resourceVersion, rules]).toEqual([made.metadata.resourceVersion, role.rules]);
  const names = (await world.workload.list(ClusterRole)).items.map((one) => one.metadata.name);
  expect(names).toContain("kubeadm:get-nodes");
});

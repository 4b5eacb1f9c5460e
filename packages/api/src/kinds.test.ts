import { expect, test } from "vitest";
import { crdOf } from "./kind/crd.ts";
import type { StructuralSchema } from "./kind/structural.ts";
import { customKinds } from "./kinds.ts";

const undescribed = (schema: StructuralSchema, path: string): readonly string[] => [
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    ...(field.description ? [] : [`${path}.${name}`]),
    ...undescribed(field, `${path}.${name}`),
  ]),
  ...(schema.items ? undescribed(schema.items, `${path}[]`) : []),
  ...(typeof schema.additionalProperties === "object" ? undescribed(schema.additionalProperties, `${path}{}`) : []),
];

test("every field of every kind says what it is", () => {
  expect(customKinds.flatMap(({ kind, schema }) => undescribed(schema ?? {}, kind))).toEqual([]);
});

test("the group's kinds are known by upstream's names [CORE-001] [CORE-003] [CORE-004] [CORE-005] [CORE-006] [BOOT-001] [KCP-001] [CAPO-001] [CAPO-005] [CAPO-006]", () => {
  const shortNames = Object.fromEntries(
    customKinds.filter((kind) => kind.shortNames.length > 0).map((kind) => [kind.kind, kind.shortNames]),
  );
  expect(shortNames).toMatchObject({
    Cluster: ["cl"],
    ClusterClass: ["cc"],
    Machine: ["ma"],
    MachineSet: ["ms"],
    MachineDeployment: ["md"],
    MachinePool: ["mp"],
    MachineHealthCheck: ["mhc", "mhcs"],
    ExtensionConfig: ["ext"],
    KubeadmControlPlane: ["kcp"],
    OpenStackCluster: ["osc"],
    OpenStackMachine: ["osm"],
    OpenStackClusterTemplate: ["osct"],
    OpenStackMachineTemplate: ["osmt"],
    OpenStackServer: ["oss"],
  });
  const named = (group: string) =>
    customKinds
      .filter((kind) => kind.group === group)
      .map(({ kind }) => kind)
      .toSorted();
  expect(named("cluster.x-k8s.io")).toEqual([
    "Cluster",
    "ClusterClass",
    "Machine",
    "MachineDeployment",
    "MachineDrainRule",
    "MachineHealthCheck",
    "MachinePool",
    "MachineSet",
  ]);
  expect(named("addons.cluster.x-k8s.io")).toEqual(["ClusterResourceSet", "ClusterResourceSetBinding"]);
  expect(named("ipam.cluster.x-k8s.io")).toEqual(["IPAddress", "IPAddressClaim"]);
  expect(named("bootstrap.cluster.x-k8s.io")).toEqual(["KubeadmConfig", "KubeadmConfigTemplate"]);
  expect(named("controlplane.cluster.x-k8s.io")).toEqual(["KubeadmControlPlane", "KubeadmControlPlaneTemplate"]);
  expect(customKinds.filter(({ scope }) => scope === "Cluster").map(({ kind }) => kind)).toEqual(["ExtensionConfig"]);
});

test("CRDs list former versions unserved, and say which contract they keep and whose they are [CORE-002] [CORE-007] [CORE-008] [BOOT-002] [BOOT-003] [BOOT-004] [KCP-002] [CAPO-002] [CAPO-007] [CAPO-008]", () => {
  const crd = (kind: string) => {
    const found = customKinds.find((one) => one.kind === kind);
    if (!found) throw new Error(`no kind ${kind}`);
    return crdOf(found);
  };
  const versions = (kind: string) =>
    crd(kind).spec.versions.map(({ name, served, storage }) => `${name}${served ? " served" : ""}${storage ? " stored" : ""}`);
  expect(versions("Machine")).toEqual(["v1alpha3", "v1alpha4", "v1beta1 served stored"]);
  expect(versions("ClusterClass")).toEqual(["v1alpha4", "v1beta1 served stored"]);
  expect(versions("IPAddress")).toEqual(["v1alpha1 served", "v1beta1 served stored"]);
  expect(crd("KubeadmConfig").metadata.labels).toMatchObject({
    "cluster.x-k8s.io/v1beta1": "v1beta1",
    "cluster.x-k8s.io/provider": "bootstrap-kubeadm",
  });
  expect(crd("OpenStackServer").metadata.labels).toMatchObject({
    "cluster.x-k8s.io/v1beta1": "v1alpha6_v1alpha7_v1beta1",
    "cluster.x-k8s.io/provider": "infrastructure-openstack",
  });
  const current = (kind: string) => crd(kind).spec.versions.at(-1);
  expect(current("MachineDeployment")?.subresources?.scale).toEqual({
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    labelSelectorPath: ".status.selector",
  });
  expect(current("MachinePool")?.subresources?.scale).not.toHaveProperty("labelSelectorPath");
  expect(current("MachineDrainRule")?.subresources).toBeUndefined();
  expect(current("KubeadmConfigTemplate")?.subresources).toBeUndefined();
});

test.each<[string, string[], string]>([
  ["Cluster", ["ClusterClass", "Phase", "Age", "Version"], "[CORE-009]"],
  ["Machine", ["Cluster", "NodeName", "ProviderID", "Phase", "Age", "Version"], "[CORE-010]"],
  ["MachineSet", ["Cluster", "Desired*", "Replicas", "Ready", "Available", "Age", "Version"], "[CORE-011] [CORE-017]"],
  [
    "MachineDeployment",
    ["Cluster", "Desired*", "Replicas", "Ready", "Updated", "Unavailable", "Phase", "Age", "Version"],
    "[CORE-012] [CORE-017]",
  ],
  ["MachinePool", ["Cluster", "Desired*", "Replicas", "Phase", "Age", "Version"], "[CORE-013] [CORE-017]"],
  ["MachineHealthCheck", ["Cluster", "ExpectedMachines", "MaxUnhealthy", "CurrentHealthy", "Age"], "[CORE-014]"],
  ["MachineDrainRule", ["Behavior", "Order", "Age"], "[CORE-015]"],
  ["ClusterResourceSet", ["Age"], "[CORE-016]"],
  ["KubeadmConfig", ["Cluster", "Age"], "[BOOT-005]"],
  [
    "KubeadmControlPlane",
    [
      "Cluster",
      "Initialized",
      "API Server Available",
      "Desired*",
      "Replicas",
      "Ready",
      "Updated",
      "Unavailable",
      "Age",
      "Version",
    ],
    "[KCP-003]",
  ],
  ["OpenStackCluster", ["Cluster", "Ready", "Network", "Endpoint*", "Bastion IP", "Age"], "[CAPO-011]"],
  ["OpenStackMachine", ["Cluster", "InstanceState", "Ready", "ProviderID", "Machine", "Age"], "[CAPO-012]"],
  ["OpenStackServer", ["InstanceState", "Ready", "InstanceID", "Age"], "[CAPO-013]"],
  ["Image", ["ID", "Available", "Message", "Age"], "[CAPO-014]"],
])("kubectl get shows of a %s: %j %s", (kind, expected) => {
  const columns = customKinds.find((one) => one.kind === kind)?.columns ?? [];
  expect(columns.map(({ name, priority }) => `${name}${priority ? "*" : ""}`)).toEqual(expected);
});

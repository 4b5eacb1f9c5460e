import {
  KubeadmConfig,
  type KubeObject,
  type Machine,
  type MachinePool,
  type ObjectRef,
  type OwnerReference,
  type Resource,
  type Stored,
} from "@slipway/api";
import type { Caches } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { initConfigurationYaml, joinConfigurationYaml } from "./kubeadmyaml.ts";
import { findConfigOwner } from "./owner.ts";

const metadata = (name: string, extra = {}) => ({
  name,
  namespace: "t",
  uid: name,
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
  ...extra,
});
const machine: Stored<Machine> = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Machine",
  metadata: metadata("m", { labels: { "cluster.x-k8s.io/control-plane": "anything" } }),
  spec: { clusterName: "demo", version: "v1.31.2", bootstrap: { dataSecretName: "data" }, infrastructureRef: {} },
  status: { nodeRef: { name: "n" } },
};
const pool: Stored<MachinePool> = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "MachinePool",
  metadata: metadata("p", { labels: { "cluster.x-k8s.io/control-plane": "" } }),
  spec: {
    clusterName: "demo",
    replicas: 2,
    template: { spec: { clusterName: "demo", version: "v1.30.0", bootstrap: {}, infrastructureRef: {} } },
  },
  status: { nodeRefs: [{ name: "a" }] },
};
/** A cache is a lookup by name: these two are in it. */
const caches = {
  find: <T extends KubeObject>(resource: Resource<T>, { name }: ObjectRef) =>
    ([machine, pool] as readonly Stored<KubeObject>[]).find(
      ({ kind, metadata: { name: known } }) => kind === resource.kind && known === name,
    ) as Stored<T> | undefined,
} as Caches;
const ownedBy = (...owners: readonly (readonly [apiVersion: string, kind: string, name: string])[]) => {
  const ownerReferences: OwnerReference[] = owners.map(([apiVersion, kind, name]) => ({ apiVersion, kind, name, uid: name }));
  return findConfigOwner(
    { apiVersion: "", kind: KubeadmConfig.kind, metadata: metadata("c", { ownerReferences }), spec: {} },
    caches,
  );
};

describe("whose bootstrap data it is", () => {
  test("the first Machine's or MachinePool's; a control plane that asked for it does not count [BOOT-044]", () => {
    const kcp = ["controlplane.cluster.x-k8s.io/v1beta1", "KubeadmControlPlane", "k"] as const;
    expect(ownedBy(kcp, ["cluster.x-k8s.io/v1beta2", "Machine", "m"])?.name).toBe("m");
    expect(ownedBy(["other/v1", "Machine", "m"])).toBeUndefined();
    expect(ownedBy(kcp)).toBeUndefined();
    expect(ownedBy(["cluster.x-k8s.io/v1beta1", "Machine", "gone"])).toBeUndefined();
  });
  test("a Machine tells version, role, data and node [BOOT-050] [BOOT-051]", () => {
    expect(ownedBy(["cluster.x-k8s.io/v1beta1", "Machine", "m"])).toEqual({
      kind: "Machine",
      name: "m",
      clusterName: "demo",
      version: "v1.31.2",
      controlPlane: true,
      dataSecretName: "data",
      hasNodes: true,
    });
  });
  test("a MachinePool's machines are workers, and all must be nodes [BOOT-050] [BOOT-051] [BOOT-086]", () => {
    expect(ownedBy(["cluster.x-k8s.io/v1beta1", "MachinePool", "p"])).toMatchObject({
      version: "v1.30.0",
      controlPlane: false,
      dataSecretName: undefined,
      hasNodes: false,
    });
  });
});

test("names, patches and skipped phases are the user's alone [BOOT-115] [BOOT-116]", () => {
  expect(initConfigurationYaml({}, {}, "v1beta4")).not.toContain("name:");
  const given = joinConfigurationYaml(
    { patches: { directory: "/p" }, skipPhases: ["a"], nodeRegistration: { name: "{{ x }}" } },
    undefined,
    "v1beta4",
  );
  for (const part of ["directory: /p", "- a", "name: '{{ x }}'"]) expect(given).toContain(part);
});

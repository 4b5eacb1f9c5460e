import {
  ClusterClass,
  KubeadmControlPlaneTemplate,
  OpenStackClusterTemplate,
  type Resource,
  type UnstructuredObject,
} from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { expect, test } from "vitest";
import { namespace, startManagementCluster } from "../testing/managementcluster.test-support.ts";
import { clusterClassController } from "./index.ts";

const started = async (spec: object = {}, infrastructureVersion = "v1beta1") => {
  const world = await startManagementCluster(() => [clusterClassController()]);
  const make = (resource: Resource, name: string, of: object) =>
    world.client.create(
      resource as Resource<UnstructuredObject>,
      {
        apiVersion: `${resource.group}/${resource.version}`,
        kind: resource.kind,
        metadata: { name, namespace },
        spec: of,
      } as UnstructuredObject,
    );
  const identityRef = { name: "c", cloudName: "c" };
  await make(OpenStackClusterTemplate, "net", { template: { spec: { identityRef } } });
  await make(KubeadmControlPlaneTemplate, "control", { template: { spec: { kubeadmConfigSpec: {} } } });
  await make(ClusterClass, "class", {
    infrastructure: {
      ref: {
        apiVersion: `infrastructure.cluster.x-k8s.io/${infrastructureVersion}`,
        kind: "OpenStackClusterTemplate",
        name: "net",
      },
    },
    controlPlane: {
      ref: { apiVersion: "controlplane.cluster.x-k8s.io/v1beta1", kind: "KubeadmControlPlaneTemplate", name: "control" },
    },
    ...spec,
  });
  await world.advance(1);
  const { status, metadata } = await world.get(ClusterClass, "class");
  const said = (type: string) => ({
    older: findCondition(status?.conditions, type),
    newer: findCondition(status?.v1beta2?.conditions, type),
  });
  return { ...world, status, metadata, said };
};

test("a class says which variables it has, in their order, and is ready to be used [TOPO-008] [TOPO-099]", async () => {
  const schema = { openAPIV3Schema: { type: "string" } };
  const { status, said } = await started({
    variables: ["zone", "flavor"].map((name) => ({ name, required: name === "zone", schema })),
  });
  expect(status?.observedGeneration).toBe(1);
  expect(status?.variables).toEqual([
    { name: "flavor", definitions: [{ from: "inline", required: false, schema }] },
    { name: "zone", definitions: [{ from: "inline", required: true, schema }] },
  ]);
  expect(said("VariablesReconciled").older).toMatchObject({ status: "True" });
  expect(said("VariablesReady").newer).toMatchObject({ status: "True", reason: "VariablesReady" });
});

test("variables that only a runtime extension knows are not discovered, and that is told [TOPO-099]", async () => {
  const external = { generateExtension: "g", discoverVariablesExtension: "d" };
  const { said } = await started({ patches: [{ name: "p", external }] });
  expect(said("VariablesReconciled").older).toMatchObject({
    status: "False",
    severity: "Error",
    reason: "VariableDiscoveryFailed",
  });
  expect(said("VariablesReady").newer).toMatchObject({ status: "False", reason: "VariableDiscoveryFailed" });
});

test("a class owns its templates, without controlling them, and changes no reference of its own [TOPO-098]", async () => {
  const { get, metadata, said } = await started();
  const { ownerReferences } = (await get(OpenStackClusterTemplate, "net")).metadata;
  expect(ownerReferences).toEqual([
    { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "ClusterClass", name: "class", uid: metadata.uid },
  ]);
  expect(said("RefVersionsUpToDate").older).toMatchObject({ status: "True" });
  const stale = await started({}, "v1alpha7");
  const message =
    '* Ref "infrastructure.cluster.x-k8s.io/v1alpha7, Kind=OpenStackClusterTemplate magnum-system/net" should be "infrastructure.cluster.x-k8s.io/v1beta1, Kind=OpenStackClusterTemplate magnum-system/net"';
  expect(stale.said("RefVersionsUpToDate")).toMatchObject({
    older: { status: "False", severity: "Warning", reason: "OutdatedRefVersions", message },
    newer: { status: "False", reason: "RefVersionsNotUpToDate", message },
  });
  expect((await stale.get(ClusterClass, "class")).spec.infrastructure?.ref.apiVersion).toContain("v1alpha7");
});

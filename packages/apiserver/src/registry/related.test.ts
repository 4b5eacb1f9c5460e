import { ClusterClass, Cluster as ClusterKind, crdOf, customKinds, type UnstructuredObject } from "@slipway/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";

/** Admission that looks at other objects: a class and the Clusters made from it. */

let api: InMemoryApi;
beforeEach(async () => {
  api = await createApiInMemory({ kinds: customKinds });
  await api.registry.publish([ClusterKind, ClusterClass].map((kind) => crdOf(kind) as unknown as UnstructuredObject));
});
afterEach(() => api.close());

const ref = (kind: string, group: string) => ({ apiVersion: `${group}.cluster.x-k8s.io/v1beta1`, kind, name: "t" });
const clusterClass: ClusterClass = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "ClusterClass",
  metadata: { name: "class", namespace: "default" },
  spec: {
    infrastructure: { ref: ref("OpenStackClusterTemplate", "infrastructure") },
    controlPlane: { ref: ref("KubeadmControlPlaneTemplate", "controlplane") },
    variables: [{ name: "image", required: false, schema: { openAPIV3Schema: { type: "string", default: "ubuntu" } } }],
  },
};
const cluster: ClusterKind = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Cluster",
  metadata: { name: "c", namespace: "default" },
  spec: { topology: { class: "class", version: "v1.33.1" } },
};
/** What the class's controller does. */
const reconcile = async (): Promise<void> => {
  const made = await api.client.get(ClusterClass, { namespace: "default", name: "class" });
  const [variable] = made.spec.variables ?? [];
  if (variable === undefined) throw new Error("the class lost its variable");
  await api.client.update(
    ClusterClass,
    {
      ...made,
      status: {
        observedGeneration: made.metadata.generation,
        conditions: [{ type: "VariablesReconciled", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }],
        variables: [{ name: "image", definitions: [{ from: "inline", required: false, schema: variable.schema }] }],
      },
    },
    { subresource: "status" },
  );
};

test("a Cluster that comes together with its class waits a moment for it [TOPO-026] [TOPO-028]", async () => {
  const warnings: string[] = [];
  const client = api.as({ onWarning: (text) => warnings.push(text) });
  await client.create(ClusterClass, clusterClass);
  const creating = client.create(ClusterKind, cluster);
  await reconcile();
  const made = await creating;
  expect(made.spec.topology?.variables).toEqual([{ name: "image", value: "ubuntu" }]);
  expect(warnings).toEqual([]);
  await expect(
    client.create(ClusterClass, { ...clusterClass, metadata: { name: "class", namespace: "default" } }),
  ).rejects.toThrow("already exists");
  await expect(api.client.delete(ClusterClass, { namespace: "default", name: "class" })).rejects.toThrow(
    'clusterclasses.cluster.x-k8s.io "class" is forbidden: ClusterClass cannot be deleted because it is used by Cluster(s): default/c',
  );
  const wrong = {
    ...made,
    spec: { ...made.spec, topology: { ...cluster.spec.topology, variables: [{ name: "image", value: 5 }] } },
  };
  await expect(api.client.update(ClusterKind, wrong as typeof made)).rejects.toThrow("spec.topology.variables[image].value");
  await api.client.delete(ClusterKind, { namespace: "default", name: "c" });
  await api.client.delete(ClusterClass, { namespace: "default", name: "class" });
});

test("a Cluster whose class does not come is taken with a warning [TOPO-027]", async () => {
  const warnings: string[] = [];
  await api.as({ onWarning: (text) => warnings.push(text) }).create(ClusterKind, cluster);
  expect(warnings).toEqual([expect.stringContaining("but this ClusterClass does not exist")]);
});

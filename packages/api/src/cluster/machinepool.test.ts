import { expect, test } from "vitest";
import { admissionOf, changed } from "../kind/admission.testing.ts";
import { MachinePool } from "./machinepool.ts";

const admission = admissionOf(MachinePool);
const ref = (kind: string) => ({ apiVersion: "x/v1", kind, name: "a", namespace: "n" });
const pool: MachinePool = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "MachinePool",
  metadata: { name: "p", namespace: "n" },
  spec: {
    clusterName: "c",
    template: {
      spec: { clusterName: "c", bootstrap: { configRef: ref("KubeadmConfig") }, infrastructureRef: ref("InfraPool") },
    },
  },
};
const withMachine = (changes: object): MachinePool => changed(pool, { spec: { template: { spec: changes } } });
const bounds = (min: string, max: string) => ({
  annotations: {
    "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": min,
    "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": max,
  },
});

test("a pool is completed: label, replicas, namespaces, timeout, version [CORE-365]", () => {
  const bare = withMachine({
    version: "1.33.1",
    bootstrap: { configRef: { namespace: undefined } },
    infrastructureRef: { namespace: undefined },
  });
  expect(admission.defaulted(bare)).toMatchObject({
    metadata: { labels: { "cluster.x-k8s.io/cluster-name": "c" } },
    spec: {
      replicas: 1,
      minReadySeconds: 0,
      template: {
        spec: {
          version: "v1.33.1",
          nodeDeletionTimeout: "10s",
          bootstrap: { configRef: { namespace: "n" } },
          infrastructureRef: { namespace: "n" },
        },
      },
    },
  });
});

test("the autoscaler's bounds decide about replicas that nobody set [CORE-365]", () => {
  const scaled = changed(pool, { metadata: bounds("2", "5") });
  const replicas = (old?: number) =>
    admission.defaulted(scaled, old === undefined ? undefined : changed(scaled, { spec: { replicas: old } })).spec.replicas;
  expect([replicas(), replicas(1), replicas(3), replicas(9)]).toEqual([2, 2, 3, 5]);
  expect(() => admission.defaulted(changed(pool, { metadata: bounds("two", "5") }))).toThrow("must be a whole number");
});

test("a pool has bootstrap, refers within its namespace, keeps its Cluster and needs the gate [CORE-365]", () => {
  expect(admission.errors(pool)).toEqual([]);
  expect(admission.errors(withMachine({ bootstrap: { configRef: undefined } }))[0]).toContain(
    "expected either spec.bootstrap.dataSecretName or spec.bootstrap.configRef to be populated",
  );
  expect(admission.errors(withMachine({ bootstrap: { configRef: { namespace: "m" } } }))[0]).toContain(
    "spec.template.spec.bootstrap.configRef.namespace",
  );
  expect(admission.errors(withMachine({ infrastructureRef: { namespace: "m" } }))[0]).toContain("must match metadata.namespace");
  expect(admission.errors(withMachine({ version: "1.33" }))[0]).toContain("must be a valid semantic version");
  expect(admission.errors(changed(pool, { spec: { clusterName: "d" } }), pool)).toEqual([
    "spec.clusterName: Forbidden: field is immutable",
  ]);
  expect(admission.errors(pool, undefined, { featureGates: { MachinePool: false } })).toEqual([
    "spec: Forbidden: can be set only if the MachinePool feature flag is enabled",
  ]);
});

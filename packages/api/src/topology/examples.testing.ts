import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterClass } from "../cluster/clusterclass.ts";
import type { VariableDefinition } from "./variablevalues.ts";

const template = (kind: string, name: string, group = "infrastructure.cluster.x-k8s.io") => ({
  apiVersion: `${group}/v1beta1`,
  kind,
  name,
  namespace: "n",
});
export const bootstrapRef = template("KubeadmConfigTemplate", "boot", "bootstrap.cluster.x-k8s.io");
export const infraRef = template("OpenStackMachineTemplate", "machine");

/** A class that keeps all rules. */
export const exampleClass: ClusterClass = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "ClusterClass",
  metadata: { name: "class", namespace: "n", generation: 1 },
  spec: {
    infrastructure: { ref: template("OpenStackClusterTemplate", "cluster") },
    controlPlane: {
      ref: template("KubeadmControlPlaneTemplate", "control", "controlplane.cluster.x-k8s.io"),
      machineInfrastructure: { ref: infraRef },
    },
    workers: {
      machineDeployments: [
        { class: "default", template: { bootstrap: { ref: bootstrapRef }, infrastructure: { ref: infraRef } } },
        {
          class: "checked",
          template: { bootstrap: { ref: bootstrapRef }, infrastructure: { ref: infraRef } },
          machineHealthCheck: { maxUnhealthy: "40%" },
        },
      ],
      machinePools: [
        {
          class: "pool",
          template: {
            bootstrap: { ref: bootstrapRef },
            infrastructure: { ref: template("OpenStackMachinePoolTemplate", "pool") },
          },
        },
      ],
    },
    variables: [{ name: "image", required: true, schema: { openAPIV3Schema: { type: "string" } } }],
  },
};

/** As its controller leaves it. */
export const reconciled = (clusterClass: ClusterClass, variables: readonly VariableDefinition[] = []): ClusterClass => ({
  ...clusterClass,
  status: {
    observedGeneration: 1,
    conditions: [{ type: "VariablesReconciled", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }],
    variables,
  },
});

export const exampleCluster: Cluster = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Cluster",
  metadata: { name: "c", namespace: "n" },
  spec: {
    topology: {
      class: "class",
      version: "v1.33.1",
      workers: {
        machineDeployments: [{ class: "default", name: "md" }],
        machinePools: [{ class: "pool", name: "mp" }],
      },
    },
  },
};

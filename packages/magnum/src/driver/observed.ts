import {
  Cluster,
  KubeadmConfigTemplate,
  KubeadmControlPlane,
  type KubeObject,
  Machine,
  MachineDeployment,
  MachineHealthCheck,
  MachineSet,
  type MagnumCluster,
  type ObjectRef,
  OpenStackCluster,
  OpenStackMachineTemplate,
  type Resource,
  type Stored,
} from "@slipway/api";
import { labels } from "@slipway/api/cluster/names.ts";
import type { Caches } from "@slipway/runtime";
import { controlPlaneName } from "./names.ts";

/** The Cluster API objects of one MagnumCluster, as the caches have them. */
export interface Observed {
  readonly cluster: Stored<Cluster> | undefined;
  readonly infrastructure: Stored<OpenStackCluster> | undefined;
  readonly controlPlane: Stored<KubeadmControlPlane> | undefined;
  readonly machineDeployments: readonly Stored<MachineDeployment>[];
  readonly machineSets: readonly Stored<MachineSet>[];
  readonly machines: readonly Stored<Machine>[];
  readonly machineTemplates: readonly Stored<OpenStackMachineTemplate>[];
  readonly bootstrapTemplates: readonly Stored<KubeadmConfigTemplate>[];
  readonly healthChecks: readonly Stored<MachineHealthCheck>[];
}

/** All of them carry the cluster's name in the label of the field. */
export const observe = (caches: Caches, { metadata }: Stored<MagnumCluster>): Observed => {
  const namespace = metadata.namespace ?? "";
  const ref = (name: string): ObjectRef => ({ namespace, name });
  const list = <T extends KubeObject>(resource: Resource<T>): readonly Stored<T>[] =>
    caches.list(resource, { namespace, labels: { [labels.clusterName]: metadata.name } });
  return {
    cluster: caches.find(Cluster, ref(metadata.name)),
    infrastructure: caches.find(OpenStackCluster, ref(metadata.name)),
    controlPlane: caches.find(KubeadmControlPlane, ref(controlPlaneName(metadata.name))),
    machineDeployments: list(MachineDeployment),
    machineSets: list(MachineSet),
    machines: list(Machine),
    machineTemplates: list(OpenStackMachineTemplate),
    bootstrapTemplates: list(KubeadmConfigTemplate),
    healthChecks: list(MachineHealthCheck),
  };
};

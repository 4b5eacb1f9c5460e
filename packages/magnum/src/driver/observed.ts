import {
  Cluster,
  KubeadmConfig,
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
  OpenStackMachine,
  OpenStackMachineTemplate,
  OpenStackServer,
  type Resource,
  Secret,
  type Stored,
} from "@slipway/api";
import { labels } from "@slipway/api/cluster/names.ts";
import type { ObjectEvidence } from "@slipway/doctor";
import type { Caches, Index } from "@slipway/runtime";
import { controlPlaneName } from "./names.ts";

/** The Cluster API objects of one MagnumCluster, as the caches have them: what a diagnosis reads, and what only the driver minds. */
export interface Observed extends Omit<ObjectEvidence, "record" | "credential"> {
  readonly bootstrapTemplates: readonly Stored<KubeadmConfigTemplate>[];
}

const BY_CLUSTER = "magnum: by cluster";

const byCluster = (resource: Resource): Index => ({
  resource,
  name: BY_CLUSTER,
  keys: ({ metadata }) => {
    const name = metadata.labels?.[labels.clusterName];
    return name === undefined ? [] : [`${metadata.namespace ?? ""}/${name}`];
  },
});

/** One look-up a kind, however many clusters there are. */
export const indexes: readonly Index[] = [
  MachineDeployment,
  MachineSet,
  Machine,
  OpenStackMachineTemplate,
  KubeadmConfigTemplate,
  MachineHealthCheck,
  OpenStackMachine,
  OpenStackServer,
  KubeadmConfig,
  Secret,
].map((resource) => byCluster(resource as Resource));

/** Names of the Secrets that Cluster API keeps for a cluster: certificates, kubeconfig. */
export const secretsOf = (caches: Caches, namespace: string, name: string): readonly string[] =>
  caches
    .byIndex(Secret, BY_CLUSTER, `${namespace}/${name}`)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);

/** All of them carry the cluster's name in the label of the field. */
export const observe = (caches: Caches, { metadata }: Stored<MagnumCluster>): Observed => {
  const namespace = metadata.namespace ?? "";
  const ref = (name: string): ObjectRef => ({ namespace, name });
  const list = <T extends KubeObject>(resource: Resource<T>): readonly Stored<T>[] =>
    caches.byIndex(resource, BY_CLUSTER, `${namespace}/${metadata.name}`);
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
    infraMachines: list(OpenStackMachine),
    servers: list(OpenStackServer),
    bootstrapConfigs: list(KubeadmConfig),
  };
};

import {
  annotations,
  type Cluster,
  labels,
  Machine,
  type MachineDeployment,
  type MachineSet,
  type Node,
  type ObjectRef,
  type Stored,
} from "@slipway/api";
import { type Caches, findCondition, type Index, type Source, sameJson, toRef } from "@slipway/runtime";
import type { WorkloadClusters } from "../workload/index.ts";
import { isControlPlaneInitialized } from "./scope.ts";

const inCluster = (namespace: string | undefined, cluster: string, value = ""): string =>
  `${namespace ?? ""}/${cluster}/${value}`;

export const byCluster: Index<Machine> = {
  resource: Machine,
  name: "spec.clusterName",
  keys: ({ metadata, spec }) => [inCluster(metadata.namespace, spec.clusterName)],
};
/** CORE-130 */
export const byNodeName: Index<Machine> = {
  resource: Machine,
  name: "status.nodeRef.name",
  keys: ({ metadata, spec, status }) =>
    status?.nodeRef?.name === undefined ? [] : [inCluster(metadata.namespace, spec.clusterName, status.nodeRef.name)],
};
export const byProviderId: Index<Machine> = {
  resource: Machine,
  name: "spec.providerID",
  keys: ({ metadata, spec }) =>
    spec.providerID === undefined ? [] : [inCluster(metadata.namespace, spec.clusterName, spec.providerID)],
};

export const machinesOf = ({ namespace, name }: ObjectRef, caches: Caches): readonly Stored<Machine>[] =>
  caches.byIndex(Machine, byCluster.name, inCluster(namespace, name));

/** What a Machine reads of its Cluster. */
export const clusterMatters = (cluster: Stored<Cluster>, old: Stored<Cluster> | undefined): boolean =>
  old === undefined || !sameJson(whatCounts(cluster), whatCounts(old));

const whatCounts = (cluster: Cluster) => ({
  paused: cluster.spec.paused,
  controlPlaneRef: cluster.spec.controlPlaneRef,
  deleting: cluster.metadata.deletionTimestamp !== undefined,
  infrastructureReady: cluster.status?.infrastructureReady,
  initialized:
    isControlPlaneInitialized(cluster) &&
    findCondition(cluster.status?.conditions, "ControlPlaneInitialized")?.lastTransitionTime,
});

export const machinesOfDeployment = ({ metadata }: Stored<MachineDeployment>, caches: Caches): readonly ObjectRef[] =>
  caches.list(Machine, { namespace: metadata.namespace ?? "", labels: { [labels.deploymentName]: metadata.name } }).map(toRef);

/** An old revision's Nodes are tainted. */
export const revisionChanged = (
  object: Stored<MachineSet | MachineDeployment>,
  old: Stored<MachineSet | MachineDeployment> | undefined,
): boolean => object.metadata.annotations?.[annotations.revision] !== old?.metadata.annotations?.[annotations.revision];

/** A Node wakes its Machine; a connection that comes or goes wakes all of the cluster. CORE-231 */
export const wokenByWorkload =
  (workloads: Pick<WorkloadClusters, "onChange">): Source =>
  (wake, caches) =>
    workloads.onChange((cluster, node) => {
      for (const machine of node ? machinesOfNode(cluster, node, caches) : machinesOf(cluster, caches)) wake(toRef(machine));
    });

const machinesOfNode = ({ namespace, name }: ObjectRef, node: Stored<Node>, caches: Caches): readonly Stored<Machine>[] => {
  const known = caches.byIndex(Machine, byNodeName.name, inCluster(namespace, name, node.metadata.name));
  if (known.length > 0 || !node.spec?.providerID) return known;
  return caches.byIndex(Machine, byProviderId.name, inCluster(namespace, name, node.spec.providerID));
};

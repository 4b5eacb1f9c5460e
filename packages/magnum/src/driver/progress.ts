import type { Condition, KubeadmControlPlane, MachineDeployment, MagnumCluster, MagnumNodeGroup, Stored } from "@slipway/api";
import { controlPlaneRuns } from "./desired.ts";
import { health } from "./health.ts";
import { machineDeploymentName } from "./names.ts";
import type { Observed } from "./observed.ts";

/** Everything that was asked for is there, and well: nobody need ask why not. */
export const isAsAsked = (record: Stored<MagnumCluster>, observed: Observed): boolean =>
  record.metadata.deletionTimestamp === undefined &&
  isReady(observed) &&
  record.spec.nodeGroups.every((group) => group.deleting !== true && groupDone(group, record, observed)) &&
  observed.machines.every(({ status }) => !isFalse(status?.conditions, "InfrastructureReady")) &&
  health(observed).healthStatus === "HEALTHY";

export const groupDone = (group: MagnumNodeGroup, record: Stored<MagnumCluster>, observed: Observed): boolean =>
  group.role === "master" ? controlPlaneDone(group, record, observed) : workersDone(group, record, observed);

const isFalse = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === "False") ?? false;

const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

export const isReady = ({ cluster }: Observed): boolean =>
  ["ControlPlaneReady", "InfrastructureReady", "Ready"].every((type) => isTrue(cluster?.status?.conditions, type));

const controlPlaneDone = (group: MagnumNodeGroup, { spec }: Stored<MagnumCluster>, { controlPlane }: Observed): boolean =>
  controlPlane?.status?.ready === true &&
  controlPlane.spec.replicas === group.nodeCount &&
  controlPlane.status.readyReplicas === group.nodeCount &&
  controlPlaneRuns(controlPlane as KubeadmControlPlane, spec.kubernetesVersion);

const workersDone = (group: MagnumNodeGroup, cluster: Stored<MagnumCluster>, { machineDeployments }: Observed): boolean => {
  const name = machineDeploymentName(cluster.metadata.name, group);
  const deployment = machineDeployments.find(({ metadata }) => metadata.name === name);
  return deployment !== undefined && hasRolled(deployment, cluster.spec.kubernetesVersion, group.nodeCount);
};

const hasRolled = ({ spec, status: seen, metadata }: Stored<MachineDeployment>, version: string, replicas: number): boolean =>
  spec.template.spec?.version === version &&
  spec.replicas === replicas &&
  seen?.phase === "Running" &&
  (seen.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
  (seen.replicas ?? 0) === replicas &&
  (seen.updatedReplicas ?? 0) === replicas &&
  (seen.readyReplicas ?? 0) === replicas;

import type { Cluster, KubeadmConfig, KubeadmControlPlane, Machine, Node, Stored, UnstructuredObject } from "@slipway/api";
import { findCondition, hasStatus } from "@slipway/runtime";

/** One control plane machine with the objects behind it. */
export interface Member {
  readonly machine: Stored<Machine>;
  readonly config: Stored<KubeadmConfig> | undefined;
  readonly infrastructure: Stored<UnstructuredObject> | undefined;
}

/** A control plane as one pass sees it; all decisions are made from this. */
export interface ControlPlane {
  readonly kcp: Stored<KubeadmControlPlane>;
  readonly cluster: Stored<Cluster>;
  /** Owned, deleting ones included, by name. */
  readonly members: readonly Member[];
  readonly now: Date;
}

export const isDeleting = ({ metadata }: { readonly metadata: { readonly deletionTimestamp?: string } }): boolean =>
  metadata.deletionTimestamp !== undefined;

/** etcd on the control plane machines themselves, ours to look after. */
export const isEtcdManaged = ({ spec }: Pick<KubeadmControlPlane, "spec">): boolean =>
  spec.kubeadmConfigSpec.clusterConfiguration?.etcd?.external === undefined;

export const nodeNameOf = (machine: Machine): string | undefined => {
  const name = machine.status?.nodeRef?.name;
  return name === "" ? undefined : name;
};

/** Oldest first; those of one second by name. */
export const byAge = (left: Stored<Machine>, right: Stored<Machine>): number =>
  compare(left.metadata.creationTimestamp, right.metadata.creationTimestamp) || compare(left.metadata.name, right.metadata.name);

export const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

export const newest = (machines: readonly Stored<Machine>[]): Stored<Machine> | undefined => machines.toSorted(byAge).at(-1);

export const machineIs = (machine: Machine, condition: string, status: "True" | "False" | "Unknown"): boolean =>
  hasStatus(machine.status?.conditions, condition, status);

export const machineCondition = (machine: Machine, condition: string) => findCondition(machine.status?.conditions, condition);

/** What must be well on a machine before anything is changed around it; readiness gates of the Machine too. */
export const healthConditions = (etcdManaged: boolean): readonly string[] => [
  "APIServerPodHealthy",
  "ControllerManagerPodHealthy",
  "SchedulerPodHealthy",
  ...(etcdManaged ? ["EtcdPodHealthy", "EtcdMemberHealthy"] : []),
];

const controlPlaneLabels = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

export const isControlPlaneNode = (node: Stored<Node>): boolean =>
  controlPlaneLabels.some((label) => node.metadata.labels?.[label] === "");

export const desiredReplicas = ({ kcp }: Pick<ControlPlane, "kcp">): number => (isDeleting(kcp) ? 0 : (kcp.spec.replicas ?? 1));

import { ConfigMap, isNotFound, Pod } from "@slipway/api";
import { isControlPlaneNode, isDeleting, isEtcdManaged, machineIs, nodeNameOf } from "./controlplane.ts";
import type { EtcdSeen } from "./inspect/etcd.ts";
import { isInitialized, type WorkloadSeen } from "./inspect/index.ts";
import type { PodsSeen } from "./inspect/pods.ts";
import type { Scope } from "./scope.ts";

export interface WorkloadObserved {
  readonly seen: WorkloadSeen;
  readonly initialized: boolean;
  /** Undefined: not known in this pass. */
  readonly readyNodes: number | undefined;
}

/** Everything that a pass has to know of the tenant's cluster, asked once. */
export const observeWorkload = async (scope: Scope): Promise<WorkloadObserved> => {
  const { kcp, workload, lastProbeSuccess } = scope;
  if (workload === undefined) {
    const seen: WorkloadSeen = isInitialized(kcp)
      ? { state: "disconnected", since: lastProbeSuccess, listeningSince: scope.context.startedAt }
      : { state: "notInitialized" };
    return { seen, initialized: false, readyNodes: undefined };
  }
  if (!isInitialized(kcp)) {
    // kubeadm uploads its configuration when the first machine stands.
    const uploaded = await workload.client.get(ConfigMap, { namespace: "kube-system", name: "kubeadm-config" }).catch(absent);
    if (uploaded === undefined) return { seen: { state: "notInitialized" }, initialized: false, readyNodes: 0 };
  }
  const nodes = workload.nodes();
  const controlPlaneNodes = nodes.filter(isControlPlaneNode);
  const ready = controlPlaneNodes.filter(({ status }) =>
    status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
  );
  const [pods, etcd] = await Promise.all([observePods(scope), observeEtcd(scope)]);
  return { seen: { state: "connected", pods, etcd }, initialized: true, readyNodes: ready.length };
};

const observePods = async ({ workload }: Scope): Promise<PodsSeen> => {
  if (workload === undefined) return { nodesError: "connection to the workload cluster is down" };
  const nodes = workload.nodes();
  try {
    const pods = await workload.client.list(Pod, { namespace: "kube-system", labelSelector: "tier=control-plane" });
    return { nodes, pods: pods.items };
  } catch (error) {
    return { nodes, pods: [], podsError: `Failed to list Pods: ${messageOf(error)}` };
  }
};

const observeEtcd = async ({ kcp, members, workload }: Scope): Promise<EtcdSeen> => {
  if (workload === undefined) return { nodesError: "connection to the workload cluster is down" };
  const nodes = workload.nodes();
  if (!isEtcdManaged(kcp)) return { nodes, unreachable: "etcd is external" };
  const names = etcdNodeNames(members.map(({ machine }) => machine));
  if (names.length === 0) return { nodes, unreachable: "Failed to connect to etcd: no healthy etcd members" };
  try {
    return { nodes, membership: await workload.etcd.members(names) };
  } catch (error) {
    return { nodes, unreachable: `Failed to connect to etcd: ${messageOf(error)}` };
  }
};

/** Where to ask for etcd: those known to be well first, the deleting ones never. */
export const etcdNodeNames = (machines: readonly Scope["members"][number]["machine"][]): readonly string[] => {
  const names = (wellOnes: boolean) =>
    machines
      .filter((machine) => !isDeleting(machine) && machineIs(machine, "EtcdMemberHealthy", "True") === wellOnes)
      .flatMap((machine) => nodeNameOf(machine) ?? []);
  return [...names(true), ...names(false)];
};

const absent = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

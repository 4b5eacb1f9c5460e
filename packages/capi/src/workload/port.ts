import type { Client, Node, ObjectRef, Secret, Stored } from "@slipway/api";

/**
 * The tenants' own clusters, seen from the management cluster (upstream's ClusterCache, CORE-109…117). Reconcilers ask for a
 * connection and get one that works or `undefined`; connecting, probing and dropping is the cache's business, and a change of
 * connection wakes the Cluster and its Machines.
 */
export interface WorkloadClusters {
  /** Undefined while there is no working connection ("connection to the workload cluster is down"). Never blocks on the network. */
  find(cluster: ObjectRef): WorkloadCluster | undefined;
  /** When the last health probe succeeded; undefined if none did. */
  lastProbeSuccess(cluster: ObjectRef): Date | undefined;
  /**
   * Wake these with the Cluster's ref when its connection comes, goes, has been silent for longer than a grace period, or (with
   * the Node) when one of its Nodes changes.
   */
  onChange(listener: (cluster: ObjectRef, node?: Stored<Node>) => void): () => void;
}

export interface WorkloadCluster {
  /** Reads go to the workload cluster; a Node written through it is in the cache at once. */
  readonly client: Client;
  /** Cached and watched: cheap to call on every pass. */
  nodes(): readonly Stored<Node>[];
  node(name: string): Stored<Node> | undefined;
  /** By index. More than one is an error of the cloud provider. */
  nodesByProviderId(providerId: string): readonly Stored<Node>[];
  /** The etcd members behind this cluster's control plane. */
  readonly etcd: EtcdAccess;
  /** Until when the certificate that a node's API server shows on this port is valid. Absent: nobody can look. */
  readonly certificateExpiry?: (nodeName: string, port: number) => Promise<Date>;
}

/** etcd as KubeadmControlPlane needs it (KCP "Inspecting etcd"). Ids are unsigned 64-bit, in decimal. */
export interface EtcdAccess {
  /** Asks any member that answers, through the API server's port-forward to the `etcd-<node>` pods of `nodeNames`. */
  members(nodeNames: readonly string[]): Promise<EtcdMembership>;
  removeMember(nodeNames: readonly string[], memberId: string): Promise<void>;
  moveLeader(nodeNames: readonly string[], toMemberId: string): Promise<void>;
}

export interface EtcdMembership {
  readonly members: readonly { readonly id: string; readonly name: string; readonly isLearner: boolean }[];
  readonly leaderId: string | undefined;
  readonly alarms: readonly { readonly memberId: string; readonly type: "NOSPACE" | "CORRUPT" }[];
  readonly errors: readonly string[];
}

/** How to reach one workload cluster: made by `apps/server` (sockets) from the `<cluster>-kubeconfig` Secret's content. */
export type DialWorkload = (kubeconfig: string, context: DialContext) => Promise<DialedWorkload>;
export interface DialContext {
  readonly cluster: ObjectRef;
  /** A Secret beside the Cluster: what a way into etcd is made of. */
  secret(name: string): Stored<Secret> | undefined;
}
export interface DialedWorkload {
  readonly client: Client;
  readonly etcd: EtcdAccess;
  readonly certificateExpiry?: WorkloadCluster["certificateExpiry"];
  /** `GET /` with a time limit. @throws ApiError Unauthorized after a certificate rotation, ServiceUnavailable otherwise */
  probe(signal: AbortSignal): Promise<void>;
  close(): void;
}

import type { EtcdState } from "./workload/etcd.ts";

/** What must be known of guests and workload clusters after a restart of the program. */
export interface GuestRecords {
  clusters(): readonly ClusterRecord[];
  guests(): readonly GuestRecord[];
  saveCluster(record: ClusterRecord): Promise<void>;
  dropCluster(id: string): Promise<void>;
  saveGuest(record: GuestRecord): Promise<void>;
  dropGuest(serverId: string): Promise<void>;
}

export interface ClusterRecord {
  readonly id: string;
  readonly caPem: string;
  readonly kubernetesVersion: string;
  /** host:port that nodes and tenants use. */
  readonly endpoint: string;
  readonly imageRepository: string;
  readonly localEtcd: boolean;
  readonly etcd: EtcdState;
}

export interface GuestRecord {
  readonly serverId: string;
  readonly state: "booting" | "joined" | "failed";
  readonly console: readonly string[];
  readonly node?: GuestNode;
}

export interface GuestNode {
  readonly clusterId: string;
  readonly name: string;
  readonly controlPlane: boolean;
  readonly kubeletVersion: string;
  readonly bindPort: number;
  /** Of its API server; only for control plane nodes. */
  readonly serving?: { readonly certificatePem: string; readonly privateKeyPem: string };
}

/** Kept in memory only: for tests that need no restart. */
export const memoryRecords = (): GuestRecords => {
  const clusters = new Map<string, ClusterRecord>();
  const guests = new Map<string, GuestRecord>();
  return {
    clusters: () => [...clusters.values()],
    guests: () => [...guests.values()],
    saveCluster: async (record) => void clusters.set(record.id, record),
    dropCluster: async (id) => void clusters.delete(id),
    saveGuest: async (record) => void guests.set(record.serverId, record),
    dropGuest: async (serverId) => void guests.delete(serverId),
  };
};

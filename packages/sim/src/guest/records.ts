import type { Storage } from "@slipway/apiserver";
import type { NodeTrust } from "./trust.ts";
import type { EtcdState } from "./workload/etcd.ts";

/** What must be known of guests and workload clusters after a restart of the program. */
export interface GuestRecords {
  clusters(): readonly ClusterRecord[];
  guests(): readonly GuestRecord[];
  findGuest(serverId: string): GuestRecord | undefined;
  saveCluster(record: ClusterRecord): Promise<void>;
  dropCluster(id: string): Promise<void>;
  saveGuest(record: GuestRecord): Promise<void>;
  dropGuest(serverId: string): Promise<void>;
}

export interface ClusterRecord {
  readonly id: string;
  /** The authority that it was founded with. */
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
  /** Whom it believes, and who signed for it. */
  readonly trust?: NodeTrust;
}

/** Kept in a store: with the durable kind, guests and clusters are there again after a restart. */
export const storedRecords = (storage: Storage): GuestRecords => {
  const all = <T>(prefix: string): readonly T[] => storage.list(prefix).items.map((item) => item.value as T);
  const drop = async (key: string) => {
    if (storage.get(key) !== undefined) await storage.delete(key);
  };
  return {
    clusters: () => all<ClusterRecord>("cluster/"),
    guests: () => all<GuestRecord>("guest/"),
    findGuest: (serverId) => storage.get(`guest/${serverId}`)?.value as GuestRecord | undefined,
    saveCluster: async (record) => void (await storage.put(`cluster/${record.id}`, record)),
    dropCluster: (id) => drop(`cluster/${id}`),
    saveGuest: async (record) => void (await storage.put(`guest/${record.serverId}`, record)),
    dropGuest: (serverId) => drop(`guest/${serverId}`),
  };
};

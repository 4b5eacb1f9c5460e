import type { Client } from "@slipway/api";
import type { ApiServer } from "@slipway/apiserver";

/** One Kubernetes API of a workload cluster: an instance of our own API server. */
export interface WorkloadApi {
  /** Acts as `system:masters`. */
  readonly admin: Client;
  /** As the holder of a client certificate would act. */
  clientFor(user: { readonly name: string; readonly groups: readonly string[] }): Client;
  /** For whoever serves it over HTTP. */
  readonly server: ApiServer;
  close(): Promise<void>;
  /** The cluster is gone with its last control plane node's disk. */
  drop(): Promise<void>;
}

export interface WorkloadApiOptions {
  readonly clusterId: string;
  /** What `/version` says. */
  readonly kubernetesVersion: string;
  readonly caPem: string;
}

export type OpenWorkloadApi = (options: WorkloadApiOptions) => Promise<WorkloadApi>;

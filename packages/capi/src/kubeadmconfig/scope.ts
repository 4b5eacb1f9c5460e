import type { Client, Cluster, ConfigMap, KubeadmConfig, Secret, Stored } from "@slipway/api";
import type { KeyPool } from "@slipway/api/pki/index.ts";
import type { Caches, KubeEffect } from "@slipway/runtime";
import type { FoundCertificate } from "../certificates/lookup.ts";
import type { WorkloadCluster, WorkloadClusters } from "../workload/port.ts";
import type { ResolvedContents } from "./contents.ts";
import type { BootstrapMode } from "./document.ts";
import type { ConfigOwner } from "./owner.ts";
import type { KubeadmConfigSpec } from "./spec.ts";

export interface KubeadmConfigOptions {
  readonly keys: KeyPool;
  readonly workloads: Pick<WorkloadClusters, "find" | "onChange">;
  /** Default 15 minutes. */
  readonly tokenTtlSeconds?: number;
  readonly concurrency?: number;
}

/** What one pass over a KubeadmConfig starts from. */
export interface Scope {
  readonly config: Stored<KubeadmConfig>;
  readonly cluster: Stored<Cluster>;
  readonly owner: ConfigOwner;
  readonly mode: BootstrapMode;
  readonly now: Date;
  readonly keys: KeyPool;
  readonly tokenTtlSeconds: number;
  readonly client: Client;
  readonly caches: Caches;
  readonly workload: WorkloadCluster | undefined;
}

/** What phases found out for those after them, and for the status. */
export interface Facts {
  readonly dataSecretName: string;
  readonly contents: ResolvedContents;
  readonly certificates: readonly FoundCertificate[];
  /** The spec with all that the cluster knows in it; what is written to the object. */
  readonly filled: KubeadmConfigSpec;
}

export type Effect =
  | KubeEffect
  | { readonly call: "generateCertificates"; readonly found: readonly FoundCertificate[] }
  /** With the authorities that whoever joins by it is to find in the cluster. */
  | { readonly call: "createToken"; readonly token: string; readonly authorityPem: string | undefined }
  | { readonly call: "putToken"; readonly secret: Secret }
  | { readonly call: "takeLock"; readonly lock: ConfigMap }
  | { readonly call: "putDataSecret"; readonly secret: Secret };

import type { KubeadmControlPlane, Machine, OwnerReference, Secret, Stored } from "@slipway/api";
import type { KeyPool } from "@slipway/api/pki/index.ts";
import type { KubeEffect, NewCondition, NewV1Beta2Condition, ReconcileContext } from "@slipway/runtime";
import type { createAuthorityCheck, createRenewalCheck } from "../certificates/kubeconfig.ts";
import type { FoundCertificate } from "../certificates/lookup.ts";
import type { WorkloadCluster, WorkloadClusters } from "../workload/port.ts";
import type { ControlPlane, Member } from "./controlplane.ts";
import type { FullInspection } from "./inspect/index.ts";
import type { Blocked } from "./preflight.ts";
import type { Outdated } from "./uptodate.ts";

export interface KubeadmControlPlaneOptions {
  readonly keys: KeyPool;
  readonly workloads: Pick<WorkloadClusters, "find" | "lastProbeSuccess" | "onChange">;
  /** In [0, 1): the ends of machines' names. */
  readonly random?: () => number;
  readonly concurrency?: number;
}

/** What one pass over a KubeadmControlPlane starts from. */
export interface Scope extends ControlPlane {
  /** Control plane Machines of the cluster that belong to nobody. */
  readonly adoptable: readonly Stored<Machine>[];
  /** Control plane Machines of the cluster, whoever's they are. */
  readonly allControlPlane: readonly Stored<Machine>[];
  /** Any Machine of the cluster: deletion waits for the workers. */
  readonly allMachines: readonly Stored<Machine>[];
  readonly context: ReconcileContext;
  readonly keys: KeyPool;
  readonly random: () => number;
  readonly needsRenewal: ReturnType<typeof createRenewalCheck>;
  readonly fitsAuthority: ReturnType<typeof createAuthorityCheck>;
  readonly workload: WorkloadCluster | undefined;
  readonly lastProbeSuccess: Date | undefined;
}

/** What phases found out for those after them, and for the status. */
export interface Facts {
  readonly templateMissing: boolean;
  readonly certificates: readonly FoundCertificate[];
  /** The kubeadm-config ConfigMap could be read: the control plane stands. */
  readonly initialized: boolean;
  readonly readyNodes: number;
  readonly inspection: FullInspection;
  /** The machines with what this pass saw of them. */
  readonly members: readonly Member[];
  readonly outdated: ReadonlyMap<string, readonly Outdated[]>;
  readonly blockedUp: Blocked;
  readonly blockedDown: Blocked;
  readonly remediated: { readonly machine: string; readonly older: NewCondition; readonly newer: NewV1Beta2Condition };
  /** Changes to our own annotations; undefined takes one away. */
  readonly annotations: { readonly [key: string]: string | undefined };
  readonly deleting: { readonly reason: string; readonly message: string };
}

export type Effect =
  | KubeEffect
  | { readonly call: "generateCertificates"; readonly found: readonly FoundCertificate[] }
  | { readonly call: "putKubeconfig"; readonly server: string; readonly existing: Stored<Secret> | undefined }
  | {
      readonly call: "createMachine";
      readonly name: string;
      readonly failureDomain: string | undefined;
      readonly founds: boolean;
    }
  | {
      readonly call: "writeMachineStatus";
      readonly machine: Stored<Machine>;
      readonly status: NonNullable<Machine["status"]>;
    }
  | { readonly call: "moveLeader"; readonly from: Stored<Machine>; readonly to: Stored<Machine> }
  | { readonly call: "removeMember"; readonly memberId: string; readonly nodeNames: readonly string[] }
  | { readonly call: "removeMemberOf"; readonly machine: Stored<Machine> }
  /** The same as on our own API, on the tenant's. */
  | { readonly call: "inWorkload"; readonly effect: KubeEffect };

/** Creating a machine takes three objects; which of them failed is a condition's reason. */
export class MachineCreationError extends Error {
  override readonly name = "MachineCreationError";
  readonly reason: "InfrastructureTemplateCloningFailed" | "BootstrapTemplateCloningFailed" | "MachineGenerationFailed";
  /** Each try has a name of its own: a condition that told it would change with each try, and wake who waits before the next. */
  constructor(reason: MachineCreationError["reason"], cause: unknown, triedName = "") {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(triedName === "" ? message : message.replaceAll(JSON.stringify(triedName), "(new)").replaceAll(triedName, "(new)"), {
      cause,
    });
    this.reason = reason;
  }
}

export const isOwnedByKcp = (reference: OwnerReference, kcp: Stored<KubeadmControlPlane>): boolean =>
  reference.kind === kcp.kind &&
  reference.name === kcp.metadata.name &&
  reference.apiVersion.split("/")[0] === kcp.apiVersion.split("/")[0];

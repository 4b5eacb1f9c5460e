import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type { QuotaName, QuotaShortfall } from "./errors.ts";

export type ClusterAction =
  | "kubeconfig"
  | "scale"
  | "createNodeGroup"
  | "upgrade"
  | "rotateCa"
  | "rotateCredential"
  | "signCertificate"
  | "replaceNode"
  | "retry"
  | "delete";

/** Why an action is not offered now. */
export type BlockedBecause = "inProgress" | "notActive" | "deleting" | "noNewerTemplate" | "roleMissing" | "unsupported";

/** A row of the list, and what the stream carries. */
export interface ClusterSummary extends Omit<LiveCluster, "projectId" | "userId" | "capiName"> {
  /** Actions that the state or the role forbids. What is not named may be done. */
  readonly blocked: { readonly [Action in ClusterAction]?: BlockedBecause };
}

export interface ClusterList {
  readonly clusters: readonly ClusterSummary[];
  /** Of all that match, this page aside. */
  readonly total: number;
  /** To be given as `marker` for the next page; absent on the last. */
  readonly next?: string;
}

export interface ClusterListQuery {
  /** Part of name or id, a phase, a health, a version; several words all match. */
  readonly search?: string;
  /** `-` in front: the other way round. */
  readonly sort?: string;
  /** 1 to 1000; 1000 by default. */
  readonly limit?: string;
  readonly marker?: string;
}

export interface ClusterDetail extends ClusterSummary {
  readonly stackId: string;
  readonly projectId: string;
  readonly createdBy: { readonly id: string; readonly name: string | null };
  readonly template: { readonly id: string; readonly name: string | null };
  readonly keypair: string | null;
  readonly apiAddress: string | null;
  readonly coeVersion: string | null;
  readonly containerRuntime: string | null;
  readonly networkDriver: string | null;
  readonly cloudProvider: string | null;
  readonly healthReasons: { readonly [what: string]: string };
  readonly masterFlavor: string | null;
  readonly flavor: string | null;
  readonly fixedNetwork: string | null;
  readonly fixedSubnet: string | null;
  readonly floatingIpEnabled: boolean;
  readonly masterLbEnabled: boolean;
  readonly createTimeoutMinutes: number;
  readonly labels: readonly OriginLabel[];
  readonly faults: { readonly [what: string]: string };
  readonly nodeGroups: readonly NodeGroup[];
  /** The equivalent commands, to copy. */
  readonly commands: { readonly show: string; readonly config: string; readonly delete: string };
}

export interface OriginLabel {
  readonly key: string;
  readonly value: string;
  readonly origin: "template" | "cluster" | "overridden";
}

export interface NodeGroup {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly isDefault: boolean;
  readonly status: string;
  readonly statusReason: string | null;
  readonly nodeCount: number;
  readonly readyCount: number | null;
  readonly minNodeCount: number;
  readonly maxNodeCount: number | null;
  readonly autoscaling: boolean;
  readonly flavor: string | null;
  readonly imageId: string | null;
  readonly version: string | null;
  readonly addresses: readonly string[];
  readonly labels: { readonly [key: string]: string };
  readonly nodeLabels: { readonly [key: string]: string };
  readonly nodeTaints: readonly Taint[];
  readonly createdAt: string;
  readonly updatedAt: string | null;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** `POST /api/clusters`. Names or ids wherever OpenStack takes either. */
export interface NewCluster {
  readonly name: string;
  readonly templateId: string;
  readonly masterCount?: number;
  readonly nodeCount?: number;
  readonly masterFlavor?: string;
  readonly flavor?: string;
  readonly keypair?: string;
  readonly fixedNetwork?: string;
  readonly fixedSubnet?: string;
  readonly floatingIpEnabled?: boolean;
  readonly masterLbEnabled?: boolean;
  readonly dockerVolumeSize?: number;
  readonly createTimeoutMinutes?: number;
  readonly labels?: { readonly [key: string]: string };
  /** Labels are put over the template's (needed to override one of them), not in their place. */
  readonly mergeLabels?: boolean;
  /** Groups beside the default ones; they are made once the cluster is there. */
  readonly nodeGroups?: readonly NewNodeGroup[];
}

/** `POST /api/clusters/preview`: nothing is made; the review step shows it (CON-035, CON-036). */
export interface CreatePreview {
  /** Magnum's body, as `POST /v1/clusters` would get it. */
  readonly body: object;
  /** `openstack coe cluster create …`, quoted for a shell. */
  readonly command: string;
  readonly quota: readonly QuotaUse[];
  /** Empty: it fits. The create answers `quotaExceeded` with the same otherwise. */
  readonly shortfalls: readonly QuotaShortfall[];
  readonly problems: readonly Problem[];
  /** Middle of the project's past creates; null when there are none. */
  readonly estimatedSeconds: number | null;
}

/** What would be refused, before it is sent. */
export interface Problem {
  readonly field: string;
  readonly code:
    | "required"
    | "nameTaken"
    | "nameInvalid"
    | "evenControlPlane"
    | "loadBalancerNeeded"
    | "flavorTooSmall"
    | "outOfRange"
    | "unknown"
    | "invalid";
  readonly detail: string;
}

export interface QuotaUse {
  readonly resource: QuotaName;
  readonly used: number;
  /** -1: no limit. */
  readonly limit: number;
  /** By what is about to be made; 0 where nothing is. */
  readonly adds: number;
}

export interface NewNodeGroup {
  readonly name: string;
  readonly role?: string;
  readonly nodeCount: number;
  readonly minNodeCount?: number;
  readonly maxNodeCount?: number;
  readonly flavor?: string;
  readonly imageId?: string;
  readonly dockerVolumeSize?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly mergeLabels?: boolean;
  readonly nodeLabels?: { readonly [key: string]: string };
  readonly nodeTaints?: readonly Taint[];
}

/** Count and bounds of one group together, in one request that is valid as a whole (CON-047, ASK-18). */
export interface Scale {
  /** Id or name; `default-worker` by default. */
  readonly nodeGroup?: string;
  readonly nodeCount?: number;
  readonly minNodeCount?: number;
  /** Null takes the bound away. */
  readonly maxNodeCount?: number | null;
  /** Servers (ids) or machines (names) that go first. */
  readonly nodesToRemove?: readonly string[];
}

/** `GET …/scale/preview?nodeGroup&nodeCount` */
export interface ScalePreview {
  readonly from: number;
  readonly to: number;
  /** In the order they would go, when the tenant chooses none. */
  readonly removed: readonly NodeRef[];
  readonly quota: readonly QuotaUse[];
  readonly shortfalls: readonly QuotaShortfall[];
  readonly command: string;
}

export interface NodeRef {
  readonly name: string;
  readonly serverId: string | null;
  readonly nodeGroup: string;
}

export interface Upgrade {
  readonly templateId: string;
  /** All groups when absent. */
  readonly nodeGroup?: string;
  readonly maxBatchSize?: number;
}

/** `GET …/upgrade/preview`: every template that may be chosen and what would roll. */
export interface UpgradePreview {
  readonly from: string | null;
  readonly targets: readonly UpgradeTarget[];
  /** Newer templates that may not be chosen, and why. */
  readonly unavailable: readonly {
    readonly templateId: string;
    readonly name: string;
    readonly version: string | null;
    readonly because: "skipsMinor" | "sameOrOlder" | "unknownVersion";
  }[];
}

export interface UpgradeTarget {
  readonly templateId: string;
  readonly name: string;
  readonly version: string;
  /** In the order they roll: the control plane first. */
  readonly steps: readonly RollStep[];
  readonly command: string;
}

export interface RollStep {
  readonly nodeGroup: string;
  readonly role: string;
  readonly from: string | null;
  readonly to: string;
  readonly machines: readonly NodeRef[];
  /** Machines over the wanted number while it rolls. */
  readonly surge: number;
}

/** `GET …/deletion`: what the typed confirmation shows. */
export interface DeletionPreview {
  readonly removed: readonly Removal[];
  /** What stays behind: volumes with retain policy, load balancers made by Services. Null: it is not known. */
  readonly kept: readonly Removal[] | null;
  /** The name must be typed. */
  readonly typeName: boolean;
  readonly command: string;
}

export interface Removal {
  readonly kind: string;
  readonly id: string | null;
  readonly name: string;
}

/** `DELETE /api/clusters/:id` */
export interface Deletion {
  /** Must be the cluster's name. */
  readonly confirm: string;
}

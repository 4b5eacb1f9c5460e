/**
 * What Slipway's Magnum tells beyond OpenStack's: clusters with phase and progress, and what they are made of. Project-scoped, read
 * with the tenant's own token. The console shows these shapes as they are.
 */
import type { CaRotationStage } from "./carotation.ts";

/** What a tenant sees (CON-004, CON-041). Ours adds UPDATING and UPGRADING. */
export type Phase =
  | "CREATING"
  | "BOOTSTRAPPING"
  | "READY_CONTROL_PLANE"
  | "ADDING_WORKERS"
  | "ACTIVE"
  | "UPDATING"
  | "UPGRADING"
  | "DELETING"
  | "ERROR";

export type Health = "HEALTHY" | "UNHEALTHY" | "UNKNOWN";

export type StageName =
  | "network"
  | "loadBalancer"
  | "firstControlPlaneNode"
  | "apiReachable"
  | "controlPlane"
  | "workers"
  | "addons";

export interface Counted {
  readonly desired: number;
  readonly ready: number;
}
export interface Waiting {
  readonly what: StageName | "deletion" | "upgrade" | "update";
  readonly ready?: number;
  readonly desired?: number;
  /** A condition's reason and message as written. */
  readonly reason?: string;
  readonly message?: string;
}

/** A cluster as lists and streams show it. */
export interface LiveCluster {
  readonly id: string;
  readonly name: string;
  readonly phase: Phase;
  /** Magnum's own: `CREATE_IN_PROGRESS`. */
  readonly status: string;
  readonly statusReason: string | null;
  /** What a phase that passes waits for, in the system's words: `2 of 3 control-plane nodes ready`. */
  readonly waitingFor: Waiting | null;
  readonly health: Health;
  /** `v1.33.4`; null before it is known. */
  readonly version: string | null;
  readonly templateId: string;
  readonly controlPlane: Counted;
  readonly workers: Counted;
  readonly createdAt: string;
  readonly updatedAt: string | null;
  /** In progress for more than 30 minutes: since when. */
  readonly stuckSince: string | null;
  /** Changes with everything above and with what is asked for; send it as `If-Match`. */
  readonly revision: string;
  readonly projectId: string;
  readonly userId: string;
  /** Name of the Cluster in `magnum-system`. */
  readonly capiName: string;
  readonly paused: boolean;
  /** What the operator wants this cluster's tenant to read. */
  readonly banner?: string;
  /** The last exchange of its certificate authorities, under way or done; absent when there never was one. */
  readonly caRotation?: CaRotationView;
}

/** Which stages there are, and when each began and ended. A stage ends when the machines that it replaces are replaced. */
export interface CaRotationView {
  /** `waiting` before the first stage: the cluster comes to rest first. */
  readonly state: "waiting" | "running" | "done";
  readonly requestedAt: string;
  readonly finishedAt: string | null;
  readonly stages: readonly {
    readonly name: CaRotationStage;
    readonly state: "waiting" | "running" | "done";
    readonly startedAt: string | null;
    readonly finishedAt: string | null;
  }[];
}

/** One step of a create (or of an upgrade), with its times. */
export interface Stage {
  readonly name: StageName;
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly count?: Counted;
  /** When it does not go on: a condition's reason and message as written, and on which object. */
  readonly blockedBy?: { readonly reason: string; readonly message: string; readonly object: ObjectRef };
}

export interface PhaseTime {
  readonly phase: Phase;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

/** `GET …/history`: what happened to it, newest first. */
export interface History {
  readonly phases: readonly PhaseTime[];
  readonly stages: readonly Stage[];
  readonly actions: readonly Activity[];
}

/** Who asked for what. Operators' actions on a tenant's cluster are here too (CON-061). */
export interface Activity {
  readonly at: string;
  readonly action:
    | "create"
    | "scale"
    | "upgrade"
    | "update"
    | "delete"
    | "kubeconfig"
    | "rotateCa"
    | "rotateCredential"
    | "nodeGroup"
    | "replaceNode"
    | "other";
  readonly by: string | null;
  readonly operator: boolean;
  readonly requestId: string | null;
  readonly detail: string | null;
  readonly result: "accepted" | "done" | "refused" | "failed";
}

export interface ObjectRef {
  readonly kind: string;
  readonly name: string;
}

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly severity?: "Error" | "Warning" | "Info";
  readonly reason: string;
  readonly message: string;
  readonly since: string;
}

/** `GET …/tree`: the topology as a flat list; an object's parent comes before it. */
export interface Tree {
  readonly nodes: readonly TreeNode[];
  /** False: not everything could be read (OpenStack did not answer, say). */
  readonly complete: boolean;
}

export interface TreeNode {
  /** Unique in the tree and stable over updates: `Machine/kube-abc-x`, `Server/<id>`. */
  readonly id: string;
  /** Null for the root, the Cluster. */
  readonly parent: string | null;
  /**
   * Cluster API kinds as they are (Cluster, OpenStackCluster, KubeadmControlPlane, MachineDeployment, MachineSet, Machine, KubeadmConfig,
   * OpenStackMachine, OpenStackServer), and of the cloud: Server, Port, Volume, LoadBalancer, FloatingIP, Network, Subnet, Router,
   * SecurityGroup; `Workers` gathers MachineDeployments.
   */
  readonly kind: string;
  readonly name: string;
  /** `ControlPlane`, `ClusterInfrastructure`, `MachineInfrastructure`, `BootstrapConfig`, `Workers`, … */
  readonly role: string | null;
  readonly ready: "True" | "False" | "Unknown" | null;
  readonly severity: "Error" | "Warning" | "Info" | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly phase: string | null;
  readonly since: string | null;
  readonly createdAt: string | null;
  readonly deletingSince: string | null;
  readonly replicas?: Counted;
  readonly conditions: readonly Condition[];
  /** What else there is to say, in the field's words: `flavor`, `address`, `image`, `version`, `providerID`. */
  readonly facts: { readonly [name: string]: string };
}

/** `GET …/nodes` */
export interface NodeList {
  readonly nodes: readonly NodeView[];
}

export interface NodeView {
  /** The Machine's name: what actions on a node take. */
  readonly machine: string;
  /** The Kubernetes Node's; null before it joined. */
  readonly name: string | null;
  readonly nodeGroup: string;
  readonly role: "master" | "worker";
  /** Machine's phase as written: Pending, Provisioning, Provisioned, Running, Deleting, Failed. */
  readonly phase: string;
  readonly health: Health;
  readonly reason: string | null;
  readonly message: string | null;
  readonly flavor: string | null;
  readonly image: string | null;
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  readonly version: string | null;
  readonly serverId: string | null;
  readonly availabilityZone: string | null;
  readonly createdAt: string;
  readonly deletingSince: string | null;
  readonly conditions: readonly Condition[];
}

/** `GET …/events`, newest first. */
export interface EventList {
  readonly events: readonly EventView[];
}

export interface EventView {
  readonly id: string;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly object: ObjectRef;
  /** Which controller said it. */
  readonly source: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** `GET /v1/live/fleet`, and items of the list `fleet`: a cluster as operators see it. */
export interface FleetItem extends LiveCluster {
  readonly projectName: string | null;
  /** Titles of the alerts that fire. */
  readonly alerts: readonly string[];
  /** Filled in, to copy: `kubectl get …`, `clusterctl describe …`. */
  readonly commands: readonly string[];
}

/** `GET /v1/live/alerts`, and items of the list `alerts`. */
export interface AlertItem {
  readonly uid: string;
  readonly name: string;
  readonly title: string;
  readonly severity: "critical" | "warning" | "info";
  readonly state: "pending" | "firing";
  readonly since: string;
  readonly object: ObjectRef;
  readonly clusterId: string | null;
  readonly projectId: string | null;
  readonly summary: string;
  readonly description: string;
  readonly command: string | null;
  readonly runbookUrl: string | null;
}

/** `GET /v1/live/projects`, and items of the list `projects`. */
export interface ProjectItem {
  readonly id: string;
  readonly name: string | null;
  readonly clusters: number;
  readonly nodes: number;
  readonly failed: number;
  /** -1: no limit of its own, the default holds. */
  readonly clusterLimit: number;
}

/** `GET /v1/live/orphans`, and items of the list `orphans`: what stands in the cloud, or here, for nobody. */
export interface OrphanItem {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly projectId: string | null;
  readonly clusterName: string | null;
  readonly createdAt: string | null;
  readonly size: string | null;
  /** The command that removes it. */
  readonly command: string | null;
}

export interface OperatorItems {
  readonly fleet: FleetItem;
  readonly alerts: AlertItem;
  readonly projects: ProjectItem;
  readonly orphans: OrphanItem;
}

/** Lists that administrators may watch: `GET /v1/live/lists/<name>`, a text/event-stream of `items`, `item`, `gone` and `about`. */
export type OperatorList = keyof OperatorItems;
export const operatorLists: readonly OperatorList[] = ["fleet", "alerts", "projects", "orphans"];

/** What is to be said of a list as a whole. */
export interface ListAbout {
  /** `projects`: the limit of those without one of their own. */
  readonly defaultClusterLimit?: number;
  /** `orphans`: when the cloud was last looked through. */
  readonly checkedAt?: string;
  /** `orphans`: what could not be looked at; the list may then be too short. */
  readonly problems?: readonly string[];
}

/** `GET …/objects`: the Cluster API objects that a cluster is made of; `GET …/objects/<kind>/<name>` is one of them, without secrets. */
export interface ObjectList {
  readonly objects: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string }[];
}

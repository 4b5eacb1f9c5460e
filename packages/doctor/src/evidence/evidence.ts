import type {
  Cluster,
  KubeadmConfig,
  KubeadmControlPlane,
  Machine,
  MachineDeployment,
  MachineHealthCheck,
  MachineSet,
  MagnumCluster,
  OpenStackCluster,
  OpenStackMachine,
  OpenStackMachineTemplate,
  OpenStackServer,
  Stored,
} from "@slipway/api";

/** Everything that a diagnosis is concluded from. Read at one moment; what could not be read is absent, and says so. */
export interface Evidence {
  readonly now: Date;
  readonly objects: ObjectEvidence;
  /** What stopped the driver's last pass over the record. */
  readonly obstacle?: Obstacle | undefined;
  /** Warnings of the last while, newest first. */
  readonly events: readonly EventFact[];
  /** Undefined: the cloud was not asked. */
  readonly cloud: CloudEvidence | undefined;
}

export interface Obstacle {
  readonly message: string;
  /** Given up: it is not tried again before something changes. */
  readonly final: boolean;
}

/** The object tree of one cluster. */
export interface ObjectEvidence {
  readonly record: Stored<MagnumCluster> | undefined;
  readonly cluster: Stored<Cluster> | undefined;
  readonly infrastructure: Stored<OpenStackCluster> | undefined;
  readonly controlPlane: Stored<KubeadmControlPlane> | undefined;
  readonly machineDeployments: readonly Stored<MachineDeployment>[];
  readonly machineSets: readonly Stored<MachineSet>[];
  readonly machines: readonly Stored<Machine>[];
  readonly infraMachines: readonly Stored<OpenStackMachine>[];
  readonly servers: readonly Stored<OpenStackServer>[];
  readonly bootstrapConfigs: readonly Stored<KubeadmConfig>[];
  readonly machineTemplates: readonly Stored<OpenStackMachineTemplate>[];
  readonly healthChecks: readonly Stored<MachineHealthCheck>[];
  /** The Secret with the cluster's credential. */
  readonly credential: "there" | "missing" | "unknown";
}

export interface EventFact {
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly message: string;
  /** RFC 3339, of its last occurrence. */
  readonly at: string;
}

export type CloudService = "identity" | "compute" | "network" | "loadbalancer" | "image" | "volume";

/** What the cluster's own credential could see. A part that is undefined could not be read; `problems` says why. */
export interface CloudEvidence {
  readonly problems: readonly CloudProblem[];
  /** The project's servers whose names begin with the cluster's. */
  readonly servers: readonly ServerFact[] | undefined;
  readonly quotas: readonly QuotaFact[];
  /** `null`: there is none of that name. */
  readonly loadBalancer: LoadBalancerFact | null | undefined;
  readonly network: NetworkFacts | undefined;
  /** By id: whether it can be booted from. */
  readonly images: readonly NamedFact[] | undefined;
  readonly flavors: readonly NamedFact[] | undefined;
  readonly keypair: NamedFact | undefined;
  readonly volumes: readonly { readonly name: string; readonly status: string }[] | undefined;
}

export interface CloudProblem {
  readonly service: CloudService;
  readonly kind: "unauthorized" | "forbidden" | "unavailable" | "throttled" | "unsupported" | "other";
  readonly message: string;
}

export interface ServerFact {
  readonly id: string;
  readonly name: string;
  /** Nova's word. */
  readonly status: string;
  readonly taskState: string | undefined;
  readonly fault: string | undefined;
  readonly zone: string;
  readonly createdAt: string | undefined;
  /** Last lines, oldest first; undefined: not asked for. */
  readonly console: readonly string[] | undefined;
}

export interface QuotaFact {
  readonly service: CloudService;
  /** As the service calls it: `instances`, `floatingip`. */
  readonly resource: string;
  readonly used: number;
  /** -1: none. */
  readonly limit: number;
}

export interface LoadBalancerFact {
  readonly id: string;
  readonly name: string;
  readonly provisioningStatus: string;
  readonly operatingStatus: string;
  readonly changedAt: string | undefined;
}

export interface NetworkFacts {
  /** The network that the cluster's machines are on; `null`: it was there, and is gone. */
  readonly own: { readonly id: string; readonly name: string; readonly subnets: number } | null | undefined;
  readonly dhcp: readonly { readonly subnet: string; readonly enabled: boolean }[];
  readonly router: { readonly id: string; readonly gateway: boolean } | null | undefined;
  readonly external: { readonly id: string; readonly found: boolean } | undefined;
  readonly apiAddress: { readonly address: string; readonly status: string; readonly attached: boolean } | null | undefined;
}

/** Something that is referred to: whether it is there, and can be used. */
export interface NamedFact {
  readonly id: string;
  readonly found: boolean;
  /** `active`, `deactivated`, …; empty where the service has no such word. */
  readonly status: string;
}

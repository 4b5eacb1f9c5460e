import { featureGateDefaults } from "@slipway/api/kind/features.ts";
import { type AlertThresholds, defaultDurations, durationPattern } from "@slipway/observability";

/**
 * What an inventory may say: JSON Schema, checked by ajv. The keys of `magnum.capi` and the vendor's own ones follow PLAT-033…039;
 * `openstack`, `listen` and `demo` are ours.
 */
const text = (description: string) => ({ type: "string", minLength: 1, description });
const flag = (description: string) => ({ type: "boolean", description });
const count = (description: string, minimum: number, maximum: number) => ({ type: "integer", minimum, maximum, description });
const object = (description: string, properties: { [name: string]: object }) => ({
  type: "object",
  additionalProperties: false,
  description,
  properties,
});

/** Keys of the vendor's inventories that mean nothing here: accepted, so that one file serves both, and named in a warning. */
export const keysWithoutEffect = [
  "cluster_public_domain",
  "operator_users",
  "iaas_console",
  "iaas_console_tls_enabled",
  "iaas_console_tls_cluster_issuer",
  "obs_tls_cluster_issuer",
  "phoenix_observability_slis",
  "phoenix_observability_storage",
  "prometheus_pvc_size",
  "prometheus_retention_period",
  "loki_retention_period",
  "loki_ceph_s3",
  "registry_populate_images",
  "docker_registry_username",
  "docker_registry_password",
  "ceph_mon_hosts",
  "ceph_rgw_hosts",
  "openstack_tls",
  "migrate_mgt_cluster",
] as const;

/** Thresholds of the vendor's other alerts, which watch what Slipway does not have. */
const thresholdsOfOthers: { readonly [category: string]: readonly string[] } = {
  iaasApi: ["p95latency", "errorRateThreshold"],
  ipmi: ["temperatureHealthThreshold", "fanHealthThreshold", "voltageHealthThreshold"],
  kubernetes: [
    ...["podHealthThreshold", "failedPodsCount", "cpuUtilizationThreshold", "memoryUtilizationThreshold"],
    "diskUtilizationThreshold",
  ],
  openstack: [
    ...["novaAvailabilityThreshold", "cinderAvailabilityThreshold", "neutronAvailabilityThreshold"],
    ...["memoryCapacityThreshold", "cpuCapacityThreshold", "storageCapacityThreshold"],
  ],
  vmManagement: ["availabilityThreshold"],
};

const durations = Object.fromEntries(
  Object.entries(defaultDurations).map(([key, duration]) => [
    key,
    { type: "string", pattern: durationPattern, description: `A duration such as 90s, 5m or 1h30m; default ${duration}.` },
  ]),
);

const variables = object("What this deployment is.", {
  cluster_name: {
    ...text("Name of the deployment; in kubeconfigs and in the region's description."),
    pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
  },
  management_cluster: object("The Kubernetes API that holds the objects.", {
    mode: { enum: ["embedded", "kubernetes"], description: "embedded: part of this program. kubernetes: a cluster of yours." },
    public: flag("Kept for the vendor's inventories; has no effect."),
    feature_gates: object(
      "Cluster API's feature gates, as its kinds' rules ask about them.",
      Object.fromEntries(
        Object.entries(featureGateDefaults).map(([gate, on]) => [gate, flag(`${on ? "On" : "Off"} unless set.`)]),
      ),
    ),
  }),
  store: object("Where the embedded API keeps its objects.", {
    type: {
      enum: ["embedded", "etcd"],
      description: "embedded: a file in the home. etcd: one of yours, for several API servers.",
    },
    maximum_mib: count("embedded only: beyond this only deletes are taken.", 16, 1_048_576),
    etcd: object("etcd only.", {
      endpoints: {
        type: "array",
        minItems: 1,
        maxItems: 9,
        items: { type: "string", pattern: "^https?://[^/ ]+$" },
        description: "Of its members, as https://host:2379.",
      },
      prefix: { ...text("Before all keys."), pattern: "^/[a-zA-Z0-9/_.-]*/$" },
      ca_file: text("https only: what etcd's certificate is checked against."),
      certificate_file: text("https only: the client certificate."),
      key_file: text("https only: its key."),
    }),
    encryption: object("Of Secrets, where they are kept.", {
      enabled: flag("true: with AES-256-GCM, under keys in the home."),
      keys_file: text("Keys of your own instead: a JSON file that only this user may read."),
    }),
  }),
  listen: object("Where the endpoints are.", {
    address: { ...text("Loopback unless you know why not."), pattern: "^(\\d{1,3}\\.){3}\\d{1,3}$" },
    port_offset: count("Added to every port.", 0, 50000),
  }),
  openstack: object("The cloud.", {
    mode: { enum: ["simulated", "existing"], description: "simulated: ships with Slipway. existing: the one in clouds_yaml." },
    clouds_yaml: text("existing only: path of a clouds.yaml."),
    cloud: text("existing only: which cloud in it; an administrator's."),
    simulation: object("simulated only.", {
      profile: {
        enum: ["instant", "realistic"],
        description: "instant: no artificial delay. realistic: about what a good cloud takes.",
      },
      public_network: {
        ...text("A loopback range of /16; floating IPs come from it and can really be reached on this machine."),
        pattern: "^127\\.\\d{1,3}\\.0\\.0/16$",
      },
    }),
  }),
  magnum: object("The tenants' API.", {
    capi: object("The Cluster API driver.", {
      enabled: flag("true: Cluster API. false: the legacy Heat driver, which Slipway does not contain."),
      core_version: { const: "v1.10.4" },
      capo_version: { const: "v0.11.8" },
      namespace: { const: "magnum-system" },
      nova_microversion: { type: "string", pattern: "^2\\.\\d+$", description: "2.15 to 2.63: see docs." },
      recreate_deleted: flag("Make a Cluster again that somebody deleted behind Magnum's back."),
      image_mirror: text("Registry that tenants' nodes pull Kubernetes' images from."),
      templates: {
        type: "array",
        maxItems: 100,
        description: "Public cluster templates to keep.",
        items: {
          ...object("A cluster template.", {
            name: text("Its name."),
            image: text("Name or id of an image with os_distro and kube_version."),
            external_network: text("Name or id."),
            flavor: text("Of workers."),
            master_flavor: text("Of control plane machines."),
            network_driver: { enum: ["calico", "cilium"] },
            labels: { type: "object", additionalProperties: { type: "string" } },
          }),
          required: ["name", "image", "external_network", "flavor", "master_flavor"],
        },
      },
      quota: object("Limits.", { max_clusters_per_project: count("Clusters a project may have.", 0, 100000) }),
    }),
  }),
  observability: object("Metrics and alerts.", {
    insecure_diagnostics: flag("Serve metrics over plain HTTP to anybody who reaches the port; on loopback only."),
  }),
  phoenix_observability_alerts: object("Thresholds of the alerts; what is not named keeps its default.", {
    capi: object("Of the alerts on Cluster API's objects: how long it must be so.", durations),
    magnum: object("Of the alerts on Magnum.", {
      orphanedClustersThreshold: count("More clusters without a project than this are too many; default 0.", 0, 100000),
    }),
    ...Object.fromEntries(
      Object.entries(thresholdsOfOthers).map(([category, keys]) => [
        category,
        object(
          "Alerts of other deployments; has no effect here.",
          Object.fromEntries(keys.map((key) => [key, { type: "number" }])),
        ),
      ]),
    ),
  }),
  console: object("The tenants' console.", {
    certificate: text("File (PEM) with its TLS certificate and those above it; without it the console speaks plain HTTP."),
    key: text("File (PEM) with the certificate's private key."),
    origin: { ...text("How browsers reach it, when a proxy stands in front."), pattern: "^https?://[^/]+$" },
    behind_proxy: flag("Heed X-Forwarded-Proto, -Host and -For: only with a proxy in front that sets them."),
    default_domain: text("Filled into the sign-in page."),
    banner: text("What every tenant reads above the sign-in."),
    session_idle_minutes: count("Minutes without a request after which a session ends.", 1, 1440),
    session_hours: count("Hours after which a session ends whatever happens.", 1, 168),
    grafana: text("Address of the tenants' Grafana."),
    vpn_guide: text("Address of the guide to the tenants' VPN."),
    runbook: text("Address of the operators' runbook."),
    documentation: text("Address of the tenants' guide."),
  }),
  demo: object("A first tenant's cluster, so that there is something to see.", {
    enabled: flag("Make it."),
    name: { ...text("Its name."), pattern: "^[a-zA-Z][a-zA-Z0-9_.-]*$" },
    master_count: count("Control plane machines; odd.", 1, 7),
    node_count: count("Worker machines.", 0, 100),
  }),
  log_level: { enum: ["debug", "info", "warn", "error"] },
  ...Object.fromEntries(keysWithoutEffect.map((key) => [key, {}])),
});

export const inventorySchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Slipway inventory",
  type: "object",
  additionalProperties: false,
  required: ["all"],
  properties: {
    all: {
      type: "object",
      additionalProperties: false,
      properties: { vars: variables, hosts: {}, children: {} },
    },
  },
};

export interface TemplateSettings {
  readonly name: string;
  readonly image: string;
  readonly external_network: string;
  readonly flavor: string;
  readonly master_flavor: string;
  readonly network_driver?: "calico" | "cilium";
  readonly labels?: { readonly [name: string]: string };
}

export interface EtcdSettings {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
}

export interface StoreSettings {
  /** Undefined: a file in the home. */
  readonly etcd: EtcdSettings | undefined;
  readonly maximumBytes: number | undefined;
  readonly encryption: { readonly enabled: boolean; readonly keysFile: string | undefined };
}

/** How tenants reach the console. */
export interface ConsoleSettings {
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** `https://console.example`: how browsers see it, when a proxy stands in front. */
  readonly origin?: string;
  readonly behindProxy?: boolean;
  readonly defaultDomain?: string;
  readonly banner?: string;
  readonly sessionIdleMinutes?: number;
  readonly sessionHours?: number;
  readonly links?: {
    readonly grafana?: string;
    readonly vpnGuide?: string;
    readonly runbook?: string;
    readonly documentation?: string;
  };
}

/** An inventory after checks and defaults. */
export interface Inventory {
  readonly clusterName: string;
  readonly listen: { readonly address: string; readonly portOffset: number };
  readonly featureGates: { readonly [gate: string]: boolean };
  readonly store: StoreSettings;
  readonly openstack:
    | { readonly mode: "simulated"; readonly profile: "instant" | "realistic"; readonly publicNetwork: string | undefined }
    | { readonly mode: "existing"; readonly cloudsYaml: string; readonly cloud: string };
  readonly magnum: {
    readonly novaMicroversion: string;
    readonly recreateDeleted: boolean;
    readonly imageMirror: string | undefined;
    readonly templates: readonly TemplateSettings[];
    readonly maxClustersPerProject: number;
  };
  readonly console: ConsoleSettings;
  readonly demo: { readonly name: string; readonly masterCount: number; readonly nodeCount: number } | undefined;
  readonly observability: {
    /** The metrics port speaks plain HTTP and asks nobody who they are. */
    readonly insecureDiagnostics: boolean;
    readonly alerts: Partial<AlertThresholds>;
  };
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

import { type AlertDurations, defaultDurations } from "./durations.ts";

/** The alerts, declared once: Prometheus rules and Grafana's provisioning are both written from this. */
export interface AlertRule {
  /** Stays the same over releases, so that silences and links survive. */
  readonly uid: string;
  readonly title: string;
  /** Says how bad it is, one series an object; 0 is healthy, more is not. */
  readonly query: string;
  /** How long it must be so: `30m`. */
  readonly for: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
}

export interface AlertOptions extends AlertDurations {
  /** Page that tells a person what to do; each alert links to its section there. */
  readonly runbook: string;
}

export const defaultAlertOptions: AlertOptions = {
  ...defaultDurations,
  runbook: "https://docs.midokura.com/docs/next/service-operator/runbooks/CAPI_CLUSTER_HEALTH_ALERTS",
};

export const alertGroup = { name: "capi-cluster-health", folder: "CAPI Cluster Health SLOs", interval: "30s" } as const;

/** Prometheus names alerts in one word: the title's letters. */
export const alertName = (title: string): string =>
  title
    .split(" ")
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join("");

const cluster = "{{ $labels.namespace }}/{{ $labels.name }}";
const part = "{{ $labels.namespace }}/{{ $labels.name }} of cluster {{ $labels.cluster_name }}";
const describe = (label: string) =>
  `clusterctl describe cluster {{ $labels.${label} }} -n {{ $labels.namespace }} --show-conditions all`;
const get = (resource: string) => `kubectl get ${resource} {{ $labels.name }} -n {{ $labels.namespace }} -o yaml`;

/** A cluster is paused by its spec or by an annotation. */
const pausedClusters = [
  "max by (namespace, name) (capi_cluster_spec_paused) == 1",
  "max by (namespace, name) (capi_cluster_annotation_paused) == 1",
];
const deletingClusters = 'max by (namespace, name) (capi_cluster_status_phase{phase="Deleting"}) == 1';
const unlessClusters = (clusters: readonly string[]) =>
  clusters.map((query) => `unless on (namespace, name)\n  ${query}`).join("\n");
const unlessPartsOf = (clusters: readonly string[]) =>
  clusters
    .map((query) => `unless on (namespace, cluster_name)\n  label_replace(${query}, "cluster_name", "$1", "name", "(.+)")`)
    .join("\n");

const missing = (prefix: string) => `(
  max by (namespace, cluster_name, name) (${prefix}_spec_replicas)
  - max by (namespace, cluster_name, name) (${prefix}_status_replicas_ready)
)
${unlessPartsOf([deletingClusters, ...pausedClusters])}`;

const labels = (severity: string, slo: string) => ({ severity, slo, component: "capi", team: "platform" });

/** The five of the platform's documentation, and the one for what they miss: a control plane that never starts. */
export const alertRules = (options: Partial<AlertOptions> = {}): readonly AlertRule[] => {
  const { runbook, ...after } = { ...defaultAlertOptions, ...options };
  const section = (title: string) => `${runbook}#alert-${title.toLowerCase().replaceAll(" ", "-")}`;
  return [
    {
      uid: "capi-cluster-failed",
      title: "CAPI Cluster in Failed Phase",
      query: 'max by (namespace, name) (capi_cluster_status_phase{phase="Failed"})',
      for: after.clusterFailedFor,
      labels: labels("critical", "capi_cluster_failed"),
      annotations: {
        summary: `Cluster ${cluster} has failed`,
        description: `Cluster ${cluster} is in phase Failed for more than ${after.clusterFailedFor}: its controllers have given up, only a person can help. Healthy clusters are Provisioned.`,
        kubectl: describe("name"),
        runbook_url: section("CAPI Cluster in Failed Phase"),
      },
    },
    {
      uid: "capi-machine-failed",
      title: "CAPI Machine in Failed Phase",
      query: `max by (namespace, cluster_name, name, control_plane_name) (
  capi_machine_status_phase{phase="Failed"}
  * on (namespace, name) group_left (control_plane_name)
  max by (namespace, name, control_plane_name) (capi_machine_info)
)`,
      for: after.machineFailedFor,
      labels: labels("{{ if $labels.control_plane_name }}critical{{ else }}warning{{ end }}", "capi_machine_failed"),
      annotations: {
        summary: `Machine ${part} has failed`,
        description: `Machine ${part} is in phase Failed for more than ${after.machineFailedFor}. Healthy machines are Running.`,
        kubectl: get("machine"),
        runbook_url: section("CAPI Machine in Failed Phase"),
      },
    },
    {
      uid: "capi-machinedeployment-degraded",
      title: "CAPI MachineDeployment Degraded",
      query: missing("capi_machinedeployment"),
      for: after.machineDeploymentDegradedFor,
      labels: labels("warning", "capi_machinedeployment_ready"),
      annotations: {
        summary: `MachineDeployment ${part} has too few ready machines`,
        description: `MachineDeployment ${part} lacks {{ $value }} ready machines for more than ${after.machineDeploymentDegradedFor}. Normally none is missing.`,
        kubectl: get("machinedeployment"),
        runbook_url: section("CAPI MachineDeployment Degraded"),
      },
    },
    {
      uid: "capi-cluster-stuck-provisioning",
      title: "CAPI Cluster Stuck in Provisioning",
      query: `max by (namespace, name) (capi_cluster_status_phase{phase=~"Pending|Provisioning"})
${unlessClusters(pausedClusters)}`,
      for: after.clusterProvisioningFor,
      labels: labels("warning", "capi_cluster_provisioning"),
      annotations: {
        summary: `Cluster ${cluster} does not get its infrastructure`,
        description: `Cluster ${cluster} is in phase Pending or Provisioning for more than ${after.clusterProvisioningFor}. Normally that takes a few minutes.`,
        kubectl: describe("name"),
        runbook_url: section("CAPI Cluster Stuck in Provisioning"),
      },
    },
    {
      uid: "capi-machineset-workers-not-ready",
      title: "CAPI MachineSet Workers Not Ready",
      query: missing("capi_machineset"),
      for: after.machineSetNotReadyFor,
      labels: labels("warning", "capi_machineset_ready"),
      annotations: {
        summary: `Workers of MachineSet ${part} are not ready`,
        description: `MachineSet ${part} lacks {{ $value }} ready workers for more than ${after.machineSetNotReadyFor}. Normally none is missing.`,
        kubectl: get("machineset"),
        runbook_url: section("CAPI MachineSet Workers Not Ready"),
      },
    },
    {
      uid: "capi-control-plane-not-available",
      title: "CAPI Control Plane Not Available",
      query: `max by (namespace, name) (capi_cluster_status_phase{phase="Provisioned"})
unless on (namespace, name)
  max by (namespace, name) (capi_cluster_status_condition{type="ControlPlaneAvailable", status="True"}) == 1
${unlessClusters(pausedClusters)}`,
      for: after.controlPlaneNotAvailableFor,
      labels: labels("critical", "capi_control_plane_available"),
      annotations: {
        summary: `The control plane of cluster ${cluster} is not available`,
        description: `Cluster ${cluster} has its infrastructure, but its control plane is not available for more than ${after.controlPlaneNotAvailableFor}. A new one is available within minutes.`,
        kubectl: describe("name"),
        // The page has no section for it; what to look at is the same as for a cluster that is stuck earlier.
        runbook_url: section("CAPI Cluster Stuck in Provisioning"),
      },
    },
  ];
};

/** More than this is not healthy; it is what both rule files compare with. */
export const threshold = 0;

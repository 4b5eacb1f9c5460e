import { maxBy, minus, type Query, series, take } from "../query/query.ts";
import {
  deletingClusters,
  exceptClusters,
  exceptPartsOf,
  failedClusters,
  inPhase,
  pausedClusters,
  withoutControlPlane,
} from "./clusters.ts";
import { type AlertThresholds, defaultDurations } from "./durations.ts";
import { moreAlertRules } from "./more.ts";
import { type AlertGroup, type AlertRule, prometheusRule, rule } from "./rule.ts";
import { cluster, clusterDashboard, dashboard, describe, get, labels, panels, part } from "./words.ts";

export interface AlertOptions extends AlertThresholds {
  /** Page that tells a person what to do; each alert links to its section there. */
  readonly runbook: string;
}

export const defaultAlertOptions: AlertOptions = {
  ...defaultDurations,
  orphanedClustersThreshold: 0,
  runbook: "https://docs.midokura.com/docs/next/service-operator/runbooks/CAPI_CLUSTER_HEALTH_ALERTS",
};

const byPart = ["namespace", "cluster_name", "name"];

/** Machines that are wanted and not ready. A cluster that has failed, is paused or goes away says so by itself. */
const missing = (prefix: string): Query =>
  exceptPartsOf(
    minus(maxBy(byPart, series(`${prefix}_spec_replicas`)), maxBy(byPart, series(`${prefix}_status_replicas_ready`))),
    [deletingClusters, failedClusters, ...pausedClusters],
  );

const failedMachines = maxBy(
  [...byPart, "control_plane_name"],
  take(
    ["control_plane_name"],
    ["namespace", "name"],
    series("capi_machine_status_phase", { phase: "Failed" }),
    maxBy(["namespace", "name", "control_plane_name"], series("capi_machine_info")),
  ),
);

/** The five of the platform's documentation, and the one for what they miss: a control plane that never starts. */
export const alertRules = (options: Partial<AlertOptions> = {}): readonly AlertRule[] => {
  const { runbook, ...after } = { ...defaultAlertOptions, ...options };
  const section = (title: string) => `${runbook}#alert-${title.toLowerCase().replaceAll(" ", "-")}`;
  return [
    rule(inPhase("Failed"), {
      uid: "capi-cluster-failed",
      title: "CAPI Cluster in Failed Phase",
      for: after.clusterFailedFor,
      labels: labels("critical", "capi_cluster_failed"),
      annotations: {
        summary: `Cluster ${cluster} has failed`,
        description: `Cluster ${cluster} is in phase Failed for more than ${after.clusterFailedFor}: its controllers have given up, only a person can help. Healthy clusters are Provisioned.`,
        kubectl: describe("name"),
        runbook_url: section("CAPI Cluster in Failed Phase"),
        dashboard_url: clusterDashboard("name"),
      },
      panel: panels.cluster,
    }),
    rule(failedMachines, {
      uid: "capi-machine-failed",
      title: "CAPI Machine in Failed Phase",
      for: after.machineFailedFor,
      labels: labels("{{ if $labels.control_plane_name }}critical{{ else }}warning{{ end }}", "capi_machine_failed"),
      annotations: {
        summary: `Machine ${part} has failed`,
        description: `Machine ${part} is in phase Failed for more than ${after.machineFailedFor}. Healthy machines are Running.`,
        kubectl: get("machine"),
        runbook_url: section("CAPI Machine in Failed Phase"),
        dashboard_url: clusterDashboard("cluster_name"),
      },
      panel: panels.cluster,
    }),
    rule(missing("capi_machinedeployment"), {
      uid: "capi-machinedeployment-degraded",
      title: "CAPI MachineDeployment Degraded",
      for: after.machineDeploymentDegradedFor,
      labels: labels("warning", "capi_machinedeployment_ready"),
      annotations: {
        summary: `MachineDeployment ${part} has too few ready machines`,
        description: `MachineDeployment ${part} lacks {{ $value }} ready machines for more than ${after.machineDeploymentDegradedFor}. Normally none is missing.`,
        kubectl: get("machinedeployment"),
        runbook_url: section("CAPI MachineDeployment Degraded"),
        dashboard_url: clusterDashboard("cluster_name"),
      },
      panel: panels.cluster,
    }),
    rule(exceptClusters(inPhase("Pending", "Provisioning"), pausedClusters), {
      uid: "capi-cluster-stuck-provisioning",
      title: "CAPI Cluster Stuck in Provisioning",
      for: after.clusterProvisioningFor,
      labels: labels("warning", "capi_cluster_provisioning"),
      annotations: {
        summary: `Cluster ${cluster} does not get its infrastructure`,
        description: `Cluster ${cluster} is in phase Pending or Provisioning for more than ${after.clusterProvisioningFor}. Normally that takes a few minutes.`,
        kubectl: describe("name"),
        runbook_url: section("CAPI Cluster Stuck in Provisioning"),
        dashboard_url: clusterDashboard("name"),
      },
      panel: panels.cluster,
    }),
    rule(missing("capi_machineset"), {
      uid: "capi-machineset-workers-not-ready",
      title: "CAPI MachineSet Workers Not Ready",
      for: after.machineSetNotReadyFor,
      labels: labels("warning", "capi_machineset_ready"),
      annotations: {
        summary: `Workers of MachineSet ${part} are not ready`,
        description: `MachineSet ${part} lacks {{ $value }} ready workers for more than ${after.machineSetNotReadyFor}. Normally none is missing.`,
        kubectl: get("machineset"),
        runbook_url: section("CAPI MachineSet Workers Not Ready"),
        dashboard_url: clusterDashboard("cluster_name"),
      },
      panel: panels.cluster,
    }),
    rule(exceptClusters(withoutControlPlane, pausedClusters), {
      uid: "capi-control-plane-not-available",
      title: "CAPI Control Plane Not Available",
      for: after.controlPlaneNotAvailableFor,
      labels: labels("critical", "capi_control_plane_available"),
      annotations: {
        summary: `The control plane of cluster ${cluster} is not available`,
        description: `Cluster ${cluster} has its infrastructure, but its control plane is not available for more than ${after.controlPlaneNotAvailableFor}. A new one is available within minutes.`,
        kubectl: describe("name"),
        // The page has no section for it; what to look at is the same as for a cluster that is stuck earlier.
        runbook_url: section("CAPI Cluster Stuck in Provisioning"),
        dashboard_url: clusterDashboard("name"),
      },
      panel: panels.cluster,
    }),
  ];
};

/** The platform's own about Magnum: clusters that nobody can sign in for any more, since their project is gone. */
const magnumRules = ({ orphanedClustersThreshold, runbook }: AlertOptions): readonly AlertRule[] => [
  prometheusRule("max(magnum_orphaned_clusters)", orphanedClustersThreshold, {
    uid: "magnum-orphaned-clusters-high",
    title: "Magnum Orphaned Clusters High",
    for: "5m",
    labels: labels("warning", "magnum_orphaned_clusters", "magnum"),
    annotations: {
      summary: "Clusters without a project are left over",
      description: `{{ $value }} clusters belong to OpenStack projects that no longer exist and cannot clean themselves up. More than ${orphanedClustersThreshold} are too many.`,
      kubectl: "slipway orphans",
      runbook_url: runbook,
      dashboard_url: dashboard(panels.fleet),
    },
    panel: panels.fleet,
  }),
];

/** Everything that is shipped: the platform's alerts, and ours beside them in a folder of their own. */
export const alertGroups = (options: Partial<AlertOptions> = {}): readonly AlertGroup[] => [
  { name: "capi-cluster-health", folder: "CAPI Cluster Health SLOs", interval: "30s", rules: alertRules(options) },
  {
    name: "capi-platform-health",
    folder: "CAPI Platform Health SLOs",
    interval: "30s",
    rules: moreAlertRules(options.runbook ?? defaultAlertOptions.runbook),
  },
  {
    name: "magnum-service",
    folder: "Magnum Service SLOs",
    interval: "1m",
    rules: magnumRules({ ...defaultAlertOptions, ...options }),
  },
];

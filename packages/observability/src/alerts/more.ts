import { both, either, is, maxBy, minus, rename, series, within } from "../query/query.ts";
import { exceptClusters, exceptPartsOf, inPhase, pausedClusters, withoutControlPlane } from "./clusters.ts";
import { type AlertRule, prometheusRule, rule } from "./rule.ts";
import { cluster, clusterDashboard, dashboard, describe, get, labels, panels, part } from "./words.ts";

const byName = ["namespace", "name"];
const byPart = ["namespace", "cluster_name", "name"];
const day = 86_400;

/**
 * Alerts beside the platform's: what its five do not see, and whether they can be trusted at all. docs/monitoring.md says of each
 * what to do; `runbook` is the platform's page.
 */
export const moreAlertRules = (runbook: string): readonly AlertRule[] =>
  withRunbook(runbook, [
    prometheusRule('absent(up{job=~"slipway|kube-state-metrics"} == 1)', 0, {
      uid: "capi-metrics-source-down",
      title: "CAPI Metrics Source Down",
      for: "5m",
      labels: labels("critical", "capi_metrics_source"),
      annotations: {
        summary: "Nobody tells how tenants' clusters are",
        description:
          "No state metrics have been scraped for 5m: every other alert about clusters is blind. Normally one source is up.",
        kubectl: "slipway status",
        dashboard_url: dashboard(panels.controllers),
      },
      panel: panels.controllers,
    }),
    rule(exceptClusters(inPhase("Deleting"), pausedClusters), {
      uid: "capi-cluster-stuck-deleting",
      title: "CAPI Cluster Stuck Deleting",
      for: "30m",
      labels: labels("warning", "capi_cluster_deleting"),
      annotations: {
        summary: `Cluster ${cluster} does not go away`,
        description: `Cluster ${cluster} is being deleted for more than 30m. Normally that takes a few minutes. Its finalizers tell who still has something to clean up.`,
        kubectl: "kubectl get cluster {{ $labels.name }} -n {{ $labels.namespace }} -o jsonpath='{.metadata.finalizers}'",
        dashboard_url: clusterDashboard("name"),
      },
      panel: panels.cluster,
    }),
    rule(
      exceptPartsOf(maxBy(byPart, series("capi_machine_status_phase", { phase: ["Provisioning", "Provisioned", "Deleting"] })), [
        ...pausedClusters,
        withoutControlPlane,
      ]),
      {
        uid: "capi-machine-stuck",
        title: "CAPI Machine Stuck",
        for: "30m",
        labels: labels("warning", "capi_machine_stuck"),
        annotations: {
          summary: `Machine ${part} gets no further`,
          description: `Machine ${part} is neither Running nor gone for more than 30m. Normally a machine takes a few minutes either way.`,
          kubectl: get("machine"),
          dashboard_url: clusterDashboard("cluster_name"),
        },
        panel: panels.cluster,
      },
    ),
    rule(
      maxBy(
        ["namespace", "cluster_name", "type"],
        either(
          series("capi_kubeadmcontrolplane_status_condition", {
            type: ["EtcdClusterHealthy", "ControlPlaneComponentsHealthy"],
            status: "False",
          }),
          rename(
            "name",
            "cluster_name",
            series("capi_cluster_status_condition", { type: "RemoteConnectionProbe", status: "False" }),
          ),
        ),
      ),
      {
        uid: "capi-condition-false",
        title: "CAPI Condition False",
        for: "10m",
        labels: labels("critical", "capi_condition"),
        annotations: {
          summary: "{{ $labels.type }} of cluster {{ $labels.namespace }}/{{ $labels.cluster_name }} is False",
          description:
            "Condition {{ $labels.type }} of cluster {{ $labels.namespace }}/{{ $labels.cluster_name }} is False for more than 10m. A healthy cluster's is True.",
          kubectl: describe("cluster_name"),
          dashboard_url: clusterDashboard("cluster_name"),
        },
        panel: panels.cluster,
      },
    ),
    rule(
      both(
        byPart,
        minus(
          maxBy(byPart, series("capi_machinehealthcheck_status_expected_machines")),
          maxBy(byPart, series("capi_machinehealthcheck_status_current_healthy")),
        ),
        is(maxBy(byPart, series("capi_machinehealthcheck_status_remediations_allowed")), "==", 0),
      ),
      {
        uid: "capi-remediation-blocked",
        title: "CAPI Remediation Blocked",
        for: "15m",
        labels: labels("warning", "capi_remediation"),
        annotations: {
          summary: `MachineHealthCheck ${part} may not replace machines`,
          description: `{{ $value }} machines that MachineHealthCheck ${part} looks after are unhealthy, and it may replace none, for more than 15m: too many are unhealthy at once.`,
          kubectl: get("machinehealthcheck"),
          dashboard_url: clusterDashboard("cluster_name"),
        },
        panel: panels.cluster,
      },
    ),
    ...(
      [
        { uid: "capi-certificate-expiry", title: "CAPI Control Plane Certificate Expiry", days: 30, severity: "warning" },
        {
          uid: "capi-certificate-expiry-soon",
          title: "CAPI Control Plane Certificate Expiry Soon",
          days: 7,
          severity: "critical",
        },
      ] as const
    ).map(({ uid, title, days, severity }) =>
      rule(within(days * day, maxBy(byPart, is(series("capi_machine_status_certificatesexpirydate"), ">", 0))), {
        uid,
        title,
        for: "5m",
        labels: labels(severity, "capi_certificates"),
        annotations: {
          summary: `Certificates of machine ${part} expire in less than ${days} days`,
          description: `The API server's certificates on machine ${part} expire in less than ${days} days. Control planes that are rolled out get new ones for a year.`,
          kubectl: "clusterctl alpha rollout restart kubeadmcontrolplane -n {{ $labels.namespace }}",
          dashboard_url: clusterDashboard("cluster_name"),
        },
        panel: panels.cluster,
      }),
    ),
    rule(
      maxBy(byName, either(is(series("capi_cluster_spec_paused"), ">", 0), is(series("capi_cluster_annotation_paused"), ">", 0))),
      {
        uid: "capi-paused-too-long",
        title: "CAPI Paused Too Long",
        for: "24h",
        labels: labels("info", "capi_paused"),
        annotations: {
          summary: `Cluster ${cluster} has been paused for a day`,
          description: `Nobody looks after cluster ${cluster}: it is paused for more than 24h. A cluster is paused while somebody works on it.`,
          kubectl: describe("name"),
          dashboard_url: clusterDashboard("name"),
        },
        panel: panels.cluster,
      },
    ),
    prometheusRule("sum by (controller) (rate(controller_runtime_reconcile_errors_total[10m]))", 0.1, {
      uid: "capi-controller-errors",
      title: "CAPI Controller Errors",
      for: "15m",
      labels: labels("warning", "capi_controller_errors"),
      annotations: {
        summary: "Controller {{ $labels.controller }} keeps failing",
        description:
          'Controller {{ $labels.controller }} fails {{ $value | printf "%.2f" }} times a second for more than 15m. Normally it fails now and then, and less than 0.1 times a second.',
        kubectl: "slipway logs --tail 200",
        dashboard_url: dashboard(panels.controllers),
      },
      panel: panels.controllers,
    }),
    prometheusRule(
      `sum(rate(capo_openstack_api_request_errors_total[10m]))
/
sum(rate(capo_openstack_api_requests_total[10m]))`,
      0.1,
      {
        uid: "capo-openstack-api-errors",
        title: "CAPO OpenStack API Errors",
        for: "10m",
        labels: labels("warning", "capo_openstack_api"),
        annotations: {
          summary: "The cloud refuses or fails requests",
          description:
            "{{ $value | humanizePercentage }} of the requests to OpenStack fail for more than 10m. Normally less than one in ten does.",
          kubectl: "slipway logs --tail 200",
          dashboard_url: dashboard(panels.cloud),
        },
        panel: panels.cloud,
      },
    ),
    rule(
      maxBy(
        ["stack_id", "cluster_name", "project_id"],
        series("magnum_cluster_status", { status: ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"] }),
      ),
      {
        uid: "magnum-operation-too-long",
        title: "Magnum Operation Too Long",
        for: "60m",
        labels: labels("warning", "magnum_operation", "magnum"),
        annotations: {
          summary: "A tenant waits for cluster {{ $labels.cluster_name }}",
          description:
            "Cluster {{ $labels.cluster_name }} of project {{ $labels.project_id }} is in progress for more than 60m. Normally a tenant waits some minutes.",
          kubectl: "clusterctl describe cluster {{ $labels.stack_id }} -n magnum-system --show-conditions all",
          dashboard_url: `/d/${panels.cluster.dashboardUid}?var-cluster={{ $labels.stack_id }}`,
        },
        panel: panels.cluster,
      },
    ),
  ]);

const withRunbook = (runbook: string, rules: readonly AlertRule[]): readonly AlertRule[] =>
  rules.map((each) => ({ ...each, annotations: { ...each.annotations, runbook_url: runbook } }));

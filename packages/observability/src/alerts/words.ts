/** The words that alerts are told in, for the templates of Prometheus and Grafana. */
export const cluster = "{{ $labels.namespace }}/{{ $labels.name }}";
export const part = "{{ $labels.namespace }}/{{ $labels.name }} of cluster {{ $labels.cluster_name }}";
/** The first command to run. `label` has the Cluster's name. */
export const describe = (label: string) =>
  `clusterctl describe cluster {{ $labels.${label} }} -n {{ $labels.namespace }} --show-conditions all`;
export const get = (resource: string) => `kubectl get ${resource} {{ $labels.name }} -n {{ $labels.namespace }} -o yaml`;

export const labels = (severity: "critical" | "warning" | "info" | string, slo: string, component = "capi") => ({
  severity,
  slo,
  component,
  team: "platform",
});

/** Uids of the dashboards and, of each, the panel that an alert leads to. */
export const panels = {
  fleet: { dashboardUid: "slipway-fleet", id: 1 },
  cluster: { dashboardUid: "slipway-cluster", id: 1 },
  controllers: { dashboardUid: "slipway-controllers", id: 1 },
  cloud: { dashboardUid: "slipway-openstack", id: 1 },
} as const;

/** A link into Grafana below its address. `label` has the Cluster's name. */
export const clusterDashboard = (label: string) =>
  `/d/${panels.cluster.dashboardUid}?var-namespace={{ $labels.namespace }}&var-cluster={{ $labels.${label} }}`;
export const dashboard = (panel: { readonly dashboardUid: string }) => `/d/${panel.dashboardUid}`;

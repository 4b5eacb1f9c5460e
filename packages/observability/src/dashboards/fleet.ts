import { type Dashboard, lines, stat, table } from "./dashboard.ts";

const stack = (expr: string) => `label_replace(${expr}, "stack_id", "$1", "name", "(.+)")`;
const stackOfPart = (expr: string) => `label_replace(${expr}, "stack_id", "$1", "cluster_name", "(.+)")`;

const counted: readonly (readonly [title: string, expr: string])[] = [
  ["Control planes", "sum(capi_kubeadmcontrolplane_info)"],
  ["MachineDeployments", "sum(capi_machinedeployment_info)"],
  ["MachineSets", "sum(capi_machineset_info)"],
  ["MachineHealthChecks", "sum(capi_machinehealthcheck_info)"],
  ["MachinePools", "sum(capi_machinepool_info) or vector(0)"],
  ["ClusterClasses", "sum(capi_clusterclass_info) or vector(0)"],
];

/** All tenants' clusters at a glance: how many, in which state, and which of them needs somebody. */
export const fleetDashboard: Dashboard = {
  uid: "slipway-fleet",
  title: "Slipway / Fleet overview",
  description: "All tenants' clusters: how many there are, in which state, and which of them needs somebody.",
  variables: [],
  rows: [
    {
      title: "Now",
      panels: [
        stat({ title: "Clusters", description: "Clusters of all tenants." }, "sum(capi_cluster_info)"),
        stat(
          { title: "Control plane machines", description: "Machines that run control planes." },
          'sum(capi_machine_info{control_plane_name!=""})',
        ),
        stat(
          { title: "Workers", description: "Machines that run tenants' work." },
          'sum(capi_machine_info{control_plane_name=""})',
        ),
        stat(
          { title: "Workers missing", description: "Wanted, and not ready." },
          "sum(capi_machinedeployment_spec_replicas) - sum(capi_machinedeployment_status_replicas_ready)",
        ),
        stat(
          { title: "Alerts firing", description: "By the built-in rules; `slipway alerts` names them." },
          'sum(slipway_alerts{alertstate="firing"})',
        ),
        stat(
          { title: "Alerts pending", description: "So for less than the rule's time." },
          'sum(slipway_alerts{alertstate="pending"})',
        ),
      ],
    },
    {
      title: "States",
      panels: [
        lines(
          { title: "Clusters by phase", description: "Provisioned is healthy as far as the infrastructure goes.", stacked: true },
          ["sum by (phase) (capi_cluster_status_phase == 1)", "{{phase}}"],
        ),
        lines({ title: "Machines by phase", description: "Running is healthy.", stacked: true }, [
          "sum by (phase) (capi_machine_status_phase == 1)",
          "{{phase}}",
        ]),
        lines({ title: "What tenants are told", description: "Status of Magnum's records.", stacked: true }, [
          "sum by (status) (magnum_cluster_status == 1)",
          "{{status}}",
        ]),
        lines({ title: "Health that tenants are told", description: "Health of Magnum's records.", stacked: true }, [
          "sum by (health_status) (magnum_cluster_health_status == 1)",
          "{{health_status}}",
        ]),
        lines(
          { title: "Clusters whose condition is not True", description: "By condition; an unhealthy fleet shows here first." },
          [
            'sum by (type) (capi_cluster_status_condition{type=~"Available|InfrastructureReady|ControlPlaneAvailable|WorkersAvailable|RemoteConnectionProbe", status="True"} == bool 0)',
            "{{type}}",
          ],
        ),
        lines(
          { title: "Workers", description: "Wanted by tenants, and ready." },
          ["sum(capi_machinedeployment_spec_replicas)", "wanted"],
          ["sum(capi_machinedeployment_status_replicas_ready)", "ready"],
        ),
        lines({ title: "Clusters by Kubernetes version", description: "As asked for.", stacked: true }, [
          "count by (kubernetes_version) (magnum_cluster_info)",
          "{{kubernetes_version}}",
        ]),
        lines(
          { title: "How long tenants wait", description: "95 of 100 waited less, until a cluster was as asked for.", unit: "s" },
          [
            "histogram_quantile(0.95, sum by (le, operation) (rate(magnum_cluster_operation_duration_seconds_bucket[1h])))",
            "{{operation}}",
          ],
        ),
        lines(
          {
            title: "How long clusters took, on the mean",
            description: "Of all clusters that there are: from the making until each condition became True.",
            unit: "s",
          },
          ...["InfrastructureReady", "ControlPlaneAvailable", "WorkersAvailable"].map(
            (type) =>
              [
                `avg(capi_cluster_status_condition_last_transition_time{type="${type}", status="True"} - on (namespace, name) group_left () capi_cluster_created)`,
                type,
              ] as const,
          ),
        ),
        lines({ title: "Failed machines by reason", description: "As the cloud's provider says." }, [
          "count by (reason) (capi_openstackmachine_status_failure)",
          "{{reason}}",
        ]),
      ],
    },
    {
      title: "Objects",
      panels: counted.map(([title, expr]) => stat({ title, description: `${title} of all tenants.` }, expr)),
    },
    {
      title: "Tenants' clusters",
      panels: [
        table(
          {
            title: "Clusters",
            description: "One line a cluster. What is not COMPLETE, HEALTHY and Provisioned is worth a look.",
          },
          {
            by: "stack_id",
            columns: {
              cluster_name: "Tenant's name",
              stack_id: "Cluster",
              project_id: "Project",
              status: "Status",
              health_status: "Health",
              phase: "Phase",
              kubernetes_version: "Version",
              "Value #D": "Workers wanted",
              "Value #E": "Workers ready",
              "Value #F": "Age",
            },
          },
          "magnum_cluster_status == 1",
          "magnum_cluster_health_status == 1",
          stack("capi_cluster_status_phase == 1"),
          stackOfPart("sum by (cluster_name) (capi_machinedeployment_spec_replicas)"),
          stackOfPart("sum by (cluster_name) (capi_machinedeployment_status_replicas_ready)"),
          "time() - max by (stack_id) (magnum_cluster_created)",
          "magnum_cluster_info",
        ),
      ],
    },
  ],
};

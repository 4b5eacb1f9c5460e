import { type Dashboard, lines, table } from "./dashboard.ts";

const cluster = 'namespace="$namespace", name="$cluster"';
const part = 'namespace="$namespace", cluster_name="$cluster"';
/** Seconds from an object's making until a condition became True. */
const until = (kind: string, where: string, type: string) =>
  `capi_${kind}_status_condition_last_transition_time{${where}, type="${type}", status="True"} - on (namespace, name) group_left () capi_${kind}_created{${where}}`;

/** One tenant's cluster: where it is in its life, what its machines do, and how long each step took. */
export const clusterDashboard: Dashboard = {
  uid: "slipway-cluster",
  title: "Slipway / One cluster",
  description: "One tenant's cluster: where it is in its life, what its machines do, and how long each step took.",
  variables: [
    { name: "namespace", label: "Namespace", query: "label_values(capi_cluster_created, namespace)" },
    { name: "cluster", label: "Cluster", query: 'label_values(capi_cluster_created{namespace="$namespace"}, name)' },
  ],
  rows: [
    {
      title: "The cluster",
      panels: [
        lines({ title: "Phase", description: "1 is the phase that it is in." }, [
          `capi_cluster_status_phase{${cluster}} == 1`,
          "{{phase}}",
        ]),
        lines({ title: "Conditions", description: "1 is True, 0 is False or Unknown." }, [
          `capi_cluster_status_condition{${cluster}, status="True"}`,
          "{{type}}",
        ]),
        lines(
          { title: "Time until it was there", description: "From its making until each condition became True.", unit: "s" },
          [until("cluster", cluster, "InfrastructureReady"), "infrastructure"],
          [until("cluster", cluster, "ControlPlaneInitialized"), "control plane begun"],
          [until("cluster", cluster, "ControlPlaneAvailable"), "control plane"],
          [until("cluster", cluster, "WorkersAvailable"), "workers"],
        ),
        lines(
          { title: "Its API, seen from here", description: "Connected, and the last probe's outcome: 1 is well." },
          ['capi_cluster_cache_connection_up{cluster_namespace="$namespace", cluster_name="$cluster"}', "connected"],
          ['capi_cluster_cache_healthcheck{cluster_namespace="$namespace", cluster_name="$cluster"}', "probe"],
        ),
      ],
    },
    {
      title: "Its machines",
      panels: [
        lines({ title: "Machines by phase", description: "Running is healthy.", stacked: true }, [
          `sum by (phase) (capi_machine_status_phase{${part}} == 1)`,
          "{{phase}}",
        ]),
        lines(
          { title: "Control plane machines", description: "Wanted, ready, and of the version that is wanted." },
          [`sum(capi_kubeadmcontrolplane_spec_replicas{${part}})`, "wanted"],
          [`sum(capi_kubeadmcontrolplane_status_replicas_ready{${part}})`, "ready"],
          [`sum(capi_kubeadmcontrolplane_status_replicas_updated{${part}})`, "updated"],
        ),
        lines(
          { title: "Workers", description: "By node group: wanted, ready, updated." },
          [`max by (name) (capi_machinedeployment_spec_replicas{${part}})`, "{{name}} wanted"],
          [`max by (name) (capi_machinedeployment_status_replicas_ready{${part}})`, "{{name}} ready"],
          [`max by (name) (capi_machinedeployment_status_replicas_updated{${part}})`, "{{name}} updated"],
        ),
        lines(
          { title: "MachineHealthChecks", description: "Machines that they look after and find healthy." },
          [`sum(capi_machinehealthcheck_status_expected_machines{${part}})`, "looked after"],
          [`sum(capi_machinehealthcheck_status_current_healthy{${part}})`, "healthy"],
          [`sum(capi_machinehealthcheck_status_remediations_allowed{${part}})`, "may be replaced"],
        ),
        lines(
          {
            title: "Time until a machine was a node",
            description: "From its making until its server was there and its node healthy.",
            unit: "s",
          },
          [until("machine", part, "InfrastructureReady"), "{{name}} server"],
          [until("machine", part, "NodeHealthy"), "{{name}} node"],
        ),
        lines(
          {
            title: "Time until a machine was a node, on the mean",
            description: "Of all its machines: bootstrap data, server, node there, node ready.",
            unit: "s",
          },
          ...(["BootstrapConfigReady", "InfrastructureReady", "NodeHealthy", "NodeReady"] as const).map(
            (type) => [`avg(${until("machine", part, type)})`, type] as const,
          ),
        ),
        lines({ title: "Control plane certificates", description: "Time that is left.", unit: "s" }, [
          `(capi_machine_status_certificatesexpirydate{${part}} > 0) - time()`,
          "{{name}}",
        ]),
      ],
    },
    {
      title: "Details",
      panels: [
        table(
          { title: "Machines", description: "What each machine runs on." },
          {
            by: "name",
            columns: {
              name: "Machine",
              phase: "Phase",
              control_plane_name: "Control plane",
              version: "Version",
              failure_domain: "Zone",
              provider_id: "Provider id",
              os_image: "System",
              "Value #C": "Age",
            },
          },
          `capi_machine_info{${part}}`,
          `capi_machine_status_phase{${part}} == 1`,
          `time() - capi_machine_created{${part}}`,
        ),
      ],
    },
  ],
};

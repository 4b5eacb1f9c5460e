import type { KnownLabel } from "../../contract/index.ts";

const label = (key: string, description: string, more: Partial<Omit<KnownLabel, "key" | "description">> = {}): KnownLabel => ({
  key,
  description,
  default: null,
  ...more,
});
const flag = { values: ["true", "false"] };
const cidr = { pattern: "^\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}$" };
const whole = { pattern: "^\\d+$" };

/** Labels that the Cluster API driver reads (`packages/magnum/src/driver/labels/labels.md`), in the order people need them. */
export const knownLabels: readonly KnownLabel[] = [
  label("kube_tag", "Kubernetes version. The image must carry it.", { pattern: "^v\\d+\\.\\d+\\.\\d+$" }),
  label("auto_healing_enabled", "Replace machines whose node is not ready for some minutes.", { ...flag, default: "true" }),
  label("availability_zone", "Zone of the workers and of their volumes."),
  label("control_plane_availability_zones", "Zones of control-plane machines, with commas between."),
  label("boot_volume_size", "Boot from a volume of so many GiB; 0 boots from the flavor's disk.", { ...whole, default: "0" }),
  label("boot_volume_type", "Type of the boot volumes."),
  label("etcd_volume_size", "A volume of its own for etcd, in GiB.", whole),
  label("etcd_volume_type", "Type of etcd's volumes."),
  label("docker_volume_type", "Type of the volumes for container images."),
  label("container_infra_prefix", "Registry that nodes pull Kubernetes' own images from, ending in a slash."),
  label("fixed_subnet_cidr", "Addresses of the node network, when the cluster makes its own.", cidr),
  label("dns_cluster_domain", "Domain of the cluster's Services.", { default: "cluster.local" }),
  label("service_cluster_ip_range", "Addresses of Services.", cidr),
  label("calico_ipv4pool", "Addresses of pods, with network driver calico.", cidr),
  label("cilium_ipv4pool", "Addresses of pods, with network driver cilium.", cidr),
  label("octavia_provider", "Provider of the API's load balancer.", { values: ["amphora", "ovn"] }),
  label("api_server_lb_flavor", "Octavia flavor of the API's load balancer."),
  label("api_server_lb_availability_zone", "Octavia zone of the API's load balancer."),
  label("master_lb_floating_ip_enabled", "A public address for the API.", { ...flag, default: "true" }),
  label("api_server_floating_ip", "A floating IP that exists, for the API."),
  label("api_server_cert_sans", "More names in the API server's certificate, with commas between."),
  label("api_server_tls_cipher_suites", "TLS 1.2 cipher suites of the API server, with commas between."),
  label("kubelet_tls_cipher_suites", "TLS 1.2 cipher suites of the kubelets, with commas between."),
  label("admission_control_list", "Admission plugins beside NodeRestriction, with commas between."),
  label("audit_log_enabled", "Audit log of the API server.", { ...flag, default: "false" }),
  label("audit_log_max_age", "Days that audit logs are kept.", whole),
  label("audit_log_max_backup", "Audit log files that are kept.", whole),
  label("audit_log_max_size", "MiB of an audit log file.", whole),
  label("oidc_issuer_url", "Issuer of OpenID Connect logins."),
  label("oidc_client_id", "Client id of OpenID Connect logins."),
  label("oidc_username_claim", "Claim that is the user's name."),
  label("oidc_username_prefix", "Put before the user's name."),
  label("oidc_groups_claim", "Claim that lists the user's groups."),
  label("oidc_groups_prefix", "Put before the groups' names."),
  label("server_group_policies", "Policy of the server groups.", {
    values: ["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"],
    default: "soft-anti-affinity",
  }),
  label("different_failure_domain", "Ask the scheduler for different failure domains.", flag),
  label("min_node_count", "Smallest size of default-worker.", whole),
  label("max_node_count", "Largest size of default-worker.", whole),
];

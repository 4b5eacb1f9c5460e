export type Provisioning = "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE" | "ACTIVE" | "ERROR";

interface Common {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly provisioning_status: Provisioning;
  readonly admin_state_up: boolean;
  readonly tags: readonly string[];
  readonly created_at: string;
  readonly updated_at: string | null;
}

export interface LoadBalancer extends Common {
  readonly description: string;
  readonly vip_address: string;
  readonly vip_port_id: string;
  readonly vip_subnet_id: string;
  readonly vip_network_id: string;
  /** We made the VIP's port, so it goes with the load balancer. */
  readonly owns_vip_port: boolean;
  readonly vip_security_group_id: string;
  readonly provider: string;
  readonly flavor_id: string | null;
  readonly availability_zone: string | null;
  readonly vip_qos_policy_id: string | null;
}

export interface Listener extends Common {
  readonly loadbalancer_id: string;
  readonly description: string;
  readonly protocol: string;
  readonly protocol_port: number;
  readonly connection_limit: number;
  readonly default_pool_id: string | null;
  readonly allowed_cidrs: readonly string[] | null;
  readonly insert_headers: { readonly [header: string]: string };
  readonly timeout_client_data: number;
  readonly timeout_member_connect: number;
  readonly timeout_member_data: number;
  readonly timeout_tcp_inspect: number;
}

export interface Pool extends Common {
  readonly loadbalancer_id: string;
  readonly description: string;
  readonly protocol: string;
  readonly lb_algorithm: string;
  readonly session_persistence: unknown;
  readonly tls_enabled: boolean;
}

export interface Member extends Common {
  readonly pool_id: string;
  readonly address: string;
  readonly protocol_port: number;
  readonly weight: number;
  readonly backup: boolean;
  readonly subnet_id: string | null;
  /** Where the address is: the subnet's network, or the load balancer's. */
  readonly network_id: string;
  readonly monitor_address: string | null;
  readonly monitor_port: number | null;
}

export interface HealthMonitor extends Common {
  readonly pool_id: string;
  readonly type: string;
  readonly delay: number;
  readonly timeout: number;
  readonly max_retries: number;
  readonly max_retries_down: number;
  readonly http_method: string | null;
  readonly url_path: string | null;
  readonly expected_codes: string | null;
  readonly http_version: number | null;
  readonly domain_name: string | null;
}

export interface LoadBalancerFlavor {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly flavor_profile_id: string;
}

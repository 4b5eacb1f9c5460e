/** Neutron's objects, as stored: the fields of its API without what is derived from other objects. */
export interface Standard {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision_number: number;
}

export interface Network extends Standard {
  readonly admin_state_up: boolean;
  readonly mtu: number;
  readonly shared: boolean;
  readonly external: boolean;
  readonly port_security_enabled: boolean;
  readonly dns_domain: string;
  readonly network_type: string;
  readonly physical_network: string | null;
  readonly segmentation_id: number | null;
}

export interface Subnet extends Standard {
  readonly network_id: string;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
  readonly allocation_pools: readonly { readonly start: string; readonly end: string }[];
  readonly dns_nameservers: readonly string[];
  readonly host_routes: readonly unknown[];
  readonly service_types: readonly string[];
  readonly ipv6_ra_mode: string | null;
  readonly ipv6_address_mode: string | null;
}

export interface FixedIp {
  readonly subnet_id: string;
  readonly ip_address: string;
}

export interface Port extends Standard {
  readonly network_id: string;
  readonly mac_address: string;
  readonly admin_state_up: boolean;
  readonly status: "ACTIVE" | "DOWN" | "BUILD" | "N/A";
  readonly device_id: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly FixedIp[];
  readonly security_groups: readonly string[];
  readonly allowed_address_pairs: readonly { readonly ip_address: string; readonly mac_address: string }[];
  readonly port_security_enabled: boolean;
  readonly vnic_type: string;
  readonly profile: { readonly [key: string]: unknown };
  readonly host_id: string;
  readonly dns_name: string;
  readonly propagate_uplink_status: boolean | null;
}

export interface Router extends Standard {
  readonly admin_state_up: boolean;
  readonly gateway: {
    readonly network_id: string;
    readonly external_fixed_ips: readonly FixedIp[];
    readonly enable_snat: boolean;
    readonly port_id: string;
  } | null;
  readonly routes: readonly unknown[];
  readonly scheduled: boolean;
}

export interface FloatingIp extends Standard {
  readonly floating_network_id: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string | null;
  readonly port_id: string | null;
  readonly router_id: string | null;
  readonly status: "ACTIVE" | "DOWN" | "ERROR";
  /** Neutron's own port that holds the address on the external network. */
  readonly address_port_id: string;
  readonly dns_name: string;
  readonly dns_domain: string;
}

export interface SecurityGroup extends Standard {
  readonly stateful: boolean;
  readonly shared: boolean;
}

export interface SecurityGroupRule {
  readonly id: string;
  readonly project_id: string;
  readonly security_group_id: string;
  readonly direction: "ingress" | "egress";
  readonly ethertype: "IPv4" | "IPv6";
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  readonly description: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision_number: number;
  readonly sequence: number;
}

export interface Trunk extends Standard {
  readonly admin_state_up: boolean;
  readonly port_id: string;
  readonly sub_ports: readonly {
    readonly port_id: string;
    readonly segmentation_type: string;
    readonly segmentation_id: number;
  }[];
}

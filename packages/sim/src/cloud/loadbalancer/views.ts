import type { Json } from "../http/json.ts";
import type { State } from "../state/state.ts";
import type { HealthMonitor, Listener, LoadBalancer, Member, Pool } from "./records.ts";
import type { OperatingStatus } from "./status.ts";

const refs = (records: readonly { readonly id: string }[]) => records.map(({ id }) => ({ id }));

export const createLoadBalancerViews = (state: State, operating: OperatingStatus) => {
  const loadBalancer = (record: LoadBalancer): Json => ({
    id: record.id,
    name: record.name,
    description: record.description,
    provisioning_status: record.provisioning_status,
    operating_status: operating.loadBalancer(record),
    admin_state_up: record.admin_state_up,
    project_id: record.project_id,
    created_at: record.created_at,
    updated_at: record.updated_at,
    vip_address: record.vip_address,
    vip_port_id: record.vip_port_id,
    vip_subnet_id: record.vip_subnet_id,
    vip_network_id: record.vip_network_id,
    additional_vips: [],
    listeners: refs(state.listeners.by("loadbalancer", record.id)),
    pools: refs(state.pools.by("loadbalancer", record.id)),
    provider: record.provider,
    flavor_id: record.flavor_id,
    vip_qos_policy_id: record.vip_qos_policy_id,
    tags: record.tags,
    availability_zone: record.availability_zone,
    tenant_id: record.project_id,
  });
  const listener = (record: Listener): Json => ({
    id: record.id,
    name: record.name,
    description: record.description,
    provisioning_status: record.provisioning_status,
    operating_status: operating.listener(record),
    admin_state_up: record.admin_state_up,
    protocol: record.protocol,
    protocol_port: record.protocol_port,
    connection_limit: record.connection_limit,
    default_tls_container_ref: null,
    sni_container_refs: [],
    project_id: record.project_id,
    default_pool_id: record.default_pool_id,
    l7policies: [],
    insert_headers: record.insert_headers,
    created_at: record.created_at,
    updated_at: record.updated_at,
    loadbalancers: [{ id: record.loadbalancer_id }],
    timeout_client_data: record.timeout_client_data,
    timeout_member_connect: record.timeout_member_connect,
    timeout_member_data: record.timeout_member_data,
    timeout_tcp_inspect: record.timeout_tcp_inspect,
    tags: record.tags,
    client_ca_tls_container_ref: null,
    client_authentication: "NONE",
    client_crl_container_ref: null,
    allowed_cidrs: record.allowed_cidrs,
    tls_ciphers: null,
    tls_versions: null,
    alpn_protocols: null,
    tenant_id: record.project_id,
  });
  const pool = (record: Pool): Json => {
    const monitor = state.healthMonitors.by("pool", record.id)[0];
    return {
      id: record.id,
      name: record.name,
      description: record.description,
      provisioning_status: record.provisioning_status,
      operating_status: operating.pool(record),
      admin_state_up: record.admin_state_up,
      protocol: record.protocol,
      lb_algorithm: record.lb_algorithm,
      session_persistence: record.session_persistence,
      project_id: record.project_id,
      loadbalancers: [{ id: record.loadbalancer_id }],
      listeners: refs(state.listeners.by("pool", record.id)),
      created_at: record.created_at,
      updated_at: record.updated_at,
      members: refs(state.members.by("pool", record.id)),
      ...(monitor && { healthmonitor_id: monitor.id }),
      tags: record.tags,
      tls_container_ref: null,
      ca_tls_container_ref: null,
      crl_container_ref: null,
      tls_enabled: record.tls_enabled,
      tls_ciphers: null,
      tls_versions: null,
      alpn_protocols: null,
      tenant_id: record.project_id,
    };
  };
  const member = (record: Member): Json => ({
    id: record.id,
    name: record.name,
    operating_status: operating.member(record),
    provisioning_status: record.provisioning_status,
    admin_state_up: record.admin_state_up,
    address: record.address,
    protocol_port: record.protocol_port,
    weight: record.weight,
    backup: record.backup,
    subnet_id: record.subnet_id,
    project_id: record.project_id,
    created_at: record.created_at,
    updated_at: record.updated_at,
    monitor_address: record.monitor_address,
    monitor_port: record.monitor_port,
    tags: record.tags,
    tenant_id: record.project_id,
  });
  const monitor = (record: HealthMonitor): Json => ({
    id: record.id,
    name: record.name,
    type: record.type,
    delay: record.delay,
    timeout: record.timeout,
    max_retries: record.max_retries,
    max_retries_down: record.max_retries_down,
    http_method: record.http_method,
    url_path: record.url_path,
    expected_codes: record.expected_codes,
    admin_state_up: record.admin_state_up,
    project_id: record.project_id,
    pools: [{ id: record.pool_id }],
    provisioning_status: record.provisioning_status,
    operating_status: operating.monitor(record),
    created_at: record.created_at,
    updated_at: record.updated_at,
    tags: record.tags,
    http_version: record.http_version,
    domain_name: record.domain_name,
    tenant_id: record.project_id,
  });

  const both = (record: { id: string; name: string; provisioning_status: string }, status: string) => ({
    id: record.id,
    name: record.name,
    operating_status: status,
    provisioning_status: record.provisioning_status,
  });
  const poolTree = (record: Pool): Json => {
    const check = state.healthMonitors.by("pool", record.id)[0];
    return {
      ...both(record, operating.pool(record)),
      ...(check && { health_monitor: { ...both(check, operating.monitor(check)), type: check.type } }),
      members: state.members
        .by("pool", record.id)
        .map((one) => ({ ...both(one, operating.member(one)), address: one.address, protocol_port: one.protocol_port })),
    };
  };
  const tree = (record: LoadBalancer): Json => ({
    ...both(record, operating.loadBalancer(record)),
    listeners: state.listeners.by("loadbalancer", record.id).map((one) => {
      const target = one.default_pool_id === null ? undefined : state.pools.get(one.default_pool_id);
      return { ...both(one, operating.listener(one)), pools: target ? [poolTree(target)] : [] };
    }),
  });
  return { loadBalancer, listener, pool, member, monitor, tree };
};
export type LoadBalancerViews = ReturnType<typeof createLoadBalancerViews>;

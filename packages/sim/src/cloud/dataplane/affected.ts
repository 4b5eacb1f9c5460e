import type { Server } from "../compute/records.ts";
import type { HealthMonitor, Listener, LoadBalancer, Member, Pool } from "../loadbalancer/records.ts";
import type { FloatingIp, Port, SecurityGroup, SecurityGroupRule } from "../network/records.ts";
import { ipKey, type State } from "../state/state.ts";

/** Which floating IPs may lead elsewhere once a record has changed: their ids. Undefined: none can, whatever the record says. */
export const createAffected = (state: State) => {
  const ofPort = (portId: string): readonly string[] => state.floatingIps.by("port", portId).map((one) => one.id);
  const ofBalancer = (id: string): readonly string[] => {
    const balancer = state.loadBalancers.get(id);
    return balancer ? ofPort(balancer.vip_port_id) : [];
  };
  const ofPool = (id: string): readonly string[] => {
    const pool = state.pools.get(id);
    return pool ? ofBalancer(pool.loadbalancer_id) : [];
  };
  /** Its own, and those of load balancers that it is a member of. */
  const ofAddressedPort = (port: Port): readonly string[] => [
    ...ofPort(port.id),
    ...port.fixed_ips.flatMap((ip) =>
      state.members.by("host", ipKey(port.network_id, ip.ip_address)).flatMap((member) => ofPool(member.pool_id)),
    ),
  ];
  const ofGroup = (id: string): readonly string[] => state.ports.by("group", id).flatMap(ofAddressedPort);

  const of: { readonly [collection: string]: (record: never) => readonly string[] } = {
    floatingips: (record: FloatingIp) => [record.id],
    ports: (record: Port) => ofAddressedPort(record),
    servers: (record: Server) => state.ports.by("device", record.id).flatMap(ofAddressedPort),
    "security-groups": (record: SecurityGroup) => ofGroup(record.id),
    "security-group-rules": (record: SecurityGroupRule) => ofGroup(record.security_group_id),
    loadbalancers: (record: LoadBalancer) => ofPort(record.vip_port_id),
    listeners: (record: Listener) => ofBalancer(record.loadbalancer_id),
    pools: (record: Pool) => ofBalancer(record.loadbalancer_id),
    members: (record: Member) => ofPool(record.pool_id),
    healthmonitors: (record: HealthMonitor) => ofPool(record.pool_id),
    routers: () => [],
  };
  return (collection: string, record: unknown, previous: unknown): readonly string[] | undefined => {
    const find = of[collection];
    if (!find) return undefined;
    const now = record === undefined ? [] : find(record as never);
    const before = previous === undefined ? [] : find(previous as never);
    return [...now, ...before];
  };
};

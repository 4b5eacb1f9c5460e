import type { CloudNetwork } from "../../guest/port.ts";
import type { Listener, Member } from "../loadbalancer/records.ts";
import type { OperatingStatus } from "../loadbalancer/status.ts";
import { isInCidr } from "../network/ip.ts";
import type { FloatingIp, Port } from "../network/records.ts";
import type { CloudSettings } from "../settings.ts";
import type { Database } from "../state/database.ts";
import { ipKey, type State } from "../state/state.ts";
import { createAffected } from "./affected.ts";

export interface Target {
  readonly serverId: string;
  readonly port: number;
}

/** Where a TCP connection ends up. */
export interface DataPlane extends CloudNetwork {
  /**
   * With `fromServerId` the connection comes from inside that server: its networks are looked at first (tenants may use the same
   * addresses), and security groups see it as its port. Without, it comes from outside of the cloud.
   */
  route(address: string, port: number, fromServerId?: string): readonly Target[];
}
interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A connection's other end, as far as security groups care. */
interface Source {
  readonly address: string;
  readonly groups: readonly string[];
}

export const createDataPlane = (
  state: State,
  database: Database,
  settings: CloudSettings,
  operating: OperatingStatus,
): DataPlane => {
  const listeners = new Set<(addresses: ReadonlySet<string>) => void>();
  const outside: Source = { address: settings.outsideAddress, groups: [] };
  const affected = createAffected(state);
  const endpoints = new Map<string, readonly Endpoint[]>(); // by floating IP; those in `stale` are to be looked at again
  const stale = new Set<string>();
  let all: readonly Endpoint[] | undefined; // of all floating IPs, as long as none leads elsewhere
  let announced: Set<string> | undefined; // addresses of the moment: one call for all its changes
  const announce = (): void => {
    const addresses = announced ?? new Set();
    announced = undefined;
    for (const listener of listeners) listener(addresses);
  };
  database.onChange((collection, record, previous) => {
    const ids = affected(collection, record, previous);
    if (!ids) return;
    if (!announced) {
      announced = new Set();
      queueMicrotask(announce);
    }
    for (const id of ids) {
      stale.add(id);
      const address = (state.floatingIps.get(id) ?? (previous as FloatingIp | undefined))?.floating_ip_address;
      if (address !== undefined) announced.add(address);
    }
  });

  const running = (port: Port): Target["serverId"] | undefined => {
    const server = state.servers.get(port.device_id);
    return server?.vm_state === "active" && server.power_state === 1 ? server.id : undefined;
  };
  const letsIn = (port: Port, tcpPort: number, source: Source): boolean => {
    if (!port.port_security_enabled) return true;
    return port.security_groups.some((group) =>
      state.securityGroupRules.by("group", group).some((rule) => {
        if (rule.direction !== "ingress" || (rule.ethertype === "IPv6") !== source.address.includes(":")) return false;
        if (rule.protocol !== null && !["tcp", "6", "any"].includes(rule.protocol)) return false;
        if (rule.port_range_min !== null && tcpPort < rule.port_range_min) return false;
        if (rule.port_range_max !== null && tcpPort > rule.port_range_max) return false;
        if (rule.remote_group_id !== null) return source.groups.includes(rule.remote_group_id);
        return rule.remote_ip_prefix === null || isInCidr(source.address, rule.remote_ip_prefix);
      }),
    );
  };
  const toServer = (port: Port, tcpPort: number, source: Source): readonly Target[] => {
    const serverId = running(port);
    return serverId !== undefined && letsIn(port, tcpPort, source) ? [{ serverId, port: tcpPort }] : [];
  };

  const allowed = (listener: Listener, source: Source): boolean =>
    listener.allowed_cidrs === null ||
    listener.allowed_cidrs.length === 0 ||
    listener.allowed_cidrs.some((cidr) => isInCidr(source.address, cidr));
  const toMember = (member: Member, vip: Port): readonly Target[] => {
    const port = state.ports.by("host", ipKey(member.network_id, member.address))[0];
    // The load balancer speaks for the client: its own address is the one that the member's security groups see.
    const balancer: Source = { address: vip.fixed_ips[0]?.ip_address ?? "", groups: vip.security_groups };
    return port ? toServer(port, member.protocol_port, balancer) : [];
  };
  const throughLoadBalancer = (vip: Port, tcpPort: number, source: Source): readonly Target[] => {
    const balancer = state.loadBalancers.by("vip", vip.id)[0];
    const serving = balancer && ["ACTIVE", "PENDING_UPDATE"].includes(balancer.provisioning_status) && balancer.admin_state_up;
    if (!serving) return [];
    const listener = state.listeners
      .by("loadbalancer", balancer.id)
      .find(
        (one) =>
          one.protocol_port === tcpPort && one.admin_state_up && configured(one) && !["UDP", "SCTP"].includes(one.protocol),
      );
    if (!listener || listener.default_pool_id === null || !allowed(listener, source)) return [];
    const usable = state.members
      .by("pool", listener.default_pool_id)
      .filter(
        (one) =>
          one.admin_state_up && one.weight > 0 && configured(one) && ["ONLINE", "NO_MONITOR"].includes(operating.member(one)),
      );
    const primary = usable.filter((one) => !one.backup);
    return (primary.length > 0 ? primary : usable).flatMap((one) => toMember(one, vip));
  };
  const toPort = (port: Port, tcpPort: number, source: Source): readonly Target[] =>
    port.device_owner === "Octavia" ? throughLoadBalancer(port, tcpPort, source) : toServer(port, tcpPort, source);

  const sourceOf = (serverId: string | undefined): { source: Source; ports: readonly Port[] } => {
    const ports = serverId === undefined ? [] : state.ports.by("device", serverId);
    const [first] = ports;
    return first
      ? { source: { address: first.fixed_ips[0]?.ip_address ?? "", groups: first.security_groups }, ports }
      : { source: outside, ports };
  };
  const route: DataPlane["route"] = (address, tcpPort, fromServerId) => {
    const { source, ports } = sourceOf(fromServerId);
    const floating = state.floatingIps.by("address", address)[0];
    if (floating) {
      const port = floating.port_id === null ? undefined : state.ports.get(floating.port_id);
      // Whoever comes by a floating IP from inside has left through the router: no group of theirs counts any more.
      const natted = ports.length > 0 ? { address: gatewayAddress(ports) ?? settings.outsideAddress, groups: [] } : source;
      return port && floating.status === "ACTIVE" ? toPort(port, tcpPort, natted) : [];
    }
    const near = [...new Set(ports.flatMap((own) => [...state.ports.by("host", ipKey(own.network_id, address))]))];
    const there = near.length > 0 ? near : state.ports.by("address", address);
    return there.filter((one) => !one.device_owner.startsWith("network:")).flatMap((one) => toPort(one, tcpPort, source));
  };
  const gatewayAddress = (ports: readonly Port[]): string | undefined => {
    for (const { network_id } of ports) {
      for (const port of state.ports.by("network", network_id)) {
        if (port.device_owner !== "network:router_interface") continue;
        const address = state.routers.get(port.device_id)?.gateway?.external_fixed_ips[0]?.ip_address;
        if (address !== undefined) return address;
      }
    }
    return undefined;
  };

  /** Ports that are worth listening on: a load balancer's listeners, else what security groups name one by one. */
  const candidatePorts = (port: Port): readonly number[] => {
    if (port.device_owner === "Octavia") {
      const balancer = state.loadBalancers.by("vip", port.id)[0];
      return balancer ? state.listeners.by("loadbalancer", balancer.id).map((one) => one.protocol_port) : [];
    }
    const named = port.security_groups.flatMap((group) =>
      state.securityGroupRules
        .by("group", group)
        .flatMap((rule) =>
          rule.port_range_min !== null && rule.port_range_min === rule.port_range_max ? [rule.port_range_min] : [],
        ),
    );
    return [...new Set([...named, 6443])];
  };
  const endpointsOf = (floating: FloatingIp): readonly Endpoint[] => {
    const port = floating.port_id === null ? undefined : state.ports.get(floating.port_id);
    if (!port || floating.status !== "ACTIVE") return [];
    const address = floating.floating_ip_address;
    return candidatePorts(port)
      .filter((one) => route(address, one).length > 0)
      .map((one) => ({ address, port: one }));
  };
  for (const { id } of state.floatingIps.all()) stale.add(id);
  return {
    route,
    publicEndpoints: () => {
      for (const id of stale) {
        const floating = state.floatingIps.get(id);
        const found = floating ? endpointsOf(floating) : [];
        if (same(found, endpoints.get(id) ?? [])) continue;
        if (found.length > 0) endpoints.set(id, found);
        else endpoints.delete(id);
        all = undefined;
      }
      stale.clear();
      all ??= [...endpoints.values()].flat();
      return all;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

const same = (a: readonly Endpoint[], b: readonly Endpoint[]): boolean =>
  a.length === b.length && a.every((one, i) => one.address === b[i]?.address && one.port === b[i]?.port);
const configured = (record: { readonly provisioning_status: string }): boolean =>
  ["ACTIVE", "PENDING_UPDATE"].includes(record.provisioning_status);

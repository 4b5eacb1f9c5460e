import { ipKey, type State } from "../state/state.ts";
import type { HealthMonitor, Listener, LoadBalancer, Member, Pool } from "./records.ts";

export type Operating = "ONLINE" | "OFFLINE" | "DEGRADED" | "ERROR" | "NO_MONITOR";

/** What the health monitors find: never stored, always read off the servers as they are now. */
export const createOperatingStatus = (state: State) => {
  /** The server that has a member's address. */
  const serverOf = (member: Member) => {
    const port = state.ports.by("host", ipKey(member.network_id, member.address))[0];
    return port === undefined ? undefined : state.servers.get(port.device_id);
  };
  const started = (id: string): boolean => {
    const status = state.loadBalancers.get(id)?.provisioning_status;
    return status === "ACTIVE" || status === "PENDING_UPDATE" || status === "PENDING_DELETE";
  };

  const member = (one: Member): Operating => {
    const pool = state.pools.get(one.pool_id);
    if (!one.admin_state_up || !pool || !started(pool.loadbalancer_id) || one.provisioning_status === "PENDING_CREATE")
      return "OFFLINE";
    const monitor = state.healthMonitors.by("pool", one.pool_id)[0];
    if (!monitor?.admin_state_up) return "NO_MONITOR";
    const server = serverOf(one);
    return server?.vm_state === "active" && server.power_state === 1 ? "ONLINE" : "ERROR";
  };
  const pool = (one: Pool): Operating => {
    if (!one.admin_state_up || !started(one.loadbalancer_id) || one.provisioning_status === "PENDING_CREATE") return "OFFLINE";
    const members = state.members
      .by("pool", one.id)
      .filter((each) => each.admin_state_up && each.provisioning_status !== "PENDING_CREATE");
    const broken = members.filter((each) => member(each) === "ERROR").length;
    if (broken === 0) return "ONLINE";
    return broken === members.length ? "ERROR" : "DEGRADED";
  };
  const listener = (one: Listener): Operating =>
    one.admin_state_up && started(one.loadbalancer_id) && one.provisioning_status !== "PENDING_CREATE" ? "ONLINE" : "OFFLINE";
  const loadBalancer = (one: LoadBalancer): Operating => {
    if (one.provisioning_status === "ERROR") return "ERROR";
    if (!one.admin_state_up || !started(one.id)) return "OFFLINE";
    const pools = state.pools.by("loadbalancer", one.id).map(pool);
    if (pools.includes("ERROR")) return "ERROR";
    return pools.includes("DEGRADED") ? "DEGRADED" : "ONLINE";
  };
  const monitor = (one: HealthMonitor): Operating =>
    one.admin_state_up && one.provisioning_status !== "PENDING_CREATE" ? "ONLINE" : "OFFLINE";
  return { loadBalancer, listener, pool, member, monitor, serverOf };
};
export type OperatingStatus = ReturnType<typeof createOperatingStatus>;

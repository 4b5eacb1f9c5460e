import type { CloudContext } from "../context.ts";
import { time } from "../ids.ts";
import type { NetworkService } from "../network/network.ts";
import type { LoadBalancer } from "./records.ts";
import { conflict, immutable } from "./refusals.ts";

/** A load balancer changes as a whole: while one change is under way, it and all below it refuse the next. */
export interface LoadBalancerLifecycle {
  /** @throws unless changes are taken now */
  mutable(id: string): LoadBalancer;
  /** A child was created, changed or is to go: its own status is already PENDING. */
  changing(id: string): void;
  created(record: LoadBalancer): void;
  remove(record: LoadBalancer): void;
  failover(record: LoadBalancer): void;
  resume(): void;
}

export const createLoadBalancerLifecycle = (context: CloudContext, network: NetworkService): LoadBalancerLifecycle => {
  const { state, settings, transitions, faults, clock } = context;
  const { delays } = settings;
  const stamp = (): string => time.plain(clock.now());

  /** Everything below that waited becomes what it was asked to be. */
  const settleChildren = (id: string): void => {
    const updated_at = stamp();
    for (const pool of state.pools.by("loadbalancer", id)) {
      for (const member of state.members.by("pool", pool.id)) {
        if (member.provisioning_status === "PENDING_DELETE") state.members.remove(member.id);
        else if (member.provisioning_status !== "ACTIVE")
          state.members.patch(member.id, { provisioning_status: "ACTIVE", updated_at });
      }
      for (const monitor of state.healthMonitors.by("pool", pool.id)) {
        if (monitor.provisioning_status === "PENDING_DELETE") state.healthMonitors.remove(monitor.id);
        else if (monitor.provisioning_status !== "ACTIVE")
          state.healthMonitors.patch(monitor.id, { provisioning_status: "ACTIVE", updated_at });
      }
      if (pool.provisioning_status === "PENDING_DELETE") removePool(pool.id);
      else if (pool.provisioning_status !== "ACTIVE") state.pools.patch(pool.id, { provisioning_status: "ACTIVE", updated_at });
    }
    for (const listener of state.listeners.by("loadbalancer", id)) {
      if (listener.provisioning_status === "PENDING_DELETE") state.listeners.remove(listener.id);
      else if (listener.provisioning_status !== "ACTIVE")
        state.listeners.patch(listener.id, { provisioning_status: "ACTIVE", updated_at });
    }
  };
  const removePool = (id: string): void => {
    for (const member of state.members.by("pool", id)) state.members.remove(member.id);
    for (const monitor of state.healthMonitors.by("pool", id)) state.healthMonitors.remove(monitor.id);
    for (const listener of state.listeners.by("pool", id)) state.listeners.patch(listener.id, { default_pool_id: null });
    state.pools.remove(id);
  };
  const erase = (record: LoadBalancer): void => {
    for (const listener of state.listeners.by("loadbalancer", record.id)) state.listeners.remove(listener.id);
    for (const pool of state.pools.by("loadbalancer", record.id)) removePool(pool.id);
    const port = state.ports.get(record.vip_port_id);
    const left = faults.scenario("loadbalancer-port-left-over", { name: record.name, projectId: record.project_id });
    if (port && record.owns_vip_port && !left) network.ports.drop(port.id);
    else if (port) {
      const others = port.security_groups.filter((id) => id !== record.vip_security_group_id);
      network.ports.change(port, { device_id: "", device_owner: "", security_groups: others });
    }
    if (state.securityGroups.get(record.vip_security_group_id)) network.removeGroup(record.vip_security_group_id);
    state.loadBalancers.remove(record.id);
  };

  const settle = (record: LoadBalancer): void => {
    const subject = { name: record.name, projectId: record.project_id };
    if (faults.scenario("loadbalancer-stuck", subject)) return;
    const delay = {
      PENDING_CREATE: delays.loadBalancerCreate,
      PENDING_UPDATE: delays.loadBalancerUpdate,
      PENDING_DELETE: delays.loadBalancerDelete,
      ACTIVE: 0,
      ERROR: 0,
    }[record.provisioning_status];
    transitions.after(delay, `loadbalancer/${record.id}`, () => {
      const current = state.loadBalancers.get(record.id);
      if (!current) return;
      if (current.provisioning_status === "PENDING_DELETE") {
        erase(current);
        return;
      }
      const broken = faults.scenario("loadbalancer-error", subject);
      settleChildren(current.id);
      state.loadBalancers.patch(current.id, { provisioning_status: broken ? "ERROR" : "ACTIVE", updated_at: stamp() });
    });
  };
  const to = (record: LoadBalancer, status: LoadBalancer["provisioning_status"]): void => {
    settle(state.loadBalancers.put({ ...record, provisioning_status: status }));
  };

  return {
    mutable: (id) => {
      const record = state.loadBalancers.get(id);
      if (record?.provisioning_status !== "ACTIVE") throw immutable("Load Balancer", id);
      return record;
    },
    changing: (id) => {
      const record = state.loadBalancers.get(id);
      if (record) to(record, "PENDING_UPDATE");
    },
    created: settle,
    remove: (record) => {
      if (record.provisioning_status !== "ACTIVE" && record.provisioning_status !== "ERROR") {
        throw conflict(`Invalid state ${record.provisioning_status} of loadbalancer resource ${record.id}`);
      }
      to(record, "PENDING_DELETE");
    },
    failover: (record) => {
      if (record.provisioning_status !== "ACTIVE" && record.provisioning_status !== "ERROR")
        throw immutable("Load Balancer", record.id);
      to(record, "PENDING_UPDATE");
    },
    resume: () => {
      for (const record of [...state.loadBalancers.all()]) if (record.provisioning_status.startsWith("PENDING")) settle(record);
    },
  };
};

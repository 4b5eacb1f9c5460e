import type { CloudContext } from "../context.ts";
import { type Answer, type Call, created, noContent, ok } from "../http/call.ts";
import { type Json, listOf, numberOf, objectOf, textOf, textsOf } from "../http/json.ts";
import { isTrue } from "../http/query.ts";
import type { Routes } from "../http/router.ts";
import { time } from "../ids.ts";
import { parseIp } from "../network/ip.ts";
import { exceeds, limitOf } from "../quotas.ts";
import { common, flagOf, oneOf, portOf } from "./fields.ts";
import type { LoadBalancerLifecycle } from "./lifecycle.ts";
import { find, list } from "./lists.ts";
import type { Pool } from "./records.ts";
import { bad, conflict, failure, invalidField, mandatory, notFound, overQuota } from "./refusals.ts";
import type { LoadBalancerViews } from "./views.ts";

/** Members and the monitor that watches them. */
export const memberAndMonitorRoutes = (
  context: CloudContext,
  lifecycle: LoadBalancerLifecycle,
  views: LoadBalancerViews,
): Routes => {
  const { state, settings } = context;
  const stamp = (): string => time.plain(context.clock.now());
  const poolOf = (call: Call): Pool => find(call, state.pools, "Pool", "pool");

  const touchPool = (pool: Pool): void => {
    state.pools.put({ ...pool, provisioning_status: "PENDING_UPDATE" });
    for (const listener of state.listeners.by("pool", pool.id))
      state.listeners.put({ ...listener, provisioning_status: "PENDING_UPDATE" });
    lifecycle.changing(pool.loadbalancer_id);
  };
  const memberFields = (call: Call, given: Json, pool: Pool) => {
    const address = textOf(given["address"]);
    if (address === undefined) throw mandatory("address");
    if (!parseIp(address)) throw invalidField("address", address, "Value should be IPv4 or IPv6 format");
    const subnet = textOf(given["subnet_id"]) ?? null;
    if (subnet !== null && !state.subnets.get(subnet)) throw bad(`Subnet ${subnet} not found.`);
    const weight = given["weight"] === undefined ? 1 : (numberOf(given["weight"]) ?? -1);
    if (weight < 0 || weight > 256) throw invalidField("weight", given["weight"], "Value should be between 0 and 256");
    return {
      ...common(context, given, call.scope.projectId),
      address,
      protocol_port: portOf("protocol_port", given["protocol_port"]),
      weight,
      backup: given["backup"] === true,
      subnet_id: subnet,
      network_id:
        state.subnets.get(subnet ?? "")?.network_id ?? state.loadBalancers.get(pool.loadbalancer_id)?.vip_network_id ?? "",
      monitor_address: textOf(given["monitor_address"]) ?? null,
      monitor_port: numberOf(given["monitor_port"]) ?? null,
    };
  };
  const reserve = (projectId: string, wanted: number): void => {
    if (exceeds(limitOf(context, "loadbalancer", projectId, "member"), state.members.count("project", projectId), wanted))
      throw overQuota("Member");
  };
  const createMember = (call: Call): Answer => {
    const pool = poolOf(call);
    const wanted = {
      ...memberFields(call, objectOf(objectOf(call.body)["member"]), pool),
      pool_id: pool.id,
      project_id: pool.project_id,
    };
    reserve(pool.project_id, 1);
    lifecycle.mutable(pool.loadbalancer_id);
    if (
      state.members
        .by("pool", pool.id)
        .some((one) => one.address === wanted.address && one.protocol_port === wanted.protocol_port)
    ) {
      throw conflict(
        `Another member on this pool is already using ip ${wanted.address} on protocol_port ${wanted.protocol_port}`,
      );
    }
    const record = state.members.put(wanted);
    touchPool(pool);
    return created({ member: views.member(record) });
  };
  /** The whole list at once: what is new comes, what is missing goes. */
  const replaceMembers = (call: Call): Answer => {
    const pool = poolOf(call);
    const wanted = listOf(objectOf(call.body)["members"]).map((item) => memberFields(call, objectOf(item), pool));
    const additive = isTrue(call.query.get("additive_only"));
    const before = state.members.by("pool", pool.id);
    const key = (one: { address: string; protocol_port: number }): string => `${one.address}|${one.protocol_port}`;
    const keys = wanted.map(key);
    if (new Set(keys).size < keys.length) throw failure("The members list holds an address and port twice.");
    const fresh = wanted.filter((one) => !before.some((old) => key(old) === key(one)));
    reserve(pool.project_id, fresh.length);
    lifecycle.mutable(pool.loadbalancer_id);
    for (const old of before) {
      const match = wanted.find((one) => key(one) === key(old));
      if (match)
        state.members.put({
          ...match,
          id: old.id,
          pool_id: pool.id,
          project_id: old.project_id,
          created_at: old.created_at,
          updated_at: stamp(),
          provisioning_status: "PENDING_UPDATE",
        });
      else if (!additive) state.members.put({ ...old, provisioning_status: "PENDING_DELETE" });
    }
    for (const one of fresh) state.members.put({ ...one, pool_id: pool.id, project_id: pool.project_id });
    touchPool(pool);
    return { status: 202 };
  };
  const findMember = (call: Call) => {
    const pool = poolOf(call);
    const member = state.members.get(call.params["id"] ?? "");
    if (!member || member.pool_id !== pool.id) throw notFound("Member", call.params["id"] ?? "");
    return { pool, member };
  };
  const updateMember = (call: Call): Answer => {
    const { pool, member } = findMember(call);
    const given = objectOf(objectOf(call.body)["member"]);
    lifecycle.mutable(pool.loadbalancer_id);
    const changed = state.members.put({
      ...member,
      provisioning_status: "PENDING_UPDATE",
      updated_at: stamp(),
      name: textOf(given["name"]) ?? member.name,
      weight: numberOf(given["weight"]) ?? member.weight,
      backup: flagOf(given["backup"], member.backup),
      admin_state_up: flagOf(given["admin_state_up"], member.admin_state_up),
      monitor_address:
        given["monitor_address"] === undefined ? member.monitor_address : (textOf(given["monitor_address"]) ?? null),
      monitor_port: given["monitor_port"] === undefined ? member.monitor_port : (numberOf(given["monitor_port"]) ?? null),
      tags: given["tags"] === undefined ? member.tags : textsOf(given["tags"]),
    });
    touchPool(pool);
    return ok({ member: views.member(changed) });
  };
  const removeMember = (call: Call): Answer => {
    const { pool, member } = findMember(call);
    lifecycle.mutable(pool.loadbalancer_id);
    state.members.put({ ...member, provisioning_status: "PENDING_DELETE" });
    touchPool(pool);
    return noContent;
  };

  const monitorTypes = ["HTTP", "HTTPS", "PING", "SCTP", "TCP", "TLS-HELLO", "UDP-CONNECT"];
  const positive = (given: Json, name: string, otherwise?: number): number => {
    const value = given[name] ?? otherwise;
    if (value === undefined) throw mandatory(name);
    const number = numberOf(value);
    if (number === undefined || number < 0) throw invalidField(name, value, "Value should be greater or equal to 0");
    return number;
  };
  const createMonitor = (call: Call): Answer => {
    const given = objectOf(objectOf(call.body)["healthmonitor"]);
    const poolId = textOf(given["pool_id"]);
    if (poolId === undefined) throw mandatory("pool_id");
    const type = oneOf("type", given["type"], monitorTypes);
    const pool = find({ ...call, params: { id: poolId } }, state.pools, "Pool");
    const delay = positive(given, "delay");
    const timeout = positive(given, "timeout");
    const retries = positive(given, "max_retries");
    if (retries < 1 || retries > 10) throw invalidField("max_retries", retries, "Value should be between 1 and 10");
    if (
      exceeds(
        limitOf(context, "loadbalancer", pool.project_id, "health_monitor"),
        state.healthMonitors.count("project", pool.project_id),
      )
    )
      throw overQuota("Health Monitor");
    lifecycle.mutable(pool.loadbalancer_id);
    if (state.healthMonitors.count("pool", poolId) > 0) throw conflict("This pool already has a health monitor");
    const http = type === "HTTP" || type === "HTTPS";
    const record = state.healthMonitors.put({
      ...common(context, given, pool.project_id),
      pool_id: poolId,
      type,
      delay,
      timeout,
      max_retries: retries,
      max_retries_down: positive(given, "max_retries_down", 3),
      http_method: textOf(given["http_method"]) ?? (http ? "GET" : null),
      url_path: textOf(given["url_path"]) ?? (http ? "/" : null),
      expected_codes: textOf(given["expected_codes"]) ?? (http ? "200" : null),
      http_version: numberOf(given["http_version"]) ?? null,
      domain_name: textOf(given["domain_name"]) ?? null,
    });
    touchPool(pool);
    return created({ healthmonitor: views.monitor(record) });
  };
  const findMonitor = (call: Call) => {
    const monitor = find(call, state.healthMonitors, "Health Monitor");
    const pool = state.pools.get(monitor.pool_id);
    if (!pool) throw notFound("Pool", monitor.pool_id);
    return { monitor, pool };
  };
  const updateMonitor = (call: Call): Answer => {
    const { monitor, pool } = findMonitor(call);
    const given = objectOf(objectOf(call.body)["healthmonitor"]);
    lifecycle.mutable(pool.loadbalancer_id);
    const changed = state.healthMonitors.put({
      ...monitor,
      provisioning_status: "PENDING_UPDATE",
      updated_at: stamp(),
      name: textOf(given["name"]) ?? monitor.name,
      admin_state_up: flagOf(given["admin_state_up"], monitor.admin_state_up),
      delay: positive(given, "delay", monitor.delay),
      timeout: positive(given, "timeout", monitor.timeout),
      max_retries: positive(given, "max_retries", monitor.max_retries),
      max_retries_down: positive(given, "max_retries_down", monitor.max_retries_down),
      url_path: textOf(given["url_path"]) ?? monitor.url_path,
      http_method: textOf(given["http_method"]) ?? monitor.http_method,
      expected_codes: textOf(given["expected_codes"]) ?? monitor.expected_codes,
      tags: given["tags"] === undefined ? monitor.tags : textsOf(given["tags"]),
    });
    touchPool(pool);
    return ok({ healthmonitor: views.monitor(changed) });
  };

  return {
    "/lbaas/pools/:pool/members": {
      GET: (call) => {
        const pool = poolOf(call);
        return list("members", state.members, views.member, settings, () => state.members.by("pool", pool.id))(call);
      },
      POST: createMember,
      PUT: replaceMembers,
    },
    "/lbaas/pools/:pool/members/:id": {
      GET: (call) => ok({ member: views.member(findMember(call).member) }),
      PUT: updateMember,
      DELETE: removeMember,
    },
    "/lbaas/healthmonitors": { GET: list("healthmonitors", state.healthMonitors, views.monitor, settings), POST: createMonitor },
    "/lbaas/healthmonitors/:id": {
      GET: (call) => ok({ healthmonitor: views.monitor(findMonitor(call).monitor) }),
      PUT: updateMonitor,
      DELETE: (call) => {
        const { monitor, pool } = findMonitor(call);
        lifecycle.mutable(pool.loadbalancer_id);
        state.healthMonitors.put({ ...monitor, provisioning_status: "PENDING_DELETE" });
        touchPool(pool);
        return noContent;
      },
    },
  };
};

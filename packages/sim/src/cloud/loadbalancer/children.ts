import type { CloudContext } from "../context.ts";
import { type Answer, type Call, created, noContent, ok, Refusal } from "../http/call.ts";
import { isObject, type Json, listOf, numberOf, objectOf, textOf, textsOf } from "../http/json.ts";
import { isTrue } from "../http/query.ts";
import type { Routes } from "../http/router.ts";
import { time } from "../ids.ts";
import { parseCidr, parseIp } from "../network/ip.ts";
import { exceeds, limitOf } from "../quotas.ts";
import type { LoadBalancerLifecycle } from "./lifecycle.ts";
import { find, list } from "./lists.ts";
import type { Listener, Pool } from "./records.ts";
import { bad, conflict, failure, invalidField, mandatory, notFound, overQuota } from "./refusals.ts";
import type { LoadBalancerViews } from "./views.ts";

export const listenerProtocols = ["UDP", "TERMINATED_HTTPS", "SCTP", "PROMETHEUS", "TCP", "HTTP", "HTTPS"];
const poolProtocols = ["HTTP", "HTTPS", "PROXY", "TCP", "UDP", "PROXYV2", "SCTP"];
const algorithms = ["ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP", "SOURCE_IP_PORT"];

export const oneOf = (field: string, value: unknown, allowed: readonly string[]): string => {
  if (value === undefined || value === null) throw mandatory(field);
  if (!allowed.includes(String(value))) throw invalidField(field, value, `Value should be one of: ${allowed.join(", ")}`);
  return String(value);
};
export const portOf = (field: string, value: unknown, smallest = 1): number => {
  if (value === undefined || value === null) throw mandatory(field);
  const port = numberOf(value);
  if (port === undefined || !Number.isInteger(port)) throw invalidField(field, value, "Value should be an integer.");
  if (port < smallest) throw invalidField(field, value, `Value should be greater or equal to ${smallest}`);
  if (port > 65535) throw invalidField(field, value, "Value should be lower or equal to 65535");
  return port;
};

/** What all children begin with. */
export const common = (context: CloudContext, given: Json, projectId: string) => ({
  id: context.ids.uuid(),
  project_id: projectId,
  name: textOf(given["name"]) ?? "",
  provisioning_status: "PENDING_CREATE" as const,
  admin_state_up: given["admin_state_up"] !== false,
  tags: textsOf(given["tags"]),
  created_at: time.plain(context.clock.now()),
  updated_at: null,
});
export const flagOf = (value: unknown, otherwise: boolean): boolean => (typeof value === "boolean" ? value : otherwise);

/** Listeners and pools. */
export const listenerAndPoolRoutes = (
  context: CloudContext,
  lifecycle: LoadBalancerLifecycle,
  views: LoadBalancerViews,
): Routes => {
  const { state, settings } = context;
  const stamp = (): string => time.plain(context.clock.now());
  const balancer = (call: Call, id: string) => find({ ...call, params: { id } }, state.loadBalancers, "Load Balancer");

  const cidrsOf = (value: unknown): readonly string[] | null => {
    if (!Array.isArray(value)) return null;
    for (const one of value) {
      if (typeof one !== "string" || !parseCidr(one))
        throw invalidField("allowed_cidrs", one, "Value should be IPv4 or IPv6 CIDR format");
    }
    return textsOf(value);
  };
  const poolFor = (call: Call, loadBalancerId: string, value: unknown): string | null => {
    const id = textOf(value);
    if (id === undefined) return null;
    const pool = find({ ...call, params: { id } }, state.pools, "Pool");
    if (pool.loadbalancer_id !== loadBalancerId) throw notFound("Pool", id);
    return id;
  };
  const createListener = (call: Call): Answer => {
    const given = objectOf(objectOf(call.body)["listener"]);
    const protocol = oneOf("protocol", given["protocol"], listenerProtocols);
    const port = portOf("protocol_port", given["protocol_port"]);
    const id = textOf(given["loadbalancer_id"]);
    if (id === undefined) throw mandatory("loadbalancer_id");
    const parent = balancer(call, id);
    if (
      exceeds(
        limitOf(context, "loadbalancer", parent.project_id, "listener"),
        state.listeners.count("project", parent.project_id),
      )
    )
      throw overQuota("Listener");
    lifecycle.mutable(id);
    const udp = (name: string): boolean => name === "UDP";
    const twin = state.listeners
      .by("loadbalancer", id)
      .find((one) => one.protocol_port === port && udp(one.protocol) === udp(protocol));
    if (twin)
      throw conflict(`Another Listener on this Load Balancer is already using protocol ${protocol} and protocol_port ${port}`);
    if (protocol === "TERMINATED_HTTPS") {
      throw failure(
        "An SNI or default TLS container must be given for TERMINATED_HTTPS listeners, and this cloud has no key manager.",
      );
    }
    const record = state.listeners.put({
      ...common(context, given, parent.project_id),
      loadbalancer_id: id,
      description: textOf(given["description"]) ?? "",
      protocol,
      protocol_port: port,
      connection_limit: numberOf(given["connection_limit"]) ?? -1,
      default_pool_id: poolFor(call, id, given["default_pool_id"]),
      allowed_cidrs: cidrsOf(given["allowed_cidrs"]),
      insert_headers: objectOf(given["insert_headers"]) as { readonly [header: string]: string },
      timeout_client_data: numberOf(given["timeout_client_data"]) ?? 50000,
      timeout_member_connect: numberOf(given["timeout_member_connect"]) ?? 5000,
      timeout_member_data: numberOf(given["timeout_member_data"]) ?? 50000,
      timeout_tcp_inspect: numberOf(given["timeout_tcp_inspect"]) ?? 0,
    });
    lifecycle.changing(id);
    return created({ listener: views.listener(record) });
  };
  const findListener = (call: Call): Listener => find(call, state.listeners, "Listener");
  const updateListener = (call: Call): Answer => {
    const record = findListener(call);
    const given = objectOf(objectOf(call.body)["listener"]);
    lifecycle.mutable(record.loadbalancer_id);
    const changed = state.listeners.put({
      ...record,
      provisioning_status: "PENDING_UPDATE",
      updated_at: stamp(),
      name: textOf(given["name"]) ?? record.name,
      description: textOf(given["description"]) ?? record.description,
      admin_state_up: flagOf(given["admin_state_up"], record.admin_state_up),
      connection_limit: numberOf(given["connection_limit"]) ?? record.connection_limit,
      default_pool_id:
        given["default_pool_id"] === undefined
          ? record.default_pool_id
          : poolFor(call, record.loadbalancer_id, given["default_pool_id"]),
      allowed_cidrs: given["allowed_cidrs"] === undefined ? record.allowed_cidrs : cidrsOf(given["allowed_cidrs"]),
      insert_headers: isObject(given["insert_headers"])
        ? (given["insert_headers"] as Listener["insert_headers"])
        : record.insert_headers,
      timeout_client_data: numberOf(given["timeout_client_data"]) ?? record.timeout_client_data,
      timeout_member_connect: numberOf(given["timeout_member_connect"]) ?? record.timeout_member_connect,
      timeout_member_data: numberOf(given["timeout_member_data"]) ?? record.timeout_member_data,
      timeout_tcp_inspect: numberOf(given["timeout_tcp_inspect"]) ?? record.timeout_tcp_inspect,
      tags: given["tags"] === undefined ? record.tags : textsOf(given["tags"]),
    });
    lifecycle.changing(record.loadbalancer_id);
    return ok({ listener: views.listener(changed) });
  };

  const createPool = (call: Call): Answer => {
    const given = objectOf(objectOf(call.body)["pool"]);
    const protocol = oneOf("protocol", given["protocol"], poolProtocols);
    const algorithm = oneOf("lb_algorithm", given["lb_algorithm"], algorithms);
    const listenerId = textOf(given["listener_id"]);
    const listener =
      listenerId === undefined ? undefined : find({ ...call, params: { id: listenerId } }, state.listeners, "Listener");
    const id = listener?.loadbalancer_id ?? textOf(given["loadbalancer_id"]);
    if (id === undefined) throw failure("Must provide at least one of: loadbalancer_id, listener_id");
    const parent = balancer(call, id);
    if (parent.provider === "ovn" && algorithm !== "SOURCE_IP_PORT") {
      throw new Refusal(
        501,
        `Provider 'ovn' does not support a requested option: OVN provider does not support ${algorithm} algorithm.`,
      );
    }
    if (exceeds(limitOf(context, "loadbalancer", parent.project_id, "pool"), state.pools.count("project", parent.project_id)))
      throw overQuota("Pool");
    lifecycle.mutable(id);
    if (listener?.default_pool_id) throw conflict("This listener already has a default pool");
    const record = state.pools.put({
      ...common(context, given, parent.project_id),
      loadbalancer_id: id,
      description: textOf(given["description"]) ?? "",
      protocol,
      lb_algorithm: algorithm,
      session_persistence: given["session_persistence"] ?? null,
      tls_enabled: given["tls_enabled"] === true,
    });
    if (listener) state.listeners.put({ ...listener, default_pool_id: record.id, provisioning_status: "PENDING_UPDATE" });
    lifecycle.changing(id);
    return created({ pool: views.pool(record) });
  };
  const findPool = (call: Call): Pool => find(call, state.pools, "Pool");
  const updatePool = (call: Call): Answer => {
    const record = findPool(call);
    const given = objectOf(objectOf(call.body)["pool"]);
    lifecycle.mutable(record.loadbalancer_id);
    const changed = state.pools.put({
      ...record,
      provisioning_status: "PENDING_UPDATE",
      updated_at: stamp(),
      name: textOf(given["name"]) ?? record.name,
      description: textOf(given["description"]) ?? record.description,
      admin_state_up: flagOf(given["admin_state_up"], record.admin_state_up),
      lb_algorithm:
        given["lb_algorithm"] === undefined ? record.lb_algorithm : oneOf("lb_algorithm", given["lb_algorithm"], algorithms),
      session_persistence: given["session_persistence"] === undefined ? record.session_persistence : given["session_persistence"],
      tags: given["tags"] === undefined ? record.tags : textsOf(given["tags"]),
    });
    lifecycle.changing(record.loadbalancer_id);
    return ok({ pool: views.pool(changed) });
  };

  return {
    "/lbaas/listeners": { GET: list("listeners", state.listeners, views.listener, settings), POST: createListener },
    "/lbaas/listeners/:id": {
      GET: (call) => ok({ listener: views.listener(findListener(call)) }),
      PUT: updateListener,
      DELETE: (call) => {
        const record = findListener(call);
        lifecycle.mutable(record.loadbalancer_id);
        state.listeners.put({ ...record, provisioning_status: "PENDING_DELETE" });
        lifecycle.changing(record.loadbalancer_id);
        return noContent;
      },
    },
    "/lbaas/listeners/:id/stats": {
      GET: (call) =>
        findListener(call) &&
        ok({ stats: { bytes_in: 0, bytes_out: 0, active_connections: 0, total_connections: 0, request_errors: 0 } }),
    },
    "/lbaas/pools": { GET: list("pools", state.pools, views.pool, settings), POST: createPool },
    "/lbaas/pools/:id": {
      GET: (call) => ok({ pool: views.pool(findPool(call)) }),
      PUT: updatePool,
      DELETE: (call) => {
        const record = findPool(call);
        lifecycle.mutable(record.loadbalancer_id);
        state.pools.put({ ...record, provisioning_status: "PENDING_DELETE" });
        lifecycle.changing(record.loadbalancer_id);
        return noContent;
      },
    },
  };
};

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
  const memberFields = (call: Call, given: Json) => {
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
      ...memberFields(call, objectOf(objectOf(call.body)["member"])),
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
    const wanted = listOf(objectOf(call.body)["members"]).map((item) => memberFields(call, objectOf(item)));
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

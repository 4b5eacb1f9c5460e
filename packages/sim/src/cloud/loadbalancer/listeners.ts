import type { CloudContext } from "../context.ts";
import { type Answer, type Call, created, noContent, ok, Refusal } from "../http/call.ts";
import { isObject, numberOf, objectOf, textOf, textsOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import { time } from "../ids.ts";
import { parseCidr } from "../network/ip.ts";
import { exceeds, limitOf } from "../quotas.ts";
import { common, flagOf, oneOf, portOf } from "./fields.ts";
import type { LoadBalancerLifecycle } from "./lifecycle.ts";
import { find, list } from "./lists.ts";
import type { Listener, Pool } from "./records.ts";
import { conflict, failure, invalidField, mandatory, notFound, overQuota } from "./refusals.ts";
import type { LoadBalancerViews } from "./views.ts";

const listenerProtocols = ["UDP", "TERMINATED_HTTPS", "SCTP", "PROMETHEUS", "TCP", "HTTP", "HTTPS"];
const poolProtocols = ["HTTP", "HTTPS", "PROXY", "TCP", "UDP", "PROXYV2", "SCTP"];
const algorithms = ["ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP", "SOURCE_IP_PORT"];

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

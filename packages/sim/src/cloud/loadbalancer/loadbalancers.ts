import type { CloudContext } from "../context.ts";
import { type Answer, type Call, created, noContent, ok, Refusal } from "../http/call.ts";
import { type Json, objectOf, textOf, textsOf } from "../http/json.ts";
import { isTrue } from "../http/query.ts";
import type { Routes } from "../http/router.ts";
import { time } from "../ids.ts";
import type { NetworkService } from "../network/network.ts";
import type { Subnet } from "../network/records.ts";
import { exceeds, limitOf } from "../quotas.ts";
import type { LoadBalancerLifecycle } from "./lifecycle.ts";
import { find, list } from "./lists.ts";
import type { LoadBalancer } from "./records.ts";
import { bad, denied, failure, notFound, overQuota } from "./refusals.ts";
import type { LoadBalancerViews } from "./views.ts";

export const loadBalancerRoutes = (
  context: CloudContext,
  network: NetworkService,
  lifecycle: LoadBalancerLifecycle,
  views: LoadBalancerViews,
): Routes => {
  const { state, settings, ids, clock } = context;
  const findOne = (call: Call): LoadBalancer => find(call, state.loadBalancers, "Load Balancer");

  const seenSubnet = (call: Call, id: string): Subnet => {
    const subnet = state.subnets.get(id);
    const net = subnet && state.networks.get(subnet.network_id);
    const seen = net && (call.scope.admin || net.project_id === call.scope.projectId || net.shared || net.external);
    if (!subnet || !seen) throw bad(`Subnet ${id} not found.`);
    return subnet;
  };
  interface Vip {
    readonly subnet: Subnet;
    readonly address: string;
    readonly portId: string;
    readonly owned: boolean;
  }
  const vipFor = (call: Call, given: Json, id: string, projectId: string, groupId: string): Vip => {
    const portId = textOf(given["vip_port_id"]);
    const address = textOf(given["vip_address"]);
    if (portId !== undefined) {
      const port = state.ports.get(portId);
      if (!port || !(call.scope.admin || port.project_id === projectId)) throw bad(`Port ${portId} not found.`);
      if (port.device_id !== "") throw failure(`VIP port's ID ${portId} is already used by another device`);
      const [first] = port.fixed_ips;
      if (!first) throw failure("VIP port's subnet could not be determined. Please specify either a VIP subnet or address.");
      network.ports.change(port, {
        device_id: `lb-${id}`,
        device_owner: "Octavia",
        security_groups: [...port.security_groups, groupId],
      });
      return { subnet: seenSubnet(call, first.subnet_id), address: first.ip_address, portId, owned: false };
    }
    const subnetId = textOf(given["vip_subnet_id"]);
    const subnet = subnetId === undefined ? subnetOf(call, textOf(given["vip_network_id"]) ?? "") : seenSubnet(call, subnetId);
    try {
      network.reservePort(projectId);
      const port = network.ports.add(
        {
          network_id: subnet.network_id,
          project_id: projectId,
          name: `octavia-lb-${id}`,
          device_id: `lb-${id}`,
          device_owner: "Octavia",
          admin_state_up: false,
          security_groups: [groupId],
        },
        [{ subnet_id: subnet.id, ...(address !== undefined && { ip_address: address }) }],
      );
      return { subnet, address: port.fixed_ips[0]?.ip_address ?? "", portId: port.id, owned: true };
    } catch (error) {
      if (error instanceof Refusal && error.type === "OverQuota") throw overQuota("Port");
      if (error instanceof Refusal) throw bad(error.message);
      throw error;
    }
  };
  const subnetOf = (call: Call, networkId: string): Subnet => {
    const net = state.networks.get(networkId);
    if (!net || !(call.scope.admin || net.project_id === call.scope.projectId || net.shared || net.external))
      throw bad(`Network ${networkId} not found.`);
    const subnets = state.subnets.by("network", networkId);
    const subnet = subnets.find((one) => one.ip_version === 4) ?? subnets[0];
    if (!subnet) throw failure("Supplied network does not contain a subnet.");
    return subnet;
  };
  const providerFor = (given: Json): string => {
    const wanted = textOf(given["provider"]) ?? settings.loadBalancerProviders[0]?.name ?? "amphora";
    if (!settings.loadBalancerProviders.some((one) => one.name === wanted)) throw bad(`Provider '${wanted}' is not enabled.`);
    return wanted;
  };
  const flavorFor = (given: Json): string | null => {
    const id = textOf(given["flavor_id"]);
    if (id === undefined) return null;
    const flavor = state.loadBalancerFlavors.get(id);
    if (!flavor) throw failure("Invalid flavor_id.");
    if (!flavor.enabled) throw bad(`The selected flavor is not allowed in this deployment: ${id}`);
    return id;
  };

  const create = (call: Call): Answer => {
    const given = objectOf(objectOf(call.body)["loadbalancer"]);
    const projectId = textOf(given["project_id"]) ?? textOf(given["tenant_id"]) ?? call.scope.projectId;
    if (projectId !== call.scope.projectId && !call.scope.admin) throw denied();
    for (const inline of ["listeners", "pools"]) {
      if (Array.isArray(given[inline]) && given[inline].length > 0) {
        throw new Refusal(
          501,
          `The simulated Octavia does not create ${inline} together with their load balancer: create them after it.`,
        );
      }
    }
    if (["vip_port_id", "vip_network_id", "vip_subnet_id"].every((name) => textOf(given[name]) === undefined)) {
      throw failure("VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.");
    }
    const limit = limitOf(context, "loadbalancer", projectId, "load_balancer");
    if (exceeds(limit, state.loadBalancers.count("project", projectId))) throw overQuota("Load Balancer");
    const provider = providerFor(given);
    const flavor = flavorFor(given);
    const id = ids.uuid();
    const service = state.projects.by("name", "service")[0]?.id ?? "";
    const group = network.addGroup(service, `lb-${id}`);
    let vip: Vip;
    try {
      vip = vipFor(call, given, id, projectId, group.id);
    } catch (error) {
      network.removeGroup(group.id);
      throw error;
    }
    const record = state.loadBalancers.put({
      id,
      project_id: projectId,
      name: textOf(given["name"]) ?? "",
      description: textOf(given["description"]) ?? "",
      provisioning_status: "PENDING_CREATE",
      admin_state_up: given["admin_state_up"] !== false,
      tags: textsOf(given["tags"]),
      created_at: time.plain(clock.now()),
      updated_at: null,
      vip_address: vip.address,
      vip_port_id: vip.portId,
      vip_subnet_id: vip.subnet.id,
      vip_network_id: vip.subnet.network_id,
      owns_vip_port: vip.owned,
      vip_security_group_id: group.id,
      provider,
      flavor_id: flavor,
      availability_zone: textOf(given["availability_zone"]) ?? null,
      vip_qos_policy_id: textOf(given["vip_qos_policy_id"]) ?? null,
    });
    lifecycle.created(record);
    return created({ loadbalancer: views.loadBalancer(record) });
  };
  const update = (call: Call): Answer => {
    const record = findOne(call);
    const given = objectOf(objectOf(call.body)["loadbalancer"]);
    lifecycle.mutable(record.id);
    state.loadBalancers.put({
      ...record,
      name: textOf(given["name"]) ?? record.name,
      description: textOf(given["description"]) ?? record.description,
      admin_state_up: typeof given["admin_state_up"] === "boolean" ? given["admin_state_up"] : record.admin_state_up,
      tags: given["tags"] === undefined ? record.tags : textsOf(given["tags"]),
    });
    lifecycle.changing(record.id);
    return ok({ loadbalancer: views.loadBalancer(findOne(call)) });
  };
  const remove = (call: Call): Answer => {
    const record = findOne(call);
    const children = state.listeners.count("loadbalancer", record.id) + state.pools.count("loadbalancer", record.id);
    const settled = record.provisioning_status === "ACTIVE" || record.provisioning_status === "ERROR";
    if (settled && children > 0 && !isTrue(call.query.get("cascade"))) {
      throw failure(`Cannot delete Load Balancer ${record.id} - it has children`);
    }
    lifecycle.remove(record);
    return noContent;
  };
  const noTraffic = { bytes_in: 0, bytes_out: 0, active_connections: 0, total_connections: 0, request_errors: 0 };
  const status = (call: Call): Answer => ok({ statuses: { loadbalancer: views.tree(findOne(call)) } });

  return {
    "/lbaas/loadbalancers": { GET: list("loadbalancers", state.loadBalancers, views.loadBalancer, settings), POST: create },
    "/lbaas/loadbalancers/:id": {
      GET: (call) => ok({ loadbalancer: views.loadBalancer(findOne(call)) }),
      PUT: update,
      DELETE: remove,
    },
    "/lbaas/loadbalancers/:id/status": { GET: status },
    "/lbaas/loadbalancers/:id/statuses": { GET: status },
    "/lbaas/loadbalancers/:id/stats": { GET: (call) => findOne(call) && ok({ stats: noTraffic }) },
    "/lbaas/loadbalancers/:id/failover": {
      PUT: (call) => {
        const record = findOne(call);
        if (!call.scope.admin) throw denied();
        lifecycle.failover(record);
        return { status: 202 };
      },
    },
    "/octavia/amphorae": {
      GET: (call) => {
        if (!call.scope.admin) throw denied();
        const wanted = call.query.get("loadbalancer_id");
        const found = [...state.loadBalancers.all()].filter((one) => wanted === undefined || one.id === wanted);
        return ok({ amphorae: found.filter((one) => one.provider !== "ovn").map((one) => amphora(one)), amphorae_links: [] });
      },
    },
    "/octavia/amphorae/:id": {
      GET: (call) => {
        if (!call.scope.admin) throw denied();
        throw notFound("Amphora", call.params["id"] ?? "");
      },
    },
  };
};

/** The simulated amphora is the load balancer itself: it has no server of its own. */
const amphora = (record: LoadBalancer): Json => ({
  id: record.id,
  loadbalancer_id: record.id,
  compute_id: null,
  lb_network_ip: null,
  vrrp_ip: record.vip_address,
  ha_ip: record.vip_address,
  vrrp_port_id: record.vip_port_id,
  ha_port_id: record.vip_port_id,
  cert_expiration: null,
  cert_busy: false,
  role: "STANDALONE",
  status: "ALLOCATED",
  vrrp_interface: null,
  vrrp_id: 1,
  vrrp_priority: null,
  cached_zone: record.availability_zone,
  created_at: record.created_at,
  updated_at: record.updated_at,
  image_id: null,
  compute_flavor: null,
});

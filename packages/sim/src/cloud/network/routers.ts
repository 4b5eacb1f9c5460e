import type { CloudContext } from "../context.ts";
import { type Answer, type Call, ok, Refusal } from "../http/call.ts";
import { isObject, type Json, listOf, objectOf, textOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import type { Allocation } from "./allocation.ts";
import { overlap, parseCidr } from "./ip.ts";
import type { Kind } from "./kind.ts";
import { standard, touched } from "./kind.ts";
import type { Ports } from "./ports.ts";
import type { Port, Router, Subnet } from "./records.ts";
import { badRequest, conflict, networkNotFound, portNotFound, routerNotFound, subnetNotFound } from "./refusals.ts";

const attributes = [
  "name",
  "description",
  "admin_state_up",
  "external_gateway_info",
  "routes",
  "distributed",
  "ha",
  "availability_zone_hints",
  "flavor_id",
  "enable_ndp_proxy",
];

export const createRouters = (context: CloudContext, ports: Ports, allocation: Allocation) => {
  const { state, transitions, settings } = context;
  const bad = (what: string, why: string): Refusal => new Refusal(400, `Bad ${what} request: ${why}.`, "BadRequest");

  const interfacesOf = (routerId: string): readonly Port[] =>
    state.ports.by("device", routerId).filter((port) => port.device_owner === "network:router_interface");
  /** The router that a subnet's hosts reach the outside through. */
  const routerOf = (subnetId: string, externalNetworkId: string): Router | undefined => {
    const subnet = state.subnets.get(subnetId);
    if (!subnet) return undefined;
    for (const port of state.ports.by("network", subnet.network_id)) {
      if (port.device_owner !== "network:router_interface" || !port.fixed_ips.some((ip) => ip.subnet_id === subnetId)) continue;
      const router = state.routers.get(port.device_id);
      if (router?.gateway?.network_id === externalNetworkId) return router;
    }
    return undefined;
  };
  /** The L3 agent takes a moment to wire a router's port. */
  const wire = (port: Port): void => {
    transitions.after(settings.delays.routerPort, `port/${port.id}`, () => {
      const now = state.ports.get(port.id);
      if (now?.status === "BUILD") ports.change(now, { status: "ACTIVE" });
    });
  };
  const add = (given: Parameters<Ports["add"]>[0], wishes?: readonly unknown[]): Port => {
    const port = ports.add({ ...given, status: "BUILD", port_security_enabled: false, host_id: "network-1" }, wishes);
    wire(port);
    return port;
  };

  const floatingIpsThrough = (routerId: string, subnetId?: string): boolean =>
    [...state.floatingIps.all()].some(
      (fip) =>
        fip.router_id === routerId &&
        (subnetId === undefined ||
          state.ports
            .get(fip.port_id ?? "")
            ?.fixed_ips.some((ip) => ip.subnet_id === subnetId && ip.ip_address === fip.fixed_ip_address)),
    );

  const dropGateway = (router: Router): void => {
    if (router.gateway) ports.drop(router.gateway.port_id);
  };
  const gatewayFor = (call: Call, router: Router, value: unknown): Router["gateway"] => {
    const given = isObject(value) ? value : undefined;
    const networkId = textOf(given?.["network_id"]);
    if (!given || networkId === undefined) {
      if (value !== null && value !== undefined && Object.keys(objectOf(value)).length > 0)
        throw badRequest("external_gateway_info needs network_id.");
      if (router.gateway && floatingIpsThrough(router.id)) {
        throw conflict(
          "RouterExternalGatewayInUseByFloatingIp",
          `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${router.gateway.network_id} is required by one or more floating IPs.`,
        );
      }
      dropGateway(router);
      return null;
    }
    const network = state.networks.get(networkId);
    const seen =
      network && (call.scope.admin || network.project_id === call.scope.projectId || network.external || network.shared);
    if (!network || !seen) throw networkNotFound(networkId);
    if (!network.external) throw bad("router", `Network ${networkId} is not an external network`);
    const wishes =
      Array.isArray(given["external_fixed_ips"]) && listOf(given["external_fixed_ips"]).length > 0
        ? listOf(given["external_fixed_ips"])
        : undefined;
    const snat = typeof given["enable_snat"] === "boolean" ? given["enable_snat"] : (router.gateway?.enable_snat ?? true);
    const old = router.gateway;
    if (old?.network_id === networkId && (!wishes || sameAddresses(old.external_fixed_ips, wishes)))
      return { ...old, enable_snat: snat };
    const fresh = old?.network_id === networkId ? state.ports.get(old.port_id) : undefined;
    if (old && !fresh) dropGateway(router);
    const port = fresh
      ? ports.change(fresh, { fixed_ips: allocation.allocate(networkId, fresh.mac_address, wishes, fresh.fixed_ips) })
      : add({ network_id: networkId, project_id: "", device_id: router.id, device_owner: "network:router_gateway" }, wishes);
    return { network_id: networkId, external_fixed_ips: port.fixed_ips, enable_snat: snat, port_id: port.id };
  };

  const kind: Kind<Router, "project" | "name" | "tag"> = {
    singular: "router",
    plural: "routers",
    path: "routers",
    collection: state.routers,
    indexed: { name: "name", tag: "tag" },
    notFound: routerNotFound,
    attributes: {
      post: [...attributes, "tags"],
      put: attributes,
      admin: ["distributed", "ha"],
      filters: ["availability_zones"],
    },
    view: (record) => ({
      id: record.id,
      name: record.name,
      tenant_id: record.project_id,
      admin_state_up: record.admin_state_up,
      status: "ACTIVE",
      external_gateway_info: record.gateway && {
        network_id: record.gateway.network_id,
        external_fixed_ips: record.gateway.external_fixed_ips,
        enable_snat: record.gateway.enable_snat,
      },
      description: record.description,
      availability_zones: record.scheduled ? ["nova"] : [],
      availability_zone_hints: [],
      routes: record.routes,
      flavor_id: null,
      tags: record.tags,
      created_at: record.created_at,
      updated_at: record.updated_at,
      revision_number: record.revision_number,
      project_id: record.project_id,
    }),
    create: (call, given, projectId) => {
      const router: Router = {
        ...standard(context, given, projectId),
        admin_state_up: given["admin_state_up"] !== false,
        gateway: null,
        routes: listOf(given["routes"]),
        scheduled: false,
      };
      const gateway = given["external_gateway_info"] ? gatewayFor(call, router, given["external_gateway_info"]) : null;
      return state.routers.put({ ...router, gateway, revision_number: gateway ? 3 : 1 });
    },
    update: (call, record, given) => {
      const gateway =
        given["external_gateway_info"] === undefined ? record.gateway : gatewayFor(call, record, given["external_gateway_info"]);
      return state.routers.put(
        touched(context, record, {
          name: textOf(given["name"]) ?? record.name,
          description: textOf(given["description"]) ?? record.description,
          admin_state_up: typeof given["admin_state_up"] === "boolean" ? given["admin_state_up"] : record.admin_state_up,
          routes: given["routes"] === undefined ? record.routes : listOf(given["routes"]),
          gateway,
          scheduled: record.scheduled || gateway !== null,
        }),
      );
    },
    remove: (_call, record) => {
      const attached = interfacesOf(record.id);
      if (attached.length > 0) {
        throw conflict(
          "RouterInUse",
          `Router ${record.id} has ports still attached: ${attached.map((port) => port.id).join(", ")}`,
        );
      }
      dropGateway(record);
      state.routers.remove(record.id);
    },
  };

  const find = (call: Call): Router => {
    const router = state.routers.get(call.params["id"] ?? "");
    if (!router || !(call.scope.admin || router.project_id === call.scope.projectId))
      throw routerNotFound(call.params["id"] ?? "");
    return router;
  };
  const findSubnet = (call: Call, id: string): Subnet => {
    const subnet = state.subnets.get(id);
    const network = subnet && state.networks.get(subnet.network_id);
    const seen = network && (call.scope.admin || network.project_id === call.scope.projectId || network.shared);
    if (!subnet || !seen) throw subnetNotFound(id);
    return subnet;
  };
  const answer = (router: Router, port: Port): Answer => {
    const subnets = port.fixed_ips.map((ip) => ip.subnet_id);
    return ok({
      id: router.id,
      tenant_id: router.project_id,
      port_id: port.id,
      network_id: port.network_id,
      subnet_id: subnets[0],
      subnet_ids: subnets,
    });
  };
  const checkRoom = (router: Router, subnet: Subnet): void => {
    const wanted = parseCidr(subnet.cidr);
    for (const port of interfacesOf(router.id)) {
      for (const ip of port.fixed_ips) {
        if (ip.subnet_id === subnet.id) throw bad("router", `Router already has a port on subnet ${subnet.id}`);
        const other = state.subnets.get(ip.subnet_id);
        const taken = other && parseCidr(other.cidr);
        if (wanted && taken && overlap(wanted, taken)) {
          throw bad(
            "router",
            `Cidr ${subnet.cidr} of subnet ${subnet.id} overlaps with cidr ${other.cidr} of subnet ${other.id}`,
          );
        }
      }
    }
  };
  const addInterface = (call: Call): Answer => {
    const router = find(call);
    const given: Json = objectOf(call.body);
    const subnetId = textOf(given["subnet_id"]);
    const portId = textOf(given["port_id"]);
    if ((subnetId === undefined) === (portId === undefined)) {
      throw bad(
        "router",
        subnetId === undefined ? "Either subnet_id or port_id must be specified" : "Cannot specify both subnet-id and port-id",
      );
    }
    const attach = (): Port => {
      if (portId !== undefined) {
        const port = state.ports.get(portId);
        if (!port || !(call.scope.admin || port.project_id === call.scope.projectId)) throw portNotFound(portId);
        if (port.device_id !== "") {
          throw conflict(
            "PortInUse",
            `Unable to complete operation on port ${portId} for network ${port.network_id}. Port already has an attached device ${port.device_id}.`,
          );
        }
        if (port.fixed_ips.length === 0) throw bad("router", "Router port must have at least one fixed IP");
        for (const ip of port.fixed_ips) checkRoom(router, findSubnet(call, ip.subnet_id));
        const changed = ports.change(port, {
          device_id: router.id,
          device_owner: "network:router_interface",
          status: "BUILD",
          host_id: "network-1",
        });
        wire(changed);
        return changed;
      }
      const subnet = findSubnet(call, subnetId ?? "");
      checkRoom(router, subnet);
      if (subnet.gateway_ip === null) throw bad("router", "Subnet for router interface must have a gateway IP");
      return add(
        {
          network_id: subnet.network_id,
          project_id: router.project_id,
          device_id: router.id,
          device_owner: "network:router_interface",
        },
        [{ subnet_id: subnet.id, ip_address: subnet.gateway_ip }],
      );
    };
    const port = attach();
    state.routers.put(touched(context, router, { scheduled: true }));
    return answer(router, port);
  };
  const removeInterface = (call: Call): Answer => {
    const router = find(call);
    const given: Json = objectOf(call.body);
    const subnetId = textOf(given["subnet_id"]);
    const portId = textOf(given["port_id"]);
    if (subnetId === undefined && portId === undefined) throw bad("router", "Either subnet_id or port_id must be specified");
    const port = interfacesOf(router.id).find((one) =>
      portId === undefined ? one.fixed_ips.some((ip) => ip.subnet_id === subnetId) : one.id === portId,
    );
    if (!port) {
      if (portId !== undefined)
        throw new Refusal(404, `Router ${router.id} does not have an interface with id ${portId}`, "RouterInterfaceNotFound");
      if (!state.subnets.get(subnetId ?? "")) throw subnetNotFound(subnetId ?? "");
      throw new Refusal(404, `Router ${router.id} has no interface on subnet ${subnetId}`, "RouterInterfaceNotFoundForSubnet");
    }
    for (const { subnet_id } of port.fixed_ips) {
      if (floatingIpsThrough(router.id, subnet_id)) {
        throw conflict(
          "RouterInterfaceInUseByFloatingIP",
          `Router interface for subnet ${subnet_id} on router ${router.id} cannot be deleted, as it is required by one or more floating IPs.`,
        );
      }
    }
    ports.drop(port.id);
    state.routers.put(touched(context, router, {}));
    return answer(router, port);
  };

  const routes: Routes = {
    "/v2.0/routers/:id/add_router_interface": { PUT: addInterface },
    "/v2.0/routers/:id/remove_router_interface": { PUT: removeInterface },
  };
  const resume = (): void => {
    for (const port of state.ports.all()) if (port.status === "BUILD") wire(port);
  };
  return { kind, routes, routerOf, resume };
};

const sameAddresses = (have: readonly { subnet_id: string; ip_address: string }[], wishes: readonly unknown[]): boolean =>
  wishes.length === have.length &&
  wishes.every((wish) => {
    const { subnet_id: subnetId, ip_address: address } = objectOf(wish);
    return have.some(
      (ip) => (subnetId === undefined || ip.subnet_id === subnetId) && (address === undefined || ip.ip_address === address),
    );
  });

import type { CloudContext } from "../context.ts";
import { type Call, Refusal } from "../http/call.ts";
import { isObject, type Json, listOf, objectOf, textOf, textsOf } from "../http/json.ts";
import { time } from "../ids.ts";
import type { Allocation } from "./allocation.ts";
import { parseCidr, parseIp } from "./ip.ts";
import type { Kind } from "./kind.ts";
import { touched } from "./kind.ts";
import type { Port } from "./records.ts";
import { badRequest, conflict, networkNotFound, policy, portNotFound, securityGroupNotFound } from "./refusals.ts";

export interface Ports {
  readonly kind: Kind<Port, "project" | "name" | "tag" | "network" | "device" | "ip" | "address" | "group" | "mac">;
  /** What a service of the cloud makes for itself or for a tenant, past policy and quota. */
  add(given: Partial<Port> & Pick<Port, "network_id" | "project_id">, wishes?: readonly unknown[]): Port;
  change(port: Port, changes: Partial<Port>): Port;
  /** Past all checks; floating IPs let go of it first. */
  drop(id: string): void;
}

const ownedByNeutron = [
  "network:router_interface",
  "network:router_gateway",
  "network:floatingip",
  "network:router_interface_distributed",
];
const common = [
  ...["name", "description", "admin_state_up", "fixed_ips", "security_groups", "allowed_address_pairs", "port_security_enabled"],
  ...["device_id", "device_owner", "binding:vnic_type", "binding:host_id", "binding:profile", "extra_dhcp_opts", "qos_policy_id"],
  ...["dns_name", "dns_domain", "mac_address", "numa_affinity_policy", "hints", "data_plane_status"],
];

export const createPorts = (
  context: CloudContext,
  allocation: Allocation,
  defaultGroup: (projectId: string) => { readonly id: string } | undefined,
  letGo: (portId: string) => void,
  trunkOf: (portId: string) => Json | undefined,
): Ports => {
  const { state, ids } = context;
  const newMac = (): string => {
    for (;;) {
      const tail = Array.from({ length: 3 }, () => ids.below(256).toString(16).padStart(2, "0"));
      const mac = ["fa", "16", "3e", ...tail].join(":");
      if (state.ports.count("mac", mac) === 0) return mac;
    }
  };

  const add: Ports["add"] = (given, wishes) => {
    const mac = given.mac_address ?? newMac();
    const now = time.zulu(context.clock.now());
    // Field by field: ports are the most numerous of all records, and a spread of this size costs more than the rest of the call.
    return state.ports.put({
      id: given.id ?? ids.uuid(),
      project_id: given.project_id,
      name: given.name ?? "",
      description: given.description ?? "",
      tags: given.tags ?? [],
      created_at: now,
      updated_at: now,
      revision_number: 1,
      network_id: given.network_id,
      mac_address: mac,
      admin_state_up: given.admin_state_up ?? true,
      status: given.status ?? "DOWN",
      device_id: given.device_id ?? "",
      device_owner: given.device_owner ?? "",
      fixed_ips: given.fixed_ips ?? allocation.allocate(given.network_id, mac, wishes),
      security_groups: given.security_groups ?? [],
      allowed_address_pairs: given.allowed_address_pairs ?? [],
      port_security_enabled: given.port_security_enabled ?? true,
      vnic_type: given.vnic_type ?? "normal",
      profile: given.profile ?? {},
      host_id: given.host_id ?? "",
      dns_name: given.dns_name ?? "",
      propagate_uplink_status: given.propagate_uplink_status ?? null,
    });
  };
  const change: Ports["change"] = (port, changes) => state.ports.put(touched(context, port, changes));
  const drop = (id: string): void => {
    letGo(id);
    state.ports.remove(id);
  };

  const groupsOf = (call: Call, given: Json): readonly string[] => {
    const wanted = textsOf(given["security_groups"]);
    for (const id of wanted) {
      const group = state.securityGroups.get(id);
      if (!group || !(call.scope.admin || group.project_id === call.scope.projectId)) throw securityGroupNotFound(id);
    }
    return [...new Set(wanted)];
  };
  const secured = (given: Json, otherwise: boolean): boolean =>
    typeof given["port_security_enabled"] === "boolean" ? given["port_security_enabled"] : otherwise;
  const checkSecurity = (isSecured: boolean, groups: readonly string[], pairs: readonly unknown[]): void => {
    if (isSecured) return;
    if (groups.length > 0) {
      throw new Refusal(
        400,
        "Port security must be enabled and port must have an IP address in order to use security groups.",
        "PortSecurityAndIPRequiredForSecurityGroups",
      );
    }
    if (pairs.length > 0) {
      throw conflict(
        "AddressPairAndPortSecurityRequired",
        "Port Security must be enabled in order to have allowed address pairs on a port.",
      );
    }
  };
  const pairsOf = (given: unknown, mac: string): Port["allowed_address_pairs"] =>
    listOf(given).map((item) => {
      const pair = objectOf(item);
      const address = textOf(pair["ip_address"]);
      if (address === undefined || !(parseIp(address) ?? parseCidr(address))) {
        throw badRequest(`Invalid input for allowed_address_pairs. Reason: '${String(address)}' is not a valid IP address.`);
      }
      return { mac_address: textOf(pair["mac_address"])?.toLowerCase() ?? mac, ip_address: address };
    });

  const create = (call: Call, given: Json, projectId: string): Port => {
    const networkId = textOf(given["network_id"]) ?? "";
    const network = state.networks.get(networkId);
    const { admin, projectId: asking } = call.scope;
    const seen = network && (admin || network.project_id === asking || network.shared || network.external);
    if (!network || !seen) throw networkNotFound(networkId);
    if (!admin && network.project_id !== projectId && !network.shared)
      throw new Refusal(404, "The resource could not be found.", "HTTPNotFound");
    if (!admin && textOf(given["device_owner"])?.startsWith("network:")) throw policy("create_port", "create_port:device_owner");
    const mac = textOf(given["mac_address"])?.toLowerCase() ?? newMac();
    if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac))
      throw badRequest(`Invalid input for mac_address. Reason: '${mac}' is not a valid MAC address.`);
    if (state.ports.by("mac", mac).some((port) => port.network_id === networkId)) {
      throw conflict(
        "MacAddressInUse",
        `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`,
      );
    }
    const isSecured = secured(given, network.port_security_enabled);
    const groups =
      given["security_groups"] === undefined || given["security_groups"] === null ? undefined : groupsOf(call, given);
    const pairs = pairsOf(given["allowed_address_pairs"], mac);
    checkSecurity(isSecured, groups ?? [], pairs);
    const fallback = isSecured && groups === undefined ? defaultGroup(projectId) : undefined;
    return add(
      {
        network_id: networkId,
        project_id: projectId,
        name: textOf(given["name"]) ?? "",
        description: textOf(given["description"]) ?? "",
        tags: textsOf(given["tags"]),
        mac_address: mac,
        admin_state_up: given["admin_state_up"] !== false,
        device_id: textOf(given["device_id"]) ?? "",
        device_owner: textOf(given["device_owner"]) ?? "",
        security_groups: groups ?? (fallback ? [fallback.id] : []),
        allowed_address_pairs: pairs,
        port_security_enabled: isSecured,
        vnic_type: textOf(given["binding:vnic_type"]) ?? "normal",
        profile: objectOf(given["binding:profile"]),
        host_id: textOf(given["binding:host_id"]) ?? "",
        dns_name: textOf(given["dns_name"]) ?? "",
        propagate_uplink_status: typeof given["propagate_uplink_status"] === "boolean" ? given["propagate_uplink_status"] : null,
      },
      Array.isArray(given["fixed_ips"]) ? listOf(given["fixed_ips"]) : undefined,
    );
  };

  const update = (call: Call, record: Port, given: Json): Port => {
    const groups = given["security_groups"] === undefined ? record.security_groups : groupsOf(call, given);
    const pairs =
      given["allowed_address_pairs"] === undefined
        ? record.allowed_address_pairs
        : pairsOf(given["allowed_address_pairs"], record.mac_address);
    const isSecured = secured(given, record.port_security_enabled);
    checkSecurity(isSecured, groups, pairs);
    const text = (name: string, otherwise: string): string => textOf(given[name]) ?? otherwise;
    return change(record, {
      name: text("name", record.name),
      description: text("description", record.description),
      device_id: text("device_id", record.device_id),
      device_owner: text("device_owner", record.device_owner),
      vnic_type: text("binding:vnic_type", record.vnic_type),
      host_id: text("binding:host_id", record.host_id),
      dns_name: text("dns_name", record.dns_name),
      profile: isObject(given["binding:profile"]) ? given["binding:profile"] : record.profile,
      admin_state_up: typeof given["admin_state_up"] === "boolean" ? given["admin_state_up"] : record.admin_state_up,
      security_groups: groups,
      allowed_address_pairs: pairs,
      port_security_enabled: isSecured,
      fixed_ips: Array.isArray(given["fixed_ips"])
        ? allocation.allocate(record.network_id, record.mac_address, given["fixed_ips"], record.fixed_ips)
        : record.fixed_ips,
    });
  };

  const remove = (_call: Call, record: Port): void => {
    if (ownedByNeutron.includes(record.device_owner)) {
      throw conflict(
        "ServicePortInUse",
        `Port ${record.id} cannot be deleted directly via the port API: has device owner ${record.device_owner}.`,
      );
    }
    const parent = state.trunks.by("port", record.id)[0];
    if (parent) throw conflict("PortInUseAsTrunkParent", `Port ${record.id} is currently a parent port for trunk ${parent.id}.`);
    const child = state.trunks.by("subport", record.id)[0];
    if (child) throw conflict("PortInUseAsSubPort", `Port ${record.id} is currently a subport for trunk ${child.id}.`);
    drop(record.id);
  };

  const view = (record: Port, admin: boolean): Json => {
    const trunk = trunkOf(record.id);
    return {
      id: record.id,
      name: record.name,
      network_id: record.network_id,
      tenant_id: record.project_id,
      mac_address: record.mac_address,
      admin_state_up: record.admin_state_up,
      status: record.status,
      device_id: record.device_id,
      device_owner: record.device_owner,
      fixed_ips: record.fixed_ips,
      allowed_address_pairs: record.allowed_address_pairs,
      extra_dhcp_opts: [],
      security_groups: record.security_groups,
      description: record.description,
      "binding:vnic_type": record.vnic_type,
      port_security_enabled: record.port_security_enabled,
      qos_policy_id: null,
      qos_network_policy_id: null,
      dns_name: record.dns_name,
      dns_assignment: record.fixed_ips.map(({ ip_address }) => {
        const hostname = record.dns_name || `host-${ip_address.replace(/[.:]/g, "-")}`;
        return { ip_address, hostname, fqdn: `${hostname}.slipway.example.` };
      }),
      dns_domain: "",
      ip_allocation: record.fixed_ips.length > 0 ? "immediate" : "none",
      tags: record.tags,
      created_at: record.created_at,
      updated_at: record.updated_at,
      revision_number: record.revision_number,
      project_id: record.project_id,
      ...(record.propagate_uplink_status !== null && { propagate_uplink_status: record.propagate_uplink_status }),
      ...(trunk && { trunk_details: trunk }),
      ...(admin && {
        "binding:profile": record.profile,
        "binding:host_id": record.host_id,
        "binding:vif_type": record.host_id === "" ? "unbound" : "ovs",
        "binding:vif_details": record.host_id === "" ? {} : boundDetails,
        resource_request: null,
      }),
    };
  };

  return {
    add,
    change,
    drop,
    kind: {
      singular: "port",
      plural: "ports",
      path: "ports",
      collection: state.ports,
      indexed: {
        device_id: "device",
        network_id: "network",
        mac_address: "mac",
        security_groups: "group",
        name: "name",
        tag: "tag",
      },
      notFound: portNotFound,
      attributes: {
        post: [...common, "network_id", "propagate_uplink_status", "tags"],
        put: common,
        admin: ["binding:host_id", "binding:profile"],
        filters: ["fixed_ips", "binding:vif_type", "ip_allocation", "ip_address"],
      },
      view,
      create,
      update,
      remove,
    },
  };
};

const boundDetails = {
  connectivity: "l2",
  port_filter: true,
  ovs_hybrid_plug: false,
  datapath_type: "system",
  bridge_name: "br-int",
  bound_drivers: { "0": "openvswitch" },
};

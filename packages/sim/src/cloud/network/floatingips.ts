import type { CloudContext } from "../context.ts";
import { type Call, Refusal } from "../http/call.ts";
import { type Json, textOf } from "../http/json.ts";
import type { Kind } from "./kind.ts";
import { standard, touched } from "./kind.ts";
import type { Ports } from "./ports.ts";
import type { FloatingIp, Port, Router } from "./records.ts";
import { conflict, floatingIpNotFound, networkNotFound, portNotFound } from "./refusals.ts";

type Association = Pick<FloatingIp, "port_id" | "fixed_ip_address" | "router_id">;
const free: Association = { port_id: null, fixed_ip_address: null, router_id: null };

export const createFloatingIps = (
  context: CloudContext,
  ports: () => Ports,
  routerOf: (subnetId: string, externalNetworkId: string) => Router | undefined,
) => {
  const { state, transitions, settings, faults } = context;
  const bad = (why: string): Refusal => new Refusal(400, `Bad floatingip request: ${why}.`, "BadRequest");

  /** The answer to an association still shows the old status: the L3 agent reports the new one a little later. */
  const settle = (fip: FloatingIp): void => {
    const wanted = fip.port_id === null ? "DOWN" : "ACTIVE";
    if (
      fip.status === wanted ||
      faults.scenario("floatingip-stuck", { name: fip.floating_ip_address, projectId: fip.project_id })
    )
      return;
    transitions.after(settings.delays.floatingIp, `floatingip/${fip.id}`, () => {
      const now = state.floatingIps.get(fip.id);
      const status = now?.port_id === null ? "DOWN" : "ACTIVE";
      if (now && now.status !== status) state.floatingIps.put(touched(context, now, { status }));
    });
  };

  const associate = (
    call: Call,
    fip: Pick<FloatingIp, "id" | "floating_ip_address" | "floating_network_id">,
    given: Json,
  ): Association => {
    const portId = textOf(given["port_id"]);
    if (portId === undefined) return free;
    const port = state.ports.get(portId);
    if (!port || !(call.scope.admin || port.project_id === call.scope.projectId)) throw portNotFound(portId);
    const address = fixedIpOf(port, textOf(given["fixed_ip_address"]));
    const taken = state.floatingIps
      .by("port", portId)
      .find((one) => one.id !== fip.id && one.fixed_ip_address === address.ip_address);
    if (taken) {
      throw conflict(
        "FloatingIPPortAlreadyAssociated",
        `Cannot associate floating IP ${fip.floating_ip_address} (${fip.id}) with port ${portId} using fixed IP ${address.ip_address}, as that fixed IP already has a floating IP on external network ${fip.floating_network_id}.`,
      );
    }
    const router = routerOf(address.subnet_id, fip.floating_network_id);
    if (!router) {
      throw new Refusal(
        404,
        `External network ${fip.floating_network_id} is not reachable from subnet ${address.subnet_id}.  Therefore, cannot associate Port ${portId} with a Floating IP.`,
        "ExternalGatewayForFloatingIPNotFound",
      );
    }
    return { port_id: portId, fixed_ip_address: address.ip_address, router_id: router.id };
  };
  const fixedIpOf = (port: Port, wanted: string | undefined) => {
    const v4 = port.fixed_ips.filter((ip) => ip.ip_address.includes("."));
    if (v4.length === 0) throw bad(`Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses`);
    if (wanted !== undefined) {
      const found = v4.find((ip) => ip.ip_address === wanted);
      if (!found) throw bad(`Port ${port.id} does not have fixed ip ${wanted}`);
      return found;
    }
    const [first, second] = v4;
    if (!first || second)
      throw bad(
        `Port ${port.id} has multiple fixed IPv4 addresses. Must provide a specific IPv4 address when assigning a floating IP`,
      );
    return first;
  };

  const create = (call: Call, given: Json, projectId: string): FloatingIp => {
    const networkId = textOf(given["floating_network_id"]) ?? "";
    const network = state.networks.get(networkId);
    const seen =
      network && (call.scope.admin || network.external || network.shared || network.project_id === call.scope.projectId);
    if (!network || !seen) throw networkNotFound(networkId);
    if (!network.external) throw bad(`Network ${networkId} is not a valid external network`);
    const base = standard(context, given, projectId);
    const address = textOf(given["floating_ip_address"]);
    const subnet = textOf(given["subnet_id"]);
    const wish = { ...(address !== undefined && { ip_address: address }), ...(subnet !== undefined && { subnet_id: subnet }) };
    const holder = ports().add(
      {
        network_id: networkId,
        project_id: "",
        status: "N/A",
        device_id: base.id,
        device_owner: "network:floatingip",
        port_security_enabled: false,
      },
      Object.keys(wish).length > 0 ? [wish] : v4Only(networkId),
    );
    const held = holder.fixed_ips[0]?.ip_address;
    if (held === undefined) {
      state.ports.remove(holder.id);
      throw conflict("IpAddressGenerationFailure", `No more IP addresses available on network ${networkId}.`);
    }
    const fip = { id: base.id, floating_ip_address: held, floating_network_id: networkId };
    let association: Association;
    try {
      association = associate(call, fip, given);
    } catch (error) {
      state.ports.remove(holder.id);
      throw error;
    }
    const record = state.floatingIps.put({
      ...base,
      ...fip,
      ...association,
      status: "DOWN",
      address_port_id: holder.id,
      dns_name: textOf(given["dns_name"]) ?? "",
      dns_domain: textOf(given["dns_domain"]) ?? "",
    });
    settle(record);
    return record;
  };
  /** A floating IP is an IPv4 address even where the external network has both. */
  const v4Only = (networkId: string): readonly Json[] | undefined => {
    const subnets = state.subnets.by("network", networkId);
    const v4 = subnets.filter((one) => one.ip_version === 4);
    return v4.length === subnets.length ? undefined : v4.slice(0, 1).map((one) => ({ subnet_id: one.id }));
  };

  const kind: Kind<FloatingIp, "project" | "tag" | "address" | "port"> = {
    singular: "floatingip",
    plural: "floatingips",
    path: "floatingips",
    collection: state.floatingIps,
    indexed: { floating_ip_address: "address", port_id: "port", tag: "tag" },
    notFound: floatingIpNotFound,
    attributes: {
      post: [
        "floating_network_id",
        "description",
        "floating_ip_address",
        "port_id",
        "fixed_ip_address",
        "subnet_id",
        "qos_policy_id",
        "dns_name",
        "dns_domain",
        "tags",
      ],
      put: ["port_id", "fixed_ip_address", "description", "qos_policy_id"],
      admin: ["floating_ip_address"],
      filters: ["router_id"],
    },
    view: (record) => {
      const port = record.port_id === null ? undefined : state.ports.get(record.port_id);
      return {
        id: record.id,
        tenant_id: record.project_id,
        floating_ip_address: record.floating_ip_address,
        floating_network_id: record.floating_network_id,
        router_id: record.router_id,
        port_id: record.port_id,
        fixed_ip_address: record.fixed_ip_address,
        status: record.status,
        description: record.description,
        qos_policy_id: null,
        port_details: port
          ? {
              name: port.name,
              network_id: port.network_id,
              mac_address: port.mac_address,
              admin_state_up: port.admin_state_up,
              status: port.status,
              device_id: port.device_id,
              device_owner: port.device_owner,
            }
          : null,
        dns_domain: record.dns_domain,
        dns_name: record.dns_name,
        port_forwardings: [],
        tags: record.tags,
        created_at: record.created_at,
        updated_at: record.updated_at,
        revision_number: record.revision_number,
        project_id: record.project_id,
      };
    },
    create,
    update: (call, record, given) => {
      // An empty object means: let go. One with other fields only leaves the association alone.
      const lets = Object.keys(given).length === 0 || "port_id" in given;
      const association = lets ? associate(call, record, given) : {};
      const changed = state.floatingIps.put(
        touched(context, record, { ...association, description: textOf(given["description"]) ?? record.description }),
      );
      settle(changed);
      return changed;
    },
    remove: (_call, record) => {
      transitions.cancel(`floatingip/${record.id}`);
      state.ports.remove(record.address_port_id);
      state.floatingIps.remove(record.id);
    },
  };

  return {
    kind,
    /** The port goes away. */
    letGo: (portId: string): void => {
      for (const fip of state.floatingIps.by("port", portId)) settle(state.floatingIps.put(touched(context, fip, free)));
    },
    resume: (): void => {
      for (const fip of state.floatingIps.all()) settle(fip);
    },
  };
};

import type { CloudContext } from "../context.ts";
import { isObject, type Json, numberOf, textOf } from "../http/json.ts";
import type { Kind } from "./kind.ts";
import { standard, touched } from "./kind.ts";
import type { Network } from "./records.ts";
import { conflict, networkNotFound } from "./refusals.ts";

const provider = ["provider:network_type", "provider:physical_network", "provider:segmentation_id"];

export const networkKind = (
  context: CloudContext,
  removePortsOfNeutron: (networkId: string) => void,
): Kind<Network, "project" | "name" | "tag" | "external"> => {
  const { state } = context;
  return {
    singular: "network",
    plural: "networks",
    path: "networks",
    collection: state.networks,
    indexed: { name: "name", tag: "tag", "router:external": "external" },
    notFound: networkNotFound,
    shared: (record) => record.shared || record.external,
    sharedRecords: () => [...state.networks.by("external", "true"), ...[...state.networks.all()].filter((one) => one.shared)],
    attributes: {
      post: [
        ...["name", "admin_state_up", "mtu", "shared", "router:external", "port_security_enabled", "description", "dns_domain"],
        ...["availability_zone_hints", "qos_policy_id", "is_default", "vlan_transparent", "segments", "tags"],
        ...provider,
      ],
      put: [
        "name",
        "admin_state_up",
        "mtu",
        "shared",
        "router:external",
        "port_security_enabled",
        "description",
        "dns_domain",
        "qos_policy_id",
        "is_default",
      ],
      admin: ["shared", "router:external", "is_default", "segments", ...provider],
      filters: ["subnets", "l2_adjacency", "availability_zones"],
    },
    whenCreated: { is_default: false },
    view: (record, admin) => ({
      id: record.id,
      name: record.name,
      tenant_id: record.project_id,
      admin_state_up: record.admin_state_up,
      mtu: record.mtu,
      status: "ACTIVE",
      subnets: state.subnets.by("network", record.id).map((subnet) => subnet.id),
      shared: record.shared,
      availability_zone_hints: [],
      availability_zones: [],
      ipv4_address_scope: null,
      ipv6_address_scope: null,
      "router:external": record.external,
      vlan_transparent: false,
      description: record.description,
      port_security_enabled: record.port_security_enabled,
      qos_policy_id: null,
      dns_domain: record.dns_domain,
      l2_adjacency: true,
      ...(record.external && { is_default: false }),
      tags: record.tags,
      created_at: record.created_at,
      updated_at: record.updated_at,
      revision_number: record.revision_number,
      project_id: record.project_id,
      ...(admin && {
        "provider:network_type": record.network_type,
        "provider:physical_network": record.physical_network,
        "provider:segmentation_id": record.segmentation_id,
      }),
    }),
    create: (_call, given, projectId) => {
      const type = textOf(given["provider:network_type"]) ?? (given["router:external"] === true ? "flat" : "vxlan");
      return state.networks.put({
        ...standard(context, given, projectId),
        revision_number: 1,
        ...settable(given, { admin_state_up: true, shared: false, external: false, port_security_enabled: true, dns_domain: "" }),
        mtu: numberOf(given["mtu"]) ?? (type === "vxlan" ? 1450 : 1500),
        network_type: type,
        physical_network: textOf(given["provider:physical_network"]) ?? (type === "vxlan" ? null : "physnet1"),
        segmentation_id: numberOf(given["provider:segmentation_id"]) ?? (type === "flat" ? null : 1 + state.next("segment")),
      });
    },
    update: (_call, record, given) =>
      state.networks.put(
        touched(context, record, {
          ...settable(given, record),
          name: textOf(given["name"]) ?? record.name,
          description: textOf(given["description"]) ?? record.description,
          mtu: numberOf(given["mtu"]) ?? record.mtu,
        }),
      ),
    remove: (_call, record) => {
      const users = state.ports
        .by("network", record.id)
        .filter((port) => !["network:dhcp", "network:distributed"].includes(port.device_owner))
        .map((port) => port.id);
      if (users.length > 0) {
        throw conflict(
          "NetworkInUse",
          `Unable to complete operation on network ${record.id}. There are one or more ports still in use on the network, id for these ports is: ${users.join(",")}.`,
        );
      }
      removePortsOfNeutron(record.id);
      for (const subnet of state.subnets.by("network", record.id)) state.subnets.remove(subnet.id);
      state.networks.remove(record.id);
    },
  };
};

type Settable = Pick<Network, "admin_state_up" | "shared" | "external" | "port_security_enabled" | "dns_domain">;
const settable = (given: Json, otherwise: Settable): Settable => {
  const flag = (name: string, fallback: boolean): boolean => {
    const value = isObject(given) ? given[name] : undefined;
    return typeof value === "boolean" ? value : typeof value === "string" ? value.toLowerCase() === "true" : fallback;
  };
  return {
    admin_state_up: flag("admin_state_up", otherwise.admin_state_up),
    shared: flag("shared", otherwise.shared),
    external: flag("router:external", otherwise.external),
    port_security_enabled: flag("port_security_enabled", otherwise.port_security_enabled),
    dns_domain: textOf(given["dns_domain"]) ?? otherwise.dns_domain,
  };
};

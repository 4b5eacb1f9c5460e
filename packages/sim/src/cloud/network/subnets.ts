import type { CloudContext } from "../context.ts";
import { Refusal } from "../http/call.ts";
import { isObject, type Json, listOf, textOf, textsOf } from "../http/json.ts";
import { type Cidr, contains, formatCidr, formatIp, overlap, parseCidr, parseIp } from "./ip.ts";
import type { Kind } from "./kind.ts";
import { standard, touched } from "./kind.ts";
import type { Subnet } from "./records.ts";
import { badRequest, conflict, invalidInput, networkNotFound, subnetNotFound } from "./refusals.ts";

const settable = [
  "name",
  "description",
  "gateway_ip",
  "enable_dhcp",
  "allocation_pools",
  "dns_nameservers",
  "host_routes",
  "service_types",
];

export const subnetKind = (context: CloudContext): Kind<Subnet, "project" | "name" | "tag" | "network"> => {
  const { state } = context;
  return {
    singular: "subnet",
    plural: "subnets",
    path: "subnets",
    collection: state.subnets,
    indexed: { network_id: "network", name: "name", tag: "tag" },
    notFound: subnetNotFound,
    shared: (record) =>
      state.networks.get(record.network_id)?.shared === true || state.networks.get(record.network_id)?.external === true,
    sharedRecords: () =>
      [...state.networks.by("external", "true"), ...[...state.networks.all()].filter((one) => one.shared)].flatMap((network) => [
        ...state.subnets.by("network", network.id),
      ]),
    attributes: {
      post: [
        ...settable,
        "network_id",
        "cidr",
        "ip_version",
        "ipv6_ra_mode",
        "ipv6_address_mode",
        "subnetpool_id",
        "prefixlen",
        "segment_id",
        "use_default_subnetpool",
        "dns_publish_fixed_ip",
        "tags",
      ],
      put: [...settable, "segment_id", "dns_publish_fixed_ip"],
      filters: ["shared"],
    },
    view: (record) => ({
      id: record.id,
      name: record.name,
      tenant_id: record.project_id,
      network_id: record.network_id,
      ip_version: record.ip_version,
      subnetpool_id: null,
      enable_dhcp: record.enable_dhcp,
      ipv6_ra_mode: record.ipv6_ra_mode,
      ipv6_address_mode: record.ipv6_address_mode,
      gateway_ip: record.gateway_ip,
      cidr: record.cidr,
      allocation_pools: record.allocation_pools,
      host_routes: record.host_routes,
      dns_nameservers: record.dns_nameservers,
      description: record.description,
      service_types: record.service_types,
      tags: record.tags,
      created_at: record.created_at,
      updated_at: record.updated_at,
      revision_number: record.revision_number,
      project_id: record.project_id,
    }),
    create: (call, given, projectId) => {
      const networkId = textOf(given["network_id"]) ?? "";
      const network = state.networks.get(networkId);
      if (!network || !(call.scope.admin || network.project_id === call.scope.projectId)) throw networkNotFound(networkId);
      const cidr = rangeOf(given);
      for (const other of state.subnets.by("network", networkId)) {
        const taken = parseCidr(other.cidr);
        if (taken && overlap(taken, cidr)) {
          throw invalidInput(
            `Requested subnet with cidr: ${formatCidr(cidr)} for network: ${networkId} overlaps with another subnet.`,
          );
        }
      }
      const gateway = gatewayOf(given, cidr);
      return state.subnets.put({
        ...standard(context, given, projectId),
        network_id: networkId,
        ip_version: cidr.version,
        cidr: formatCidr(cidr),
        gateway_ip: gateway,
        enable_dhcp: given["enable_dhcp"] !== false,
        allocation_pools: given["allocation_pools"] === undefined ? defaultPools(cidr, gateway) : poolsOf(given, cidr, gateway),
        dns_nameservers: addressesOf(given["dns_nameservers"]),
        host_routes: listOf(given["host_routes"]),
        service_types: textsOf(given["service_types"]),
        ipv6_ra_mode: textOf(given["ipv6_ra_mode"]) ?? null,
        ipv6_address_mode: textOf(given["ipv6_address_mode"]) ?? null,
      });
    },
    update: (_call, record, given) => {
      const cidr = parseCidr(record.cidr);
      if (!cidr) throw new Error(`subnet ${record.id} was stored with the range ${record.cidr}`);
      const gateway = given["gateway_ip"] === undefined ? record.gateway_ip : gatewayOf(given, cidr);
      return state.subnets.put(
        touched(context, record, {
          name: textOf(given["name"]) ?? record.name,
          description: textOf(given["description"]) ?? record.description,
          enable_dhcp: typeof given["enable_dhcp"] === "boolean" ? given["enable_dhcp"] : record.enable_dhcp,
          gateway_ip: gateway,
          dns_nameservers:
            given["dns_nameservers"] === undefined ? record.dns_nameservers : addressesOf(given["dns_nameservers"]),
          host_routes: given["host_routes"] === undefined ? record.host_routes : listOf(given["host_routes"]),
          allocation_pools: given["allocation_pools"] === undefined ? record.allocation_pools : poolsOf(given, cidr, gateway),
        }),
      );
    },
    remove: (_call, record) => {
      const holders = state.ports
        .by("network", record.network_id)
        .filter((port) => port.fixed_ips.some((ip) => ip.subnet_id === record.id));
      if (holders.some((port) => !["network:dhcp", "network:distributed"].includes(port.device_owner))) {
        throw conflict(
          "SubnetInUse",
          `Unable to complete operation on subnet ${record.id}: One or more ports have an IP allocation from this subnet.`,
        );
      }
      for (const port of holders) state.ports.remove(port.id);
      state.subnets.remove(record.id);
    },
  };
};

const rangeOf = (given: Json): Cidr => {
  const text = textOf(given["cidr"]);
  if (text === undefined) throw badRequest("a subnetpool must be specified in the absence of a cidr");
  const cidr = text.includes("/") ? parseCidr(text) : undefined;
  if (!cidr) throw invalidInput(`${text} is not in a CIDR format.`);
  const version = given["ip_version"];
  if (version !== undefined && Number(version) !== cidr.version) {
    throw invalidInput(`The IP version ${String(version)} does not match the cidr ${text}`);
  }
  return cidr;
};

/** Absent: the first host. Null: none. */
const gatewayOf = (given: Json, cidr: Cidr): string | null => {
  if (given["gateway_ip"] === null) return null;
  const text = textOf(given["gateway_ip"]);
  if (text === undefined) return formatIp(cidr.version, cidr.first + 1n);
  const ip = parseIp(text);
  if (!ip || ip.version !== cidr.version)
    throw badRequest(`Invalid input for gateway_ip. Reason: '${text}' is not a valid IP address.`);
  if (cidr.version === 4 && !contains(cidr, ip)) throw invalidInput(`Gateway is not valid on subnet`);
  return formatIp(ip.version, ip.value);
};

/** All hosts but the gateway: one pool, or two around it. */
const defaultPools = (cidr: Cidr, gateway: string | null): Subnet["allocation_pools"] => {
  const first = cidr.first + 1n;
  const last = cidr.version === 4 ? cidr.last - 1n : cidr.last;
  const hole = gateway === null ? undefined : parseIp(gateway)?.value;
  const pool = (start: bigint, end: bigint) =>
    start <= end ? [{ start: formatIp(cidr.version, start), end: formatIp(cidr.version, end) }] : [];
  if (hole === undefined || hole < first || hole > last) return pool(first, last);
  return [...pool(first, hole - 1n), ...pool(hole + 1n, last)];
};

const poolsOf = (given: Json, cidr: Cidr, gateway: string | null): Subnet["allocation_pools"] => {
  const hole = gateway === null ? undefined : parseIp(gateway);
  return listOf(given["allocation_pools"]).map((item) => {
    const { start, end } = isObject(item) ? item : {};
    const from = parseIp(textOf(start) ?? "");
    const to = parseIp(textOf(end) ?? "");
    const shown = `${String(start)}-${String(end)}`;
    if (!from || !to || from.value > to.value) {
      throw new Refusal(400, `The allocation pool ${shown} is not valid.`, "InvalidAllocationPool");
    }
    if (!contains(cidr, from) || !contains(cidr, to)) {
      throw new Refusal(
        400,
        `The allocation pool ${shown} spans beyond the subnet cidr ${formatCidr(cidr)}.`,
        "OutOfBoundsAllocationPool",
      );
    }
    if (hole && hole.value >= from.value && hole.value <= to.value) {
      throw conflict("GatewayConflictWithAllocationPools", `Gateway ip ${gateway} conflicts with allocation pool ${shown}.`);
    }
    return { start: formatIp(from.version, from.value), end: formatIp(to.version, to.value) };
  });
};

const addressesOf = (value: unknown): readonly string[] =>
  textsOf(value).map((text) => {
    const ip = parseIp(text);
    if (!ip)
      throw badRequest(
        `Invalid input for dns_nameservers. Reason: '${text}' is not a valid nameserver. '${text}' is not a valid IP address.`,
      );
    return formatIp(ip.version, ip.value);
  });

import type { CloudContext } from "../context.ts";
import { Refusal } from "../http/call.ts";
import { isObject, type Json, listOf, textOf } from "../http/json.ts";
import { ipKey } from "../state/state.ts";
import { contains, eui64, formatIp, parseCidr, parseIp } from "./ip.ts";
import type { FixedIp, Subnet } from "./records.ts";
import { badRequest, conflict, subnetNotFound } from "./refusals.ts";

/** Which addresses a port gets. */
export interface Allocation {
  /** Free addresses as asked for; without a wish one of each family that the network has. */
  allocate(networkId: string, mac: string, wishes?: readonly unknown[], keep?: readonly FixedIp[]): readonly FixedIp[];
  isFree(subnetId: string, address: string): boolean;
}

export const createAllocation = ({ state }: CloudContext): Allocation => {
  // Where the search for a free address begins: going round delays the reuse of an address, as Neutron does. Losing it is harmless.
  const cursors = new Map<string, bigint>();

  const isFree = (subnetId: string, address: string): boolean => state.ports.count("ip", ipKey(subnetId, address)) === 0;

  const fromPool = (subnet: Subnet): string | undefined => {
    const pools = subnet.allocation_pools.flatMap(({ start, end }) => {
      const [from, to] = [parseIp(start), parseIp(end)];
      return from && to ? [{ from: from.value, to: to.value }] : [];
    });
    const begin = cursors.get(subnet.id) ?? 0n;
    for (const round of [begin, 0n]) {
      for (const { from, to } of pools) {
        for (let value = from > round ? from : round; value <= to; value += 1n) {
          const address = formatIp(subnet.ip_version, value);
          if (!isFree(subnet.id, address)) continue;
          cursors.set(subnet.id, value + 1n);
          return address;
        }
      }
      if (begin === 0n) return undefined;
    }
    return undefined;
  };

  const automatic = (subnet: Subnet): boolean => ["slaac", "dhcpv6-stateless"].includes(subnet.ipv6_address_mode ?? "");
  const anyOf = (subnet: Subnet, mac: string): FixedIp | undefined => {
    if (automatic(subnet)) {
      const cidr = parseCidr(subnet.cidr);
      return cidr && { subnet_id: subnet.id, ip_address: eui64(cidr, mac) };
    }
    const address = fromPool(subnet);
    return address === undefined ? undefined : { subnet_id: subnet.id, ip_address: address };
  };
  const firstOf = (subnets: readonly Subnet[], networkId: string, mac: string): FixedIp | undefined => {
    if (subnets.length === 0) return undefined;
    for (const subnet of subnets) {
      const found = anyOf(subnet, mac);
      if (found) return found;
    }
    throw conflict("IpAddressGenerationFailure", `No more IP addresses available on network ${networkId}.`);
  };

  const wished = (
    networkId: string,
    subnets: readonly Subnet[],
    mac: string,
    wish: unknown,
    keep: readonly FixedIp[],
  ): FixedIp => {
    const given: Json = isObject(wish) ? wish : {};
    const subnetId = textOf(given["subnet_id"]);
    const address = textOf(given["ip_address"]);
    if (subnetId === undefined && address === undefined) throw badRequest("IP allocation requires subnet_id or ip_address.");
    const chosen = subnetId === undefined ? undefined : subnets.find((one) => one.id === subnetId);
    if (subnetId !== undefined && !chosen) {
      if (!state.subnets.get(subnetId)) throw subnetNotFound(subnetId);
      throw new Refusal(
        400,
        `Invalid input for operation: Failed to create port on network ${networkId}, because fixed_ips included invalid subnet ${subnetId}.`,
        "InvalidInput",
      );
    }
    if (address === undefined) {
      const found = firstOf(chosen ? [chosen] : [], networkId, mac);
      if (!found) throw conflict("IpAddressGenerationFailure", `No more IP addresses available on network ${networkId}.`);
      return found;
    }
    const ip = parseIp(address);
    if (!ip) throw badRequest(`Invalid input for fixed_ips. Reason: '${address}' is not a valid IP address.`);
    const subnet =
      chosen ??
      subnets.find((one) => {
        const cidr = parseCidr(one.cidr);
        return cidr !== undefined && contains(cidr, ip);
      });
    const cidr = subnet && parseCidr(subnet.cidr);
    if (!subnet || !cidr) {
      throw new Refusal(
        400,
        `IP address ${address} is not a valid IP for any of the subnets on the specified network.`,
        "InvalidIpForNetwork",
      );
    }
    const usable =
      contains(cidr, ip) && (cidr.version === 6 || cidr.prefix > 30 || (ip.value !== cidr.first && ip.value !== cidr.last));
    if (!usable)
      throw new Refusal(400, `IP address ${address} is not a valid IP for the specified subnet.`, "InvalidIpForSubnet");
    const written = formatIp(ip.version, ip.value);
    const kept = keep.some((one) => one.subnet_id === subnet.id && one.ip_address === written);
    if (!kept && !isFree(subnet.id, written)) {
      throw conflict("IpAddressAlreadyAllocated", `IP address ${written} already allocated in subnet ${subnet.id}`);
    }
    return { subnet_id: subnet.id, ip_address: written };
  };

  return {
    isFree,
    allocate: (networkId, mac, wishes, keep = []) => {
      const subnets = state.subnets.by("network", networkId);
      if (wishes !== undefined) {
        const ips: FixedIp[] = [];
        for (const wish of listOf(wishes)) ips.push(wished(networkId, subnets, mac, wish, [...keep]));
        return ips;
      }
      const own = subnets.filter((subnet) => subnet.service_types.length === 0);
      const v4 = firstOf(
        own.filter((subnet) => subnet.ip_version === 4),
        networkId,
        mac,
      );
      const selfMade = own.filter(automatic).flatMap((subnet) => anyOf(subnet, mac) ?? []);
      const v6 =
        selfMade.length > 0
          ? undefined
          : firstOf(
              own.filter((subnet) => subnet.ip_version === 6),
              networkId,
              mac,
            );
      return [...(v4 ? [v4] : []), ...(v6 ? [v6] : []), ...selfMade];
    },
  };
};

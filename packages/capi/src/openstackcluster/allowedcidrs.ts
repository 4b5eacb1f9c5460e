import type { OpenStackCluster } from "@slipway/api";
import ipaddr from "ipaddr.js";

export interface AllowedCidrs {
  /** Empty: everybody may come. */
  readonly cidrs: readonly string[];
  /** Entries that are no IPv4 address or range: left out, and told of. */
  readonly refused: readonly string[];
}

/**
 * Who may reach the API: the user's list, and always the cluster's own subnets, router and bastion, which could not work without.
 * Octavia has no mixed lists, and the VIP is IPv4: other entries are left out.
 */
export const allowedCidrs = (
  { spec, status }: Pick<OpenStackCluster, "spec" | "status">,
  subnetCidrs: readonly string[],
  routerIps: readonly string[],
): AllowedCidrs => {
  const users = spec.apiServerLoadBalancer?.allowedCIDRs ?? [];
  if (users.length === 0) return { cidrs: [], refused: [] };
  const own = [status?.bastion?.floatingIP, status?.bastion?.ip, ...subnetCidrs, ...routerIps];
  const entries = [...users, ...own].filter((entry): entry is string => entry !== undefined && entry !== "");
  const canonical = entries.map((entry) => ({ entry, cidr: canonicalIpv4(entry) }));
  return {
    cidrs: [...new Set(canonical.flatMap(({ cidr }) => cidr ?? []))].sort(),
    refused: canonical.filter(({ cidr }) => cidr === undefined).map(({ entry }) => entry),
  };
};

/** `10.0.0.7` → `10.0.0.7/32`, `10.0.0.7/8` → `10.0.0.0/8`. */
const canonicalIpv4 = (entry: string): string | undefined => {
  const cidr = entry.includes("/") ? entry : `${entry}/32`;
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr)) return undefined;
  const [, bits] = ipaddr.IPv4.parseCIDR(cidr);
  return `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${bits}`;
};

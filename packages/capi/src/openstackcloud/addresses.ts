import type { ServerAddress as StatusAddress } from "@slipway/api";
import type { Server } from "@slipway/openstack";

/** A server's addresses as a Machine shows them: network by network, IPv4 first; then its name, which the cloud's DNS may know. */
export const machineAddresses = (server: Pick<Server, "name" | "addresses">): readonly StatusAddress[] => {
  const typed = server.addresses.flatMap((one) => {
    const type = typeOf(one.type);
    return type === undefined ? [] : [{ ...one, type }];
  });
  const ordered = typed.toSorted((a, b) => (a.network === b.network ? a.version - b.version : a.network < b.network ? -1 : 1));
  return [...ordered.map(({ type, address }) => ({ type, address })), { type: "InternalDNS", address: server.name }];
};

const typeOf = (type: string): string | undefined =>
  type === "floating" ? "ExternalIP" : type === "fixed" ? "InternalIP" : undefined;

/** The address that others in the cluster reach it at: its first on the cluster's network, IPv4 before IPv6. */
export const clusterAddress = (server: Pick<Server, "addresses">, networkName: string): string | undefined =>
  server.addresses
    .filter(({ network, type }) => network === networkName && type === "fixed")
    .toSorted((a, b) => a.version - b.version)[0]?.address;

export const floatingAddresses = (server: Pick<Server, "addresses">): readonly string[] =>
  server.addresses.filter(({ type }) => type === "floating").map(({ address }) => address);

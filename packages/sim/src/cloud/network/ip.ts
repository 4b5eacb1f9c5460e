import ipaddr from "ipaddr.js";

/** Addresses as numbers, so that pools, ranges and overlaps are comparisons. */
export interface Ip {
  readonly version: 4 | 6;
  readonly value: bigint;
}
export interface Cidr {
  readonly version: 4 | 6;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

const bits = { 4: 32, 6: 128 } as const;

export const parseIp = (text: string): Ip | undefined => {
  const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (dotted) {
    const parts = dotted.slice(1).map(Number);
    if (parts.some((part) => part > 255)) return undefined;
    return { version: 4, value: BigInt(parts.reduce((sum, part) => sum * 256 + part, 0)) };
  }
  if (!text.includes(":") || !ipaddr.IPv6.isValid(text)) return undefined;
  const value = ipaddr.IPv6.parse(text)
    .toByteArray()
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { version: 6, value };
};

export const formatIp = (version: 4 | 6, value: bigint): string => {
  if (version === 4) {
    const n = Number(value);
    return `${Math.floor(n / 16777216)}.${Math.floor(n / 65536) % 256}.${Math.floor(n / 256) % 256}.${n % 256}`;
  }
  const bytes = Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 255n));
  return new ipaddr.IPv6(bytes).toString();
};

/** Host bits are cut off: `10.6.0.7/24` is `10.6.0.0/24`. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [address, length, more] = text.split("/");
  const ip = parseIp(address ?? "");
  if (!ip || more !== undefined) return undefined;
  const prefix = length === undefined ? bits[ip.version] : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (prefix < 0 || prefix > bits[ip.version]) return undefined;
  const size = 1n << BigInt(bits[ip.version] - prefix);
  const first = (ip.value / size) * size;
  return { version: ip.version, prefix, first, last: first + size - 1n };
};

export const formatCidr = (cidr: Cidr): string => `${formatIp(cidr.version, cidr.first)}/${cidr.prefix}`;
export const contains = (cidr: Cidr, ip: Ip): boolean =>
  cidr.version === ip.version && ip.value >= cidr.first && ip.value <= cidr.last;
export const overlap = (a: Cidr, b: Cidr): boolean => a.version === b.version && a.first <= b.last && b.first <= a.last;

export const isInCidr = (address: string, cidr: string): boolean => {
  const range = parseCidr(cidr);
  const ip = parseIp(address);
  return range !== undefined && ip !== undefined && contains(range, ip);
};

/** The address that a host gives itself from its MAC: RFC 4291, appendix A. */
export const eui64 = (cidr: Cidr, mac: string): string => {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map((part) => Number.parseInt(part, 16));
  const host = [a ^ 2, b, c, 0xff, 0xfe, d, e, f].reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return formatIp(6, cidr.first + host);
};

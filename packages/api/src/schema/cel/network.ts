import type { Environment } from "@marcbachmann/cel-js";
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** `ip("10.0.0.1")` */
export class IP {
  readonly address: Address;
  constructor(address: Address) {
    this.address = address;
  }
}

/** `cidr("10.0.0.0/8")` */
export class CIDR {
  readonly address: Address;
  readonly prefix: number;
  constructor(address: Address, prefix: number) {
    this.address = address;
    this.prefix = prefix;
  }
}

const isIP = (text: string): boolean =>
  !text.includes("%") && (ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text));

const parseIP = (text: string): IP => {
  if (!isIP(text)) throw new Error(`unable to parse IP: ${JSON.stringify(text)}`);
  return new IP(ipaddr.parse(text));
};

const parseCIDR = (text: string): CIDR => {
  if (!ipaddr.isValidCIDR(text)) throw new Error(`network address parse error: ${JSON.stringify(text)}`);
  const [address, prefix] = ipaddr.parseCIDR(text);
  return new CIDR(address, prefix);
};

const contains = ({ address, prefix }: CIDR, other: Address): boolean =>
  address.kind() === other.kind() && (other as ipaddr.IPv4).match(address as ipaddr.IPv4, prefix);

const network = ({ address, prefix }: CIDR): Address =>
  address.kind() === "ipv4"
    ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${prefix}`)
    : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${prefix}`);

class IPNamespace {}

/** As Go prints addresses: those of six shortened. */
const textOf = ({ address }: Pick<IP, "address">): string =>
  address.kind() === "ipv4" ? address.toString() : (address as ipaddr.IPv6).toRFC5952String();

/** Addresses, ranges and URLs, as rules in CRDs may read them. */
export const registerNetwork = (environment: Environment): void => {
  const range =
    (name: string) =>
    ({ address }: IP) =>
      address.range() === name;
  environment
    .registerType("IP", { ctor: IP, fields: {} })
    .registerType("CIDR", { ctor: CIDR, fields: {} })
    .registerType("WebAddress", { ctor: URL, fields: {} })
    .registerFunction("isIP(string): bool", isIP)
    .registerFunction("ip(string): IP", parseIP)
    .registerFunction("IP.family(): int", ({ address }: IP) => (address.kind() === "ipv4" ? 4n : 6n))
    .registerFunction("IP.isUnspecified(): bool", range("unspecified"))
    .registerFunction("IP.isLoopback(): bool", range("loopback"))
    .registerFunction("IP.isLinkLocalUnicast(): bool", range("linkLocal"))
    .registerFunction("IP.isLinkLocalMulticast(): bool", range("multicast"))
    .registerFunction(
      "IP.isGlobalUnicast(): bool",
      ({ address }: IP) => !["unspecified", "loopback", "linkLocal", "multicast", "broadcast"].includes(address.range()),
    )
    .registerFunction("isCIDR(string): bool", (text: string) => ipaddr.isValidCIDR(text))
    .registerFunction("cidr(string): CIDR", parseCIDR)
    .registerFunction("CIDR.prefixLength(): int", ({ prefix }: CIDR) => BigInt(prefix))
    .registerFunction("CIDR.ip(): IP", ({ address }: CIDR) => new IP(address))
    .registerFunction("CIDR.masked(): CIDR", (range: CIDR) => new CIDR(network(range), range.prefix))
    .registerFunction("CIDR.containsIP(IP): bool", (range: CIDR, { address }: IP) => contains(range, address))
    .registerFunction("CIDR.containsIP(string): bool", (range: CIDR, text: string) => contains(range, parseIP(text).address))
    .registerFunction(
      "CIDR.containsCIDR(CIDR): bool",
      (range: CIDR, other: CIDR) => range.prefix <= other.prefix && contains(range, other.address),
    )
    .registerFunction("CIDR.containsCIDR(string): bool", (range: CIDR, text: string) => {
      const other = parseCIDR(text);
      return range.prefix <= other.prefix && contains(range, other.address);
    })
    .registerFunction("isURL(string): bool", (text: string) => URL.canParse(text))
    .registerFunction("url(string): WebAddress", (text: string) => {
      if (!URL.canParse(text)) throw new Error(`URL parse error during conversion from string: ${JSON.stringify(text)}`);
      return new URL(text);
    })
    .registerFunction("WebAddress.getScheme(): string", (url: URL) => url.protocol.slice(0, -1))
    .registerFunction("WebAddress.getHost(): string", (url: URL) => url.host)
    .registerFunction("WebAddress.getHostname(): string", (url: URL) => url.hostname)
    .registerFunction("WebAddress.getPort(): string", (url: URL) => url.port)
    .registerFunction("WebAddress.getEscapedPath(): string", (url: URL) => url.pathname)
    .registerFunction(
      "WebAddress.getQuery(): map<string, list<string>>",
      ({ searchParams }: URL) => new Map([...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key)])),
    )
    .registerFunction("string(IP): string", textOf)
    .registerFunction("string(CIDR): string", ({ address, prefix }: CIDR) => `${textOf({ address })}/${prefix}`)
    .registerOperator("IP == IP", (a: IP, b: IP) => textOf(a) === textOf(b))
    .registerOperator("CIDR == CIDR", (a: CIDR, b: CIDR) => textOf(a) === textOf(b) && a.prefix === b.prefix)
    .registerOperator("WebAddress == WebAddress", (a: URL, b: URL) => a.href === b.href)
    .registerType("IPNamespace", { ctor: IPNamespace, fields: {} })
    .registerConstant("ip", "IPNamespace", new IPNamespace())
    .registerFunction(
      "IPNamespace.isCanonical(string): bool",
      (_of: IPNamespace, text: string) => textOf(parseIP(text)) === text,
    );
};

/** Addresses asked for and given. */
export * from "./group.ts";
export { IPAddress, type IpAddressSpec } from "./ipaddress.ts";
export { IPAddressClaim, type IpAddressClaimSpec, type IpAddressClaimStatus } from "./ipaddressclaim.ts";

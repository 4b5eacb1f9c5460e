import ipaddr from "ipaddr.js";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { deepEqual } from "../schema/equality.ts";
import type { IPAddress } from "./ipaddress.ts";
import type { IPAddressClaim } from "./ipaddressclaim.ts";

/** An address is given once. That its pool is the claim's one, its provider sees to: admission reads no other object. */
export const validateIPAddress = (address: IPAddress, { old }: AdmissionContext<IPAddress>): readonly FieldError[] => {
  if (old) return deepEqual(old.spec, address.spec) ? [] : [forbidden("spec", "the spec of IPAddress is immutable")];
  const { address: text, prefix, gateway, poolRef } = address.spec;
  const family = familyOf(text);
  return [
    ...(family ? [] : [invalid("spec.address", text, "not a valid IP address")]),
    ...(prefix < 0 ? [invalid("spec.prefix", prefix, "prefix cannot be negative")] : []),
    ...(family && prefix > family.bits
      ? [invalid("spec.prefix", prefix, `prefix is too large for an ${family.name} address`)]
      : []),
    ...(gateway === undefined || familyOf(gateway) ? [] : [invalid("spec.gateway", gateway, "not a valid IP address")]),
    ...poolErrors(poolRef),
  ];
};

export const validateIPAddressClaim = (
  claim: IPAddressClaim,
  { old }: AdmissionContext<IPAddressClaim>,
): readonly FieldError[] => [
  ...poolErrors(claim.spec.poolRef),
  ...(old && !deepEqual(old.spec, claim.spec) ? [forbidden("spec", "the spec of IPAddressClaim is immutable")] : []),
];

const poolErrors = ({ apiGroup }: IPAddressClaim["spec"]["poolRef"]): readonly FieldError[] =>
  apiGroup === undefined ? [invalid("spec.poolRef.apiGroup", null, "the pool reference needs to contain a group")] : [];

const familyOf = (text: string): { readonly name: string; readonly bits: number } | undefined => {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return { name: "IPv4", bits: 32 };
  return ipaddr.IPv6.isValid(text) ? { name: "IPv6", bits: 128 } : undefined;
};

import ipaddr from "ipaddr.js";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError, Read } from "../kind/kind.ts";
import { deepEqual } from "../schema/equality.ts";
import type { IPAddress } from "./ipaddress.ts";
import type { IPAddressClaim } from "./ipaddressclaim.ts";

/** The claim that an address fulfils. */
export const claimOf = ({ metadata, spec }: IPAddress): readonly Read[] => [
  {
    group: "ipam.cluster.x-k8s.io",
    kind: "IPAddressClaim",
    name: spec?.claimRef?.name ?? "",
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  },
];

/** An address is given once, and from the pool that was asked. */
export const validateIPAddress = (address: IPAddress, { old, related }: AdmissionContext<IPAddress>): readonly FieldError[] => {
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
    ...claimOf(address).flatMap((read) => {
      const claim = related?.find(read) as unknown as IPAddressClaim | undefined;
      return claim === undefined || deepEqual(claim.spec.poolRef, poolRef)
        ? []
        : [
            invalid(
              "spec.poolRef",
              poolRef,
              "the referenced pool is different from the pool referenced by the claim this address should fulfill",
            ),
          ];
    }),
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

import { describe, expect, test } from "vitest";
import { admissionOf, changed, relatedOf } from "../kind/admission.testing.ts";
import { IPAddress } from "./ipaddress.ts";
import { IPAddressClaim } from "./ipaddressclaim.ts";

const named = (kind: string) => ({ apiVersion: "ipam.cluster.x-k8s.io/v1beta1", kind, metadata: { name: "x", namespace: "ns" } });
const poolRef = { apiGroup: "infrastructure.cluster.x-k8s.io", kind: "OpenStackFloatingIPPool", name: "pool" };

describe("IPAddressClaim", () => {
  const { errors } = admissionOf(IPAddressClaim);
  const claim: IPAddressClaim = { ...named("IPAddressClaim"), spec: { poolRef } };

  test("names a pool with its group, and never another [CORE-394]", () => {
    expect(errors(claim)).toEqual([]);
    expect(errors({ ...claim, spec: { poolRef: { kind: "Pool", name: "p" } } })).toEqual([
      "spec.poolRef.apiGroup: Invalid value: null: the pool reference needs to contain a group",
    ]);
    expect(errors(claim, claim)).toEqual([]);
    expect(errors(changed<IPAddressClaim>(claim, { spec: { poolRef: { name: "other" } } }), claim)).toEqual([
      "spec: Forbidden: the spec of IPAddressClaim is immutable",
    ]);
  });
});

describe("IPAddress", () => {
  const { errors } = admissionOf(IPAddress);
  const address: IPAddress = {
    ...named("IPAddress"),
    spec: { claimRef: { name: "x" }, poolRef, address: "203.0.113.7", prefix: 32 },
  };

  test.each<[string, object, string[]]>([
    ["an address with a gateway", { gateway: "203.0.113.1", prefix: 24 }, []],
    ["an address of six", { address: "2001:db8::1", prefix: 128 }, []],
    ["no address", { address: "203.0.113" }, ['spec.address: Invalid value: "203.0.113": not a valid IP address']],
    ["less than no prefix", { prefix: -1 }, ["spec.prefix: Invalid value: -1: prefix cannot be negative"]],
    ["too long a prefix", { prefix: 33 }, ["spec.prefix: Invalid value: 33: prefix is too large for an IPv4 address"]],
    [
      "too long a prefix of six",
      { address: "::1", prefix: 129 },
      ["spec.prefix: Invalid value: 129: prefix is too large for an IPv6 address"],
    ],
    ["no gateway", { gateway: "gw" }, ['spec.gateway: Invalid value: "gw": not a valid IP address']],
    [
      "a pool of no group",
      { poolRef: { apiGroup: undefined } },
      ["spec.poolRef.apiGroup: Invalid value: null: the pool reference needs to contain a group"],
    ],
  ])("judges %s [CORE-395]", (_what, spec, expected) => {
    expect(errors(changed<IPAddress>(address, { spec }))).toEqual(expected);
  });

  test("stays what it is [CORE-395]", () => {
    expect(errors(address, address)).toEqual([]);
    expect(errors(changed<IPAddress>(address, { spec: { address: "203.0.113.8" } }), address)).toEqual([
      "spec: Forbidden: the spec of IPAddress is immutable",
    ]);
  });
});

test("an address is from the pool that its claim asked, when there is a claim [CORE-395]", () => {
  const claim = (name: string): IPAddressClaim => ({
    apiVersion: "ipam.cluster.x-k8s.io/v1beta1",
    kind: "IPAddressClaim",
    metadata: { name: "claim", namespace: "n" },
    spec: { poolRef: { apiGroup: "example.com", kind: "Pool", name } },
  });
  const given: IPAddress = {
    apiVersion: "ipam.cluster.x-k8s.io/v1beta1",
    kind: "IPAddress",
    metadata: { name: "a", namespace: "n" },
    spec: { claimRef: { name: "claim" }, poolRef: claim("one").spec.poolRef, address: "10.0.0.1", prefix: 24 },
  };
  const errors = (...claims: readonly IPAddressClaim[]) =>
    admissionOf(IPAddress).errors(given, undefined, relatedOf(IPAddress, claims, given));
  expect(errors()).toEqual([]);
  expect(errors(claim("one"))).toEqual([]);
  expect(errors(claim("two"))[0]).toContain("the referenced pool is different from the pool referenced by the claim");
});

import type { OpenStackCluster } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { allowedCidrs } from "./allowedcidrs.ts";
import { wrongFamilies } from "./existingnetwork.ts";
import { domainsOf } from "./failuredomains.ts";
import { portsOf } from "./listeners.ts";
import { apiPort, givenEndpoint, hasLoadBalancer, validEndpoint } from "./scope.ts";

const osc = (spec: object = {}, status?: object): OpenStackCluster =>
  ({ metadata: {}, spec: { identityRef: { name: "c", cloudName: "c" }, ...spec }, status }) as unknown as OpenStackCluster;
const scope = (spec: object, clusterSpec: object = {}) =>
  ({ osc: osc(spec), cluster: { spec: clusterSpec } }) as unknown as Parameters<typeof apiPort>[0];

describe("who may reach the API", () => {
  test("is everybody when the user names nobody [CAPO-171]", () => {
    expect(allowedCidrs(osc({ apiServerLoadBalancer: { enabled: true } }), ["10.6.0.0/24"], ["1.2.3.4"])).toEqual({
      cidrs: [],
      refused: [],
    });
  });
  test("is whom the user names and the cluster itself, sorted, each once, IPv4 only [CAPO-171]", () => {
    const given = osc(
      {
        apiServerLoadBalancer: {
          enabled: true,
          allowedCIDRs: ["192.0.2.7", "192.0.2.0/24", "10.6.0.9/24", "2001:db8::/32", "nonsense"],
        },
      },
      { ready: true, bastion: { ip: "10.6.0.5", floatingIP: "203.0.113.9" } },
    );
    expect(allowedCidrs(given, ["10.6.0.0/24"], ["203.0.113.1"])).toEqual({
      cidrs: ["10.6.0.0/24", "10.6.0.5/32", "192.0.2.0/24", "192.0.2.7/32", "203.0.113.1/32", "203.0.113.9/32"],
      refused: ["2001:db8::/32", "nonsense"],
    });
  });
});

describe("the endpoint", () => {
  test("keeps what was chosen before, on either object [CAPO-139] [CAPO-141] [CORE-423]", () => {
    expect(givenEndpoint(scope({ controlPlaneEndpoint: { host: "api.example", port: 443 } }))).toEqual({
      host: "api.example",
      port: 443,
    });
    expect(givenEndpoint(scope({}, { controlPlaneEndpoint: { host: "b", port: 1 } }))).toEqual({ host: "b", port: 1 });
    expect(givenEndpoint(scope({ controlPlaneEndpoint: { host: "", port: 0 } }))).toBeUndefined();
  });
  test("has the port that was given, else 6443; port 0 is no endpoint [CAPO-140]", () => {
    expect(apiPort(scope({ controlPlaneEndpoint: { host: "a", port: 8443 }, apiServerPort: 1 }))).toBe(8443);
    expect(apiPort(scope({ apiServerPort: 443 }))).toBe(443);
    expect(apiPort(scope({}))).toBe(6443);
    expect(validEndpoint({ host: "a", port: apiPort(scope({ apiServerPort: 0 })) })).toBeUndefined();
  });
  test("has a load balancer in front when the struct is there and not switched off, one listener for each port [CAPO-163] [CAPO-172]", () => {
    expect(
      [{}, { apiServerLoadBalancer: {} }, { apiServerLoadBalancer: { enabled: false } }].map((spec) =>
        hasLoadBalancer(osc(spec)),
      ),
    ).toEqual([false, true, false]);
    expect(portsOf(scope({ apiServerLoadBalancer: { enabled: true, additionalPorts: [9443, 6443] } }))).toEqual([6443, 9443]);
  });
});

describe("failure domains", () => {
  const zones = [
    { name: "b", available: true },
    { name: "a", available: true },
    { name: "down", available: false },
  ];
  test("are the zones that are available, for the control plane unless it is told otherwise [CAPO-138]", () => {
    expect(domainsOf(zones, {})).toEqual({ a: { controlPlane: true }, b: { controlPlane: true } });
    expect(domainsOf(zones, { controlPlaneOmitAvailabilityZone: true })).toEqual({
      a: { controlPlane: false },
      b: { controlPlane: false },
    });
  });
  test("for the control plane are exactly those that are listed; what Nova does not have is not added [CAPO-138]", () => {
    const listed = { controlPlaneOmitAvailabilityZone: true, controlPlaneAvailabilityZones: ["b", "mars"] };
    expect(domainsOf(zones, listed)).toEqual({ a: { controlPlane: false }, b: { controlPlane: true } });
  });
});

test("two subnets must be of different families, and more are too many [CAPO-134]", () => {
  const subnets = (...versions: (4 | 6)[]) => versions.map((ipVersion) => ({ ipVersion }));
  expect(wrongFamilies(subnets(4, 6))).toBeUndefined();
  expect(wrongFamilies(subnets(4, 4))).toBe("multiple IPv4 Subnet not allowed on OpenStackCluster");
  expect(wrongFamilies(subnets(6, 6))).toBe("multiple IPv6 Subnet not allowed on OpenStackCluster");
  expect(wrongFamilies(subnets(4, 6, 4))).toContain("at most two");
});

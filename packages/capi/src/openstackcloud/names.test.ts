import type { Cluster, Stored } from "@slipway/api";
import { type Metrics, noMetrics } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { clusterAddress, machineAddresses } from "./addresses.ts";
import { eventReason } from "./effects.ts";
import { countCloudRequests } from "./metrics.ts";
import {
  bastionName,
  clusterDescription,
  clusterResourceName,
  ipAddressClaimName,
  listenerName,
  loadBalancerName,
  memberName,
  networkName,
  portName,
  providerId,
  rootVolumeName,
  securityGroupName,
  volumeName,
} from "./names.ts";
import { recheckAfter } from "./recheck.ts";
import { canonicalTags, mergeTags, sameTags } from "./tags.ts";

const cluster = { metadata: { namespace: "magnum-system", name: "one" } } as Stored<Cluster>;
const crn = clusterResourceName(cluster);

describe("names that CAPO would have given", () => {
  test.each([
    ["the cluster's part of every name, from the Cluster [CAPO-104]", crn, "magnum-system-one"],
    ["network, subnet and router [CAPO-105]", networkName(crn), "k8s-clusterapi-cluster-magnum-system-one"],
    ["load balancer [CAPO-106]", loadBalancerName(crn), "k8s-clusterapi-cluster-magnum-system-one-kubeapi"],
    ["listener, pool and monitor [CAPO-106]", listenerName(crn, 6443), "k8s-clusterapi-cluster-magnum-system-one-kubeapi-6443"],
    ["member [CAPO-106]", memberName(crn, 6443, "one-cp-x"), "k8s-clusterapi-cluster-magnum-system-one-kubeapi-6443-one-cp-x"],
    [
      "security group, with the other prefix [CAPO-107]",
      securityGroupName(crn, "worker"),
      "k8s-cluster-magnum-system-one-secgroup-worker",
    ],
    ["bastion, without the namespace [CAPO-108]", bastionName(cluster), "one-bastion"],
    ["a port by its place [CAPO-109]", portName("one-md-x", undefined, 2), "one-md-x-2"],
    ["a port by its suffix [CAPO-109]", portName("one-md-x", "storage", 2), "one-md-x-storage"],
    ["root volume [CAPO-110]", rootVolumeName("one-md-x"), "one-md-x-root"],
    ["another volume [CAPO-110]", volumeName("one-md-x", "etcd"), "one-md-x-etcd"],
    ["description [CAPO-111]", clusterDescription(crn), "Created by cluster-api-provider-openstack cluster magnum-system-one"],
    ["address claim [CAPO-114]", ipAddressClaimName("one-md-x"), "one-md-x-floating-ip-address"],
    ["provider id, region empty [CAPO-115]", providerId(undefined, "5f"), "openstack:///5f"],
    ["provider id, the machine's own region [CAPO-115]", providerId("R1", "5f"), "openstack://R1/5f"],
    ["an event's reason [CAPO-254]", eventReason("SuccessfulCreateServer"), "Successfulcreateserver"],
  ])("%s", (_, name, expected) => expect(name).toBe(expected));
});

test("tags are joined in order, and compared and written sorted, each once [CAPO-118]", () => {
  expect(mergeTags(["b", "a"], undefined, ["a", "c"])).toEqual(["b", "a", "c"]);
  expect(canonicalTags(["b", "a", "b"])).toEqual(["a", "b"]);
  expect(sameTags(["b", "a"], ["a", "b", "b"])).toBe(true);
  expect(sameTags(undefined, [])).toBe(true);
  expect(sameTags(["a"], [])).toBe(false);
});

test("what is young is looked at often, what takes long seldom", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  const after = (seconds: number) => recheckAfter(now, new Date(now.getTime() - seconds * 1000));
  expect([after(0), after(3), after(600), after(-60), recheckAfter(now, undefined)]).toEqual([0.1, 1, 10, 0.1, 0.1]);
});

describe("a server's addresses", () => {
  const address = (network: string, type: string, version: 4 | 6, one: string) => ({ network, type, version, address: one });
  const server = {
    name: "one-cp",
    addresses: [
      address("z", "fixed", 4, "10.9.0.4"),
      address("net", "fixed", 6, "2001:db8::4"),
      address("net", "floating", 4, "203.0.113.4"),
      address("net", "fixed", 4, "10.6.0.4"),
      address("net", "strange", 4, "10.6.0.5"),
    ],
  };
  test("are shown network by network, IPv4 first, then its name [CAPO-191]", () => {
    expect(machineAddresses(server).map(({ type, address: one }) => `${type} ${one}`)).toEqual([
      "ExternalIP 203.0.113.4",
      "InternalIP 10.6.0.4",
      "InternalIP 2001:db8::4",
      "InternalIP 10.9.0.4",
      "InternalDNS one-cp",
    ]);
  });
  test("are joined to the load balancer by the IPv4 one on the cluster's network [CAPO-179]", () => {
    expect(clusterAddress(server, "net")).toBe("10.6.0.4");
    expect(clusterAddress(server, "elsewhere")).toBeUndefined();
  });
});

test("requests are counted under upstream's names, a look-up that finds nothing is no error [CAPO-253]", () => {
  const counted: string[] = [];
  const metrics = {
    ...noMetrics,
    count: (name: string, labels: object) => counted.push(`${name} ${JSON.stringify(labels)}`),
    observe: (name: string, labels: object, value: number) => counted.push(`${name} ${JSON.stringify(labels)} ${value}`),
  } as Metrics;
  const observe = countCloudRequests(metrics);
  observe({ call: "server_create", seconds: 0.5, status: 202, failed: false });
  observe({ call: "server_get", seconds: 0.1, status: 500, failed: true });
  expect(counted).toEqual([
    'capo_openstack_api_requests_total {"request":"server_create"}',
    'capo_openstack_api_request_duration_seconds {"request":"server_create"} 0.5',
    'capo_openstack_api_requests_total {"request":"server_get"}',
    'capo_openstack_api_request_duration_seconds {"request":"server_get"} 0.1',
    'capo_openstack_api_request_errors_total {"request":"server_get"}',
  ]);
});

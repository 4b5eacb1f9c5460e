import type { OpenStackClusterSpec } from "@slipway/api";
import type { RuleFields } from "@slipway/openstack";
import { describe, expect, test } from "vitest";
import type { ManagedGroup } from "../openstackcloud/names.ts";
import { ruleChanges, rulesOf } from "./rules.ts";

const identityRef = { name: "c", cloudName: "c" };
const ids = { controlplane: "CP", worker: "W", bastion: "B" };
const managed = (more: Partial<OpenStackClusterSpec> = {}): { spec: OpenStackClusterSpec } => ({
  spec: {
    identityRef,
    managedSecurityGroups: { allowAllInClusterTraffic: false },
    apiServerLoadBalancer: { enabled: true },
    ...more,
  },
});
const bastion = { enabled: true, spec: { image: { id: "i" }, flavor: "f" } } as OpenStackClusterSpec["bastion"];

/** A rule as one would read it aloud. */
const read = (rule: RuleFields): string => {
  const ports =
    rule.portRangeMin === 0
      ? ""
      : ` ${rule.portRangeMin}${rule.portRangeMax === rule.portRangeMin ? "" : `-${rule.portRangeMax}`}`;
  const from =
    rule.remoteGroupId !== ""
      ? ` group ${rule.remoteGroupId}`
      : rule.remoteIpPrefix !== ""
        ? ` ${rule.remoteIpPrefix}`
        : " anywhere";
  return `${rule.direction} ${rule.etherType} ${rule.protocol || "any"}${ports} ${rule.direction === "ingress" ? "from" : "to"}${from}: ${rule.description}`;
};
const rules = (group: ManagedGroup, more: Partial<OpenStackClusterSpec> = {}, cidrs = ["10.6.0.0/24"]) =>
  rulesOf(group, managed(more), ids, cidrs).map(read);

const open = ["egress IPv4 any to anywhere: Full open", "egress IPv6 any to anywhere: Full open"];

describe("the rules of", () => {
  test("the control plane's group [CAPO-147] [CAPO-148] [CAPO-149] [CAPO-156] [CAPO-157]", () => {
    expect(rules("controlplane", { apiServerPort: 443 })).toEqual([
      ...open,
      "ingress IPv4 tcp 6443 from anywhere: Kubernetes API",
      "ingress IPv4 tcp 2379-2380 from group CP: Etcd",
      "ingress IPv4 tcp 10250 from group CP: Kubelet API",
      "ingress IPv4 tcp 10250 from group W: Kubelet API",
    ]);
  });
  test("the workers' group, node ports not open to the world [CAPO-152] [CAPO-153]", () => {
    expect(rules("worker", {}, ["10.6.0.0/24", "2001:db8::/64"])).toEqual([
      ...open,
      "ingress IPv4 tcp 30000-32767 from 10.6.0.0/24: Node Port Services",
      "ingress IPv4 udp 30000-32767 from 10.6.0.0/24: Node Port Services",
      "ingress IPv4 tcp 30000-32767 from group W: Node Port Services",
      "ingress IPv4 udp 30000-32767 from group W: Node Port Services",
      "ingress IPv4 tcp 30000-32767 from group CP: Node Port Services",
      "ingress IPv4 udp 30000-32767 from group CP: Node Port Services",
      "ingress IPv4 tcp 10250 from group W: Kubelet API",
      "ingress IPv4 tcp 10250 from group CP: Kubelet API",
    ]);
  });
  test("groups between which everything may pass [CAPO-150] [CAPO-153]", () => {
    const all = { managedSecurityGroups: { allowAllInClusterTraffic: true } };
    expect(rules("controlplane", all)).toEqual([
      ...open,
      "ingress IPv4 tcp 6443 from anywhere: Kubernetes API",
      "ingress IPv4 any from group CP: In-cluster Ingress",
      "ingress IPv4 any from group W: In-cluster Ingress",
    ]);
    expect(rules("worker", all).slice(-2)).toEqual([
      "ingress IPv4 any from group W: In-cluster Ingress",
      "ingress IPv4 any from group CP: In-cluster Ingress",
    ]);
  });
  test("a cluster with a bastion, which alone may come by SSH [CAPO-154]", () => {
    expect(rules("bastion", { bastion })).toEqual([...open, "ingress IPv4 tcp 22 from anywhere: SSH"]);
    for (const group of ["controlplane", "worker"] as const) {
      expect(rules(group, { bastion }).at(-1)).toBe("ingress IPv4 tcp 22 from group B: SSH");
      expect(rules(group).some((rule) => rule.includes("SSH"))).toBe(false);
    }
  });
  test("a load balancer with more ports, for as long as there is one [CAPO-151]", () => {
    const ports = { enabled: true, additionalPorts: [8132, 9443] };
    expect(rules("controlplane", { apiServerLoadBalancer: ports }).slice(-2)).toEqual([
      "ingress IPv4 tcp 8132 from anywhere: Additional port",
      "ingress IPv4 tcp 9443 from anywhere: Additional port",
    ]);
    expect(rules("controlplane", { apiServerLoadBalancer: { ...ports, enabled: false } })).toHaveLength(6);
  });
  test("the user's own for all nodes, one for each group that it names [CAPO-155]", () => {
    const rule = {
      name: "bgp",
      description: "BGP",
      direction: "ingress",
      etherType: "IPv4",
      protocol: "tcp",
      portRangeMin: 179,
      portRangeMax: 179,
    };
    const more = (remoteManagedGroups: readonly ("controlplane" | "worker" | "bastion")[]) => ({
      bastion,
      managedSecurityGroups: { allowAllInClusterTraffic: false, allNodesSecurityGroupRules: [{ ...rule, remoteManagedGroups }] },
    });
    const both = ["ingress IPv4 tcp 179 from group CP: BGP", "ingress IPv4 tcp 179 from group W: BGP"];
    expect(rules("controlplane", more(["controlplane", "worker"])).slice(-2)).toEqual(both);
    expect(rules("worker", more(["controlplane", "worker"])).slice(-2)).toEqual(both);
    expect(rules("bastion", more(["controlplane", "worker"]))).toHaveLength(3);
    expect(rules("worker", more([])).at(-1)).toBe("ingress IPv4 tcp 179 from anywhere: BGP");
    expect(() => rules("worker", { ...more(["bastion"]), bastion: undefined })).toThrow(
      "remoteManagedGroups: bastion is not a valid remote managed security group",
    );
  });
  test("the user's own without an ether type are refused [CAPO-161]", () => {
    const allNodesSecurityGroupRules = [{ name: "x", direction: "ingress" }];
    expect(() =>
      rules("worker", { managedSecurityGroups: { allowAllInClusterTraffic: false, allNodesSecurityGroupRules } }),
    ).toThrow("etherType");
  });
});

describe("what is there and what is wanted", () => {
  const [egress4, egress6, api] = rulesOf("controlplane", managed(), ids, []);
  const neutrons = { ...(egress4 as RuleFields), description: "", id: "1" };
  test("differ by the description too: Neutron's own two rules are replaced [CAPO-147] [CAPO-158] [CAPO-159]", () => {
    const { remove, add } = ruleChanges([neutrons], [egress4 as RuleFields, egress6 as RuleFields]);
    expect(remove).toEqual([neutrons]);
    expect(add).toEqual([egress4, egress6]);
  });
  test("are the same when Neutron calls protocol 4 ipip and writes nothing as any [CAPO-160]", () => {
    const wanted = { ...(api as RuleFields), protocol: "4", portRangeMin: 0, portRangeMax: 0 };
    expect(ruleChanges([{ ...wanted, id: "1", protocol: "ipip" }], [wanted])).toEqual({ remove: [], add: [] });
  });
  test("two that are alike are asked for once [CAPO-159]", () => {
    const rule = { name: "a", direction: "ingress", etherType: "IPv4", protocol: "tcp", portRangeMin: 1, portRangeMax: 1 };
    const allNodesSecurityGroupRules = [rule, { ...rule, name: "b" }];
    expect(
      rules("worker", { managedSecurityGroups: { allowAllInClusterTraffic: false, allNodesSecurityGroupRules } }),
    ).toHaveLength(11);
  });
});

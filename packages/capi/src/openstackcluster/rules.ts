import type { SecurityGroupRule as AllNodesRule, OpenStackCluster } from "@slipway/api";
import type { RuleFields, SecurityGroupRule } from "@slipway/openstack";
import { CloudError } from "@slipway/openstack";
import type { ManagedGroup } from "../openstackcloud/names.ts";
import { hasBastion, hasLoadBalancer } from "./scope.ts";

export type GroupIds = { readonly [G in ManagedGroup]?: string | undefined };

/** The rules that a managed group has, no more and no fewer. Pure: ids and addresses in, rules out. */
export const rulesOf = (
  group: ManagedGroup,
  { spec }: Pick<OpenStackCluster, "spec">,
  ids: GroupIds,
  subnetCidrs: readonly string[],
): readonly RuleFields[] => {
  const bastion = hasBastion({ spec }) ? ids.bastion : undefined;
  const outward = [egress("IPv4"), egress("IPv6")];
  if (group === "bastion") return [...outward, ingress("SSH", "tcp", 22)];
  const roleRules = group === "controlplane" ? controlPlaneRules({ spec }, ids) : workerRules({ spec }, ids, subnetCidrs);
  return distinct([
    ...outward,
    ...roleRules,
    ...(bastion === undefined ? [] : [ingress("SSH", "tcp", 22, 22, { remoteGroupId: bastion })]),
    ...(spec.managedSecurityGroups?.allNodesSecurityGroupRules ?? []).flatMap((rule) => allNodes(rule, { ...ids, bastion })),
  ]);
};

const any: RuleFields = {
  description: "",
  direction: "ingress",
  etherType: "IPv4",
  portRangeMin: 0,
  portRangeMax: 0,
  protocol: "",
  remoteGroupId: "",
  remoteIpPrefix: "",
};

const egress = (etherType: string): RuleFields => ({ ...any, direction: "egress", etherType, description: "Full open" });

const ingress = (
  description: string,
  protocol: string,
  portRangeMin: number,
  portRangeMax = portRangeMin,
  from: Partial<Pick<RuleFields, "remoteGroupId" | "remoteIpPrefix">> = {},
): RuleFields => ({ ...any, description, protocol, portRangeMin, portRangeMax, ...from });

const fromGroup = (id: string | undefined) => ({ remoteGroupId: id ?? "" });

/** The API is open at 6443 to everybody, whatever `apiServerPort` says: the load balancer's members listen there. */
const controlPlaneRules = (
  { spec }: Pick<OpenStackCluster, "spec">,
  { controlplane, worker }: GroupIds,
): readonly RuleFields[] => [
  ingress("Kubernetes API", "tcp", 6443),
  ...(spec.managedSecurityGroups?.allowAllInClusterTraffic
    ? inCluster([controlplane, worker])
    : [
        ingress("Etcd", "tcp", 2379, 2380, fromGroup(controlplane)),
        ingress("Kubelet API", "tcp", 10250, 10250, fromGroup(controlplane)),
        ingress("Kubelet API", "tcp", 10250, 10250, fromGroup(worker)),
      ]),
  ...(hasLoadBalancer({ spec }) ? (spec.apiServerLoadBalancer?.additionalPorts ?? []) : []).map((port) =>
    ingress("Additional port", "tcp", port),
  ),
];

/** Node ports are open to the cluster's own subnets and groups, not to the world. */
const workerRules = (
  { spec }: Pick<OpenStackCluster, "spec">,
  { controlplane, worker }: GroupIds,
  subnetCidrs: readonly string[],
): readonly RuleFields[] => {
  const nodePorts = (from: Partial<Pick<RuleFields, "remoteGroupId" | "remoteIpPrefix">>) =>
    ["tcp", "udp"].map((protocol) => ingress("Node Port Services", protocol, 30000, 32767, from));
  return [
    ...subnetCidrs.filter((cidr) => !cidr.includes(":")).flatMap((cidr) => nodePorts({ remoteIpPrefix: cidr })),
    ...nodePorts(fromGroup(worker)),
    ...nodePorts(fromGroup(controlplane)),
    ...(spec.managedSecurityGroups?.allowAllInClusterTraffic
      ? inCluster([worker, controlplane])
      : [
          ingress("Kubelet API", "tcp", 10250, 10250, fromGroup(worker)),
          ingress("Kubelet API", "tcp", 10250, 10250, fromGroup(controlplane)),
        ]),
  ];
};

const inCluster = (groups: readonly (string | undefined)[]): readonly RuleFields[] =>
  groups.map((id) => ({ ...any, description: "In-cluster Ingress", ...fromGroup(id) }));

/** The user's own rules for all nodes; one that names managed groups becomes one rule for each. */
const allNodes = (rule: AllNodesRule, ids: GroupIds): readonly RuleFields[] => {
  if (rule.etherType === undefined || rule.etherType === "") {
    throw new CloudError("invalid", `allNodesSecurityGroupRules "${rule.name}" has no etherType: set IPv4 or IPv6`);
  }
  const fields: RuleFields = {
    description: rule.description ?? "",
    direction: rule.direction,
    etherType: rule.etherType,
    portRangeMin: rule.portRangeMin ?? 0,
    portRangeMax: rule.portRangeMax ?? 0,
    protocol: rule.protocol ?? "",
    remoteGroupId: rule.remoteGroupID ?? "",
    remoteIpPrefix: rule.remoteIPPrefix ?? "",
  };
  const groups = rule.remoteManagedGroups ?? [];
  if (groups.length === 0) return [fields];
  return groups.map((group) => {
    const id = ids[group];
    if (id === undefined) {
      throw new CloudError("invalid", `remoteManagedGroups: ${group} is not a valid remote managed security group`);
    }
    return { ...fields, remoteGroupId: id };
  });
};

/** Two that are alike would be one to Neutron, and the second a conflict for ever. */
const distinct = (rules: readonly RuleFields[]): readonly RuleFields[] => [
  ...new Map(rules.map((rule) => [ruleKey(rule), rule])).values(),
];

export const ruleKey = (rule: RuleFields): string =>
  JSON.stringify([
    rule.description,
    rule.direction,
    rule.etherType.toLowerCase(),
    rule.portRangeMin,
    rule.portRangeMax,
    canonicalProtocol(rule.protocol),
    rule.remoteGroupId,
    rule.remoteIpPrefix,
  ]);

/** Neutron answers with the name of some protocols whichever way they were written: number 4 is `ipip`, and so on. */
const canonicalProtocol = (protocol: string): string => protocolNames[protocol.toLowerCase()] ?? protocol.toLowerCase();

const protocolNames: { readonly [written: string]: string } = {
  any: "",
  "1": "icmp",
  "2": "igmp",
  "4": "ipip",
  "6": "tcp",
  "17": "udp",
  "47": "gre",
  "50": "esp",
  "51": "ah",
  "58": "ipv6-icmp",
  icmpv6: "ipv6-icmp",
  "89": "ospf",
  "112": "vrrp",
  "132": "sctp",
};

/** What is there and not wanted goes first, then comes what is wanted and not there. */
export const ruleChanges = (
  there: readonly SecurityGroupRule[],
  wanted: readonly RuleFields[],
): { readonly remove: readonly SecurityGroupRule[]; readonly add: readonly RuleFields[] } => {
  const wantedKeys = new Set(wanted.map(ruleKey));
  const thereKeys = new Set(there.map(ruleKey));
  return {
    remove: there.filter((rule) => !wantedKeys.has(ruleKey(rule))),
    add: wanted.filter((rule) => !thereKeys.has(ruleKey(rule))),
  };
};

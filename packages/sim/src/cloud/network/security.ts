import type { CloudContext } from "../context.ts";
import { Refusal } from "../http/call.ts";
import { type Json, textOf } from "../http/json.ts";
import { time } from "../ids.ts";
import { formatCidr, parseCidr } from "./ip.ts";
import type { Kind } from "./kind.ts";
import { standard, touched } from "./kind.ts";
import type { SecurityGroup, SecurityGroupRule } from "./records.ts";
import { badRequest, conflict, securityGroupNotFound, securityGroupRuleNotFound } from "./refusals.ts";

/** Security groups and their rules. */
export const createSecurity = (context: CloudContext) => {
  const { state, ids } = context;

  const addRule = (
    projectId: string,
    rule: Pick<SecurityGroupRule, "security_group_id" | "direction" | "ethertype"> & Partial<SecurityGroupRule>,
  ) => {
    const now = time.zulu(context.clock.now());
    return state.securityGroupRules.put({
      id: ids.uuid(),
      project_id: projectId,
      protocol: null,
      port_range_min: null,
      port_range_max: null,
      remote_ip_prefix: null,
      remote_group_id: null,
      description: null,
      created_at: now,
      updated_at: now,
      revision_number: 0,
      sequence: state.next("standard-attribute"),
      ...rule,
    });
  };
  const createGroup = (given: Json, projectId: string): SecurityGroup => {
    const group = state.securityGroups.put({
      ...standard(context, given, projectId),
      stateful: given["stateful"] !== false,
      shared: false,
      revision_number: 1,
    });
    for (const ethertype of ["IPv4", "IPv6"] as const)
      addRule(projectId, { security_group_id: group.id, direction: "egress", ethertype });
    return group;
  };
  /** Every project has one as soon as it looks; it lets its own members talk to each other. */
  const ensureDefault = (projectId: string): SecurityGroup | undefined => {
    if (projectId === "") return undefined;
    const existing = state.securityGroups.by("name", "default").find((group) => group.project_id === projectId);
    if (existing) return existing;
    const group = createGroup({ name: "default", description: "Default security group" }, projectId);
    for (const ethertype of ["IPv4", "IPv6"] as const) {
      addRule(projectId, { security_group_id: group.id, direction: "ingress", ethertype, remote_group_id: group.id });
    }
    return group;
  };

  const ruleView = (rule: SecurityGroupRule): Json => ({
    id: rule.id,
    tenant_id: rule.project_id,
    security_group_id: rule.security_group_id,
    ethertype: rule.ethertype,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.port_range_min,
    port_range_max: rule.port_range_max,
    remote_ip_prefix: rule.remote_ip_prefix,
    remote_address_group_id: null,
    normalized_cidr: rule.remote_ip_prefix === null ? null : normalized(rule.remote_ip_prefix),
    remote_group_id: rule.remote_group_id,
    description: rule.description,
    created_at: rule.created_at,
    updated_at: rule.updated_at,
    revision_number: rule.revision_number,
    project_id: rule.project_id,
  });

  const groups: Kind<SecurityGroup, "project" | "name" | "tag"> = {
    singular: "security_group",
    plural: "security_groups",
    path: "security-groups",
    collection: state.securityGroups,
    indexed: { name: "name", tag: "tag" },
    notFound: securityGroupNotFound,
    attributes: {
      post: ["name", "description", "stateful", "tags"],
      put: ["name", "description", "stateful"],
      filters: ["shared"],
    },
    beforeList: (call) => void ensureDefault(call.scope.projectId),
    view: (record) => ({
      id: record.id,
      name: record.name,
      stateful: record.stateful,
      tenant_id: record.project_id,
      description: record.description,
      shared: record.shared,
      security_group_rules: state.securityGroupRules
        .by("group", record.id)
        .map((rule) => ({ ...ruleView(rule), standard_attr_id: rule.sequence, tags: [] })),
      tags: record.tags,
      created_at: record.created_at,
      updated_at: record.updated_at,
      revision_number: record.revision_number,
      project_id: record.project_id,
    }),
    create: (_call, given, projectId) => {
      if (textOf(given["name"])?.toLowerCase() === "default") {
        throw conflict("SecurityGroupDefaultAlreadyExists", "Default security group already exists.");
      }
      ensureDefault(projectId);
      return createGroup(given, projectId);
    },
    update: (_call, record, given) => {
      if (record.name === "default" && textOf(given["name"]) !== undefined && given["name"] !== "default") {
        throw conflict("SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.");
      }
      return state.securityGroups.put(
        touched(context, record, {
          name: textOf(given["name"]) ?? record.name,
          description: textOf(given["description"]) ?? record.description,
        }),
      );
    },
    remove: (call, record) => {
      if (record.name === "default" && !call.scope.admin) {
        throw conflict("SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group.");
      }
      removeGroup(record.id);
    },
  };
  const removeGroup = (id: string): void => {
    if (state.ports.count("group", id) > 0) throw conflict("SecurityGroupInUse", `Security Group ${id} in use.`);
    for (const rule of state.securityGroupRules.by("group", id)) state.securityGroupRules.remove(rule.id);
    // Rules of other groups that let this one in go with it, as Neutron's foreign key has it.
    for (const rule of state.securityGroupRules.by("remote", id)) state.securityGroupRules.remove(rule.id);
    state.securityGroups.remove(id);
  };

  const bump = (groupId: string): void => {
    const group = state.securityGroups.get(groupId);
    if (group) state.securityGroups.put(touched(context, group, {}));
  };
  const rules: Kind<SecurityGroupRule, "project" | "group" | "remote"> = {
    singular: "security_group_rule",
    plural: "security_group_rules",
    path: "security-group-rules",
    collection: state.securityGroupRules,
    indexed: { security_group_id: "group", remote_group_id: "remote" },
    notFound: securityGroupRuleNotFound,
    attributes: {
      post: [
        ...["security_group_id", "direction", "ethertype", "protocol", "port_range_min", "port_range_max"],
        ...["remote_ip_prefix", "remote_group_id", "remote_address_group_id", "description"],
      ],
      put: ["description"],
    },
    beforeList: (call) => void ensureDefault(call.scope.projectId),
    view: ruleView,
    create: (call, given, projectId) => {
      const groupId = textOf(given["security_group_id"]) ?? "";
      const group = state.securityGroups.get(groupId);
      if (!group || !(call.scope.admin || group.project_id === call.scope.projectId)) throw securityGroupNotFound(groupId);
      const remote = textOf(given["remote_group_id"]);
      if (remote !== undefined && !state.securityGroups.get(remote)) throw securityGroupNotFound(remote);
      const wanted = ruleOf(given, groupId);
      const twin = state.securityGroupRules.by("group", groupId).find((rule) => sameRule(rule, wanted));
      if (twin) throw conflict("SecurityGroupRuleExists", `Security group rule already exists. Rule id is ${twin.id}.`);
      bump(groupId);
      return addRule(projectId, wanted);
    },
    update: (_call, record, given) =>
      state.securityGroupRules.put(touched(context, record, { description: textOf(given["description"]) ?? record.description })),
    remove: (_call, record) => {
      state.securityGroupRules.remove(record.id);
      bump(record.security_group_id);
    },
  };

  return { groups, rules, ensureDefault, createGroup, addRule, removeGroup };
};

type RuleFields = Omit<SecurityGroupRule, "id" | "project_id" | "created_at" | "updated_at" | "revision_number" | "sequence">;

const protocols = [
  ...[
    "ah",
    "dccp",
    "egp",
    "esp",
    "gre",
    "hopopt",
    "icmp",
    "icmpv6",
    "igmp",
    "ip",
    "ipip",
    "ipv6-encap",
    "ipv6-frag",
    "ipv6-icmp",
  ],
  ...["ipv6-nonxt", "ipv6-opts", "ipv6-route", "ospf", "pgm", "rsvp", "sctp", "tcp", "udp", "udplite", "vrrp"],
];

const ruleOf = (given: Json, groupId: string): RuleFields => {
  const direction = given["direction"];
  if (direction !== "ingress" && direction !== "egress") {
    throw badRequest(`Invalid input for direction. Reason: '${String(direction)}' is not in ['ingress', 'egress'].`);
  }
  const ethertype = given["ethertype"] ?? "IPv4";
  if (ethertype !== "IPv4" && ethertype !== "IPv6") {
    throw badRequest(`Invalid input for ethertype. Reason: '${String(ethertype)}' is not in ['IPv4', 'IPv6'].`);
  }
  const protocol = protocolOf(given["protocol"]);
  const min = portOf(given, "port_range_min");
  const max = portOf(given, "port_range_max");
  const remote = textOf(given["remote_group_id"]) ?? null;
  const prefix = textOf(given["remote_ip_prefix"]);
  if (remote !== null && prefix !== undefined) {
    throw new Refusal(400, "Only remote_ip_prefix or remote_group_id may be provided.", "SecurityGroupMultipleRemoteEntites");
  }
  const cidr = prefix === undefined ? undefined : parseCidr(prefix);
  if (prefix !== undefined && !cidr)
    throw badRequest(`Invalid input for remote_ip_prefix. Reason: '${prefix}' is not a valid IP subnet.`);
  if (cidr && cidr.version !== (ethertype === "IPv4" ? 4 : 6)) {
    throw new Refusal(400, `Conflicting value ethertype ${ethertype} for CIDR ${prefix}`, "SecurityGroupRuleParameterConflict");
  }
  checkPorts(protocol, min, max);
  return {
    security_group_id: groupId,
    direction,
    ethertype,
    protocol,
    port_range_min: min,
    port_range_max: max,
    // As given, host bits and all: only `normalized_cidr` is tidied, or clients would see a difference and write again.
    remote_ip_prefix: prefix === undefined || !cidr ? null : prefix.includes("/") ? prefix : formatCidr(cidr),
    remote_group_id: remote,
    description: textOf(given["description"]) ?? "",
  };
};

const protocolOf = (value: unknown): string | null => {
  if (value === undefined || value === null || value === "any" || value === "") return null;
  const text = String(value).toLowerCase();
  const number = /^\d+$/.test(text) ? Number(text) : undefined;
  if (number === undefined ? !protocols.includes(text) : number > 255) {
    throw new Refusal(
      400,
      `Security group rule protocol ${text} not supported. Only protocol values [${protocols.join(", ")}] and integer representations [0 to 255] are supported.`,
      "SecurityGroupRuleInvalidProtocol",
    );
  }
  return text;
};

const portOf = (given: Json, name: string): number | null => {
  const value = given[name];
  if (value === undefined || value === null || value === "") return null;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    throw new Refusal(400, `Invalid value for port ${String(value)}`, "SecurityGroupInvalidPortValue");
  }
  return number;
};

const checkPorts = (protocol: string | null, min: number | null, max: number | null): void => {
  if (min === null && max === null) return;
  if (protocol === null) {
    throw new Refusal(400, "Must also specify protocol if port range is given.", "SecurityGroupProtocolRequiredWithPorts");
  }
  const icmp = ["icmp", "1", "icmpv6", "ipv6-icmp", "58"].includes(protocol);
  if (icmp) {
    for (const [field, value] of [
      ["port_range_min", min],
      ["port_range_max", max],
    ] as const) {
      if (value !== null && value > 255) {
        throw new Refusal(
          400,
          `Invalid value for ICMP ${field === "port_range_min" ? "type" : "code"} (${field}) ${value}. It must be 0 to 255.`,
          "SecurityGroupInvalidIcmpValue",
        );
      }
    }
    if (min === null) {
      throw new Refusal(
        400,
        `ICMP code (port-range-max) ${max} is provided but ICMP type (port-range-min) is missing.`,
        "SecurityGroupMissingIcmpType",
      );
    }
    return;
  }
  if (!["tcp", "udp", "sctp", "dccp", "udplite", "6", "17", "132", "33", "136"].includes(protocol)) {
    throw new Refusal(400, "Must also specify protocol if port range is given.", "SecurityGroupProtocolRequiredWithPorts");
  }
  if (min === null || max === null || min > max) {
    throw new Refusal(400, "For TCP/UDP protocols, port_range_min must be <= port_range_max", "SecurityGroupInvalidPortRange");
  }
};

const sameRule = (a: RuleFields, b: RuleFields): boolean =>
  a.direction === b.direction &&
  a.ethertype === b.ethertype &&
  a.protocol === b.protocol &&
  a.port_range_min === b.port_range_min &&
  a.port_range_max === b.port_range_max &&
  a.remote_group_id === b.remote_group_id &&
  a.remote_ip_prefix === b.remote_ip_prefix;

const normalized = (prefix: string): string => {
  const cidr = parseCidr(prefix);
  return cidr ? formatCidr(cidr) : prefix;
};

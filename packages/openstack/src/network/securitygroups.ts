import { given, type Json, numberOr, object, objects, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";
import { type TaggedFilter, taggedQuery } from "./filters.ts";

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly rules: readonly SecurityGroupRule[];
}

/** What Neutron has as null is 0 or "" here, so that what was written and what is read back compare equal. */
export interface SecurityGroupRule extends RuleFields {
  readonly id: string;
}

export interface RuleFields {
  readonly description: string;
  readonly direction: string;
  readonly etherType: string;
  readonly portRangeMin: number;
  readonly portRangeMax: number;
  readonly protocol: string;
  readonly remoteGroupId: string;
  readonly remoteIpPrefix: string;
}

export const securityGroupCalls = (service: Service) => ({
  /** Rules included. Several names: those of any. */
  listSecurityGroups: async (
    filter: Omit<TaggedFilter, "name"> & { name?: string | readonly string[] },
  ): Promise<readonly SecurityGroup[]> => {
    const { name, ...others } = filter;
    const query = { ...taggedQuery(others), name: name === "" ? undefined : name };
    return (await service.list("group_list", "/security-groups", "security_groups", query)).map(parseSecurityGroup);
  },
  createSecurityGroup: async (input: { name: string; description: string }): Promise<SecurityGroup> => {
    const answer = await service.post("group_create", "/security-groups", { security_group: input });
    return parseSecurityGroup(object(answer["security_group"], "security_group"));
  },
  deleteSecurityGroup: async (id: string): Promise<boolean> => service.delete("group_delete", `/security-groups/${id}`),
  /** @throws CloudError conflict when the same rule is there */
  createSecurityGroupRule: async (input: { groupId: string; rule: RuleFields }): Promise<void> => {
    await service.post("rule_create", "/security-group-rules", { security_group_rule: ruleRequest(input.groupId, input.rule) });
  },
  deleteSecurityGroupRule: async (id: string): Promise<boolean> => service.delete("rule_delete", `/security-group-rules/${id}`),
});

/** Zero and empty mean "any" and are left out. */
export const ruleRequest = (groupId: string, rule: RuleFields): object =>
  given({
    security_group_id: groupId,
    direction: rule.direction,
    ethertype: rule.etherType,
    description: rule.description === "" ? undefined : rule.description,
    port_range_min: rule.portRangeMin === 0 ? undefined : rule.portRangeMin,
    port_range_max: rule.portRangeMax === 0 ? undefined : rule.portRangeMax,
    protocol: rule.protocol === "" ? undefined : rule.protocol,
    remote_group_id: rule.remoteGroupId === "" ? undefined : rule.remoteGroupId,
    remote_ip_prefix: rule.remoteIpPrefix === "" ? undefined : rule.remoteIpPrefix,
  });

const parseSecurityGroup = (json: Json): SecurityGroup => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  tags: texts(json, "tags"),
  rules: objects(json, "security_group_rules").map((rule) => ({
    id: text(rule, "id"),
    description: textOr(rule, "description"),
    direction: textOr(rule, "direction"),
    etherType: textOr(rule, "ethertype"),
    portRangeMin: numberOr(rule, "port_range_min", 0),
    portRangeMax: numberOr(rule, "port_range_max", 0),
    protocol: textOr(rule, "protocol"),
    remoteGroupId: textOr(rule, "remote_group_id"),
    remoteIpPrefix: textOr(rule, "remote_ip_prefix"),
  })),
});

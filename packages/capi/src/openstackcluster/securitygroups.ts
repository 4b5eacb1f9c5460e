import type { SecurityGroup } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { type ManagedGroup, securityGroupDescription, securityGroupName } from "../openstackcloud/names.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { sameTags } from "../openstackcloud/tags.ts";
import { tooMany } from "./managednetwork.ts";
import { ruleChanges, rulesOf } from "./rules.ts";
import { type ClusterFacts, type ClusterScope, hasBastion, type SecurityGroups } from "./scope.ts";

const all: readonly ManagedGroup[] = ["controlplane", "worker", "bastion"];

/** Who may talk to whom: one group for each role, each with exactly its rules. */
export const securityGroups = cloudPhase<ClusterScope, readonly SecurityGroup[] | undefined, ClusterFacts>({
  name: "securityGroups",
  observe: async ({ osc, crn, cloud }) =>
    osc.spec.managedSecurityGroups === undefined
      ? undefined
      : cloud.network.listSecurityGroups({ name: all.map((group) => securityGroupName(crn, group)) }),
  decide: (groups, { osc, crn, tags }, { network }) => {
    // Groups that were managed once stay until the cluster goes.
    if (groups === undefined) return ready({ securityGroups: null });
    const wanted = all.filter((group) => group !== "bastion" || hasBastion(osc));
    const named = (group: ManagedGroup) => groups.filter(({ name }) => name === securityGroupName(crn, group));

    const missing = wanted.filter((group) => named(group).length === 0);
    // All of them before any rule: rules name each other's groups.
    if (missing.length > 0) {
      return act<CloudEffect, ClusterFacts>(
        "SecurityGroupsCreating",
        missing.map(
          (group): CloudEffect => ({
            call: "createSecurityGroup",
            with: { name: securityGroupName(crn, group), description: securityGroupDescription },
          }),
        ),
      );
    }
    const twice = wanted.find((group) => named(group).length > 1);
    if (twice !== undefined) return tooMany(`security groups named ${securityGroupName(crn, twice)}`, named(twice).length);

    const one = (group: ManagedGroup) => named(group)[0];
    const ids = { controlplane: one("controlplane")?.id, worker: one("worker")?.id, bastion: one("bastion")?.id };
    const cidrs = (network?.subnets ?? []).map(({ cidr }) => cidr);
    const changes = wanted.flatMap((group): readonly CloudEffect[] => {
      const found = one(group);
      return found === undefined ? [] : [...tagChanges(found, tags), ...changesOf(found, rulesOf(group, osc, ids, cidrs))];
    });
    if (changes.length > 0) return act<CloudEffect, ClusterFacts>("SecurityGroupRulesChanging", changes);
    const statusOf = (group: ManagedGroup) => ({ id: ids[group] ?? "", name: securityGroupName(crn, group) });
    const found: SecurityGroups = {
      controlplane: statusOf("controlplane"),
      worker: statusOf("worker"),
      bastion: hasBastion(osc) ? statusOf("bastion") : undefined,
    };
    const formerBastionGroups = hasBastion(osc) ? [] : named("bastion").map(({ id }) => id);
    return ready({ securityGroups: found, formerBastionGroups });
  },
});

/**
 * A disabled bastion's group goes after the bastion, in a phase of its own: a port that still uses it must not keep the cluster's
 * other groups from their rules.
 */
export const formerBastionGroup = cloudPhase<ClusterScope, readonly string[], ClusterFacts>({
  name: "formerBastionGroup",
  independent: true,
  observe: ({ bastion }, { formerBastionGroups = [] }, made) =>
    bastion === undefined ? formerBastionGroups.filter((id) => !made.has(`deleteSecurityGroup ${id}`)) : [],
  decide: (groups) => {
    if (groups.length === 0) return ready();
    return act<CloudEffect, ClusterFacts>(
      "BastionSecurityGroupDeleting",
      groups.map((id): CloudEffect => ({ call: "deleteSecurityGroup", with: id })),
    );
  },
  refused: (error) =>
    error.kind === "conflict" ? wait("BastionSecurityGroupInUse", { message: error.message, recheckSeconds: 30 }) : undefined,
});

const changesOf = (group: SecurityGroup, wanted: ReturnType<typeof rulesOf>): readonly CloudEffect[] => {
  const { remove, add } = ruleChanges(group.rules, wanted);
  return [
    ...remove.map((rule): CloudEffect => ({ call: "deleteSecurityGroupRule", with: rule.id })),
    ...add.map((rule): CloudEffect => ({ call: "createSecurityGroupRule", with: { groupId: group.id, rule } })),
  ];
};

/** Unlike other resources' tags these are kept as the spec has them, the empty list included. */
const tagChanges = (group: SecurityGroup, tags: readonly string[]): readonly CloudEffect[] =>
  sameTags(group.tags, tags) ? [] : [{ call: "replaceTags", with: { resource: "security-groups", id: group.id, tags } }];

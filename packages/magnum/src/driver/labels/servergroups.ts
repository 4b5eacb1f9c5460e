import type { MagnumCluster, MagnumNodeGroup, Stored } from "@slipway/api";
import { serverGroupName } from "../names.ts";
import { everyGroup, type LabelEffect, LabelError, readLabels } from "./label.ts";

/** `different_failure_domain`: a hint to the scheduler; a true one on the cluster wins over a false one on the group. */
export const differentFailureDomain: LabelEffect = (shape, labels) =>
  everyGroup(shape, labels, (machines, own) => {
    const wanted = labels.flag("different_failure_domain", false) || own.flag("different_failure_domain", false);
    if (!wanted) return machines;
    const hint = { name: "different_failure_domain", value: { type: "Bool" as const, bool: true } };
    return { ...machines, machine: { ...machines.machine, schedulerHintAdditionalProperties: [hint] } };
  });

const POLICIES = ["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"] as const;
export type ServerGroupPolicy = (typeof POLICIES)[number];

/** `server_group_policies`: how a group's machines are spread over hosts. Nova takes exactly one policy. @throws LabelError */
export const serverGroupsFor = (
  cluster: Stored<MagnumCluster>,
): readonly { readonly name: string; readonly policy: ServerGroupPolicy }[] =>
  cluster.spec.nodeGroups
    .filter(({ deleting }) => !deleting)
    .map((group) => ({ name: serverGroupName(cluster.metadata.name, group), policy: policyOf(cluster, group) }));

const policyOf = ({ spec }: Stored<MagnumCluster>, group: MagnumNodeGroup): ServerGroupPolicy => {
  const own = readLabels(group.labels).list("server_group_policies");
  const words = own.length > 0 ? own : readLabels(spec.labels).list("server_group_policies");
  const known = POLICIES.filter((policy) => words.includes(policy));
  if (known.length > 1)
    throw new LabelError(`Label server_group_policies names ${known.join(" and ")}: Nova takes one policy a group.`);
  return known[0] ?? "soft-anti-affinity";
};

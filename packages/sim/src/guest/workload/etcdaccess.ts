import type { WorkloadCluster } from "./cluster.ts";
import { EtcdError, hasQuorum } from "./etcd.ts";

/**
 * etcd of a workload cluster as a client reaches it: through the pods `etcd-<node>` of the named nodes, of which at least one must
 * answer. The shape is that of `EtcdAccess` in the controllers' workload port.
 */
export const etcdAccess = (cluster: WorkloadCluster, isAlive: (serverId: string) => boolean) => {
  const reach = (nodeNames: readonly string[]) => {
    const { etcd } = cluster.record();
    if (!etcd.members.some((member) => nodeNames.includes(member.name) && isAlive(member.serverId))) {
      throw new EtcdError(`no etcd member answers on ${nodeNames.map((name) => `etcd-${name}`).join(", ") || "any node"}`);
    }
    return etcd;
  };
  return {
    members: async (nodeNames: readonly string[]) => {
      const etcd = reach(nodeNames);
      return {
        members: etcd.members.map(({ id, name }) => ({ id, name, isLearner: false })),
        leaderId: etcd.leaderId,
        alarms: [],
        errors: hasQuorum(etcd, isAlive) ? [] : ["etcdserver: no leader"],
      };
    },
    removeMember: async (nodeNames: readonly string[], memberId: string) => {
      reach(nodeNames);
      await cluster.removeEtcdMember(memberId);
    },
    moveLeader: async (nodeNames: readonly string[], memberId: string) => {
      reach(nodeNames);
      await cluster.moveEtcdLeader(memberId);
    },
  };
};

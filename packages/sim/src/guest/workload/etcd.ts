/** The etcd of one workload cluster: who is a member, who leads, and whether the majority is alive. Pure; ids are decimal uint64. */
export interface EtcdMember {
  readonly id: string;
  readonly name: string;
  readonly serverId: string;
}

export interface EtcdState {
  readonly members: readonly EtcdMember[];
  readonly leaderId: string | undefined;
}

export class EtcdError extends Error {
  override readonly name = "EtcdError";
}

export const emptyEtcd: EtcdState = { members: [], leaderId: undefined };

export const hasQuorum = (state: EtcdState, isAlive: (serverId: string) => boolean): boolean =>
  state.members.filter((member) => isAlive(member.serverId)).length >= Math.floor(state.members.length / 2) + 1;

/** A member joins: the present majority must agree to it, and the new member starts at once. */
export const addMember = (state: EtcdState, member: EtcdMember, isAlive: (serverId: string) => boolean): EtcdState => {
  if (state.members.length > 0 && !hasQuorum(state, isAlive)) throw new EtcdError("etcdserver: no leader (quorum lost)");
  if (state.members.some((other) => other.name === member.name))
    throw new EtcdError(`etcdserver: member ${member.name} exists already`);
  return { members: [...state.members, member], leaderId: state.leaderId ?? member.id };
};

/** etcd refuses to remove a member when those left alive would be no majority of those left. */
export const removeMember = (state: EtcdState, memberId: string, isAlive: (serverId: string) => boolean): EtcdState => {
  if (!state.members.some((member) => member.id === memberId)) throw new EtcdError("etcdserver: member not found");
  if (!hasQuorum(state, isAlive)) throw new EtcdError("etcdserver: no leader (quorum lost)");
  const members = state.members.filter((member) => member.id !== memberId);
  const left = electLeader({ members, leaderId: state.leaderId === memberId ? undefined : state.leaderId }, isAlive);
  if (members.length > 0 && !hasQuorum(left, isAlive)) {
    throw new EtcdError("etcdserver: re-configuration failed due to not enough started members");
  }
  return left;
};

export const moveLeader = (state: EtcdState, toMemberId: string, isAlive: (serverId: string) => boolean): EtcdState => {
  const target = state.members.find((member) => member.id === toMemberId);
  if (target === undefined || !isAlive(target.serverId)) throw new EtcdError("etcdserver: bad leader transferee");
  if (!hasQuorum(state, isAlive)) throw new EtcdError("etcdserver: no leader (quorum lost)");
  return { ...state, leaderId: toMemberId };
};

/** After a member came or went: the leader stays while it lives, else the first living member leads, if a majority lives. */
export const electLeader = (state: EtcdState, isAlive: (serverId: string) => boolean): EtcdState => {
  if (!hasQuorum(state, isAlive)) return { ...state, leaderId: undefined };
  const leader = state.members.find((member) => member.id === state.leaderId && isAlive(member.serverId));
  return { ...state, leaderId: (leader ?? state.members.find((member) => isAlive(member.serverId)))?.id };
};

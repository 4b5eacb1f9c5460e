import { decodeFields, encodeNumbers, messagesField, numberField, textField } from "@slipway/etcd/protobuf.ts";
import type { EtcdMembership } from "../workload/port.ts";

/** The five calls of etcd's API (v3) that a control plane makes, by their fields' numbers in etcd's `rpc.proto`. */

export const methods = {
  status: "/etcdserverpb.Maintenance/Status",
  alarm: "/etcdserverpb.Maintenance/Alarm",
  moveLeader: "/etcdserverpb.Maintenance/MoveLeader",
  memberList: "/etcdserverpb.Cluster/MemberList",
  memberRemove: "/etcdserverpb.Cluster/MemberRemove",
} as const;

export const emptyRequest = (): Uint8Array<ArrayBuffer> => encodeNumbers({});
/** AlarmRequest: `action` 0 is GET, `memberID` 0 all members, `alarm` 0 all kinds. */
export const listAlarms = emptyRequest;
export const moveLeaderTo = (memberId: string): Uint8Array<ArrayBuffer> => encodeNumbers({ 1: BigInt(memberId) });
export const removeMember = (memberId: string): Uint8Array<ArrayBuffer> => encodeNumbers({ 1: BigInt(memberId) });

export interface MemberStatus {
  readonly memberId: string;
  readonly leaderId: string | undefined;
  readonly version: string;
  readonly errors: readonly string[];
}

export const readStatus = (response: Uint8Array): MemberStatus => {
  const fields = decodeFields(response);
  const leader = numberField(fields, 4);
  return {
    memberId: numberField(header(response), 2).toString(),
    leaderId: leader === 0n ? undefined : leader.toString(),
    version: textField(fields, 2),
    errors: messagesField(fields, 8).map((text) => new TextDecoder().decode(text)),
  };
};

export const readMembers = (response: Uint8Array): EtcdMembership["members"] =>
  messagesField(decodeFields(response), 2).map((message) => {
    const fields = decodeFields(message);
    return { id: numberField(fields, 1).toString(), name: textField(fields, 2), isLearner: numberField(fields, 5) === 1n };
  });

const alarmTypes = new Map([
  [1n, "NOSPACE"],
  [2n, "CORRUPT"],
] as const);

export const readAlarms = (response: Uint8Array): EtcdMembership["alarms"] =>
  messagesField(decodeFields(response), 2).flatMap((message) => {
    const fields = decodeFields(message);
    const type = alarmTypes.get(numberField(fields, 2) as 1n | 2n);
    return type === undefined ? [] : [{ memberId: numberField(fields, 1).toString(), type }];
  });

/** ResponseHeader, field 1 of every answer: `cluster_id`, `member_id`, `revision`, `raft_term`. */
const header = (response: Uint8Array) => decodeFields(messagesField(decodeFields(response), 1)[0] ?? new Uint8Array());

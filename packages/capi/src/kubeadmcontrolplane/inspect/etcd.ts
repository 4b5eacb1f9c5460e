import type { Node, Stored } from "@slipway/api";
import { isTrue } from "@slipway/runtime";
import type { EtcdMembership } from "../../workload/port.ts";
import { type ControlPlane, isDeleting, isEtcdManaged, nodeNameOf } from "../controlplane.ts";
import { type Finding, type Inspection, ill, notInspected, olderSummary, summaryOf, unclear, well } from "./findings.ts";
import { notYet } from "./pods.ts";

export type EtcdSeen =
  | { readonly nodes: readonly Stored<Node>[]; readonly membership: EtcdMembership }
  | { readonly nodes: readonly Stored<Node>[]; readonly unreachable: string }
  | { readonly nodesError: string };

export interface EtcdInspection extends Inspection {
  /** Known when etcd answered. */
  readonly members: EtcdMembership["members"] | undefined;
  /** Every member has its machine, and the other way round. */
  readonly matching: boolean;
}

const memberHealthy = "EtcdMemberHealthy";
const clusterHealthy = "EtcdClusterHealthy";
/** A node may come before its member is known. */
const settlingMilliseconds = 2 * 60_000;

export const memberName = ({ id, name }: { readonly id: string; readonly name: string }): string =>
  name === "" ? `${id} (Name not yet assigned)` : name;

export const inspectEtcd = (controlPlane: Pick<ControlPlane, "kcp" | "members" | "now">, seen: EtcdSeen): EtcdInspection => {
  const { kcp, members, now } = controlPlane;
  if (!isEtcdManaged(kcp)) {
    return { machines: new Map(), controlPlane: [{ older: isTrue(clusterHealthy) }], members: undefined, matching: true };
  }
  if ("nodesError" in seen) {
    const finding = unclear(memberHealthy, "MemberInspectionFailed", seen.nodesError);
    return {
      machines: new Map(members.map(({ machine }) => [machine.metadata.name, [finding]])),
      controlPlane: [unclear(clusterHealthy, "EtcdClusterInspectionFailed", seen.nodesError)],
      members: undefined,
      matching: false,
    };
  }
  const list = "membership" in seen && seen.membership.errors.length === 0 ? seen.membership.members : undefined;
  let matching = list !== undefined;
  const perMachine = members.map(({ machine }) => {
    const nodeName = nodeNameOf(machine);
    const finding = (): Finding => {
      if (nodeName === undefined) return notInspected(memberHealthy, notYet(machine.spec.providerID));
      if (isDeleting(machine)) {
        return ill(memberHealthy, { older: "Deleting", severity: "Info", newer: "Deleting" }, "Machine is deleting");
      }
      if ("unreachable" in seen) return unclear(memberHealthy, "MemberInspectionFailed", seen.unreachable);
      return memberFinding(nodeName, seen.membership);
    };
    const node = seen.nodes.find(({ metadata }) => metadata.name === nodeName);
    const settled = node !== undefined && now.getTime() - Date.parse(node.metadata.creationTimestamp) > settlingMilliseconds;
    if (list && nodeName !== undefined && !isDeleting(machine) && settled && !list.some(({ name }) => name === nodeName)) {
      matching = false;
    }
    return { name: machine.metadata.name, hasProviderId: (machine.spec.providerID ?? "") !== "", findings: [finding()] };
  });
  const provisioning = members.some(({ machine }) => nodeNameOf(machine) === undefined);
  const nodeNames = new Set(members.map(({ machine }) => nodeNameOf(machine)));
  const strangers = (list ?? []).filter(({ name }) => !nodeNames.has(name));
  if (strangers.length > 0 && !provisioning) matching = false;
  const errors = provisioning
    ? []
    : strangers.map((member) => `Etcd member ${memberName(member)} does not have a corresponding Machine`);
  const reasons = { unhealthy: "EtcdClusterUnhealthy", unknown: "EtcdClusterUnknown" };
  const older = olderSummary(clusterHealthy, reasons, errors, perMachine);
  return {
    machines: new Map(perMachine.map(({ name, findings }) => [name, findings])),
    controlPlane: [{ ...(older ? { older } : {}), newer: summaryOf(clusterHealthy, errors, perMachine) }],
    members: list,
    matching,
  };
};

const memberFinding = (nodeName: string, { members, alarms, errors }: EtcdMembership): Finding => {
  const sick = (message: string) => ill(memberHealthy, { older: "EtcdMemberUnhealthy", newer: "NotHealthy" }, message);
  if (errors.length > 0) return sick(`Etcd reports errors: ${errors.join(", ")}`);
  const member = members.find(({ name }) => name === nodeName);
  if (member === undefined) return sick("Etcd doesn't have a member for this Node");
  const raised = alarms.filter(({ memberId }) => memberId === member.id).map(({ type }) => type);
  return raised.length > 0 ? sick(`Etcd reports alarms: ${raised.join(", ")}`) : well(memberHealthy, "Healthy");
};

/** What can be seen of a control plane from outside: its static pods and its etcd members. */
import type { KubeadmControlPlane, Stored } from "@slipway/api";
import { findCondition, hasStatus } from "@slipway/runtime";
import { type ControlPlane, isEtcdManaged } from "../controlplane.ts";
import { type EtcdInspection, type EtcdSeen, inspectEtcd } from "./etcd.ts";
import { type Finding, type Inspection, notInspected } from "./findings.ts";
import { inspectPods, type PodsSeen, staticPods } from "./pods.ts";

export type WorkloadSeen =
  | { readonly state: "notInitialized" }
  | {
      readonly state: "disconnected";
      readonly since: Date | undefined;
      /** We have listened only since then: silence before it was our own. */
      readonly listeningSince?: Date;
    }
  | { readonly state: "connected"; readonly pods: PodsSeen; readonly etcd: EtcdSeen };

export interface FullInspection extends EtcdInspection {
  /** Nothing may be decided from it. */
  readonly blind: boolean;
  /** Blind for so short a time that what was seen last still counts. */
  readonly stillKnown?: boolean;
}

const graceMilliseconds = 5 * 60_000;

export const inspect = (controlPlane: ControlPlane, seen: WorkloadSeen): FullInspection => {
  if (seen.state === "connected") {
    const pods = inspectPods(controlPlane, seen.pods);
    const etcd = inspectEtcd(controlPlane, seen.etcd);
    return { ...etcd, ...joined(controlPlane, pods, etcd), blind: false };
  }
  const unknown = { members: undefined, matching: false };
  if (seen.state === "notInitialized") {
    const message = "Waiting for control plane to be initialized";
    return { ...unknown, ...everywhere(controlPlane, (type) => notInspected(type, message)), blind: false };
  }
  const { kcp, now } = controlPlane;
  const available = findCondition(kcp.status?.conditions, "Available")?.lastTransitionTime;
  const lastWord = (seen.since ?? seen.listeningSince)?.getTime() ?? 0;
  const since = Math.max(lastWord, available === undefined ? 0 : Date.parse(available));
  const message = seen.since
    ? `Last successful probe at ${seen.since.toISOString().slice(0, 19)}Z`
    : "Remote connection not established yet";
  const finding = (type: string) => notInspected(type, message, "ConnectionDown");
  if (now.getTime() - since > graceMilliseconds) return { ...unknown, ...everywhere(controlPlane, finding), blind: true };
  const unset = wholeConditions(kcp).filter((type) => findCondition(kcp.status?.v1beta2?.conditions, type) === undefined);
  // Within the grace period what was seen last still counts.
  return { ...unknown, machines: new Map(), controlPlane: unset.map(finding), blind: true, stillKnown: true };
};

/** Could the API server ever be reached? Before that there is nothing to inspect. */
export const isInitialized = (kcp: Stored<KubeadmControlPlane>): boolean =>
  kcp.status?.initialized === true && hasStatus(kcp.status.conditions, "Available", "True");

const wholeConditions = (kcp: Stored<KubeadmControlPlane>): readonly string[] => [
  ...(isEtcdManaged(kcp) ? ["EtcdClusterHealthy"] : []),
  "ControlPlaneComponentsHealthy",
];

const everywhere = ({ kcp, members }: ControlPlane, finding: (type: string) => Finding): Inspection => {
  const managed = isEtcdManaged(kcp);
  const types = [...staticPods(managed).map(({ condition }) => condition), ...(managed ? ["EtcdMemberHealthy"] : [])];
  return {
    machines: new Map(members.map(({ machine }) => [machine.metadata.name, types.map(finding)])),
    controlPlane: ["EtcdClusterHealthy", "ControlPlaneComponentsHealthy"].map(finding),
  };
};

const joined = ({ members }: ControlPlane, pods: Inspection, etcd: Inspection): Inspection => ({
  machines: new Map(
    members.map(({ machine: { metadata } }) => [
      metadata.name,
      [...(pods.machines.get(metadata.name) ?? []), ...(etcd.machines.get(metadata.name) ?? [])],
    ]),
  ),
  controlPlane: [...etcd.controlPlane, ...pods.controlPlane],
});

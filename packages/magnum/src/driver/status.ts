import type { Machine, MagnumCluster, MagnumClusterStatus, MagnumNodeGroup, MagnumNodeGroupStatus, Stored } from "@slipway/api";
import { NODE_GROUP_LABEL, readCaRotation } from "@slipway/api";
import type { CloudEvidence, ObjectEvidence } from "@slipway/doctor";
import { sameJson } from "@slipway/runtime";
import { causeOf, groupCauseOf, obstruction, withCause } from "./diagnosis.ts";
import { health } from "./health.ts";
import { impossible } from "./impossible.ts";
import { machineReason } from "./machinereason.ts";
import type { Observed } from "./observed.ts";
import { groupDone, isAsAsked, isReady } from "./progress.ts";
import { reasonsOf } from "./reasons.ts";
import { rotationReason, rotationStatus } from "./rotation/words.ts";
import { stagesOver } from "./stages.ts";

export interface StatusInput {
  readonly observed: Observed;
  readonly serverGroups: { readonly [name: string]: string };
  /** What stopped this pass for good; only a human can help. */
  readonly failure: string | undefined;
  /** What stopped this pass for now. */
  readonly obstacle: string | undefined;
  /** The objects are what they were asked to be; false while they are still being written. */
  readonly applied: boolean;
  /** What the cloud itself said, if it was asked in this pass. */
  readonly cloud?: CloudEvidence | undefined;
  readonly credential?: ObjectEvidence["credential"];
  readonly now: Date;
}

/** MagnumCluster's status: where its Cluster API objects stand. Pure; the former status only keeps what flickers. */
export const status = (cluster: Stored<MagnumCluster>, input: StatusInput): MagnumClusterStatus => {
  const former = cluster.status ?? {};
  const next = statusWithoutTime(cluster, input);
  const { updatedAt, ...rest } = former;
  return { ...next, updatedAt: updatedAt !== undefined && sameJson(rest, next) ? updatedAt : input.now.toISOString() };
};

const statusWithoutTime = (cluster: Stored<MagnumCluster>, input: StatusInput): MagnumClusterStatus => {
  const { observed, serverGroups } = input;
  const deleting = cluster.metadata.deletionTimestamp !== undefined;
  const nodeGroups = cluster.spec.nodeGroups.map((group) => nodeGroupStatus(group, cluster, input));
  const action = deleting ? "DELETE" : cluster.spec.updatedAt === undefined ? "CREATE" : "UPDATE";
  const ready = isReady(observed);
  const rotation = rotationReason(cluster, readCaRotation(cluster));
  const endpoint = observed.cluster?.spec.controlPlaneEndpoint;
  const apiAddress =
    endpoint !== undefined && (ready || cluster.status?.apiAddress !== undefined)
      ? `https://${endpoint.host}:${endpoint.port}`
      : cluster.status?.apiAddress;
  const coeVersion = ready ? (observed.controlPlane?.status?.version ?? cluster.status?.coeVersion) : cluster.status?.coeVersion;
  return defined({
    observedGeneration: cluster.metadata.generation ?? 1,
    ...explained(cluster, overall(action, nodeGroups, ready, { ...input, rotation }), input),
    obstacle: input.failure ?? input.obstacle,
    ...health(observed),
    apiAddress,
    coeVersion,
    clusterUid: observed.cluster?.metadata.uid ?? cluster.status?.clusterUid,
    serverGroups,
    nodeGroups,
    caRotation: rotationStatus(cluster, readCaRotation(cluster)),
    stages: stagesOver(cluster, observed, input.now),
  });
};

/** The first cause goes before what Cluster API says. A cluster that is complete and well has nothing to explain. */
const explained = (
  cluster: Stored<MagnumCluster>,
  standing: Pick<MagnumClusterStatus, "status" | "statusReason">,
  { observed, failure, obstacle, cloud, credential = "unknown", now }: StatusInput,
): Pick<MagnumClusterStatus, "status" | "statusReason" | "conditions"> => {
  if (isAsAsked(cluster, observed) && standing.status?.endsWith("_COMPLETE"))
    return { ...standing, conditions: obstruction(cluster, undefined, now) };
  const stopped = failure ?? obstacle;
  const cause = causeOf(cluster, {
    observed,
    obstacle: stopped === undefined ? undefined : { message: stopped, final: failure !== undefined },
    cloud,
    credential,
    now,
  });
  return {
    ...standing,
    statusReason: withCause(cause, standing.statusReason),
    conditions: obstruction(cluster, cause, now),
  };
};

type Action = "CREATE" | "UPDATE" | "DELETE";

const overall = (
  action: Action,
  nodeGroups: readonly MagnumNodeGroupStatus[],
  ready: boolean,
  { observed, failure, obstacle, applied, rotation }: StatusInput & { readonly rotation: string | undefined },
): Pick<MagnumClusterStatus, "status" | "statusReason"> => {
  const terminal = failure ?? terminalFailure(observed);
  if (terminal !== undefined) return { status: `${action}_FAILED`, statusReason: terminal };
  const failedGroups = nodeGroups.filter((group) => group.status.endsWith("_FAILED"));
  if (failedGroups.length > 0)
    return {
      status: `${action}_FAILED`,
      statusReason: failedGroups.map(({ name, statusReason }) => `${name}: ${statusReason ?? "failed"}`).join(" "),
    };
  const settled = rotation === undefined && applied && ready && nodeGroups.every((group) => group.status.endsWith("_COMPLETE"));
  if (settled && action !== "DELETE") return { status: `${action}_COMPLETE` };
  return {
    status: `${action}_IN_PROGRESS`,
    statusReason: [rotation, obstacle, reasonsOf(observed)].filter(Boolean).join(" ") || undefined,
  };
};

/** Cluster API gives up only on what it cannot mend; then it says so here and stops. */
const terminalFailure = ({ cluster, infrastructure, controlPlane }: Observed): string | undefined => {
  for (const object of [infrastructure, controlPlane, cluster]) {
    const { failureReason, failureMessage } = object?.status ?? {};
    if (object !== undefined && failureReason !== undefined)
      return `${object.kind} ${object.metadata.name} failed: ${failureReason}${failureMessage === undefined ? "" : `: ${failureMessage}`}`;
  }
  return undefined;
};

const nodeGroupStatus = (group: MagnumNodeGroup, cluster: Stored<MagnumCluster>, input: StatusInput): MagnumNodeGroupStatus => {
  const { observed } = input;
  const machines = observed.machines.filter(({ metadata }) => metadata.labels?.[NODE_GROUP_LABEL] === group.name);
  const nodeAddresses = machines.flatMap(addressOf).toSorted();
  const deleting = group.deleting === true || cluster.metadata.deletionTimestamp !== undefined;
  const action = deleting ? "DELETE" : group.updatedAt === undefined ? "CREATE" : "UPDATE";
  const version = lowestVersion(machines);
  const facts = { name: group.name, nodeAddresses, version };
  if (deleting) return defined({ ...facts, status: "DELETE_IN_PROGRESS" });
  const wrong = impossible(group);
  if (wrong !== undefined) return defined({ ...facts, status: `${action}_FAILED`, statusReason: wrong });
  if (groupDone(group, cluster, observed) && input.applied) return defined({ ...facts, status: `${action}_COMPLETE` });
  const cause = groupCauseOf(group.name, { observed, cloud: input.cloud, now: input.now });
  return defined({ ...facts, status: `${action}_IN_PROGRESS`, statusReason: withCause(cause, machineReasons(machines)) });
};

const addressOf = ({ status: seen }: Machine): readonly string[] => {
  const address =
    seen?.addresses?.find(({ type }) => type === "InternalIP") ?? seen?.addresses?.find(({ type }) => type === "ExternalIP");
  return address === undefined ? [] : [address.address];
};

const lowestVersion = (machines: readonly Machine[]): string | undefined =>
  machines
    .flatMap(({ status: seen, spec }) => (seen?.nodeInfo?.kubeletVersion ?? spec.version ?? []) as string)
    .filter((version) => version !== "")
    .toSorted((a, b) => a.localeCompare(b, undefined, { numeric: true }))[0];

const machineReasons = (machines: readonly Stored<Machine>[]): string | undefined => {
  const messages = machines.flatMap((machine) => machineReason(machine) ?? []);
  return messages.length === 0 ? undefined : [...new Set(messages)].slice(0, 3).join(" ");
};

const defined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

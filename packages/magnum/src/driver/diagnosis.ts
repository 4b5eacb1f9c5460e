import { type KubeObject, type MagnumCluster, NODE_GROUP_LABEL, type Stored, saidConditions } from "@slipway/api";
import { type CloudEvidence, cloudUnasked, diagnose, type ObjectEvidence, type Obstacle, shortReason } from "@slipway/doctor";
import { isFalse, isTrue, setCondition } from "@slipway/runtime";
import type { Observed } from "./observed.ts";

/** The objects of a cluster, as a diagnosis reads them. What an earlier diagnosis wrote is no evidence for the next. */
export const evidenceOf = (
  record: Stored<MagnumCluster>,
  observed: Observed,
  credential: ObjectEvidence["credential"],
): ObjectEvidence => {
  const { status: _, statusReason: __, obstacle: ___, ...rest } = record.status ?? {};
  return { ...observed, record: { ...record, status: rest }, credential };
};

export interface ReasonInput {
  readonly observed: Observed;
  readonly obstacle: Obstacle | undefined;
  readonly cloud: CloudEvidence | undefined;
  readonly credential: ObjectEvidence["credential"];
  readonly now: Date;
}

const isDiagnosis = (reason: string | undefined): reason is string => reason?.startsWith("[") ?? false;

/**
 * The first cause in a few words, for `status_reason`: the same as `slipway doctor` says. A cause that only the cloud knows is kept
 * until it is asked again: machines that come and go must not make it flicker.
 */
export const causeOf = (record: Stored<MagnumCluster>, input: ReasonInput): string | undefined => {
  const { observed, obstacle, cloud, credential, now } = input;
  const found = shortReason(diagnose({ now, objects: evidenceOf(record, observed, credential), obstacle, events: [], cloud }));
  if (found !== undefined || cloud !== undefined) return found;
  const former = record.status?.statusReason;
  return isDiagnosis(former) ? former.split(SEPARATOR, 1)[0] : undefined;
};

/** The first cause among the machines of one node group. */
export const groupCauseOf = (
  group: string,
  { observed, cloud, now }: Pick<ReasonInput, "observed" | "cloud" | "now">,
): string | undefined => {
  const machines = observed.machines.filter(({ metadata }) => metadata.labels?.[NODE_GROUP_LABEL] === group);
  if (machines.length === 0) return undefined;
  const names = new Set(machines.map(({ metadata, spec }) => spec.infrastructureRef?.name ?? metadata.name));
  const own = <T extends KubeObject>(objects: readonly Stored<T>[]) => objects.filter(({ metadata }) => names.has(metadata.name));
  const objects: ObjectEvidence = {
    credential: "unknown",
    record: undefined,
    cluster: undefined,
    infrastructure: undefined,
    controlPlane: undefined,
    machineDeployments: [],
    machineSets: [],
    machineTemplates: [],
    healthChecks: [],
    machines,
    infraMachines: own(observed.infraMachines),
    servers: own(observed.servers),
    bootstrapConfigs: [],
  };
  // What ails the cluster as a whole is told of the cluster.
  const seen = cloud && { ...cloudUnasked(), servers: cloud.servers?.filter(({ name }) => names.has(name)) };
  return shortReason(diagnose({ now, objects, events: [], cloud: seen }));
};

const UNOBSTRUCTED = "Unobstructed";

/** The cause as a condition, for kubectl and for alerts: its code is the reason, its text with the remedy the message. RUN-058 */
export const obstruction = (
  record: Stored<MagnumCluster>,
  cause: string | undefined,
  now: Date,
): NonNullable<MagnumCluster["status"]>["conditions"] => {
  const before = record.status?.conditions;
  const code = /^\[(\w+)\] (.*)$/s.exec(cause ?? "");
  if (code !== null) return setCondition(before, isFalse(UNOBSTRUCTED, code[1] ?? "", "Warning", code[2]), now);
  return before?.some(({ type }) => type === UNOBSTRUCTED) ? setCondition(before, isTrue(UNOBSTRUCTED), now) : before;
};

const SEPARATOR = " | ";

/** The cause, then what Cluster API says, when both say something. */
export const withCause = (cause: string | undefined, said: string | undefined): string | undefined =>
  [cause, said].filter((text) => text !== undefined && text !== "").join(SEPARATOR) || undefined;

/** How long nothing has changed in any of the objects. */
export const quietSeconds = (record: Stored<MagnumCluster>, observed: Observed, now: Date): number => {
  const { cluster, infrastructure, controlPlane, machineDeployments, machineSets, machines, servers } = observed;
  const objects = [cluster, infrastructure, controlPlane, ...machineDeployments, ...machineSets, ...machines, ...servers];
  const times = [
    record.metadata.creationTimestamp,
    record.metadata.deletionTimestamp,
    record.spec.updatedAt,
    ...objects.flatMap((object) => [
      object?.metadata.creationTimestamp,
      object?.metadata.deletionTimestamp,
      ...saidConditions(object).map(({ lastTransitionTime }) => lastTransitionTime),
    ]),
  ].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  return Math.max(0, (now.getTime() - Math.max(...times)) / 1000);
};

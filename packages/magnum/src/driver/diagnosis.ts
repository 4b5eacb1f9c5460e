import type { MagnumCluster, Stored } from "@slipway/api";
import { type CloudEvidence, diagnose, type ObjectEvidence, type Obstacle, shortReason } from "@slipway/doctor";
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
      ...(object?.status?.conditions ?? []).map(({ lastTransitionTime }) => lastTransitionTime),
    ]),
  ].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  return Math.max(0, (now.getTime() - Math.max(...times)) / 1000);
};

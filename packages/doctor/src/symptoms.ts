import { type KubeObject, type Stored, saidConditions } from "@slipway/api";
import type { Evidence } from "./evidence/evidence.ts";
import type { FoundObject } from "./finding.ts";

/** Something somewhere says that it cannot go on, in the words of whoever refused it. */
export interface Symptom {
  readonly object: FoundObject;
  /** Where it is written: `condition InstanceReady`, `event Failedcreateserver`. */
  readonly source: string;
  readonly reason: string;
  readonly message: string;
  readonly since: string | undefined;
}

interface AnyCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface AnyStatus {
  readonly v1beta2?: { readonly conditions?: readonly AnyCondition[] };
  readonly failureReason?: string;
  readonly failureMessage?: string;
}

/** Deepest objects first: what they say is a cause, what those above them say is its echo. */
export const symptoms = (evidence: Evidence): readonly Symptom[] => {
  const { objects, obstacle, events } = evidence;
  const deepestFirst: readonly (Stored<KubeObject> | undefined)[] = [
    ...objects.servers,
    ...objects.infraMachines,
    objects.infrastructure,
    ...objects.bootstrapConfigs,
    ...objects.machines,
    objects.controlPlane,
    ...objects.machineSets,
    ...objects.machineDeployments,
    objects.cluster,
  ];
  const record = objects.record;
  return [
    ...deepestFirst.flatMap((object) => (object === undefined ? [] : said(object))),
    ...(obstacle === undefined || record === undefined
      ? []
      : [
          {
            object: { kind: "Cluster", name: record.metadata.name },
            source: "the last attempt",
            reason: "",
            message: obstacle.message,
            since: undefined,
          },
        ]),
    // Events of what is gone by now still tell why it went.
    ...events.map(({ kind, name, reason, message, at }) => ({
      object: { kind, name },
      source: `event ${reason}`,
      reason,
      message,
      since: at,
    })),
  ];
};

/** A list of what other conditions say, here or below (those are read themselves), or an ordinary wait. */
const isDigest = (message: string): boolean => message.startsWith("* ") || message.startsWith("Waiting for ");

/** Both families of conditions, and the older failure fields. */
const said = (object: Stored<KubeObject>): readonly Symptom[] => {
  const status = (object as { readonly status?: AnyStatus }).status ?? {};
  const { kind, metadata } = object;
  const about = { kind, name: metadata.name };
  const bad: readonly AnyCondition[] = [...saidConditions(object), ...(status.v1beta2?.conditions ?? [])].filter(
    ({ status: is, message }) => is !== "True" && message !== undefined && message !== "" && !isDigest(message),
  );
  return [
    ...(status.failureMessage === undefined
      ? []
      : [
          {
            object: about,
            source: "failureMessage",
            reason: status.failureReason ?? "",
            message: status.failureMessage,
            since: bad[0]?.lastTransitionTime,
          },
        ]),
    ...bad.map(({ type, reason, message, lastTransitionTime }) => ({
      object: about,
      source: `condition ${type}`,
      reason: reason ?? "",
      message: message ?? "",
      since: lastTransitionTime,
    })),
  ];
};

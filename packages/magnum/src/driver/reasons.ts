import type { Condition } from "@slipway/api";
import { machineReason } from "./machinereason.ts";
import type { Observed } from "./observed.ts";

const MOST_MACHINES = 3;

/** Why a cluster is not complete yet, for its tenant: what Cluster API waits for, then what each machine waits for. */
export const reasonsOf = ({ cluster, infrastructure, machines }: Observed): string => {
  const parts = [
    sentence("CAPI Cluster status", firstBad(cluster?.status?.conditions)),
    infrastructure?.status?.ready === true
      ? undefined
      : sentence("CAPI OpenstackCluster status reason", infrastructure?.status?.failureMessage),
    ...machines.flatMap((machine) => machineReason(machine) ?? []).slice(0, MOST_MACHINES),
  ];
  return parts.filter((part) => part !== undefined).join(" ");
};

const sentence = (subject: string, text: string | undefined): string | undefined =>
  text === undefined || text === "" ? undefined : `${subject}: ${text.replace(/\.*$/, "")}.`;

/** The summary says least, so it speaks only when nothing else does. */
const firstBad = (conditions: readonly Condition[] = []): string | undefined => {
  const bad = conditions.filter(({ status }) => status === "False");
  const condition = bad.find(({ type }) => type !== "Ready") ?? bad[0];
  return condition && [condition.reason, condition.message].filter(Boolean).join(": ");
};

import type { MachineDeployment, MachineDeploymentStatus, MachineSet, Stored, V1Beta2Condition } from "@slipway/api";
import {
  findCondition,
  formatSelector,
  isFalse,
  isTrue,
  mirror,
  type NewCondition,
  type NewV1Beta2Condition,
  type Report,
  setCondition,
  setV1Beta2,
  summary,
  v1beta2,
} from "@slipway/runtime";
import { checkLogs } from "../external/index.ts";
import { deleting, machinesReady, machinesUpToDate, remediating, scalingDown, scalingUp } from "../machineset/conditions.ts";
import { missingTemplates } from "../machineset/templates.ts";
import type { MachineDeploymentFacts, MachineDeploymentScope } from "./scope.ts";
import { fencepostsOf, isRollingUpdate } from "./strategy.ts";

export type MachineDeploymentReport = Report<MachineDeploymentScope, MachineDeploymentFacts>;

export const ownedV1Beta1 = ["Ready", "Available"];
export const ownedV1Beta2 = [
  "Available",
  "MachinesReady",
  "MachinesUpToDate",
  "RollingOut",
  "ScalingDown",
  "ScalingUp",
  "Remediating",
  "Deleting",
];

type Sets = readonly Stored<MachineSet>[];
const total = (sets: Sets, count: (set: Stored<MachineSet>) => number | undefined): number =>
  sets.reduce((sum, set) => sum + (count(set) ?? 0), 0);

/** The whole status: sums of the MachineSets'. Without a list of them there is nothing to sum, and the counters stay. */
export const status = (deployment: Stored<MachineDeployment>, report: MachineDeploymentReport): MachineDeploymentStatus => {
  const { facts, now, errors } = report;
  const counted: MachineDeploymentStatus = { ...deployment.status, ...countersOf(deployment, facts) };
  const { phase: _before, ...plain } = counted;
  const phase = facts.sets ? phaseOf(deployment, facts.sets, counted) : deployment.status?.phase;
  const newer = { ...deployment.status?.v1beta2, ...newerCounters(facts.sets) };
  const conditions = v1beta1Conditions(deployment, counted, facts).reduce(
    (list, condition) => setCondition(list, condition, now),
    deployment.status?.conditions ?? [],
  );
  const summed = setCondition(conditions, summary(conditions, { types: ["Available"] }), now);
  const v1beta2Conditions = newerConditions(deployment, newer.availableReplicas, report).reduce<readonly V1Beta2Condition[]>(
    (list, condition) => setV1Beta2(list, condition, { now, generation: deployment.metadata.generation }),
    deployment.status?.v1beta2?.conditions ?? [],
  );
  return {
    ...plain,
    ...(phase === undefined ? {} : { phase }),
    ...(errors.length === 0 ? { observedGeneration: deployment.metadata.generation } : {}),
    ...(summed.length === 0 ? {} : { conditions: summed }),
    v1beta2: { ...newer, conditions: v1beta2Conditions },
  };
};

/** CORE-334 */
const countersOf = (
  deployment: Stored<MachineDeployment>,
  { sets, newSet }: Partial<MachineDeploymentFacts>,
): Partial<MachineDeploymentStatus> => {
  if (!sets) return {};
  const availableReplicas = total(sets, ({ status }) => status?.availableReplicas);
  return {
    selector: formatSelector(deployment.spec.selector),
    replicas: total(sets, ({ status }) => status?.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: total(sets, ({ status }) => status?.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(total(sets, ({ spec }) => spec.replicas) - availableReplicas, 0),
  };
};

/** None of them has counted yet: then neither do we. */
const newerCounters = (sets: Sets = []) => {
  const sum = (field: "readyReplicas" | "availableReplicas" | "upToDateReplicas") => {
    const counts = sets.flatMap(({ status }) => status?.v1beta2?.[field] ?? []);
    return counts.length === 0 ? undefined : counts.reduce((a, b) => a + b, 0);
  };
  return {
    readyReplicas: sum("readyReplicas"),
    availableReplicas: sum("availableReplicas"),
    upToDateReplicas: sum("upToDateReplicas"),
  };
};

/** CORE-335 */
const phaseOf = (
  deployment: Stored<MachineDeployment>,
  sets: Sets,
  { readyReplicas = 0, availableReplicas = 0 }: MachineDeploymentStatus,
): MachineDeploymentStatus["phase"] => {
  const wanted = deployment.spec.replicas ?? 0;
  if (sets.some(({ status }) => status?.failureReason !== undefined || status?.failureMessage !== undefined)) return "Failed";
  if (total(sets, ({ spec }) => spec.replicas) < availableReplicas) return "ScalingDown";
  if (readyReplicas === wanted) return "Running";
  return wanted > readyReplicas ? "ScalingUp" : undefined;
};

/** CORE-336 */
const v1beta1Conditions = (
  deployment: Stored<MachineDeployment>,
  { availableReplicas = 0 }: MachineDeploymentStatus,
  { sets, newSet }: Partial<MachineDeploymentFacts>,
): readonly (NewCondition | undefined)[] => {
  const wanted = deployment.spec.replicas;
  if (!sets || wanted === undefined) return [];
  const needed = wanted - fencepostsOf(deployment, wanted).maxUnavailable;
  const waiting = isFalse("MachineSetReady", "WaitingForMachineSet", "Info", newSet ? "" : "MachineSet not found");
  return [
    availableReplicas >= needed
      ? isTrue("Available")
      : isFalse(
          "Available",
          "WaitingForAvailableMachines",
          "Warning",
          `Minimum availability requires ${needed} replicas, current ${availableReplicas} available`,
        ),
    newSet ? mirror("MachineSetReady", newSet.status?.conditions, waiting) : waiting,
  ];
};

/** CORE-337 */
const newerConditions = (
  deployment: Stored<MachineDeployment>,
  availableReplicas: number | undefined,
  { facts, now }: MachineDeploymentReport,
): readonly NewV1Beta2Condition[] => {
  const { sets, machines, bootstrapTemplate, infrastructureTemplate } = facts;
  const of = { kind: "MachineDeployment" as const, machines, now };
  const scaling = {
    object: deployment,
    current: sets && total(sets, ({ status }) => status?.replicas),
    wanted: deployment.spec.replicas,
  };
  const missing = missingTemplates([bootstrapTemplate, infrastructureTemplate]);
  const because = missing === "" ? "" : `because ${missing}`;
  return [
    available(deployment, sets, availableReplicas),
    rollingOut(facts),
    scalingUp(scaling, { now: because, otherwise: because }),
    scalingDown(scaling, of),
    machinesReady(of),
    machinesUpToDate(of),
    remediating(of),
    sets ? deleting(deployment, of, sets.length) : v1beta2("Deleting", "Unknown", "InternalError", checkLogs),
  ];
};

const available = (
  deployment: Stored<MachineDeployment>,
  sets: Sets | undefined,
  count: number | undefined,
): NewV1Beta2Condition => {
  const type = "Available";
  const wanted = deployment.spec.replicas;
  if (!sets) return v1beta2(type, "Unknown", "InternalError", checkLogs);
  if (wanted === undefined) return v1beta2(type, "Unknown", "WaitingForReplicasSet", "Waiting for spec.replicas set");
  if (count === undefined) {
    return v1beta2(type, "Unknown", "WaitingForAvailableReplicasSet", "Waiting for status.v1beta2.availableReplicas set");
  }
  const needed = wanted - fencepostsOf(deployment, wanted).maxUnavailable;
  if (count >= needed) return v1beta2(type, "True", "Available");
  if (deployment.metadata.deletionTimestamp !== undefined) return v1beta2(type, "False", "NotAvailable", "Deletion in progress");
  const { maxUnavailable = 0 } = deployment.spec.strategy?.rollingUpdate ?? {};
  const why = isRollingUpdate(deployment)
    ? ` (spec.strategy.rollout.maxUnavailable is ${maxUnavailable}, spec.replicas is ${wanted})`
    : "";
  return v1beta2(type, "False", "NotAvailable", `${count} available replicas, at least ${needed} required${why}`);
};

const rollingOut = ({ machines }: Partial<MachineDeploymentFacts>): NewV1Beta2Condition => {
  const type = "RollingOut";
  if (!machines) return v1beta2(type, "Unknown", "InternalError", checkLogs);
  const outdated = machines.flatMap(({ status }) => {
    const condition = findCondition(status?.v1beta2?.conditions, "UpToDate");
    return condition?.status === "False" ? [condition.message] : [];
  });
  if (outdated.length === 0) return v1beta2(type, "False", "NotRollingOut");
  const reasons = [...new Set(outdated.filter((message) => message !== "").flatMap((message) => message.split("\n")))];
  const isVersion = (reason: string) => Number(reason.startsWith("* Version"));
  const sorted = reasons.toSorted((a, b) => isVersion(b) - isVersion(a) || (a < b ? -1 : 1));
  return v1beta2(type, "True", "RollingOut", [`Rolling out ${outdated.length} not up-to-date replicas`, ...sorted].join("\n"));
};

import type { Condition, Machine, MachineSet, MachineSetStatus, Node, Stored, V1Beta2Condition } from "@slipway/api";
import {
  aggregate,
  formatSelector,
  hasStatus,
  isFalse,
  isTrue,
  matchesSelector,
  type NewCondition,
  type NewV1Beta2Condition,
  type Report,
  setCondition,
  setV1Beta2,
  summary,
} from "@slipway/runtime";
import { deleting, machinesReady, machinesUpToDate, remediating, scalingDown, scalingUp } from "./conditions.ts";
import { isNodeAvailable, isNodeReady, secondsUntilAvailable } from "./health.ts";
import { MachineCreationError } from "./perform.ts";
import type { CreationFailure, MachineSetFacts, MachineSetScope } from "./scope.ts";
import { missingTemplates } from "./templates.ts";

export type MachineSetReport = Report<MachineSetScope, MachineSetFacts>;

export const ownedV1Beta1 = ["Ready", "MachinesCreated", "Resized", "MachinesReady"];
export const ownedV1Beta2 = ["ScalingUp", "ScalingDown", "MachinesReady", "MachinesUpToDate", "Remediating", "Deleting"];

/** The whole status. Without a list of Machines there is nothing to count, and the counters stay. */
export const status = (set: Stored<MachineSet>, report: MachineSetReport): MachineSetStatus => {
  const counters = countersOf(set, report);
  const counted: MachineSetStatus = { ...set.status, ...counters };
  const conditions = v1beta1Conditions(set, counted, report);
  return {
    ...counted,
    ...(conditions.length === 0 ? {} : { conditions }),
    v1beta2: { ...set.status?.v1beta2, ...newerCounters(report), conditions: v1beta2Conditions(set, report) },
  };
};

/** CORE-292 */
const countersOf = (
  set: Stored<MachineSet>,
  { facts: { machines }, scope, now }: MachineSetReport,
): Partial<MachineSetStatus> => {
  if (!machines) return {};
  const templateLabels = { matchLabels: set.spec.template?.metadata?.labels ?? {} };
  const nodes = machines.flatMap((machine) => nodeOf(machine, scope) ?? []);
  const seen = isBlind(scope, now)
    ? {
        readyReplicas: Math.min(set.status?.readyReplicas ?? 0, machines.length),
        availableReplicas: Math.min(set.status?.availableReplicas ?? 0, machines.length),
      }
    : {
        readyReplicas: nodes.filter(isNodeReady).length,
        availableReplicas: nodes.filter((node) => isNodeAvailable(node, set.spec.minReadySeconds ?? 0, now)).length,
      };
  return {
    observedGeneration: set.metadata.generation,
    selector: formatSelector(set.spec.selector),
    replicas: machines.length,
    fullyLabeledReplicas: machines.filter(({ metadata }) => matchesSelector(templateLabels, metadata.labels)).length,
    ...seen,
  };
};

const remoteGraceSeconds = 300;

/** The cluster does not answer, but not for so long that what was counted last is not to be believed: a restart of ours, a blink. */
const isBlind = ({ workload, lastWord }: Pick<MachineSetScope, "workload" | "lastWord">, now: Date): boolean =>
  workload === undefined && now.getTime() - lastWord.getTime() <= remoteGraceSeconds * 1000;

const nodeOf = ({ status }: Machine, { workload }: MachineSetScope): Stored<Node> | undefined => {
  const name = status?.nodeRef?.name;
  return name === undefined ? undefined : workload?.node(name);
};

const newerCounters = ({ facts: { machines } }: MachineSetReport) => {
  if (!machines) return {};
  const having = (type: string) => machines.filter(({ status }) => hasStatus(status?.v1beta2?.conditions, type, "True")).length;
  return { readyReplicas: having("Ready"), availableReplicas: having("Available"), upToDateReplicas: having("UpToDate") };
};

/** CORE-284, CORE-293 */
const v1beta1Conditions = (
  set: Stored<MachineSet>,
  counted: MachineSetStatus,
  report: MachineSetReport,
): readonly Condition[] => {
  const { facts, now } = report;
  const { machines } = facts;
  const failure = failureOf(report);
  const wanted: (NewCondition | undefined)[] = [
    facts.preflightErrors
      ? isFalse("MachinesCreated", "PreflightCheckFailed", "Error", facts.preflightErrors.join("; "))
      : failure
        ? isFalse("MachinesCreated", failure.reason, "Error", failure.message)
        : undefined,
    ...(machines ? resized(set, counted) : []),
    machines &&
      aggregate(
        "MachinesReady",
        machines.map(({ metadata, status }) => ({ kind: "Machine", name: metadata.name, conditions: status?.conditions })),
      ),
  ];
  const conditions = wanted.reduce((list, condition) => setCondition(list, condition, now), set.status?.conditions ?? []);
  return setCondition(conditions, summary(conditions, { types: ["MachinesCreated", "Resized", "MachinesReady"] }), now);
};

const failureOf = ({ facts, errors }: MachineSetReport): CreationFailure | undefined =>
  errors.find((error) => error instanceof MachineCreationError)?.failure ?? facts.creationFailure;

const resized = (set: Stored<MachineSet>, { replicas = 0, readyReplicas = 0 }: MachineSetStatus): readonly NewCondition[] => {
  const wanted = isDeletingSet(set) ? 0 : (set.spec.replicas ?? 0);
  const actual = `MachineSet to ${wanted} replicas (actual ${replicas})`;
  if (replicas < wanted) return [isFalse("Resized", "ScalingUp", "Warning", `Scaling up ${actual}`)];
  const created = isTrue("MachinesCreated");
  if (replicas > wanted) return [isFalse("Resized", "ScalingDown", "Warning", `Scaling down ${actual}`), created];
  return readyReplicas === replicas ? [isTrue("Resized"), created] : [created];
};

const isDeletingSet = ({ metadata }: Stored<MachineSet>): boolean => metadata.deletionTimestamp !== undefined;

/** CORE-295…297 */
const v1beta2Conditions = (set: Stored<MachineSet>, { facts, now }: MachineSetReport): readonly V1Beta2Condition[] => {
  const { machines, preflightErrors = [], bootstrapTemplate, infrastructureTemplate } = facts;
  const of = { kind: "MachineSet" as const, machines, now };
  const scaling = { object: set, current: machines?.length, wanted: set.spec.replicas };
  const missing = missingTemplates([bootstrapTemplate, infrastructureTemplate]);
  const blockers = [...preflightErrors, ...(missing === "" ? [] : [missing])].map((blocker) => `* ${blocker}`);
  const wanted: readonly NewV1Beta2Condition[] = [
    scalingUp(scaling, {
      now: blockers.length === 0 ? "" : `because:\n${blockers.join("\n")}`,
      otherwise: missing === "" ? "" : `because ${missing}`,
    }),
    scalingDown(scaling, of),
    machinesReady(of),
    machinesUpToDate(of),
    remediating(of),
    deleting(set, of),
  ];
  return wanted.reduce<readonly V1Beta2Condition[]>(
    (list, condition) => setV1Beta2(list, condition, { now, generation: set.metadata.generation }),
    set.status?.v1beta2?.conditions ?? [],
  );
};

const notReadyRecheckSeconds = 15;

/** Nodes do not wake us, and time makes them available. CORE-294 */
export const recheckSeconds = (
  { set, workload, now }: Pick<MachineSetScope, "set" | "workload" | "now">,
  machines: readonly Stored<Machine>[],
): number | undefined => {
  const nodes = machines.flatMap(({ status }) => (status?.nodeRef?.name ? (workload?.node(status.nodeRef.name) ?? []) : []));
  if (nodes.filter(isNodeReady).length !== (set.spec.replicas ?? 0)) return notReadyRecheckSeconds;
  const due = nodes.flatMap((node) => secondsUntilAvailable(node, set.spec.minReadySeconds ?? 0, now) ?? []);
  return due.length === 0 ? undefined : Math.min(...due);
};

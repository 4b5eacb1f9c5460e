import type { Machine, Node, Stored, V1Beta2Condition } from "@slipway/api";
import {
  findCondition,
  type NewV1Beta2Condition,
  priorityBy,
  setV1Beta2,
  summaryV1Beta2,
  v1beta2,
  wholeSeconds,
} from "@slipway/runtime";
import { checkLogs, type External, mirrorExternal } from "../external/index.ts";
import { isControlPlaneInitialized, isDeleting, type MachineFacts, type MachineScope, providerIdOf } from "./scope.ts";
import type { MachineReport } from "./status.ts";

/** The types that only this controller writes. */
export const ownedV1Beta2 = [
  "Available",
  "Ready",
  "BootstrapConfigReady",
  "InfrastructureReady",
  "NodeReady",
  "NodeHealthy",
  "Deleting",
] as const;

/** How long conditions of a Node we cannot see any more are believed. CORE-122 */
const remoteGraceSeconds = 300;

/** `machine.status` is this pass's already, but for these conditions. */
export const v1beta2Conditions = (
  machine: Stored<Machine>,
  report: MachineReport,
  scope: MachineScope,
): readonly V1Beta2Condition[] => {
  const { facts, now } = report;
  const at = { now, generation: machine.metadata.generation };
  const before = machine.status?.v1beta2?.conditions ?? [];
  const wanted = [
    bootstrapConfigReady(machine, facts),
    infrastructureReady(machine, facts),
    ...nodeConditions(machine, facts, scope),
    deleting(machine, report),
  ];
  const set = wanted.reduce<readonly V1Beta2Condition[]>((list, next) => setV1Beta2(list, next, at), before);
  const ready = readyCondition(machine, set, now);
  // minReadySeconds is not looked at for single Machines. CORE-266
  const available =
    ready.status === "True" ? v1beta2("Available", "True", "Available") : v1beta2("Available", "False", "NotReady");
  return setV1Beta2(setV1Beta2(set, ready, at), available, at);
};

/** CORE-256 */
const bootstrapConfigReady = (machine: Machine, { bootstrap }: Partial<MachineFacts>): NewV1Beta2Condition => {
  const type = "BootstrapConfigReady";
  const { configRef } = machine.spec.bootstrap;
  if (!configRef) return v1beta2(type, "True", "DataSecretProvided");
  const ready = machine.status?.bootstrapReady === true;
  return mirrored(type, bootstrap, configRef.kind, machine, { ready, existed: ready && isDeleting(machine) });
};

/** CORE-257 */
const infrastructureReady = (machine: Machine, { infrastructure }: Partial<MachineFacts>): NewV1Beta2Condition => {
  const ready = machine.status?.infrastructureReady === true;
  return mirrored("InfrastructureReady", infrastructure, machine.spec.infrastructureRef.kind, machine, { ready, existed: ready });
};

const mirrored = (
  type: string,
  external: External | undefined,
  kind: string | undefined,
  machine: Machine,
  known: { readonly ready: boolean; readonly existed: boolean },
): NewV1Beta2Condition =>
  mirrorExternal({
    type,
    source: "Ready",
    external,
    kind: kind ?? "",
    ...known,
    deleting: isDeleting(machine),
    owner: "Machine",
    reasons: { positive: "Ready", negative: "NotReady" },
  });

/** NodeReady and NodeHealthy; none when what we knew of them is still to be believed. CORE-258…261 */
const nodeConditions = (machine: Machine, facts: Partial<MachineFacts>, scope: MachineScope): readonly NewV1Beta2Condition[] => {
  const both = (status: "False" | "Unknown", reason: string, message: string) => [
    v1beta2("NodeReady", status, reason, message),
    v1beta2("NodeHealthy", status, reason, message),
  ];
  const { cluster, lastProbeSuccess, startedAt, now } = scope;
  const inspectionFailed = (message: string) => both("Unknown", "InspectionFailed", message);
  if (cluster.status?.infrastructureReady !== true)
    return inspectionFailed("Waiting for Cluster status.infrastructureReady to be true");
  if (!isControlPlaneInitialized(cluster)) return inspectionFailed("Waiting for Cluster control plane to be initialized");
  const connectionDown = () =>
    both("Unknown", "ConnectionDown", lastProbeSuccess ? `Last successful probe at ${wholeSeconds(lastProbeSuccess)}` : "");
  const initializedAt = Date.parse(
    findCondition(cluster.status?.conditions, "ControlPlaneInitialized")?.lastTransitionTime ?? "",
  );
  const lastWord = Math.max((lastProbeSuccess ?? startedAt).getTime(), initializedAt);
  if (now.getTime() - lastWord > remoteGraceSeconds * 1000) return connectionDown();

  const nodeRef = machine.status?.nodeRef;
  switch (facts.node?.state) {
    case "found":
      return [nodeReady(facts.node.node), nodeHealthy(facts.node.node)];
    case "disconnected": {
      const known = machine.status?.v1beta2?.conditions;
      return findCondition(known, "NodeReady") && findCondition(known, "NodeHealthy") ? [] : connectionDown();
    }
    case undefined:
    case "ambiguous":
      return both("Unknown", "InternalError", checkLogs);
    case "missing":
    case "no provider id": {
      if (isDeleting(machine) && !nodeRef) return both("Unknown", "NodeDoesNotExist", "Node does not exist");
      if (nodeRef) {
        return both(
          "False",
          "NodeDeleted",
          `Node ${nodeRef.name} has been deleted${isDeleting(machine) ? "" : " while the Machine still exists"}`,
        );
      }
      const id = providerIdOf(machine, facts);
      if (id) return inspectionFailed(`Waiting for a Node with spec.providerID ${id} to exist`);
      return inspectionFailed(`Waiting for ${machine.spec.infrastructureRef.kind} to report spec.providerID`);
    }
  }
};

/** When what was known of a Node before we began is not to be believed any longer. */
export const connectionDue = (
  { lastProbeSuccess, startedAt, workload, machine }: MachineScope,
  now: Date,
): number | undefined => {
  if (workload || lastProbeSuccess || machine.status?.nodeRef === undefined) return undefined;
  const left = remoteGraceSeconds - (now.getTime() - startedAt.getTime()) / 1000;
  return left >= 0 ? left + 1 : undefined;
};

const nodeReadyReasons = { True: "NodeReady", False: "NodeNotReady", Unknown: "NodeReadyUnknown" } as const;

/** CORE-260 */
const nodeReady = (node: Node): NewV1Beta2Condition => {
  const found = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (!found) return v1beta2("NodeReady", "Unknown", "NodeReadyUnknown", "* Node.Ready: Condition not yet reported");
  const message = found.status !== "True" && found.message ? `* Node.Ready: ${found.message}` : "";
  const mirrored = v1beta2("NodeReady", found.status, nodeReadyReasons[found.status], message);
  return found.lastTransitionTime === undefined ? mirrored : { ...mirrored, lastTransitionTime: found.lastTransitionTime };
};

const healthTypes = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

const nodeHealthy = (node: Node): NewV1Beta2Condition => {
  const type = "NodeHealthy";
  const reported = healthTypes.map((name) => ({
    name,
    condition: node.status?.conditions?.find((known) => known.type === name),
  }));
  const bad = reported.flatMap(({ name, condition }) => {
    if (!condition) return [{ name, status: "Unknown", message: "Condition not yet reported", missing: true }];
    const good = name === "Ready" ? "True" : "False";
    if (condition.status === good) return [];
    return [{ name, status: condition.status, message: condition.message || `Condition is ${condition.status}`, missing: false }];
  });
  const spoken = bad.filter(({ missing }) => !missing);
  const allAlike = spoken.length > 1 && new Set(spoken.map(({ message }) => message)).size === 1;
  const message = allAlike
    ? `* Node.AllConditions: ${spoken[0]?.message}`
    : bad.map(({ name, message }) => `* Node.${name}: ${message}`).join("\n");
  if (bad.some(({ status }) => status !== "Unknown")) return v1beta2(type, "False", "NodeNotHealthy", message);
  if (bad.length > 0) return v1beta2(type, "Unknown", "NodeHealthUnknown", message);
  return v1beta2(type, "True", "NodeHealthy");
};

/** The step of the deletion that has not been made yet. CORE-262 */
const deleting = (machine: Machine, { verdicts, deleting: tearingDown }: MachineReport): NewV1Beta2Condition | undefined => {
  const type = "Deleting";
  if (!isDeleting(machine)) return v1beta2(type, "False", "NotDeleting");
  if (!tearingDown) return undefined;
  const step = verdicts.find(({ phase, outcome }) => teardownSteps.has(phase) && outcome !== "ready" && outcome !== "skipped");
  if (!step) return v1beta2(type, "True", "Deleting", "Deletion started");
  if ("reason" in step) return v1beta2(type, "True", step.reason, step.message ?? "");
  return v1beta2(type, "True", "InternalError", checkLogs);
};

const teardownSteps = new Set([
  "nodeDeletionAllowed",
  "preDrainHooks",
  "drain",
  "volumesDetached",
  "preTerminateHooks",
  "infrastructureGone",
  "bootstrapGone",
  "nodeGone",
]);

/** CORE-263…265 */
const readyCondition = (machine: Machine, conditions: readonly V1Beta2Condition[], now: Date): NewV1Beta2Condition => {
  const gates = machine.spec.readinessGates ?? [];
  const negative = gates.filter(({ polarity }) => polarity === "Negative").map(({ conditionType }) => conditionType);
  const byPolarity = priorityBy(["Deleting", ...negative]);
  return summaryV1Beta2("Ready", conditions, {
    types: [
      "Deleting",
      "BootstrapConfigReady",
      "InfrastructureReady",
      "NodeHealthy",
      "HealthCheckSucceeded",
      ...gates.map(({ conditionType }) => conditionType),
    ],
    ignoreIfMissing: ["HealthCheckSucceeded"],
    overrides: isDeleting(machine) ? [deletingForSummary(machine, findCondition(conditions, "Deleting"), now)] : [],
    reasons: { issue: "NotReady", unknown: "ReadyUnknown", info: "Ready" },
    priority: (condition) => (isDeleting(machine) && isExpectedLoss(condition) ? "info" : byPolarity(condition)),
    messages: mergeControlPlaneComponents,
  });
};

/** While a Machine is deleted, its parts are meant to vanish. */
const isExpectedLoss = ({ type, reason }: NewV1Beta2Condition): boolean =>
  type === "NodeHealthy"
    ? reason === "NodeDeleted" || reason === "NodeDoesNotExist"
    : (type === "BootstrapConfigReady" || type === "InfrastructureReady") &&
      (reason === "ObjectDeleted" || reason === "ObjectDoesNotExist");

const longDeletionMinutes = 15;
const longDrainMinutes = 5;

/** CORE-264 */
const deletingForSummary = (machine: Machine, condition: V1Beta2Condition | undefined, now: Date): NewV1Beta2Condition => {
  const minutesSince = (time: string | undefined) => (now.getTime() - Date.parse(time ?? "")) / 60_000;
  const stage = condition ? `, stage: ${condition.reason}` : "";
  if (!condition || !(minutesSince(machine.metadata.deletionTimestamp) > longDeletionMinutes)) {
    return v1beta2("Deleting", "True", "Deleting", `Machine deletion in progress${stage}`);
  }
  const draining =
    condition.reason === "DrainingNode" && minutesSince(machine.status?.deletion?.nodeDrainStartTime) > longDrainMinutes;
  const causes = draining ? delayCauses.filter(([text]) => condition.message.includes(text)).map(([, cause]) => cause) : [];
  const likely = causes.length === 0 ? "" : `, delay likely due to ${causes.join(", ")}`;
  return v1beta2("Deleting", "True", "Deleting", `Machine deletion in progress since more than 15m${stage}${likely}`);
};

const delayCauses = [
  ["cannot evict pod as it would violate the pod's disruption budget.", "PodDisruptionBudgets"],
  ["deletionTimestamp set, but still not removed from the Node", "Pods not terminating"],
  ["failed to evict Pod", "Pod eviction errors"],
  ["waiting for completion", "Pods not completed yet"],
] as const;

const isControlPlaneComponent = (line: string): boolean =>
  ["* APIServer", "* ControllerManager", "* Scheduler"].some((start) => line.startsWith(start)) ||
  line.startsWith("* EtcdPodHealthy:");

/** Four Pods that say the same say it once. CORE-265 */
export const mergeControlPlaneComponents = (lines: readonly string[]): readonly string[] => {
  const components = lines.filter(isControlPlaneComponent);
  const texts = new Set(components.map((line) => line.slice(line.indexOf(":") + 1)));
  if (components.length < 2 || texts.size !== 1) return lines;
  const [text] = texts;
  const first = lines.findIndex(isControlPlaneComponent);
  return lines.flatMap((line, at) => {
    if (!isControlPlaneComponent(line)) return [line];
    return at === first ? [`* Control plane components:${text}`] : [];
  });
};

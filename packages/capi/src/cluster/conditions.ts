import type { Cluster, KubeObject, Machine, Stored, V1Beta2Condition } from "@slipway/api";
import {
  type AggregateV1Beta2Source,
  aggregateV1Beta2,
  findCondition,
  hasStatus,
  type MergeReasons,
  type NewV1Beta2Condition,
  priorityBy,
  readConditions,
  setV1Beta2,
  shorten,
  summaryV1Beta2,
  v1beta2,
  wholeSeconds,
} from "@slipway/runtime";
import { checkLogs, isInitialized, mirrorExternal } from "../external/index.ts";
import { type ClusterScope, isControlPlaneMachine } from "./scope.ts";
import type { ClusterReport } from "./status.ts";

/** The types that only this controller writes; TopologyReconciled is the topology controller's. CORE-175 */
export const ownedV1Beta2 = [
  "InfrastructureReady",
  "ControlPlaneAvailable",
  "ControlPlaneInitialized",
  "ControlPlaneMachinesReady",
  "ControlPlaneMachinesUpToDate",
  "WorkersAvailable",
  "WorkerMachinesReady",
  "WorkerMachinesUpToDate",
  "RemoteConnectionProbe",
  "RollingOut",
  "ScalingUp",
  "ScalingDown",
  "Remediating",
  "Deleting",
  "Available",
] as const;

/** How long after its last success a probe still counts. CORE-176 */
const probeGraceSeconds = 50;
/** A new Machine has this long to say whether it is up to date. CORE-186 */
const upToDateGraceSeconds = 10;
const waitingForTopology = "Waiting for cluster topology to be reconciled";

/** `cluster.status` is this pass's already, but for these conditions. */
export const v1beta2Conditions = (cluster: Stored<Cluster>, report: ClusterReport, now: Date): readonly V1Beta2Condition[] => {
  const { scope } = report;
  const { generation } = cluster.metadata;
  const { controlPlaneMachines, machineDeployments } = scope.descendants;
  // MachinePool Machines do not report these conditions. CORE-184
  const workers = scope.descendants.workerMachines.filter(({ metadata }) => !metadata.labels?.["cluster.x-k8s.io/pool-name"]);
  const settled = (machines: readonly Stored<Machine>[]) => machines.filter((machine) => hasUpToDate(machine, now));
  const before = cluster.status?.v1beta2?.conditions ?? [];
  const wanted: readonly (NewV1Beta2Condition | undefined)[] = [
    remoteConnectionProbe(scope, now),
    infrastructureReady(cluster, report),
    controlPlaneAvailable(cluster, report),
    controlPlaneInitialized(cluster, report),
    workersAvailable(machineDeployments),
    machinesReady("ControlPlaneMachinesReady", controlPlaneMachines),
    machinesReady("WorkerMachinesReady", workers),
    machinesUpToDate("ControlPlaneMachinesUpToDate", settled(controlPlaneMachines)),
    machinesUpToDate("WorkerMachinesUpToDate", settled(workers)),
    movement("RollingOut", cluster, report, machineDeployments),
    movement("ScalingUp", cluster, report, [...machineDeployments, ...ownMachineSets(cluster, report)]),
    movement("ScalingDown", cluster, report, [...machineDeployments, ...ownMachineSets(cluster, report)]),
    remediating([...controlPlaneMachines, ...workers]),
    deleting(cluster, report),
  ];
  const set = wanted.reduce<readonly V1Beta2Condition[]>((list, next) => setV1Beta2(list, next, { now, generation }), before);
  return setV1Beta2(set, available(cluster, set, report), { now, generation });
};

/** When the first Machine that has not said so yet begins to count. */
export const upToDateDue = (machines: readonly Stored<Machine>[], now: Date): number | undefined => {
  const waiting = machines.filter((machine) => !hasUpToDate(machine, now));
  const ages = waiting.map(({ metadata }) => (now.getTime() - Date.parse(metadata.creationTimestamp)) / 1000);
  return ages.length === 0 ? undefined : Math.max(0, upToDateGraceSeconds - Math.max(...ages)) + 1;
};

const hasUpToDate = ({ metadata, status }: Stored<Machine>, now: Date): boolean =>
  findCondition(status?.v1beta2?.conditions, "UpToDate") !== undefined ||
  now.getTime() - Date.parse(metadata.creationTimestamp) > upToDateGraceSeconds * 1000;

const ownMachineSets = (cluster: Stored<Cluster>, { scope }: ClusterReport) =>
  scope.descendants.machineSets.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ uid }) => uid === cluster.metadata.uid),
  );

const remoteConnectionProbe = (
  { lastProbeSuccess: last, cluster, startedAt }: ClusterScope,
  now: Date,
): NewV1Beta2Condition | undefined => {
  const type = "RemoteConnectionProbe";
  if (last && secondsSince(last, now) <= probeGraceSeconds) return v1beta2(type, "True", "ProbeSucceeded");
  const known = findCondition(cluster.status?.v1beta2?.conditions, type) !== undefined;
  if (!last && known && secondsSince(startedAt, now) <= probeGraceSeconds) return undefined;
  const since = last ? `, probe last succeeded at ${wholeSeconds(last)}` : "";
  return v1beta2(type, "False", "ProbeFailed", `Remote connection probe failed${since}`);
};

/** When what was known of a connection before we began is not to be believed any longer. */
export const probeDue = ({ lastProbeSuccess, startedAt, cluster }: ClusterScope, now: Date): number | undefined => {
  const left = probeGraceSeconds - secondsSince(startedAt, now);
  const believed = hasStatus(cluster.status?.v1beta2?.conditions, "RemoteConnectionProbe", "True");
  return !lastProbeSuccess && believed && left >= 0 ? left + 1 : undefined;
};

const secondsSince = (date: Date, now: Date): number => (now.getTime() - date.getTime()) / 1000;

const infrastructureReady = (cluster: Stored<Cluster>, { facts }: ClusterReport): NewV1Beta2Condition => {
  const type = "InfrastructureReady";
  const deleting = cluster.metadata.deletionTimestamp !== undefined;
  const { infrastructureRef, topology } = cluster.spec;
  if (!infrastructureRef && topology) return v1beta2(type, "False", "ObjectDoesNotExist", deleting ? "" : waitingForTopology);
  return mirrorExternal({
    type,
    source: "Ready",
    external: facts.infrastructure,
    kind: infrastructureRef?.kind ?? "",
    ready: cluster.status?.infrastructureReady === true,
    existed: cluster.status?.infrastructureReady === true,
    deleting,
    owner: "cluster",
    reasons: { positive: "Ready", negative: "NotReady" },
  });
};

const controlPlaneAvailable = (cluster: Stored<Cluster>, { facts }: ClusterReport): NewV1Beta2Condition => {
  const type = "ControlPlaneAvailable";
  const deleting = cluster.metadata.deletionTimestamp !== undefined;
  const { controlPlaneRef, topology } = cluster.spec;
  if (!controlPlaneRef && topology) return v1beta2(type, "False", "ObjectDoesNotExist", deleting ? "" : waitingForTopology);
  return mirrorExternal({
    type,
    source: "Available",
    external: facts.controlPlane,
    kind: controlPlaneRef?.kind ?? "",
    ready: cluster.status?.controlPlaneReady === true,
    existed: cluster.status?.controlPlaneReady === true,
    deleting,
    owner: "cluster",
    reasons: { positive: "Available", negative: "NotAvailable" },
  });
};

/** A latch. CORE-181 */
const controlPlaneInitialized = (cluster: Stored<Cluster>, { facts, scope }: ClusterReport): NewV1Beta2Condition | undefined => {
  const type = "ControlPlaneInitialized";
  if (hasStatus(cluster.status?.v1beta2?.conditions, type, "True")) return undefined;
  const { controlPlaneRef, topology } = cluster.spec;
  if (!controlPlaneRef && topology) {
    return v1beta2(
      type,
      "Unknown",
      "ObjectDoesNotExist",
      cluster.metadata.deletionTimestamp === undefined ? waitingForTopology : "",
    );
  }
  if (!controlPlaneRef) {
    const someNode = scope.descendants.controlPlaneMachines.some(({ status }) => status?.nodeRef !== undefined);
    if (someNode) return v1beta2(type, "True", "Initialized");
    return v1beta2(type, "False", "NotInitialized", "Waiting for the first control plane machine to have status.nodeRef set");
  }
  const object = facts.controlPlane?.object;
  if (!object) {
    // Upstream looks at whether the *infrastructure* was found here. CORE-182
    const absent = facts.infrastructure !== undefined && facts.infrastructure.object === undefined;
    if (!absent) return v1beta2(type, "Unknown", "InternalError", checkLogs);
    return v1beta2(type, "Unknown", "ObjectDoesNotExist", `${controlPlaneRef.kind} does not exist`);
  }
  try {
    if (isInitialized(object)) return v1beta2(type, "True", "Initialized");
  } catch {
    return v1beta2(type, "Unknown", "InternalError", checkLogs);
  }
  return v1beta2(type, "False", "NotInitialized", "Control plane not yet initialized");
};

const sourceOf = (object: KubeObject): AggregateV1Beta2Source => ({
  kind: object.kind,
  name: object.metadata.name ?? "",
  isControlPlaneMachine: object.kind === "Machine" && isControlPlaneMachine(object as Machine),
  conditions: readConditions(object) as readonly V1Beta2Condition[],
});

/** Ours report only the newer list; a MachineDeployment's `status.conditions` are not to be mistaken for it. */
const ownSourceOf = (
  object: KubeObject & { readonly status?: { readonly v1beta2?: { readonly conditions?: readonly V1Beta2Condition[] } } },
) => ({
  ...sourceOf(object),
  conditions: object.status?.v1beta2?.conditions,
});

const workersAvailable = (
  machineDeployments: ClusterReport["scope"]["descendants"]["machineDeployments"],
): NewV1Beta2Condition =>
  machineDeployments.length === 0
    ? v1beta2("WorkersAvailable", "True", "NoWorkers")
    : aggregateV1Beta2("Available", machineDeployments.map(ownSourceOf), {
        target: "WorkersAvailable",
        reasons: { issue: "NotAvailable", unknown: "AvailableUnknown", info: "Available" },
      });

const ofMachines = (
  target: string,
  source: string,
  machines: readonly Stored<Machine>[],
  reasons: MergeReasons,
): NewV1Beta2Condition =>
  machines.length === 0
    ? v1beta2(target, "True", "NoReplicas")
    : aggregateV1Beta2(source, machines.map(ownSourceOf), { target, reasons });

const machinesReady = (target: string, machines: readonly Stored<Machine>[]): NewV1Beta2Condition =>
  ofMachines(target, "Ready", machines, { issue: "NotReady", unknown: "ReadyUnknown", info: "Ready" });

const machinesUpToDate = (target: string, machines: readonly Stored<Machine>[]): NewV1Beta2Condition =>
  ofMachines(target, "UpToDate", machines, { issue: "NotUpToDate", unknown: "UpToDateUnknown", info: "UpToDate" });

/** RollingOut, ScalingUp, ScalingDown: of those who move, the control plane only if it speaks of it. CORE-187, CORE-188 */
const movement = (
  type: string,
  cluster: Stored<Cluster>,
  { facts }: ClusterReport,
  workers: readonly KubeObject[],
): NewV1Beta2Condition => {
  if (cluster.spec.controlPlaneRef !== undefined && !facts.controlPlane)
    return v1beta2(type, "Unknown", "InternalError", checkLogs);
  const controlPlane = facts.controlPlane?.object && sourceOf(facts.controlPlane.object);
  const speaks = controlPlane && findCondition(controlPlane.conditions, type) !== undefined;
  const sources = [...(speaks ? [controlPlane] : []), ...workers.map(ownSourceOf)];
  if (sources.length === 0) return v1beta2(type, "False", `Not${type}`);
  return aggregateV1Beta2(type, sources, {
    negativePolarity: true,
    reasons: { issue: type, unknown: `${type}Unknown`, info: `Not${type}` },
  });
};

/** CORE-189 */
const remediating = (machines: readonly Stored<Machine>[]): NewV1Beta2Condition => {
  const unhealthy = machines.filter(({ status }) => hasStatus(status?.conditions, "HealthCheckSucceeded", "False"));
  const inProgress = unhealthy.filter(({ status }) => hasStatus(status?.conditions, "OwnerRemediated", "False"));
  if (inProgress.length > 0) {
    const { message } = aggregateV1Beta2("OwnerRemediated", inProgress.map(ownSourceOf));
    return v1beta2("Remediating", "True", "Remediating", message);
  }
  return v1beta2("Remediating", "False", "NotRemediating", unhealthyMessage(unhealthy));
};

export const unhealthyMessage = (machines: readonly Stored<Machine>[]): string => {
  if (machines.length === 0) return "";
  const names = shorten(machines.map(({ metadata }) => metadata.name).sort(), 3);
  return machines.length === 1
    ? `Machine ${names} is not healthy (not to be remediated)`
    : `Machines ${names} are not healthy (not to be remediated)`;
};

/** The step of the deletion that has not been made yet. CORE-167…173 */
const deleting = (cluster: Stored<Cluster>, { verdicts, complete }: ClusterReport): NewV1Beta2Condition => {
  const type = "Deleting";
  if (cluster.metadata.deletionTimestamp === undefined) return v1beta2(type, "False", "NotDeleting");
  if (complete) return v1beta2(type, "True", "DeletionCompleted", "Deletion completed");
  const step = verdicts.find(({ phase, outcome }) => phase.endsWith("Gone") && outcome !== "ready" && outcome !== "skipped");
  if (step && "reason" in step) return v1beta2(type, "True", step.reason, step.message ?? "");
  return v1beta2(type, "True", "InternalError", checkLogs);
};

/** CORE-191…193 */
const available = (
  cluster: Stored<Cluster>,
  conditions: readonly V1Beta2Condition[],
  { scope }: ClusterReport,
): NewV1Beta2Condition => {
  const gates = cluster.spec.availabilityGates ?? scope.clusterClass?.spec.availabilityGates ?? [];
  const negative = gates.filter(({ polarity }) => polarity === "Negative").map(({ conditionType }) => conditionType);
  const byPolarity = priorityBy(["Deleting", ...negative]);
  const isDeleting = cluster.metadata.deletionTimestamp !== undefined;
  return summaryV1Beta2("Available", conditions, {
    types: [
      "Deleting",
      "RemoteConnectionProbe",
      "InfrastructureReady",
      "ControlPlaneAvailable",
      "WorkersAvailable",
      "TopologyReconciled",
      ...gates.map(({ conditionType }) => conditionType),
    ],
    ignoreIfMissing: cluster.spec.topology === undefined ? ["TopologyReconciled"] : [],
    reasons: { issue: "NotAvailable", unknown: "AvailableUnknown", info: "Available" },
    priority: (condition) => {
      const { type, status, reason } = condition;
      const external = type === "InfrastructureReady" || type === "ControlPlaneAvailable";
      if (isDeleting && external && (reason === "ObjectDeleted" || reason === "ObjectDoesNotExist")) return "info";
      const harmless = reason !== "ReconcileFailed" && reason !== "ClusterClassNotReconciled";
      if (type === "TopologyReconciled" && status === "False" && harmless) return "info";
      return byPolarity(condition);
    },
  });
};

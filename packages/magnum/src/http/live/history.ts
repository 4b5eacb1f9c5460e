import type { Machine, MagnumCluster, Stored } from "@slipway/api";
import type { Activity, History, PhaseTime, Stage, StageName } from "@slipway/api/magnum/live.ts";
import type { Observed } from "../../driver/observed.ts";
import { clusterStanding } from "../clusters/status.ts";
import { readActivities } from "./activity.ts";
import { conditionOf } from "./conditions.ts";
import { isInitialized, isNetworkReady, summarize } from "./summary.ts";

/** How a cluster came to be, with times, and who asked for what. Pure. */
export const historyOf = (record: Stored<MagnumCluster>, observed: Observed, now: Date): History => {
  const live = summarize(record, observed, now);
  const ends = stageEnds(record, observed);
  const stages = stagesOf(record, observed, ends);
  return { phases: phasesOf(record, live.phase, ends), stages, actions: activitiesOf(record) };
};

type Ends = { readonly [Name in StageName]?: string };

/** When each stage was over: as the driver wrote it down, else as the objects' own conditions say. */
const stageEnds = (record: Stored<MagnumCluster>, observed: Observed): Ends => {
  const written = record.status?.stages ?? [];
  const at = (name: StageName, found: string | undefined): string | undefined =>
    written.find((stage) => stage.name === name)?.finishedAt ?? found;
  const { cluster, infrastructure } = observed;
  const since = (object: Parameters<typeof conditionOf>[0], type: string) => {
    const condition = conditionOf(object, type);
    return condition?.status === "True" ? condition.since : undefined;
  };
  const infrastructureAt = since(cluster, "InfrastructureReady");
  return {
    network: at(
      "network",
      isNetworkReady(observed) ? (infrastructureAt ?? infrastructure?.metadata.creationTimestamp) : undefined,
    ),
    loadBalancer: at("loadBalancer", infrastructureAt),
    firstControlPlaneNode: at("firstControlPlaneNode", earliest(controlPlaneMachines(observed).flatMap(nodeJoinedAt))),
    apiReachable: at("apiReachable", isInitialized(observed) ? since(cluster, "ControlPlaneInitialized") : undefined),
    controlPlane: at("controlPlane", undefined),
    workers: at("workers", undefined),
  };
};

const controlPlaneMachines = ({ machines }: Observed): readonly Stored<Machine>[] =>
  machines.filter(({ metadata }) => "cluster.x-k8s.io/control-plane" in (metadata.labels ?? {}));

const nodeJoinedAt = (machine: Stored<Machine>): readonly string[] => {
  if (machine.status?.nodeRef === undefined) return [];
  const condition = conditionOf(machine, "NodeHealthy");
  return [condition?.status === "True" ? condition.since : machine.metadata.creationTimestamp];
};

const earliest = (times: readonly string[]): string | undefined => times.toSorted()[0];

const ORDER: readonly StageName[] = [
  "network",
  "loadBalancer",
  "firstControlPlaneNode",
  "apiReachable",
  "controlPlane",
  "workers",
];

const stagesOf = (record: Stored<MagnumCluster>, observed: Observed, ends: Ends): readonly Stage[] => {
  const { status } = clusterStanding(record);
  const failed = status === "CREATE_FAILED";
  const live = summarize(record, observed, new Date(0));
  const balanced = record.spec.masterLbEnabled;
  let startedAt: string | null = record.spec.createdAt;
  return ORDER.filter((name) => name !== "loadBalancer" || balanced).map((name): Stage => {
    const begins = startedAt;
    const end = ends[name] ?? null;
    // Stages overlap; here each begins where the one before it ended.
    const finishedAt = end !== null && begins !== null && end < begins ? begins : end;
    startedAt = finishedAt;
    const count = name === "controlPlane" ? { count: live.controlPlane } : name === "workers" ? { count: live.workers } : {};
    if (finishedAt !== null) return { name, state: "done", startedAt: begins, finishedAt, ...count };
    if (begins === null) return { name, state: "waiting", startedAt: null, finishedAt: null, ...count };
    const blocked = blockedBy(name, observed);
    return {
      name,
      state: failed ? "failed" : "running",
      startedAt: begins,
      finishedAt: null,
      ...count,
      ...(blocked === undefined ? {} : { blockedBy: blocked }),
    };
  });
};

/** The condition that holds a stage up, on the lowest object that has one. */
const blockedBy = (name: StageName, observed: Observed): Stage["blockedBy"] => {
  const { cluster, infrastructure, controlPlane } = observed;
  const workers = observed.machines.filter((machine) => !controlPlaneMachines(observed).includes(machine));
  const candidates =
    name === "network" || name === "loadBalancer"
      ? [infrastructure, cluster]
      : name === "workers"
        ? [...workers, ...observed.machineDeployments]
        : [...controlPlaneMachines(observed), controlPlane, cluster];
  for (const object of candidates) {
    const condition = ["InfrastructureReady", "BootstrapReady", "Ready"]
      .map((type) => conditionOf(object, type))
      .find((one) => one?.status === "False" && one.reason !== "");
    if (object !== undefined && condition !== undefined)
      return { reason: condition.reason, message: condition.message, object: { kind: object.kind, name: object.metadata.name } };
  }
  return undefined;
};

/** CREATING → BOOTSTRAPPING → READY_CONTROL_PLANE → ADDING_WORKERS → ACTIVE, then what it is now. */
const phasesOf = (record: Stored<MagnumCluster>, phase: PhaseTime["phase"], ends: Ends): readonly PhaseTime[] => {
  const infrastructure = ends.loadBalancer ?? (record.spec.masterLbEnabled ? undefined : ends.network);
  const steps: readonly (readonly [PhaseTime["phase"], string | undefined])[] = [
    ["CREATING", infrastructure],
    ["BOOTSTRAPPING", ends.apiReachable],
    ["READY_CONTROL_PLANE", ends.controlPlane],
    ["ADDING_WORKERS", ends.workers],
  ];
  const phases: PhaseTime[] = [];
  let startedAt: string | undefined = record.spec.createdAt;
  for (const [name, finishedAt] of steps) {
    if (startedAt === undefined) break;
    // Stages may overlap; phases follow each other.
    const end: string | undefined = finishedAt === undefined ? undefined : finishedAt < startedAt ? startedAt : finishedAt;
    phases.push({ phase: name, startedAt, finishedAt: end ?? null });
    startedAt = end;
  }
  if (startedAt !== undefined) {
    const changedAt = record.metadata.deletionTimestamp ?? record.spec.updatedAt;
    const passes = phase === "UPDATING" || phase === "UPGRADING" || phase === "DELETING";
    if (passes && changedAt !== undefined) {
      phases.push({ phase: "ACTIVE", startedAt, finishedAt: changedAt }, { phase, startedAt: changedAt, finishedAt: null });
    } else phases.push({ phase, startedAt, finishedAt: null });
  } else if (phase === "ERROR" || phase === "DELETING") {
    const last = phases.at(-1);
    const at = record.metadata.deletionTimestamp ?? record.status?.updatedAt ?? record.spec.createdAt;
    if (last !== undefined) phases[phases.length - 1] = { ...last, finishedAt: at };
    phases.push({ phase, startedAt: at, finishedAt: null });
  }
  return phases;
};

const activitiesOf = (record: Stored<MagnumCluster>): readonly Activity[] => {
  const created: Activity = {
    at: record.spec.createdAt,
    action: "create",
    by: record.spec.userId,
    operator: false,
    requestId: null,
    detail: null,
    result: "accepted",
  };
  const written = readActivities(record).toReversed();
  return written.some(({ action }) => action === "create") ? written : [...written, created];
};

import { type MagnumCluster, type MagnumNodeGroup, readCaRotation, type Stored } from "@slipway/api";
import type { Health, LiveCluster, Phase, Waiting } from "@slipway/api/magnum/live.ts";
import { shortHash } from "../../driver/hash.ts";
import { machineDeploymentName } from "../../driver/names.ts";
import type { Observed } from "../../driver/observed.ts";
import { isRotating } from "../../driver/rotation/plan.ts";
import { rotationView } from "../../driver/rotation/words.ts";
import { clusterStanding } from "../clusters/status.ts";
import { countNodes, isMaster } from "../clusters/view.ts";
import { conditionOf, withoutHosts } from "./conditions.ts";

/** What an operator wants the cluster's tenant to read. */
export const BANNER_ANNOTATION = "magnum.slipway.dev/banner";

/** In progress for longer is stuck (CON-059). */
export const stuckAfterMilliseconds = 30 * 60_000;

/** A cluster as a tenant's list shows it (CON-041). Pure. */
export const summarize = (record: Stored<MagnumCluster>, observed: Observed, now: Date): LiveCluster => {
  const { spec, metadata, status: seen } = record;
  const { status, reason } = clusterStanding(record);
  const controlPlane = {
    desired: countNodes(spec.nodeGroups.filter(isMaster)),
    ready: observed.controlPlane?.status?.readyReplicas ?? 0,
  };
  const groups = spec.nodeGroups.filter((group) => !isMaster(group));
  const workers = {
    desired: countNodes(groups.filter(({ deleting }) => deleting !== true)),
    ready: groups.reduce((sum, group) => sum + readyOf(record, group, observed), 0),
  };
  const rotation = rotationView(record, readCaRotation(record));
  const stuckSince = stuckSinceOf(record, status, now);
  const phase = phaseOf({ status, observed, controlPlane, workers, record, blocked: stuckSince !== null && reason !== null });
  const shown = {
    id: metadata.uid,
    name: spec.name,
    phase,
    status,
    statusReason: reason === null ? null : withoutHosts(reason),
    waitingFor: waitingFor(phase, status, observed, controlPlane, workers),
    health: healthOf(seen?.healthStatus),
    version: seen?.coeVersion ?? spec.kubernetesVersion ?? null,
    templateId: spec.clusterTemplateId,
    controlPlane,
    workers,
    createdAt: spec.createdAt,
    updatedAt: spec.updatedAt ?? seen?.updatedAt ?? null,
    stuckSince,
    projectId: spec.projectId,
    userId: spec.userId,
    capiName: metadata.name,
    paused: observed.cluster?.spec.paused === true,
    ...(metadata.annotations?.[BANNER_ANNOTATION] === undefined ? {} : { banner: metadata.annotations[BANNER_ANNOTATION] }),
    ...(rotation === undefined ? {} : { caRotation: rotation }),
  };
  // What is asked for comes first: that is what two people may disagree about.
  return { ...shown, revision: `${metadata.generation ?? 1}-${shortHash(shown)}` };
};

export const readyOf = (record: Stored<MagnumCluster>, group: MagnumNodeGroup, { machineDeployments }: Observed): number => {
  const name = machineDeploymentName(record.metadata.name, group);
  return machineDeployments.find(({ metadata }) => metadata.name === name)?.status?.readyReplicas ?? 0;
};

const healthOf = (status: string | undefined): Health => (status === "HEALTHY" || status === "UNHEALTHY" ? status : "UNKNOWN");

const stuckSinceOf = (record: Stored<MagnumCluster>, status: string, now: Date): string | null => {
  if (!status.endsWith("_IN_PROGRESS")) return null;
  const { spec, metadata } = record;
  // A rotation replaces machine after machine for hours: as long as its stages go on it is not stuck.
  const stage = isRotating(record, readCaRotation(record)) ? record.status?.caRotation?.since : undefined;
  const since = metadata.deletionTimestamp ?? stage ?? spec.updatedAt ?? spec.createdAt;
  return now.getTime() - Date.parse(since) >= stuckAfterMilliseconds ? since : null;
};

interface PhaseInput {
  readonly status: string;
  readonly observed: Observed;
  readonly controlPlane: LiveCluster["controlPlane"];
  readonly workers: LiveCluster["workers"];
  readonly record: Stored<MagnumCluster>;
  /** Something has been in the way for half an hour. */
  readonly blocked: boolean;
}

const phaseOf = ({ status, observed, controlPlane, workers, record, blocked }: PhaseInput): Phase => {
  if (status.endsWith("_FAILED")) return "ERROR";
  if (status === "DELETE_IN_PROGRESS") return "DELETING";
  if (status.endsWith("_COMPLETE")) return "ACTIVE";
  if (blocked) return "ERROR";
  if (status !== "CREATE_IN_PROGRESS") return isUpgrade(record, observed) ? "UPGRADING" : "UPDATING";
  if (!isInfrastructureReady(observed)) return "CREATING";
  if (!isInitialized(observed)) return "BOOTSTRAPPING";
  if (controlPlane.ready < controlPlane.desired) return "READY_CONTROL_PLANE";
  return workers.ready === 0 && observed.machineDeployments.length === 0 ? "READY_CONTROL_PLANE" : "ADDING_WORKERS";
};

export const isInfrastructureReady = ({ cluster }: Observed): boolean => cluster?.status?.infrastructureReady === true;
/** The tenant's API has answered. */
export const isInitialized = ({ cluster }: Observed): boolean =>
  conditionOf(cluster, "ControlPlaneInitialized")?.status === "True";

const isUpgrade = ({ spec }: Stored<MagnumCluster>, { machines }: Observed): boolean =>
  machines.some((machine) => machine.spec.version !== undefined && machine.spec.version !== spec.kubernetesVersion);

/** What a phase that passes waits for (CON-024). */
const waitingFor = (
  phase: Phase,
  status: string,
  observed: Observed,
  controlPlane: LiveCluster["controlPlane"],
  workers: LiveCluster["workers"],
): Waiting | null => {
  if (!status.endsWith("_IN_PROGRESS")) return null;
  const blocking = conditionOf(observed.cluster, "Ready");
  const why =
    blocking === undefined || blocking.status === "True" || blocking.reason === ""
      ? {}
      : { reason: blocking.reason, message: blocking.message };
  switch (phase) {
    case "CREATING":
      return { what: isNetworkReady(observed) ? "loadBalancer" : "network", ...why };
    case "BOOTSTRAPPING":
      return { what: "firstControlPlaneNode", ...controlPlane, ...why };
    case "READY_CONTROL_PLANE":
      return { what: "controlPlane", ...controlPlane, ...why };
    case "ADDING_WORKERS":
      return { what: "workers", ...workers };
    case "UPGRADING":
    case "UPDATING":
      return controlPlane.ready < controlPlane.desired
        ? { what: "controlPlane", ...controlPlane, ...why }
        : { what: phase === "UPGRADING" ? "upgrade" : "update", ...workers };
    case "DELETING":
      return { what: "deletion", ready: 0, desired: observed.machines.length };
    default:
      return why.reason === undefined ? null : { what: "update", ...why };
  }
};

export const isNetworkReady = ({ infrastructure }: Observed): boolean =>
  infrastructure?.status?.network?.id !== undefined && (infrastructure.status.network.subnets?.length ?? 0) > 0;

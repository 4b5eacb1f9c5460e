/** How a state looks: its tone and its picture. The word is the system's own. */
import type { ClusterSummary, Health, Phase } from "../../contract/index.ts";
import type { Tone } from "../parts/Badge.tsx";
import type { IconName } from "../parts/Icon.tsx";

interface Look {
  readonly tone: Tone;
  readonly icon: IconName;
}

const phases: { readonly [P in Phase]: Look } = {
  CREATING: { tone: "busy", icon: "refresh" },
  BOOTSTRAPPING: { tone: "busy", icon: "refresh" },
  READY_CONTROL_PLANE: { tone: "busy", icon: "refresh" },
  ADDING_WORKERS: { tone: "busy", icon: "refresh" },
  ACTIVE: { tone: "good", icon: "check" },
  UPDATING: { tone: "busy", icon: "refresh" },
  UPGRADING: { tone: "busy", icon: "up" },
  DELETING: { tone: "quiet", icon: "trash" },
  ERROR: { tone: "bad", icon: "cross" },
};

/** Something that has been on its way for too long asks for attention, but is not called an error. */
export const phaseLook = ({ phase, stuckSince }: Pick<ClusterSummary, "phase" | "stuckSince">): Look =>
  stuckSince !== null && phase !== "ERROR" && phase !== "ACTIVE" ? { tone: "warn", icon: "clock" } : phases[phase];

const healths: { readonly [H in Health]: Look } = {
  HEALTHY: { tone: "good", icon: "check" },
  UNHEALTHY: { tone: "bad", icon: "warning" },
  UNKNOWN: { tone: "quiet", icon: "question" },
};

/** The five steps of a create, in their order. */
export const createPhases: readonly Phase[] = ["CREATING", "BOOTSTRAPPING", "READY_CONTROL_PLANE", "ADDING_WORKERS", "ACTIVE"];

type Healthy = Pick<ClusterSummary, "health"> & Partial<Pick<ClusterSummary, "phase" | "stuckSince">>;

/** Magnum calls a cluster UNHEALTHY until its last node is ready: while it is being made that is no reason for alarm. */
export const healthLook = ({ health, phase = "ACTIVE", stuckSince = null }: Healthy): Look =>
  health === "UNHEALTHY" && isBeingMade(phase) && stuckSince === null ? { tone: "quiet", icon: "clock" } : healths[health];

export const isBeingMade = (phase: Phase): boolean => phase !== "ACTIVE" && createPhases.includes(phase);

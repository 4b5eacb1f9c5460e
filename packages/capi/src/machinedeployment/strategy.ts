import { type MachineDeployment, scaledValue } from "@slipway/api";

/** How far a rollout may go above and below the wanted number, in machines. */
export interface Fenceposts {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

type Deployment = Pick<MachineDeployment, "spec">;

export const isRollingUpdate = ({ spec }: Deployment): boolean => spec.strategy?.type === "RollingUpdate";

/** Surge rounds up and unavailability down; if nothing were left to move with, one machine may be missing. CORE-329, TRAP-13 */
export const fencepostsOf = (deployment: Deployment, replicas: number): Fenceposts => {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge = 1, maxUnavailable = 0 } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, replicas, "up") ?? 0;
  const unavailable = scaledValue(maxUnavailable, replicas, "down") ?? 0;
  const atLeastOne = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { maxSurge: surge, maxUnavailable: Math.min(atLeastOne, replicas) };
};

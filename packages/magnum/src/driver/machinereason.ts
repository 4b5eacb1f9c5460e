import type { Machine, Stored } from "@slipway/api";

/** Why a machine is not there yet, in the infrastructure's words. */
export const machineReason = ({ metadata, status: seen }: Stored<Machine>): string | undefined => {
  if (seen?.failureMessage !== undefined) return `Machine ${metadata.name}: ${seen.failureMessage}`;
  const condition = seen?.conditions?.find(({ type }) => type === "InfrastructureReady");
  if (condition?.status !== "False") return undefined;
  return `Machine ${metadata.name}: ${[condition.reason, condition.message].filter(Boolean).join(": ")}`;
};

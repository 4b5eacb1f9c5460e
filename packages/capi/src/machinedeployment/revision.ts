import { annotations, type MachineDeployment, type MachineSet, type Stored } from "@slipway/api";
import type { Fenceposts } from "./strategy.ts";

type Words = { readonly [key: string]: string };

/** Of the deployment itself, not of the MachineSets it makes. */
const notCopied: readonly string[] = [
  "kubectl.kubernetes.io/last-applied-configuration",
  annotations.revision,
  annotations.revisionHistory,
  annotations.desiredReplicas,
  annotations.maxReplicas,
  annotations.conversionData,
];

export const revisionOf = ({ metadata }: Pick<MachineSet, "metadata">): number => {
  const revision = Number(metadata.annotations?.[annotations.revision] ?? "0");
  return Number.isInteger(revision) ? revision : 0;
};

/**
 * The newest MachineSet has the highest revision, and never a lower one than it had; what it had before is kept in its history.
 * CORE-324, CORE-325
 */
export const setAnnotations = (
  deployment: MachineDeployment,
  oldSets: readonly Stored<MachineSet>[],
  existing: Stored<MachineSet> | undefined,
  { replicas, maxSurge }: Pick<Fenceposts, "maxSurge"> & { readonly replicas: number },
): Words => {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.includes(key));
  const next = Math.max(0, ...oldSets.map(revisionOf)) + 1;
  const before = existing?.metadata.annotations?.[annotations.revision];
  const revision = String(existing && revisionOf(existing) > next ? revisionOf(existing) : next);
  return {
    ...Object.fromEntries(copied),
    ...historyOf(existing?.metadata.annotations?.[annotations.revisionHistory], before, revision),
    [annotations.revision]: revision,
    ...replicasAnnotations(replicas, maxSurge),
  };
};

export const replicasAnnotations = (replicas: number, maxSurge: number): Words => ({
  [annotations.desiredReplicas]: String(replicas),
  [annotations.maxReplicas]: String(replicas + maxSurge),
});

const historyOf = (history: string | undefined, before: string | undefined, revision: string): Words => {
  if (before === undefined || before === revision) return history === undefined ? {} : { [annotations.revisionHistory]: history };
  return { [annotations.revisionHistory]: history ? `${history},${before}` : before };
};

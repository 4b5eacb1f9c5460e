/** The five steps of a create with their times, from what the history says. Pure. */
import type { ClusterSummary, History, Phase } from "../../contract/index.ts";
import { createPhases } from "../clusters/phases.ts";

export interface Step {
  readonly phase: Phase;
  readonly state: "done" | "now" | "ahead" | "failed";
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** While a cluster is made (or failed to be): where it is. A cluster that became ACTIVE once has all steps behind it. */
export const createSteps = (
  cluster: Pick<ClusterSummary, "phase">,
  history: Pick<History, "phases"> | undefined,
): readonly Step[] => {
  const times = new Map<Phase, { readonly startedAt: string; readonly finishedAt: string | null }>();
  for (const { phase, startedAt, finishedAt } of [...(history?.phases ?? [])].sort((a, b) =>
    a.startedAt < b.startedAt ? -1 : 1,
  ))
    if (!times.has(phase)) times.set(phase, { startedAt, finishedAt });
  const wasActive = times.has("ACTIVE") || !createPhases.includes(cluster.phase);
  const reached =
    cluster.phase === "ERROR"
      ? Math.max(0, ...createPhases.map((phase, at) => (times.has(phase) ? at : 0)))
      : createPhases.indexOf(cluster.phase);
  return createPhases.map((phase, at) => {
    const time = times.get(phase);
    const state: Step["state"] =
      cluster.phase === "ERROR" && !times.has("ACTIVE")
        ? at < reached
          ? "done"
          : at === reached
            ? "failed"
            : "ahead"
        : wasActive || cluster.phase === "ACTIVE" || at < reached
          ? "done"
          : at === reached
            ? "now"
            : "ahead";
    return { phase, state, startedAt: time?.startedAt ?? null, finishedAt: time?.finishedAt ?? null };
  });
};

/** The strip is for a birth: later on it has nothing to say. */
export const isBeingMade = (cluster: Pick<ClusterSummary, "phase" | "status">): boolean =>
  cluster.status.startsWith("CREATE_") && cluster.phase !== "DELETING";

import type { ProjectItem } from "@slipway/api/magnum/live.ts";
import type { LiveView } from "../watch.ts";
import type { ListSource } from "./shared.ts";

/** How much each project has, and may have; those with most clusters first. */
export const projectItems = async (live: LiveView): Promise<readonly ProjectItem[]> => {
  await live.synced();
  const limits = await live.clusterLimits();
  const found = new Map<string, { clusters: number; nodes: number; failed: number }>();
  for (const id of limits.keys()) found.set(id, { clusters: 0, nodes: 0, failed: 0 });
  for (const record of live.records(undefined)) {
    const { projectId, controlPlane, workers, phase } = live.summary(record);
    const one = found.get(projectId) ?? { clusters: 0, nodes: 0, failed: 0 };
    found.set(projectId, {
      clusters: one.clusters + 1,
      nodes: one.nodes + controlPlane.desired + workers.desired,
      failed: one.failed + (phase === "ERROR" ? 1 : 0),
    });
  }
  return [...found]
    .map(([id, usage]) => ({ id, name: null, ...usage, clusterLimit: limits.get(id) ?? -1 }))
    .toSorted((a, b) => b.clusters - a.clusters);
};

export const projectList = (live: LiveView, defaultClusterLimit: number): ListSource => ({
  gatherMilliseconds: 1_000,
  all: async () => new Map((await projectItems(live)).map((item) => [item.id, item])),
  about: () => ({ defaultClusterLimit }),
  subscribe: (wake) => {
    const stops = [live.subscribe(() => wake()), live.subscribeLimits(() => wake())];
    return () => {
      for (const stop of stops) stop();
    };
  },
});

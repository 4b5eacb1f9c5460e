import { MagnumCluster } from "@slipway/api";
import type { Caches, Clock, Logger, Metrics, Timer } from "@slipway/runtime";

const everyMilliseconds = 240_000;

/**
 * Counts tenants' clusters whose OpenStack project no longer exists: nobody can sign in for them any more, so they cannot clean
 * themselves up (OBS-151). Each project is asked for once a round; while the cloud does not answer, the last number stays.
 */
export const countOrphans = (options: {
  readonly caches: Pick<Caches, "list" | "synced">;
  readonly projectExists: (id: string) => Promise<boolean>;
  readonly metrics: Pick<Metrics, "gauge">;
  readonly clock: Pick<Clock, "setTimeout">;
  readonly log: Logger;
}): { stop(): void } => {
  const { caches, projectExists, metrics, clock, log } = options;
  let timer: Timer | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    await caches.synced(MagnumCluster);
    const clusters = caches.list(MagnumCluster);
    const gone = new Set<string>();
    for (const project of new Set(clusters.map(({ spec }) => spec.projectId))) {
      if (stopped) return;
      if (!(await projectExists(project))) gone.add(project);
    }
    metrics.gauge("magnum_orphaned_clusters", {}, clusters.filter(({ spec }) => gone.has(spec.projectId)).length);
  };
  const round = async (): Promise<void> => {
    await look().catch((error: unknown) => log.warn("clusters without a project could not be counted", { error }));
    if (!stopped) timer = clock.setTimeout(() => void round(), everyMilliseconds);
  };
  void round();
  return {
    stop: () => {
      stopped = true;
      timer?.cancel();
    },
  };
};

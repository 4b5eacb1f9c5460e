import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import { enforce } from "../auth/policy.ts";
import { notFound } from "../errors.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { firingByCluster } from "./alerts.ts";
import { fleetItem } from "./lists/fleet.ts";
import { projectItems } from "./lists/projects.ts";
import type { LiveView } from "./watch.ts";

/** For administrators; for others it is not there. @throws MagnumError 404 */
export const administer = ({ admin, caller }: Exchange): void => {
  if (!admin) throw notFound("The resource could not be found.");
  enforce("cluster:get_all_all_projects", caller);
};

/** Failed first, then stuck, then what is under way. */
const urgency = ({ phase, stuckSince, status, health }: LiveCluster): number => {
  if (phase === "ERROR") return 0;
  if (stuckSince !== null) return 1;
  // While it is being made every cluster is called that until its last node is ready.
  if (health === "UNHEALTHY" && status !== "CREATE_IN_PROGRESS") return 2;
  return status.endsWith("_IN_PROGRESS") ? 3 : 4;
};

/** Every tenant's clusters (CON-058). */
export const fleet =
  (viewOf: (exchange: Exchange) => LiveView) =>
  async (exchange: Exchange): Promise<Answer> => {
    administer(exchange);
    const live = viewOf(exchange);
    await live.synced();
    const all = live.records(undefined).map((record) => live.summary(record));
    const firing = await firingByCluster(exchange.world.alerts?.read);
    const byPhase: { [phase: string]: number } = {};
    for (const { phase } of all) byPhase[phase] = (byPhase[phase] ?? 0) + 1;
    const clusters = all
      .toSorted((a, b) => urgency(a) - urgency(b) || a.createdAt.localeCompare(b.createdAt))
      .map((cluster) => fleetItem(cluster, firing));
    return {
      status: 200,
      body: {
        clusters,
        totals: {
          clusters: all.length,
          byPhase,
          machines: all.reduce((sum, { controlPlane, workers }) => sum + controlPlane.desired + workers.desired, 0),
          stuck: all.filter(({ stuckSince }) => stuckSince !== null).length,
          failed: all.filter(({ phase }) => phase === "ERROR").length,
        },
      },
    };
  };

/** How much each project has, and may have. */
export const projects =
  (viewOf: (exchange: Exchange) => LiveView) =>
  async (exchange: Exchange): Promise<Answer> => {
    administer(exchange);
    const list = await projectItems(viewOf(exchange));
    return { status: 200, body: { projects: list, defaultClusterLimit: exchange.world.settings.maxClustersPerProject } };
  };

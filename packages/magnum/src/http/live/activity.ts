import type { MagnumCluster, MagnumClusterSpec, Stored } from "@slipway/api";
import type { Activity } from "@slipway/api/magnum/live.ts";
import type { Exchange } from "../exchange.ts";

/** Who asked for what, newest last, as JSON. Written with the change itself, so neither is ever without the other. */
export const ACTIVITY_ANNOTATION = "magnum.slipway.dev/activity";
const most = 50;

export const readActivities = ({ metadata }: Pick<Stored<MagnumCluster>, "metadata">): readonly Activity[] => {
  try {
    const found: unknown = JSON.parse(metadata.annotations?.[ACTIVITY_ANNOTATION] ?? "[]");
    return Array.isArray(found) ? (found as readonly Activity[]) : [];
  } catch {
    return [];
  }
};

type What = Pick<Activity, "action"> & { readonly detail?: string };

const lineOf = ({ caller, world }: Pick<Exchange, "caller" | "world">, projectId: string, what: What): Activity => ({
  at: world.clock.now().toISOString(),
  action: what.action,
  by: caller.userName,
  operator: caller.projectId !== projectId,
  requestId: null,
  detail: what.detail ?? null,
  result: "accepted",
});

/** The annotation of a new record. */
export const firstActivity = (exchange: Pick<Exchange, "caller" | "world">, projectId: string) => ({
  [ACTIVITY_ANNOTATION]: JSON.stringify([lineOf(exchange, projectId, { action: "create" })]),
});

/** The record with one more line in its list. Operators' actions on a tenant's cluster are marked (CON-061). */
export const withActivity = (
  cluster: Stored<MagnumCluster>,
  exchange: Pick<Exchange, "caller" | "world">,
  what: What,
): Stored<MagnumCluster> => {
  const activities = [...readActivities(cluster), lineOf(exchange, cluster.spec.projectId, what)].slice(-most);
  return {
    ...cluster,
    metadata: {
      ...cluster.metadata,
      annotations: { ...cluster.metadata.annotations, [ACTIVITY_ANNOTATION]: JSON.stringify(activities) },
    },
  };
};

/** The same again within a while is one line: kubectl may ask for a certificate at each call. */
const againMilliseconds = 5 * 60_000;

export const isToldAlready = (
  cluster: Stored<MagnumCluster>,
  { caller, world }: Pick<Exchange, "caller" | "world">,
  action: Activity["action"],
): boolean => {
  const last = readActivities(cluster).at(-1);
  return (
    last !== undefined &&
    last.action === action &&
    last.by === caller.userName &&
    world.clock.now().getTime() - Date.parse(last.at) < againMilliseconds
  );
};

/** What a change of the spec is, told from the two. */
export const describeChange = (
  before: MagnumClusterSpec,
  after: MagnumClusterSpec,
): Pick<Activity, "action"> & { readonly detail?: string } => {
  if (before.kubernetesVersion !== after.kubernetesVersion)
    return { action: "upgrade", detail: `${before.kubernetesVersion} → ${after.kubernetesVersion}` };
  if (before.caRotation?.id !== after.caRotation?.id) return { action: "rotateCa" };
  const counts: string[] = [];
  for (const group of after.nodeGroups) {
    const former = before.nodeGroups.find(({ uuid }) => uuid === group.uuid);
    if (former === undefined) return { action: "nodeGroup", detail: `+ ${group.name}` };
    if (group.deleting === true && former.deleting !== true) return { action: "nodeGroup", detail: `− ${group.name}` };
    if (group.nodeCount !== former.nodeCount) counts.push(`${group.name}: ${former.nodeCount} → ${group.nodeCount}`);
  }
  return counts.length > 0 ? { action: "scale", detail: counts.join(", ") } : { action: "update" };
};
